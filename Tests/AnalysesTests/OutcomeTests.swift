import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct OutcomeTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            var contract: OptionContract
            var day: Day
            var bid: Double?
            var ask: Double?
            var close: Double
            var later: [Later]
        }
        struct Later: Decodable {
            var quote: LaterQuote

            init(from decoder: any Decoder) throws {
                var box = try decoder.unkeyedContainer()
                let day = try box.decode(Day.self)
                func number() throws -> Double { try box.decodeIfPresent(Double.self) ?? .nan }
                let (bid, ask, close) = (try number(), try number(), try number())
                quote = LaterQuote(day: day, bid: bid, ask: ask, close: close, isSplitDay: try box.decode(Bool.self))
            }
        }
        struct Row: Decodable {
            var status: OutcomeStatus
            var exit_date: Day
            var executable: Double?
            var mid: Double?
            var underlying: Double?
        }
        struct Summary: Decodable {
            var horizon: Int
            var count: Int
            var dates: Int
            var gains: Int
            var mean: Double
            var median: Double
            var quartiles: [Double]
            var gain_share_interval: [Double]
            var mean_interval: [Double]
            var interval: [Double]
            var no_later_quote: Int
            var expired: Int
        }
        struct Side: Decodable {
            var outcomes: [[Row]]
            var summary: [Summary]
        }
        var cases: [Case]
        var buy: Side
        var sell: Side
    }

    private let golden: Golden
    private let cases: [OutcomeCase]

    init() throws {
        golden = try AnalysesTests.golden("outcomes", as: Golden.self)
        cases = golden.cases.map {
            OutcomeCase(
                underlying: "T", day: $0.day, quote: OptionQuote(contract: $0.contract, bid: $0.bid ?? .nan, ask: $0.ask ?? .nan),
                close: $0.close, later: $0.later.map(\.quote))
        }
    }

    private func same(_ one: Double?, _ other: Double?) -> Bool {
        one == nil && other == nil || abs((one ?? .nan) - (other ?? .nan)) < 1e-9
    }

    /// One by one in Python (scripts/golden/outcomes_bruteforce.py), which also repeats the bootstrap's random numbers.
    @Test(arguments: [OutcomeStudy.Side.buy, .sell]) func outcomesAreThoseOfBruteForce(_ side: OutcomeStudy.Side) throws {
        #expect(cases.count == 200)
        var study = OutcomeStudy()
        study.side = side
        let report = study.run(cases)
        let expected = side == .buy ? golden.buy : golden.sell
        for (number, (found, row)) in zip(report.results, expected.outcomes.flatMap { $0 }).enumerated() {
            #expect(found.status == row.status && found.exit_date == row.exit_date, "outcome \(number)")
            #expect(same(found.executable_return, row.executable) && same(found.mid_return, row.mid), "outcome \(number): \(found) \(row)")
            #expect(same(found.underlying_return, row.underlying), "outcome \(number)")
        }
        for (found, row) in zip(report.summary, expected.summary) {
            let distribution = found.distribution
            #expect(found.horizon == row.horizon && found.cases == 200 && distribution.count == row.count && distribution.dates == row.dates)
            #expect(distribution.gains == row.gains && found.no_later_quote == row.no_later_quote && found.expired == row.expired)
            #expect(found.statuses.values.reduce(0, +) == 200)
            #expect(same(distribution.mean, row.mean) && same(distribution.median, row.median))
            for (one, other) in zip(distribution.quartiles ?? [], row.quartiles) { #expect(same(one, other)) }
            let intervals = [
                (distribution.gain_share_interval, row.gain_share_interval), (distribution.mean_interval, row.mean_interval),
                (distribution.interval, row.interval),
            ]
            for (one, other) in intervals {
                #expect(same(one?.low, other[0]) && same(one?.high, other[1]), "\(found.horizon): \(one as Any) \(other)")
            }
        }
    }

    @Test func theOrderOfCasesChangesNoSummary() throws {
        var random = SplitMix(printing: "theOrderOfCasesChangesNoSummary")
        let report = OutcomeStudy().run(cases, baseline: cases)
        let shuffled = OutcomeStudy().run(cases.shuffled(using: &random), baseline: cases.shuffled(using: &random))
        #expect(report.summary.map(\.statuses) == shuffled.summary.map(\.statuses))
        for (one, other) in zip(report.summary, shuffled.summary) {
            #expect(same(one.distribution.mean_interval?.low, other.distribution.mean_interval?.low))
            #expect(same(one.distribution.interval?.high, other.distribution.interval?.high))
            #expect(same(one.baseline?.median, one.distribution.median))
        }
    }

    @Test func nothingAfterTheHorizonCounts() throws {
        var study = OutcomeStudy()
        study.horizons = [1, 5]
        let report = study.run(cases)
        let cut = cases.map { one in
            var one = one
            let limit = TradingCalendar.unitedStates.session(5, after: one.day)
            one.later = one.later.filter { $0.day <= limit } + [LaterQuote(day: limit.adding(days: 1), bid: 99, ask: 100, close: 1, isSplitDay: true)]
            return one
        }
        #expect(study.run(cut).results == report.results)
    }

    @Test func overlappingDatesWidenIntervals() throws {
        // One return a session that repeats for ten sessions: far fewer independent dates than rows.
        var random = SplitMix(state: 5)
        let days = TradingCalendar.unitedStates.sessions(in: try #require(Day(iso: "2013-01-02"))...(try #require(Day(iso: "2013-12-31"))))
        var level = 0.0
        let cases = try days.enumerated().map { place, day in
            if place % 10 == 0 { level = Double(random.next() >> 11) * 0x1p-53 }
            let exit = TradingCalendar.unitedStates.session(10, after: day)
            return OutcomeCase(
                underlying: "T", day: day, quote: OptionQuote(contract: try OptionContract(parsing: "T150117C00100000"), bid: 0.99, ask: 1),
                close: 100, later: [LaterQuote(day: exit, bid: 0.5 + level, ask: 2, close: 100)])
        }
        var study = OutcomeStudy()
        study.horizons = [10]
        let interval = try #require(study.run(cases).summary[0].distribution.mean_interval)
        // Ignoring overlap: 1.96 standard errors of a uniform variable, either way.
        let plain = 2 * 1.96 / 12.0.squareRoot() / Double(days.count).squareRoot()
        #expect(interval.high - interval.low > 2 * plain)
    }

    @Test func emptyAndImpossibleCasesAreCounted() throws {
        let none = OutcomeStudy().run([])
        #expect(none.results.isEmpty && none.summary.map(\.cases) == [0, 0, 0, 0] && none.summary[0].distribution.median == nil)
        let adjusted = OutcomeCase(
            underlying: "T", day: try #require(Day(iso: "2014-06-05")),
            quote: OptionQuote(contract: try OptionContract(parsing: "T1140719C00010000"), bid: 1, ask: 1.1), close: 10, later: [])
        #expect(OutcomeStudy().run([adjusted]).summary[0].statuses[.notPlain] == 1)
        var study = OutcomeStudy()
        study.includesContractsThatAreNotPlain = true
        #expect(study.run([adjusted]).summary[0].no_later_quote == 1)
        let json = try JSONEncoder().encode(OutcomeStudy().run(cases, baseline: cases))
        let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let summary = try #require((object["summary"] as? [[String: Any]])?.first)
        #expect(Set(["count", "gains", "median", "quartiles", "interval", "baseline", "no_later_quote", "horizon"]).isSubset(of: summary.keys))
        #expect(try JSONDecoder().decode(OutcomeReport.self, from: json).summary.count == 4)
    }
}
