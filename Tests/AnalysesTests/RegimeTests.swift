import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct RegimeTests {
    private struct Case: Decodable {
        struct Expected: Decodable {
            var standardised: [Double?]
            var changes: [[Double]]
            var analogs: [[Double?]]
            var median: Double?
        }
        var values: [[Double?]]
        var closes: [Double]
        var expected: Expected
    }

    private func sessions(_ count: Int) -> [Day] {
        (0..<count).map { TradingCalendar.unitedStates.session($0, after: Day(rawValue: 15_000)) }
    }

    private func series(_ values: [[Double]], closes: [Double]? = nil) -> StateSeries {
        StateSeries(
            names: values.first.map { $0.indices.map { "c\($0)" } } ?? [], days: sessions(values.count), values: values,
            closes: closes ?? values.map { _ in 100 })
    }

    private func same(_ one: Double?, _ other: Double?) -> Bool {
        (one ?? .nan).isNaN && other == nil || abs((one ?? .nan) - (other ?? .nan)) < 1e-7 * max(1, abs(other ?? 0))
    }

    /// Standardisation, change points and analog days by their definitions, in Python (scripts/golden/analyses_bruteforce.py).
    @Test func regimesAreThoseOfBruteForce() throws {
        let cases = try golden("regimes", as: [Case].self)
        #expect(cases.count == 200)
        var (changes, analogs) = (0, 0)
        for (number, one) in cases.enumerated() {
            let series = series(one.values.map { $0.map { $0 ?? .nan } }, closes: one.closes)
            let last = try #require(series.standardised.last)
            for (found, expected) in zip(last, one.expected.standardised) { #expect(same(found, expected), "case \(number)") }
            let found = RegimeDetector().changePoints(series)
            #expect(found.count == one.expected.changes.count, "case \(number)")
            for (change, expected) in zip(found, one.expected.changes) {
                #expect(change.day == series.days[Int(expected[0])] && change.known_on == series.days[Int(expected[1])])
                #expect(same(change.strength, expected[2]), "case \(number)")
            }
            changes += found.count
            let report = AnalogDays().find(5, like: series.days[series.days.count - 1], in: series)
            #expect((report?.results.count ?? 0) == one.expected.analogs.count, "case \(number)")
            for (analog, expected) in zip(report?.results ?? [], one.expected.analogs) {
                #expect(analog.day == series.days[Int(expected[0] ?? -1)] && same(analog.distance, expected[1]), "case \(number)")
                #expect(same(analog.followed[5], expected[2]), "case \(number)")
            }
            #expect(same(report?.summary.first { $0.horizon == 5 }?.median, one.expected.median))
            analogs += report?.results.count ?? 0
        }
        #expect(changes > 50 && analogs > 300)
    }

    private func noise(_ random: inout SplitMix) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 }
    }

    @Test func nothingAfterTheDayEntersAnything() throws {
        var random = SplitMix(printing: "nothingAfterTheDayEntersAnything")
        let values = (0..<300).map { _ in (0..<3).map { _ in noise(&random) } }
        let closes = (0..<300).map { _ in 100 + noise(&random) }
        let one = series(values, closes: closes)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for _ in 0..<10 {
            let cut = 60 + Int(random.next() % 200)
            let changed = values.enumerated().map { $0 <= cut ? $1 : $1.map { _ in 1e3 * noise(&random) } }
            let other = series(changed, closes: closes.enumerated().map { $0 <= cut ? $1 : 1 })
            let day = one.days[cut]
            #expect(
                try encoder.encode(RegimeDetector().detect(one, asOf: day)) == encoder.encode(RegimeDetector().detect(other, asOf: day)))
            #expect(try encoder.encode(AnalogDays().find(5, like: day, in: one)) == encoder.encode(AnalogDays().find(5, like: day, in: other)))
            for row in 0...cut { #expect(one.standardised[row] == other.standardised[row] || cut < 20 || row < 19) }
        }
    }

    @Test func aShiftIsFoundWhereItIs() throws {
        var random = SplitMix(state: 11)
        let values = (0..<120).map { row in (0..<3).map { _ in noise(&random) + (row >= 70 ? 3 : 0) } }
        let found = RegimeDetector().changePoints(series(values))
        let days = sessions(120)
        #expect(found.contains { $0.day >= days[64] && $0.day <= days[74] && $0.shifts.allSatisfy { $0.after > $0.before } })
        // Without one, twice the sensitivity finds nothing.
        var calm = RegimeDetector()
        calm.sensitivity = 4
        #expect(calm.changePoints(series((0..<500).map { _ in (0..<3).map { _ in noise(&random) } })).isEmpty)
    }

    @Test func kindsOfDaysAreLabelled() throws {
        var random = SplitMix(state: 3)
        // Alternating blocks of quiet and wild days.
        let isWild = (0..<200).map { $0 / 25 % 2 == 1 }
        let values = isWild.map { wild in [0.2 + (wild ? 0.3 : 0) + 0.01 * noise(&random), (wild ? -0.1 : 0.1) + 0.01 * noise(&random)] }
        var detector = RegimeDetector()
        detector.clusters = 2
        let one = series(values)
        let report = try detector.detect(one, asOf: one.days[199])
        #expect(report.labels.prefix(19).allSatisfy { $0 == nil })
        // Standardisation with past days only moves the first wild days.
        for row in 60..<200 { #expect(report.labels[row] == (isWild[row] ? 1 : 0), "day \(row)") }
        #expect(report.regimes.map(\.label) == [0, 1] && report.regimes.map(\.days).reduce(0, +) == 181)
        #expect((report.regimes[0].averages["c0"] ?? 1) < 0.3 && (report.regimes[1].averages["c0"] ?? 0) > 0.4)
        #expect(throws: (any Error).self) {
            detector.clusters = 500
            _ = try detector.detect(one, asOf: one.days[199])
        }
        #expect(try RegimeDetector().detect(series([[1], [2]]), asOf: Day(rawValue: 20_000)).regimes.isEmpty)
    }

    @Test func analogDaysAreApart() throws {
        var random = SplitMix(printing: "analogDaysAreApart")
        let one = series((0..<400).map { _ in (0..<4).map { _ in noise(&random) } })
        let report = try #require(AnalogDays().find(12, like: one.days[350], in: one))
        let rows = report.results.compactMap { one.days.firstIndex(of: $0.day) }
        #expect(rows.count == 12 && rows.allSatisfy { $0 <= 340 })
        for (place, row) in rows.enumerated() { for other in rows[..<place] { #expect(abs(row - other) >= 10) } }
        #expect(report.results.map(\.distance) == report.results.map(\.distance).sorted())
        #expect(AnalogDays().find(5, like: Day(rawValue: 1), in: one) == nil)
        #expect(AnalogDays().find(5, like: one.days[10], in: one) == nil)
    }
}
