import Analyses
import Archive
import Descriptions
import Foundation
public import MarketData
public import Queries
public import Questions

/// The answer of the search or analysis that a question was routed to. Encodes to the object that `tapedeck ask --json` prints.
public struct AskAnswer: Encodable, Sendable {
    /// What the question wants.
    public var intent: Intent
    /// The command that gives the same answer, without the store: `tapedeck analogs AAPL --date 2014-06-09`.
    public var command: String
    /// Notes on the routing: conditions that the analysis does not apply, an assumed day, the reason for a search.
    public var notes: [String]
    public var answer: Answer

    /// By command.
    public enum Answer: Encodable, Sendable {
        case search(SearchAnswer)
        case similar(AnalysisAnswer<SimilarRequest>)
        case evolution(AnalysisAnswer<EvolutionRequest>)
        case outcomes(AnalysisAnswer<OutcomesRequest>)
        case compare(AnalysisAnswer<ComparisonRequest>)
        case arbitrage(AnalysisAnswer<ArbitrageRequest>)
        case flow(AnalysisAnswer<FlowRequest>)
        case regimes(AnalysisAnswer<RegimesRequest>)
        case analogs(AnalysisAnswer<AnalogsRequest>)
        case risk(AnalysisAnswer<RiskRequest>)

        public func encode(to encoder: any Encoder) throws {
            switch self {
            case .search(let answer): try answer.encode(to: encoder)
            case .similar(let answer): try answer.encode(to: encoder)
            case .evolution(let answer): try answer.encode(to: encoder)
            case .outcomes(let answer): try answer.encode(to: encoder)
            case .compare(let answer): try answer.encode(to: encoder)
            case .arbitrage(let answer): try answer.encode(to: encoder)
            case .flow(let answer): try answer.encode(to: encoder)
            case .regimes(let answer): try answer.encode(to: encoder)
            case .analogs(let answer): try answer.encode(to: encoder)
            case .risk(let answer): try answer.encode(to: encoder)
            }
        }
    }
}

extension Store {
    /// Answers any question: by a search, or by the analysis that the question asks for.
    ///
    /// The question's intent decides. If its analysis lacks something, such as the ticker of "regimes", a search answers it, and `notes`
    /// say why.
    /// - Parameters:
    ///   - k: number of results; the command's default when `nil`.
    ///   - asOf: hides every row after this day; an analysis of one day uses it if the question names no day.
    ///   - models: keys of the models to search with; those that the store was opened with when empty.
    /// - Throws: as the method of the analysis; `QueryError` for a day after `asOf`.
    public func ask(_ question: String, k: Int? = nil, asOf: Day? = nil, models: [String] = []) async throws -> AskAnswer {
        let base = try await searchBase()
        var reader = try await base.questionReader()
        reader.context.asOf = asOf
        let known = QuestionRouter.Known(
            days: try await base.optionDays(), years: base.archive.years, models: base.archive.manifest.models.keys.sorted())
        // Check models even if the analysis uses none.
        if let unknown = models.first(where: { !known.models.contains($0) }) {
            throw QueryError("the store has no model \(unknown); it has \(known.models.joined(separator: ", "))", kind: .notFound)
        }
        let router = QuestionRouter(
            reader: reader, reading: reader.read(question), known: known, k: k, asOf: asOf, models: models.isEmpty ? options.models : models)
        let route = try router.route()
        let answer: AskAnswer.Answer
        switch route.request {
        case .search(let request): answer = .search(try await search(request))
        case .similar(let request): answer = .similar(try await self.answer(request))
        case .evolution(let request): answer = .evolution(try await self.answer(request))
        case .outcomes(let request): answer = .outcomes(try await self.answer(request))
        case .compare(let request): answer = .compare(try await self.answer(request))
        case .arbitrage(let request): answer = .arbitrage(try await self.answer(request))
        case .flow(let request): answer = .flow(try await self.answer(request))
        case .regimes(let request): answer = .regimes(try await self.answer(request))
        case .analogs(let request): answer = .analogs(try await self.answer(request))
        case .risk(let request): answer = .risk(try await self.answer(request))
        }
        var notes = route.notes
        // A search reports its own gaps.
        if case .search = answer {} else { notes += base.archive.notes }
        return AskAnswer(intent: route.intent, command: route.command, notes: notes, answer: answer)
    }
}

