import Foundation
import MarketData
import Measures
import Testing

@Suite struct UnderlyingDayTests {
    private struct Case: Decodable {
        struct Contract: Decodable {
            var days: Int
            var strike: Double
            var put: Bool
            var mid: Double?
            var volatility: Double?
            var volume: Int64
            var open_interest: Int64
        }
        var close: Double
        var contracts: [Contract]
        var expected: [String: Double?]

        func chain(_ day: Day) -> OptionChain {
            OptionChain(
                day: day, close: close,
                contracts: contracts.map {
                    OptionChain.Contract(
                        expiry: day.adding(days: $0.days).rawValue, strike: $0.strike, isPut: $0.put, mid: $0.mid ?? .nan,
                        volatility: $0.volatility ?? .nan, volume: $0.volume, openInterest: $0.open_interest)
                })
        }
    }

    private let day = Day(rawValue: 16_000)
    private let cases: [Case]

    init() throws {
        let path = try #require(Bundle.module.path(forResource: "Golden/chains", ofType: "json"))
        cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The definitions, worked out in Python by brute force (scripts/golden/underlying_days.py).
    @Test func measuresAreThoseOfTheDefinitions() throws {
        for (number, chain) in cases.enumerated() {
            var rows = UnderlyingDayRows()
            rows.append(chain.chain(day), ticker: 3)
            #expect(rows.ticker == [3] && rows.quoteDate == [day.rawValue] && rows.contracts == [Int32(chain.contracts.count)])
            for (name, expected) in chain.expected {
                let found = try #require(UnderlyingDayRows.column(name), "\(name)").numbers(rows, 0..<1)[0]
                if let expected {
                    #expect(abs(found - expected) <= max(2e-6, abs(expected) * 2e-6), "chain \(number), \(name): \(found), not \(expected)")
                } else {
                    #expect(found.isNaN, "chain \(number), \(name): \(found), and it cannot be known")
                }
            }
        }
    }

    @Test func theOrderOfContractsChangesNothing() throws {
        for chain in cases {
            var shuffled = chain
            shuffled.contracts.reverse()
            var (one, two) = (UnderlyingDayRows(), UnderlyingDayRows())
            one.append(chain.chain(day), ticker: 0)
            two.append(shuffled.chain(day), ticker: 0)
            for column in UnderlyingDayRows.columns {
                let (a, b) = (column.numbers(one, 0..<1)[0], column.numbers(two, 0..<1)[0])
                #expect(a == b || a.isNaN && b.isNaN, "\(column.name)")
            }
        }
    }

    @Test func anEmptyChainKnowsNothing() {
        var rows = UnderlyingDayRows()
        rows.append(OptionChain(day: day, close: .nan, contracts: []), ticker: 0)
        #expect(rows.iv30[0].isNaN && rows.maxPain[0].isNaN && rows.gammaExposure[0].isNaN && rows.callWall[0].isNaN)
        #expect(rows.callVolume == [0] && rows.premiumTraded == [0])
    }

    // MARK: Series

    @Test func ranksLookBackOverAYear() {
        var values = (0..<300).map { Double($0 % 50) }
        values[10] = .nan
        let (ranks, percentiles) = (UnderlyingSeries.ranks(values), UnderlyingSeries.percentiles(values))
        for index in values.indices {
            let window = values[max(0, index - 251)...index].filter { !$0.isNaN }
            if values[index].isNaN || window.count < 20 {
                #expect(ranks[index].isNaN && percentiles[index].isNaN)
            } else if let low = window.min(), let high = window.max() {
                #expect(abs(ranks[index] - (values[index] - low) / (high - low) * 100) < 1e-9)
                let earlier = window.dropLast()
                #expect(abs(percentiles[index] - Double(earlier.count { $0 < values[index] }) / Double(earlier.count) * 100) < 1e-9)
            }
        }
    }

    @Test func laterDaysChangeNothing() {
        let values = (0..<400).map { sin(Double($0)) + 2 }
        for measure in [UnderlyingSeries.ranks, UnderlyingSeries.percentiles, UnderlyingSeries.changes] {
            let all = measure(values)
            for end in stride(from: 1, to: values.count, by: 37) {
                let early = measure(Array(values[..<end]))
                #expect(zip(early, all).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
            }
        }
    }
}

@Suite struct UnderlyingDaySchemaTests {
    @Test func theDocumentOfFormatsListsEveryColumnAsDeclared() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let lines = try Set(String(contentsOf: root.appendingPathComponent("docs/formats.md"), encoding: .utf8).components(separatedBy: "\n"))
        for column in UnderlyingDayRows.columns {
            let expected = "| `rows/\(column.name)` | \(column.typeName) | \(column.meaning) |"
            #expect(lines.contains(expected), "docs/formats.md lacks this line:\n\(expected)")
        }
    }
}
