public import Analyses
import Archive
import Base
import Descriptions
import Foundation
public import MarketData
public import Queries

/// Analyses of a store. They read no rows after the day asked for, except outcomes, which look ahead on purpose.
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

    /// Finds contracts whose volatility is out of line with that of the options most like them, in the quotes of one day.
    ///
    /// Neighbours are the day's rows with the nearest descriptions and numbers (docs/analyses.md). Not riskless: see `RelativeValue`.
    /// - Parameters:
    ///   - symbols: underlyings; all when empty. Neighbours belong to them, too.
    ///   - neighbours: of each quote.
    ///   - model: the model that compares descriptions; the store's first when `nil`.
    /// - Returns: candidates, largest edge first, and the quotes left out by reason.
    /// - Throws: as `arbitrage(on:symbols:settings:)`, and as `search(_:)` for the model.
    public func relativeValue(
        on day: Day, symbols: [String] = [], neighbours: Int = 20, model: String? = nil, settings: RelativeValue = RelativeValue()
    ) async throws -> (candidates: [RelativeValueCandidate], rejected: RejectionCounts) {
        let reader = try await reader()
        let chains = try await reader.chains(day, symbols)
        let found = try await engine(options.models).neighbourhood(try reader.numbers(of: symbols), on: day, count: neighbours, model: model)
        let (quotes, places) = reader.compared(found.rows, on: day, neighbours: found.neighbours, chains: chains)
        // A row without a valid contract is neither compared nor a neighbour.
        return settings.find(
            quotes.map { quote in
                var quote = quote
                quote.neighbours = quote.neighbours.compactMap { places[$0] }
                return quote
            })
    }

    /// The state of an underlying by session, as regimes and analog days compare it.
    /// - Parameters:
    ///   - symbol: the underlying; all of them together when `nil`.
    ///   - last: later days are left out; all days when `nil`.
    ///   - model: of one underlying only; adds `embedding_shift`: 1 − the cosine between the mean embedding of the day's traded options, weighted by volume, and that
    ///     of the 20 sessions before. Without when `nil`.
    /// - Throws: `QueryError` when the store has no such ticker or model; errors of the store.
    public func states(of symbol: String?, through last: Day? = nil, model: String? = nil) async throws -> StateSeries {
        let series = try await wholeStates(of: symbol, through: last, model: model)
        return last.map(series.through) ?? series
    }

    /// The state of all stored days; that of days after `last` is incomplete.
    private func wholeStates(of symbol: String?, through last: Day?, model: String?) async throws -> StateSeries {
        guard let symbol else {
            guard model == nil else { throw QueryError("the shift of embeddings needs one underlying; name a ticker, or leave out the model") }
            return try await reader().marketStates(through: last)
        }
        var series = try await reader().states(of: symbol, through: last)
        guard let model else { return series }
        let means = try await engine([model]).meanEmbeddings(of: symbol, through: last, model: model)
        let shifts = EmbeddingShift.shifts(means)
        series.names.append(EmbeddingShift.name)
        for row in series.days.indices { series.values[row].append(shifts[series.days[row]] ?? .nan) }
        return series
    }

    /// The tradable quotes of an underlying on a day, with charts of skew and term structure.
    /// - Throws: as `arbitrage(on:symbols:settings:)`.
    public func quotes(of symbol: String, on day: Day, filter: QuoteFilter = QuoteFilter()) async throws -> QuoteFilter.Accepted {
        guard let chain = try await reader().chains(day, [symbol]).first else {
            throw QueryError("the store has no option quotes of \(symbol) on \(day)")
        }
        return filter.accept(chain)
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
    /// - Parameters:
    ///   - symbol: the underlying; all of them together when `nil`.
    ///   - day: the last day that counts; the store's last when `nil`.
    ///   - model: as in `states(of:through:model:)`.
    /// - Throws: `QueryError` when the store has no such ticker or model, or too few days; errors of the store.
    public func regimes(
        of symbol: String?, through day: Day? = nil, detector: RegimeDetector = RegimeDetector(), model: String? = nil
    ) async throws -> RegimeReport {
        let series = try await wholeStates(of: symbol, through: day, model: model)
        guard let last = day ?? series.days.last else { throw QueryError("the store has no state of \(symbol ?? "the market")", kind: .notFound) }
        let known = series.through(last).days
        guard known.count > StateSeries.leastKnown else {
            throw QueryError(
                "the regimes of \(symbol ?? "the market") need more than \(StateSeries.leastKnown) days with option quotes; it has \(Self.span(known))",
                kind: .unsupported)
        }
        do {
            return try detector.detect(series, asOf: last)
        } catch {
            throw QueryError("the regimes of \(symbol ?? "the market") cannot be determined: \(error)", kind: .unsupported)
        }
    }

    /// The earlier days of an underlying whose state was nearest to a day's, with what followed them up to that day.
    /// - Parameters:
    ///   - symbol: the underlying; all of them together when `nil`.
    ///   - model: as in `states(of:through:model:)`.
    /// - Throws: `QueryError` when the store has no such ticker, day or model, or knows too little of the day.
    public func analogs(
        of symbol: String?, like day: Day, k: Int = 10, search: AnalogDays = AnalogDays(), model: String? = nil
    ) async throws -> AnalogReport {
        let series = try await wholeStates(of: symbol, through: day, model: model)
        guard let report = search.find(k, like: day, in: series) else {
            let known =
                series.days.contains(day)
                ? "to standardise its state, it needs more than \(StateSeries.leastKnown) earlier days"
                : "the store has no chain of \(symbol ?? "any ticker") on that day"
            throw QueryError(
                "there are no days like \(day): \(known); \(symbol ?? "the market") has \(Self.span(series.days))",
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
        let contracts = results.compactMap { result -> ContractDay? in
            guard let contract = result.contract.flatMap({ try? OptionContract(parsing: $0) }) else { return nil }
            return ContractDay(contract: contract, underlying: result.underlying, day: result.quoteDate)
        }
        return try await outcomes(of: contracts, study: study, perResult: perResult)
    }

    /// What happened to contracts after their quotes of a day; otherwise like `outcomes(of:study:perResult:)`.
    /// - Throws: `QueryError` for a ticker that the store does not have; errors of the store.
    public func outcomes(of contracts: [ContractDay], study: OutcomeStudy = OutcomeStudy(), perResult: Int = 10) async throws -> OutcomeReport {
        let reader = try await reader()
        let entries = contracts.map { ChainReader.Entry(contract: $0.contract, underlying: $0.underlying, day: $0.day) }
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

/// A contract and a day on which it was quoted. Decodes from a row of `search --json` and of the other commands that list rows.
public struct ContractDay: Hashable, Sendable, Decodable {
    public var contract: OptionContract
    public var underlying: String
    public var day: Day

    private enum CodingKeys: String, CodingKey {
        case contract, underlying
        case day = "quote_date"
    }

    public init(contract: OptionContract, underlying: String, day: Day) {
        self.contract = contract
        self.underlying = underlying
        self.day = day
    }
}

/// A contract or shares, with their quantity.
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