/// Chooses the analysis that answers a question. Reads no row.
struct QuestionRouter {
    /// What the store has.
    struct Known {
        /// With option quotes, ascending.
        var days: [Day]
        var years: [Int]
        var models: [String]
    }

    enum Request {
        case search(SearchRequest)
        case similar(SimilarRequest)
        case evolution(EvolutionRequest)
        case outcomes(OutcomesRequest)
        case compare(ComparisonRequest)
        case arbitrage(ArbitrageRequest)
        case flow(FlowRequest)
        case regimes(RegimesRequest)
        case analogs(AnalogsRequest)
        case risk(RiskRequest)
    }

    struct Route {
        var intent: Intent
        var request: Request
        var notes: [String] = []
        var command: String
    }

    let reader: QuestionReader
    let reading: Reading
    let known: Known
    let k: Int?
    let asOf: Day?
    let models: [String]

    private var query: Query { reading.query }

    func route() throws -> Route {
        let intent = self.intent
        let horizons = query.horizon.map { [$0] }
        switch intent {
        case .find, .rank, .aggregate: return search(intent)
        case .similar:
            guard let contract = query.reference else { return search(intent, "names no contract") }
            let (day, notes) = try self.day()
            guard let day else { return search(intent, "names no day that the store has") }
            return route(intent, Request.similar, SimilarRequest(.stored(contract, day), k: limit ?? 50, model: models.first, asOf: asOf), notes)
        case .evolution:
            let years = known.years.filter { year in
                (query.time.from.map { $0.year <= year } ?? true) && (query.time.to.map { year <= $0.year } ?? true)
            }
            guard let first = years.first, let last = years.last else { return search(intent, "asks for years that the store does not have") }
            return route(intent, Request.evolution, EvolutionRequest(question: reading.text, years: first...last, k: limit ?? 3, asOf: asOf), [])
        case .outcome:
            var study = OutcomeStudy()
            if let horizons { study.horizons = horizons }
            return route(intent, Request.outcomes, OutcomesRequest(.search(searchRequest), study: study), [])
        case .compare:
            return route(intent, Request.compare, ComparisonRequest(question: reading.text, models: namedModels, k: limit ?? 10, asOf: asOf), [])
        case .arbitrage, .flow:
            let (day, notes) = try self.day()
            guard let day else { return search(intent, "names no day that the store has") }
            let symbols = self.symbols ?? []
            if intent == .flow {
                return route(intent, Request.flow, FlowRequest(date: day, symbols: symbols, k: limit ?? 20), notes + unapplied("flow"))
            }
            return route(intent, Request.arbitrage, ArbitrageRequest(date: day, symbols: symbols, k: limit ?? 20), notes + unapplied("arbitrage"))
        case .regimes:
            guard symbols?.count ?? 1 == 1 else { return search(intent, "names several tickers") }
            return route(intent, Request.regimes, RegimesRequest(symbol: symbols?.first, asOf: query.time.to ?? asOf), unapplied("regimes"))
        case .similarDays:
            guard symbols?.count ?? 1 == 1 else { return search(intent, "names several tickers") }
            let (day, notes) = try self.day()
            guard let day else { return search(intent, "names no day that the store has") }
            var request = AnalogsRequest(symbol: symbols?.first, date: day, k: limit ?? 10)
            if let horizons { request.horizons = horizons }
            return route(intent, Request.analogs, request, notes + unapplied("analogs"))
        case .risk:
            guard let contract = namedContract else { return search(intent, "names no contract; `tapedeck risk` reads positions from a file") }
            let (day, notes) = try self.day()
            guard let day else { return search(intent, "names no day that the store has") }
            let position = Position(contract: contract, symbol: contract.root, quantity: 1)
            return route(intent, Request.risk, RiskRequest(positions: [position], source: contract.description, date: day), notes)
        case .alert:
            return search(intent, "is about days to come; `tapedeck alerts add` saves it for them")
        }
    }

