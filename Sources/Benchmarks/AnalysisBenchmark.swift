import Analyses
import Base
import Foundation
import MarketData
import Queries
package import Tapedeck

/// Measures the analyses of an open, warm store on sampled days, tickers and contracts.
package struct AnalysisBenchmark: Sendable {
    /// Milliseconds of one analysis.
    package struct Times: Encodable, Sendable {
        package var analysis: String
        /// What one run looked at.
        package var of: String
        package var runs: Int
        package var p50_ms: Double
        package var p95_ms: Double
        package var max_ms: Double
    }

    private let store: Store
    private let runs: Int
    private let seed: UInt64

    /// - Parameters:
    ///   - runs: measured runs of each analysis, after one warm-up run.
    ///   - seed: of days, tickers and contracts.
    package init(_ store: Store, runs: Int, seed: UInt64) {
        self.store = store
        self.runs = runs
        self.seed = seed
    }

    /// What a run looks at.
    private struct Sample {
        var day: Day
        var symbol: String
        var contract: OptionContract
        var results: [SearchResult]
    }

    /// - Parameter report: gets the times of one analysis after the other.
    /// - Throws: errors of the analyses.
    package func run(_ report: (Times) throws -> Void) async throws {
        let base = try await store.searchBase()
        let days = try await base.optionDays()
        guard let middle = days.dropFirst(days.count / 2).first, let last = days.last else { throw QueryError("the store has no option chains") }
        var random = SplitMix64(state: seed)
        var samples: [Sample] = []
        while samples.count <= runs {
            // A day of the second half, so that analog days and regimes have history.
            guard let day = days.drop(while: { $0 < middle }).randomElement(using: &random),
                let symbol = try await base.tickers(on: day).randomElement(using: &random),
                let quote = try await store.quotes(of: symbol, on: day).quotes.filter({ $0.bid > 0 }).randomElement(using: &random)
            else { continue }
            let answer = try await store.search("\(symbol) options with a bid over 0.1", k: 50, asOf: day)
            samples.append(Sample(day: day, symbol: symbol, contract: quote.contract, results: answer.results))
        }
        let years = (days.first?.year ?? 0)...last.year
        var plain = OutcomeStudy()
        plain.horizons = [5]
        let store = self.store
        let measured: [(String, String, (Sample) async throws -> Void)] = [
            ("similar", "k 50", { _ = try await store.similar(to: $0.contract, on: $0.day) }),
            ("outcomes", "50 results, 4 horizons, baseline of 500", { _ = try await store.outcomes(of: $0.results) }),
            ("evolution", "all years", { _ = try await store.evolution("\($0.symbol) calls with high volume", years: years) }),
            ("arbitrage", "all names of a day", { _ = try await store.arbitrage(on: $0.day) }),
            ("screen vertical", "all names of a day", { _ = try await store.screen(StrategyScreen(.vertical), on: $0.day) }),
            ("flow", "all names of a day", { _ = try await store.unusualFlow(on: $0.day) }),
            ("regimes", "one name, all days", { _ = try await store.regimes(of: $0.symbol) }),
            ("analogs", "one name", { _ = try await store.analogs(of: $0.symbol, like: $0.day) }),
            (
                "risk", "one contract",
                { _ = try await store.risk(of: [Position(contract: $0.contract, symbol: $0.symbol, quantity: 1)], on: $0.day) }
            ),
            (
                "search --every-day", "one name, one horizon",
                { _ = try await store.everyDay(SearchRequest(question: "\($0.symbol) calls about 30 delta"), study: plain) }
            ),
        ]
        for (name, object, body) in measured {
            var times: [Double] = []
            for (number, sample) in samples.enumerated() {
                let start = ContinuousClock.now
                try await body(sample)
                // The first one warms up.
                if number > 0 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
            }
            let quantiles = StoreBenchmark.Times(times)
            try report(
                Times(
                    analysis: name, of: object, runs: times.count, p50_ms: quantiles.p50_ms, p95_ms: quantiles.p95_ms, max_ms: quantiles.max_ms))
        }
    }
}
