import Base
import Foundation
import MarketData
import Testing

/// The stored samples of real chains, against the counts of their PROVENANCE.md.
@Suite(.enabled(if: SampleMarket.folder != nil, Comment(rawValue: SampleMarket.absence)))
struct SampleOptionsTests {
    struct Expected: Sendable {
        var day: String, written: Int, twoSided: Int, oneSided: Int, traded: Int, openInterest: Int, volatility: Int
    }

    static let expected: [Expected] = [
        ("2013-06-25", 260, 0, 0, 19, 157, 130), ("2013-06-26", 260, 0, 0, 15, 158, 128),
        ("2013-06-27", 260, 210, 50, 41, 161, 124), ("2013-06-28", 260, 211, 49, 31, 161, 128),
        ("2013-07-01", 260, 0, 0, 0, 161, 130), ("2013-07-02", 272, 154, 32, 3, 161, 134),
        ("2014-06-02", 2146, 0, 0, 1244, 1832, 1128), ("2014-06-03", 2146, 0, 0, 1169, 1853, 1120),
        ("2014-06-04", 2146, 0, 0, 1211, 1866, 1092), ("2014-06-05", 2322, 0, 0, 1227, 1962, 1188),
        ("2014-06-06", 2352, 2195, 157, 1184, 2322, 0), ("2014-06-09", 2180, 1982, 198, 1248, 1863, 584),
        ("2014-06-10", 2180, 0, 0, 1153, 1874, 566), ("2014-06-11", 2180, 0, 0, 1088, 1877, 554),
        ("2014-06-12", 2180, 0, 0, 1102, 1881, 542), ("2014-06-13", 2026, 0, 0, 1018, 1746, 538),
        ("2014-06-16", 2026, 0, 0, 934, 1752, 520),
    ].map {
        Expected(
            day: $0.0, written: $0.1, twoSided: $0.2, oneSided: $0.3, traded: $0.4, openInterest: $0.5, volatility: $0.6)
    }

    @Test(arguments: expected) func agreesWithItsProvenance(expected: Expected) throws {
        let path = try #require(SampleMarket.folder).appendingPathComponent("options-complete/\(expected.day)options.csv")
        for set in InstructionSet.all {
            var twoSided = 0, traded = 0, withOpenInterest = 0, withVolatility = 0
            let reader = OptionFileReader(key: path.path, day: try #require(Day(iso: expected.day)))
            let summary = try set.limitingThread {
                try reader.read(FileBytes(path: path.path), blockSize: 50_000) { rows, rejected in
                    #expect(rejected.isEmpty)
                    for i in 0..<rows.count {
                        if !rows.bid[i].isNaN, !rows.ask[i].isNaN { twoSided += 1 }
                        if rows.volume[i] > 0 { traded += 1 }
                        if rows.openInterest[i] >= 0 { withOpenInterest += 1 }
                        if !rows.impliedVolatility[i].isNaN { withVolatility += 1 }
                    }
                }
            }
            #expect(summary.rows == expected.written)
            #expect(twoSided == expected.twoSided)
            #expect(summary.quirks.oneSided == expected.oneSided)
            #expect(summary.quirks.crossed == 0)
            #expect(summary.symbols == 1)
            #expect(traded == expected.traded)
            #expect(withOpenInterest == expected.openInterest)
            #expect(withVolatility == expected.volatility)
        }
    }
}
