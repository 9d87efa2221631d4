public import Analyses
internal import Archive
internal import Base
internal import Descriptions
internal import Foundation
public import MarketData
public import Queries

/// Analyses of a store. All of them look at stored rows up to the day asked for, and at no later one; outcomes look ahead on purpose and
/// say so.
extension Store {
    /// Finds packages of options whose worst case is a profit, in the quotes of one day.
    /// - Parameters:
    ///   - day: a session with option quotes.
    ///   - symbols: underlyings; all when empty.
    /// - Throws: `QueryError` for a day or ticker that the store does not have; errors of the store.
    public func arbitrage(
        on day: Day, symbols: [String] = [], settings: ArbitrageSettings = ArbitrageSettings()
    ) async throws -> ArbitrageReport {
        ArbitrageFinder(settings: settings).find(in: try await reader().chains(day, symbols), asOf: day)
    }

    /// The best strategies of a day's chains by a measure.
    /// - Parameters:
    ///   - screen: strategy, measure and limits.
    ///   - k: number of results.
    /// - Throws: as `arbitrage(on:symbols:settings:)`.
    public func screen(_ screen: StrategyScreen, on day: Day, symbols: [String] = [], k: Int = 20) async throws -> ScreenReport {
        screen.best(k, of: try await reader().chains(day, symbols), asOf: day)
    }

    /// The most unusual option trading of a day, against open interest and against the 20 sessions before.
    /// - Parameter limit: number of events.
    /// - Throws: as `arbitrage(on:symbols:settings:)`.
    public func unusualFlow(on day: Day, symbols: [String] = [], limit: Int = 50, detector: FlowDetector = FlowDetector()) async throws -> FlowReport
    {
        detector.detect(try await reader().flow(day, symbols), limit: limit, asOf: day)
    }

    /// Change points of an underlying's state, and kinds of its days.
    /// - Parameter day: the last day that counts; the store's last when `nil`.
    /// - Throws: `QueryError` when the store has no such ticker or too few days; errors of the store.
    public func regimes(of symbol: String, through day: Day? = nil, detector: RegimeDetector = RegimeDetector()) async throws -> RegimeReport {
        let series = try await reader().states(of: symbol, in: objects)
        guard let last = day ?? series.days.last else { throw QueryError("the store has no state of \(symbol)", kind: .notFound) }
        let known = series.through(last).days
        guard known.count > StateSeries.leastKnown else {
            throw QueryError(
                "the regimes of \(symbol) need more than \(StateSeries.leastKnown) days with option quotes; it has \(Self.span(known))",
                kind: .unsupported)
        }
        do {
            return try detector.detect(series, asOf: last)
        } catch {
            throw QueryError("the regimes of \(symbol) cannot be told: \(error)", kind: .unsupported)
        }
    }

    /// The earlier days of an underlying whose state was nearest to a day's, with what followed them up to that day.
    /// - Throws: `QueryError` when the store has no such ticker or day, or knows too little of the day.
    public func analogs(of symbol: String, like day: Day, k: Int = 10, search: AnalogDays = AnalogDays()) async throws -> AnalogReport {
        let series = try await reader().states(of: symbol, in: objects)
        guard let report = search.find(k, like: day, in: series) else {
            let known =
                series.days.contains(day)
                ? "its state is standardised by earlier days, of which it needs more than \(StateSeries.leastKnown)"
                : "the store has no chain of \(symbol) on that day"
            throw QueryError(
                "there are no days like \(day): \(known); \(symbol) has \(Self.span(series.days))",
                kind: series.days.contains(day) ? .unsupported : .notFound)
        }
        return report
    }

    private static func span(_ days: [Day]) -> String {
        guard let first = days.first, let last = days.last else { return "no days" }
        return "\(days.count) days from \(first) to \(last)"
    }

    /// Greeks, dollar exposures and a scenario grid of positions at the close of a day.
    /// - Parameter positions: contracts or shares with quantities.
    /// - Throws: `QueryError` for a day that the store does not have. Positions without a price are listed in the report.
    public func risk(of positions: [Position], on day: Day, analysis: RiskAnalysis = RiskAnalysis()) async throws -> RiskReport {
        analysis.run(try await reader().positions(positions, on: day), asOf: day)
    }

    /// What happened to the contracts of an answer afterwards, with the same of random rows of the same names and days.
    /// - Parameters:
    ///   - results: rows of options; stocks are left out.
    ///   - study: horizons, side and statistics.
    ///   - perResult: random rows for each result.
    /// - Throws: errors of the store.
    public func outcomes(of results: [SearchResult], study: OutcomeStudy = OutcomeStudy(), perResult: Int = 10) async throws -> OutcomeReport {
        let reader = try await reader()
        let entries = results.compactMap { result -> ChainReader.Entry? in
            guard let contract = result.contract.flatMap({ try? OptionContract(parsing: $0) }) else { return nil }
            return ChainReader.Entry(contract: contract, underlying: result.underlying, day: result.quoteDate)
        }
        let horizon = study.horizons.max() ?? 0
        let random = try await reader.baseline(entries, perEntry: perResult, seed: study.seed)
        return study.run(
            try await reader.cases(entries, horizon: horizon), baseline: perResult > 0 ? try await reader.cases(random, horizon: horizon) : [])
    }

    /// What happened to the contracts that answer a question.
    /// - Throws: as `search(_:)`.
    public func outcomes(_ request: SearchRequest, study: OutcomeStudy = OutcomeStudy()) async throws -> (answer: SearchAnswer, report: OutcomeReport)
    {
        let answer = try await search(request)
        return (answer, try await outcomes(of: answer.results, study: study))
    }

    func reader() async throws -> ChainReader { ChainReader(base: try await searchBase()) }
}

/// A contract or shares, and how many.
public struct Position: Hashable, Sendable {
    /// `nil` for shares.
    public var contract: OptionContract?
    /// The underlying of a contract, the ticker of shares.
    public var symbol: String
    /// Negative if sold.
    public var quantity: Double

    public init(contract: OptionContract? = nil, symbol: String, quantity: Double) {
        self.contract = contract
        self.symbol = symbol
        self.quantity = quantity
    }
}