    // MARK: What the question says

    /// "What happened after days like …" asks for analog days.
    private var intent: Intent {
        let asksForDays = reading.steps.contains { $0.use == .intent && $0.reading == Intent.similarDays.rawValue }
        return asksForDays && query.intent == .outcome ? .similarDays : query.intent
    }

    private var limit: Int? { k ?? query.limit }

    private var conjuncts: [ConstraintTree] {
        func parts(_ tree: ConstraintTree) -> [ConstraintTree] { if case .all(let inner) = tree { inner.flatMap(parts) } else { [tree] } }
        return parts(query.constraints)
    }

    /// The tickers that the question is limited to; `nil` when it names none.
    private var symbols: [String]? {
        conjuncts.compactMap { if case .test(.symbols(let symbols)) = $0 { symbols } else { nil } }.first
    }

    /// The contract that conditions on name, expiration, kind and strike determine.
    private var namedContract: OptionContract? {
        if let reference = query.reference { return reference }
        var (kind, expiry, strike) = (OptionKind?.none, Day?.none, Double?.none)
        for case .test(let condition) in conjuncts {
            switch condition {
            case .kinds([.call]): kind = .call
            case .kinds([.put]): kind = .put
            case .dates(.expiry, let interval) where interval.from == interval.to: expiry = interval.from
            case .number(.strike, let bounds) where bounds.lower == bounds.upper: strike = bounds.lower?.value
            default: break
            }
        }
        guard let symbols, symbols.count == 1, let kind, let expiry, let strike else { return nil }
        return try? OptionContract(root: symbols[0], expiry: expiry, kind: kind, strikeThousandths: Int32((strike * 1000).rounded()))
    }

    /// Models of the store whose keys occur in the question; all when it names fewer than two.
    private var namedModels: [String] {
        let words = Set(reading.text.lowercased().split { $0.isWhitespace || $0 == "," || $0 == "?" }.map(String.init))
        let named = known.models.filter(words.contains)
        return named.count > 1 ? named : models
    }

    /// The day of an analysis: the question's, or the last one that the store has of it.
    /// - Throws: `QueryError` for a day after the as-of day.
    private func day() throws -> (Day?, notes: [String]) {
        let time = query.time
        if let from = time.from, let asOf, from > asOf { throw QueryError("the question is about \(from), which is after the as-of day, \(asOf)") }
        if let from = time.from, from == time.to { return (from, []) }
        let last = known.days.last { day in time.contains(day) && (asOf.map { day <= $0 } ?? true) }
        return (last, last.map { ["of the last stored day that the question allows, \($0)"] } ?? [])
    }

    /// Conditions other than tickers and days, which the analysis does not apply.
    private func unapplied(_ name: String) -> [String] {
        let rest = conjuncts.filter { tree in
            switch tree {
            case .test(.symbols), .test(.dates(.quoteDate, _)): false
            default: true
            }
        }
        guard !rest.isEmpty else { return [] }
        return [
            "`\(name)` does not apply: " + rest.map { reader.lines(of: Query(constraints: $0)).joined(separator: " and ") }.joined(separator: " · ")
        ]
    }

    // MARK: Routes

    private var searchRequest: SearchRequest { SearchRequest(question: reading.text, k: k, models: models, asOf: asOf, countsMatches: true) }

    /// - Parameter reason: completes "the question …"; `nil` for a question meant for search.
    private func search(_ intent: Intent, _ reason: String? = nil) -> Route {
        var words = ["search", reading.text]
        if let k { words += ["-k", String(k)] }
        if let asOf { words += ["--as-of", asOf.description] }
        return Route(
            intent: intent, request: .search(searchRequest), notes: reason.map { ["searched, because the question \($0)"] } ?? [],
            command: CommandText.line(["tapedeck"] + words))
    }

    private func route<Analysis: AnalysisRequest>(
        _ intent: Intent, _ make: (Analysis) -> Request, _ request: Analysis, _ notes: [String]
    ) -> Route {
        Route(intent: intent, request: make(request), notes: notes, command: CommandText.line(["tapedeck"] + request.command))
    }
}
