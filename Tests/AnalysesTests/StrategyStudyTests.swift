import Analyses
import Foundation
import MarketData
import Testing

/// Returns of strategies, computed by hand and by Python.
@Suite struct StrategyStudyTests {
    private let day = Day(iso: "2014-06-02") ?? Day(rawValue: 0)

    private func quote(_ symbol: String, _ bid: Double, _ ask: Double) throws -> OptionQuote {
        OptionQuote(contract: try OptionContract(parsing: symbol), bid: bid, ask: ask, volume: 5)
    }

    private func later(_ iso: String, _ bid: Double, _ ask: Double, close: Double = 101) throws -> LaterQuote {
        LaterQuote(day: try #require(Day(iso: iso)), bid: bid, ask: ask, close: close)
    }

    /// The only vertical of two calls.
    private func vertical(_ quotes: [OptionQuote]) throws -> StrategyResult {
        let report = StrategyScreen(.vertical).best(
            10, of: [DayChain(underlying: "T", day: day, close: 100, quotes: quotes)], asOf: day)
        return try #require(report.results.first { $0.name == "bear call" })
    }

    @Test func legsAreClosedAtExecutableSides() throws {
        let quotes = [try quote("T140613C00100000", 3, 3.1), try quote("T140613C00105000", 1, 1.1)]
        let result = try vertical(quotes)
        let legs = [
            OutcomeCase(
                underlying: "T", day: day, quote: quotes[0], close: 100,
                later: [try later("2014-06-03", 2.5, 2.6), try later("2014-06-13", 0, 0, close: 103)]),
            OutcomeCase(
                underlying: "T", day: day, quote: quotes[1], close: 100,
                later: [try later("2014-06-03", 0.8, 0.9), try later("2014-06-13", 0, 0, close: 103)]),
        ]
        var study = StrategyStudy()
        study.horizons = [1, 2, 20]
        let outcomes = study.outcomes(of: result, legs: legs)
        // Sold at 3 and bought back at 2.6; bought at 1.1 and sold at 0.8; four fees.
        #expect(abs((outcomes[0].profit ?? 0) - (0.4 - 0.3 - 0.026)) < 1e-12)
        #expect(outcomes[0].exit_date.description == "2014-06-03" && outcomes[0].status == .quoted)
        // No quote on the second session.
        #expect(outcomes[1].profit == nil && outcomes[1].status == .noLaterQuote)
        // Settled at 103: 3 owed for the short call, nothing paid by the long one; two fees.
        #expect(abs((outcomes[2].profit ?? 0) - (3 - 3 - 1.1 - 0.013)) < 1e-12)
        #expect(outcomes[2].exit_date.description == "2014-06-13")
        #expect(abs((outcomes[2].profit_on_risk ?? 0) - (outcomes[2].profit ?? 0) / result.max_loss) < 1e-12)
    }

    private struct Case: Decodable {
        struct Leg: Decodable {
            var sign: Int
            var contract: OptionContract
            var entry: Double
            var quotes: [String: [Double?]]
        }
        struct Expected: Decodable {
            var exit_date: Day
            var status: OutcomeStatus
            var profit: Double?
            var profit_on_risk: Double?
        }
        var day: Day
        var strategy: Strategy
        var close: Double
        var max_loss: Double
        var legs: [Leg]
        var closes: [String: Double]
        var splits: [String]
        var expected: [Expected]

        /// Like a result of a screen; only its legs and its maximum loss matter here.
        func result() throws -> StrategyResult {
            func leg(_ one: Leg) -> String {
                let side = one.sign > 0 ? "buy" : "sell"
                let kind = one.contract.kind == .call ? "call" : "put"
                return #"{"side":"\#(side)","contract":"\#(one.contract)","price":\#(one.entry),"kind":"\#(kind)"}"#
            }
            var legs = legs.map(leg)
            if strategy == .coveredCall { legs.insert(#"{"side":"buy","price":\#(close),"kind":"stock"}"#, at: 0) }
            let json = """
                {"strategy":"\(strategy.rawValue)","name":"","underlying":"T","quote_date":"\(day)","days_to_expiry":1,"underlying_close":\(close),
                "legs":[\(legs.joined(separator: ","))],"credit":0,"max_profit":0,"max_loss":\(max_loss),"return_on_risk":0,"annualised":0,
                "breakevens":[],"is_modelled":false}
                """
            return try JSONDecoder().decode(StrategyResult.self, from: Data(json.utf8))
        }
    }

    /// Every leg closed one by one, in Python (scripts/golden/screens_bruteforce.py).
    @Test func strategyProfitsEqualPython() throws {
        let cases = try golden("strategies", as: [Case].self)
        #expect(cases.count == 200)
        var study = StrategyStudy()
        study.horizons = [1, 5, 10, 20]
        for (number, one) in cases.enumerated() {
            let legs = try one.legs.map { leg in
                let days = Set(leg.quotes.keys).union(one.closes.keys).union(one.splits)
                return OutcomeCase(
                    underlying: "T", day: one.day,
                    quote: OptionQuote(contract: leg.contract, bid: leg.entry - 0.01, ask: leg.entry + 0.01, volume: 1), close: one.close,
                    later: try days.sorted().map { day in
                        let sides = leg.quotes[day] ?? [nil, nil]
                        return LaterQuote(
                            day: try #require(Day(iso: day)), bid: sides[0] ?? .nan, ask: sides[1] ?? .nan, close: one.closes[day] ?? .nan,
                            isSplitDay: one.splits.contains(day))
                    })
            }
            let outcomes = study.outcomes(of: try one.result(), legs: legs)
            #expect(outcomes.map(\.horizon) == study.horizons)
            for (outcome, expected) in zip(outcomes, one.expected) {
                #expect(
                    outcome.status == expected.status && outcome.exit_date == expected.exit_date,
                    "case \(number), after \(outcome.horizon): \(outcome), not \(expected)")
                for (found, wanted) in [(outcome.profit, expected.profit), (outcome.profit_on_risk, expected.profit_on_risk)] {
                    #expect((found == nil) == (wanted == nil) && abs((found ?? 0) - (wanted ?? 0)) < 1e-8, "case \(number), after \(outcome.horizon)")
                }
            }
        }
    }

    @Test func aLegWithoutQuotesHasNoProfit() throws {
        let quotes = [try quote("T140613C00100000", 3, 3.1), try quote("T140613C00105000", 1, 1.1)]
        let legs = [OutcomeCase(underlying: "T", day: day, quote: quotes[0], close: 100, later: [try later("2014-06-03", 2.5, 2.6)])]
        let outcome = try #require(StrategyStudy().outcomes(of: try vertical(quotes), legs: legs).first)
        #expect(outcome.profit == nil && outcome.profit_on_risk == nil && outcome.status == .noLaterQuote)
    }

    @Test func sharesAreSoldAtTheClose() throws {
        let call = try quote("T140613C00105000", 1, 1.1)
        let report = StrategyScreen(.coveredCall).best(1, of: [DayChain(underlying: "T", day: day, close: 100, quotes: [call])], asOf: day)
        let result = try #require(report.results.first)
        let one = OutcomeCase(underlying: "T", day: day, quote: call, close: 100, later: [try later("2014-06-03", 1.4, 1.5, close: 102)])
        let outcome = try #require(StrategyStudy().outcomes(of: result, legs: [one]).first)
        #expect(abs((outcome.profit ?? 0) - (2 + 1 - 1.5 - 0.013)) < 1e-12)
    }
}
