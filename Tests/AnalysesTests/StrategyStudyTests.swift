import Analyses
import Foundation
import MarketData
import Testing

/// What strategies earned, by hand.
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
