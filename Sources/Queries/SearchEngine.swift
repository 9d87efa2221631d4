public import Base
import Archive
import Descriptions
import Encoders
import Foundation
public import MarketData
import Measures
public import Questions

/// Answers questions in plain words from a store: the natural-language search of the command line, the library and the
/// HTTP API.
///
/// A question is read into constraints and encoded. Every distinct description of the years asked for is scored by
/// table look-up, exactly; rows that satisfy the constraints come in the order that the question asks for, then of their
/// description's similarity, then of their closeness to the numbers asked for. When fewer than `k` rows satisfy all
/// constraints, constraints are given up one at a time, the least important first, and every result says which it meets and
/// which it misses.
///
/// Cost: one encoding a question and model, some ten bytes read a distinct description, and the rows of the best few
/// descriptions; for orders, aggregates and counts, all rows of the descriptions that can match. Descriptions and row blocks
/// stay in memory once read.
public actor SearchEngine {
    let archive: StoreReader
    private let encoders: [String: SentenceEncoder]
    let lexicon: Lexicon
    let aliases: AliasTable
    private let template: DescriptionTemplate
    private let writer: DescriptionWriter
    private let vectors: [String: PartVectors]
    var batches: [String: LoadedBatch] = [:]
    private let rowCache = RowCache()
    private var reader: QuestionReader?
    private var bars: BarHistory?
    private var chains: ChainTable?
    /// What constraints and results need of a row.
    private static let optionColumns = wanted(OptionRows.columns, beside: ["file", "line", "quote_date", "expiry", "root", "key"])
    /// Rows that are looked at to count those that match.
    private static let countLimit = 4_000_000

    private static func wanted<Rows>(_ columns: [RowColumn<Rows>], beside others: Set<String>) -> Set<String> {
        others.union(columns.filter { $0.output != nil || $0.field != nil }.map(\.name))
    }

    /// - Parameters:
    ///   - archive: an open store with the parts' vectors of every model in `encoders`.
    ///   - encoders: by model key, made from the weights that the store's fingerprints name.
    /// - Throws: `QueryError` when the store was written with another lexicon than this build's.
    public init(archive: StoreReader, encoders: [String: SentenceEncoder], aliases: AliasTable) throws {
        self.archive = archive
        self.encoders = encoders
        self.aliases = aliases
        lexicon = try Lexicon.builtIn()
        template = archive.manifest.descriptions.template
        guard lexicon.version == archive.manifest.descriptions.lexiconVersion else {
            throw QueryError(
                "the store was written with lexicon \(archive.manifest.descriptions.lexiconVersion) and this build has "
                    + "\(lexicon.version); generate a new store, or use the build that wrote it")
        }
        let tickers = archive.parts.tickers
        writer = DescriptionWriter(lexicon: lexicon, template: template) { number in
            aliases.words(for: Int(number) < tickers.count ? tickers[Int(number)] : "?")
        }
        vectors = encoders.reduce(into: [:]) { vectors, encoder in
            vectors[encoder.key] = PartVectors(
                archive.parts.vectors[encoder.key] ?? [], dimension: encoder.value.dimension)
        }
    }

    /// How a question is read, without searching.
    /// - Throws: errors of the store.
    public func read(_ question: String, asOf: Day? = nil) async throws -> Reading {
        var reader = try await questionReader(try await load(years: []))
        reader.context.asOf = asOf
        return reader.read(question)
    }

    /// Searches; see the type.
    /// - Returns: at most `request.k` results; fewer only when the years asked for hold fewer rows, or with `isStrict`.
    /// - Throws: `QueryError` for an unknown model or a year that the store does not hold, and errors of the store.
    public func search(_ request: SearchRequest) async throws -> SearchAnswer {
        let start = ContinuousClock.now
        if let k = request.k, k <= 0 { throw QueryError("k must be at least 1, not \(k)") }
        let models = try models(request.models)
        let keys = try await load(years: request.years)
        let plan = SearchPlan(request, reader: try await questionReader(keys)) { archive.parts.number(ofTicker: $0) }
        var products: [String: [Float]] = [:]
        for model in models {
            guard let encoder = encoders[model], let vectors = vectors[model] else {
                throw QueryError("no encoder for the model \(model) is loaded")
            }
            products[model] = vectors.products(question: try await encoder.encode([request.question], as: .query))
        }
        let days = try await dayNumbers(plan.fields)
        let search = Search(
            plan: plan, asOf: request.asOf, isStrict: request.isStrict, batches: keys.compactMap { batches[$0] }, template: template, days: days)
        let scores = try score(products, keys: keys)
        let rankings = try models.map { try search.rank(scores: scores[$0] ?? []) }
        let hits = rankings.count == 1 ? rankings[0].hits : fuse(rankings.map(\.hits), k: plan.limit)
        let (groups, grouped) = try groups(search)
        let results = try hits.map { try result($0, search: search, first: models[0], scores: scores) }
        let relaxed = plan.matcher.relaxationOrder.map { plan.matcher.items[$0].text }
            .filter { text in results.contains { $0.misses.contains(text) } }
        // What has passed over all rows has counted them.
        let count = request.countsMatches ? try grouped ?? rankings[0].matches ?? search.matchingRows(limit: Self.countLimit) : nil
        let elapsed = ContinuousClock.now - start
        return SearchAnswer(
            question: request.question, constraints: plan.matcher.items.map(\.text), requests: plan.requests, query: plan.reading.query,
            notUnderstood: plan.reading.notUnderstood, cannotKnow: plan.cannotKnow, corrections: plan.corrections, notes: plan.notes,
            relaxed: relaxed, exact: true, matchingRows: count, groups: groups, steps: plan.reading.steps,
            elapsedMilliseconds: (elapsed / .milliseconds(1) * 1000).rounded() / 1000, results: results)
    }

    /// What the question wants computed, and how many rows it is computed from.
    private func groups(_ search: Search) throws -> (groups: [AggregateGroup]?, rows: Int?) {
        guard let aggregates = search.plan.aggregates else { return (nil, nil) }
        var aggregation = Aggregation(aggregates.measures, by: aggregates.groups, lexicon: lexicon)
        try search.forEachMatch { rows, chosen, _, _ in aggregation.add(rows, chosen) }
        var groups = aggregation.result(ticker: ticker)
        let limit = search.plan.reading.query.limit
        if let ordering = search.plan.order.first {
            // "Which month has the highest average": the order is one of groups.
            if let name = aggregation.name(of: ordering.field) {
                func value(_ group: AggregateGroup) -> Double? { group.values[name] ?? nil }
                groups.sort { left, right in
                    guard let a = value(left), let b = value(right) else { return value(left) != nil && value(right) == nil }
                    return ordering.isDescending ? a > b : a < b
                }
            }
        } else if limit != nil, aggregation.names.isEmpty {
            groups.sort { $0.rows > $1.rows }
        }
        if !aggregation.names.isEmpty { groups.removeAll { $0.values.values.allSatisfy { $0 == nil } } }
        let most = limit ?? (search.plan.order.isEmpty ? groups.count : search.plan.limit)
        return (Array(groups.prefix(most)), aggregation.rowCount)
    }

    /// By model and batch, the similarity of every description to the question.
    private func score(_ products: [String: [Float]], keys: [String]) throws -> [String: [[Float]]] {
        var scores: [String: [[Float]]] = [:]
        for (model, products) in products {
            guard let vectors = vectors[model] else { continue }
            let options = vectors.tables(products: products, weights: template.optionParts.map(\.weight))
            let stocks = vectors.tables(products: products, weights: template.stockParts.map(\.weight))
            scores[model] = try keys.map { key in
                guard let batch = batches[key], let parts = batch.scores[model] else { return [] }
                return try parts.scores(tables: batch.isOptions ? options : stocks)
            }
        }
        return scores
    }

    /// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009, constant 60): cosines of different models are not
    /// comparable, ranks are.
    private func fuse(_ rankings: [[Search.Hit]], k: Int) -> [Search.Hit] {
        var scores: [Search.Hit: Double] = [:]
        var order: [Search.Hit] = []
        for ranking in rankings {
            for (rank, hit) in ranking.enumerated() {
                if scores[hit] == nil { order.append(hit) }
                scores[hit, default: 0] += 1 / Double(60 + rank + 1)
            }
        }
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        order.sort { a, b in
            let (x, y) = (scores[a] ?? 0, scores[b] ?? 0)
            return x != y ? x > y : (places[a] ?? 0) < (places[b] ?? 0)
        }
        return Array(order.prefix(k))
    }

    private func result(
        _ hit: Search.Hit, search: Search, first: String, scores: [String: [[Float]]]
    ) throws -> SearchResult {
        let batch = search.batches[hit.batch]
        let similarities = scores.mapValues { $0[hit.batch][hit.description] }
        let builder = ResultBuilder(
            matcher: search.plan.matcher, writer: writer, tickers: archive.parts.tickers, files: batch.files, year: batch.year,
            similarity: similarities[first] ?? 0, similarities: similarities, days: search.days, sortedBy: search.plan.order.map(\.field))
        switch batch.rows {
        case .options(let open):
            return try open.row(hit.row) { rows, index in builder.option(rows, at: index) }
        case .stocks(let open):
            return try open.row(hit.row) { rows, index in builder.stock(rows, at: index) }
        }
    }

    // MARK: - Loading

    private func models(_ wanted: [String]) throws -> [String] {
        let known = archive.manifest.models.keys.sorted()
        guard !known.isEmpty else { throw QueryError("the store holds no vectors yet; run `tapedeck generate`") }
        for model in wanted where !known.contains(model) {
            throw QueryError("the store has no model \(model); it has \(known.joined(separator: ", "))")
        }
        return wanted.isEmpty ? known : wanted
    }

    func load(years wanted: Set<Int>) async throws -> [String] {
        let known = Set(archive.years)
        if let missing = wanted.subtracting(known).min() {
            throw QueryError(
                "the store has no year \(missing); it has \(archive.years.map(String.init).joined(separator: ", "))")
        }
        var keys: [String] = []
        for reference in archive.batches where wanted.isEmpty || wanted.contains(reference.year) {
            keys.append(reference.key)
            guard batches[reference.key] == nil else { continue }
            var loaded = LoadedBatch(year: reference.year, rows: try await open(reference.key))
            for (model, vectors) in vectors {
                loaded.scores[model] = try vectors.scores(parts: loaded.parts, weights: loaded.weights(template))
            }
            loaded.splits = try splits(loaded)
            batches[reference.key] = loaded
        }
        return keys
    }

    /// The reader of questions, which knows the store's names and days.
    /// - Parameter keys: the batches whose splits count.
    private func questionReader(_ keys: [String]) async throws -> QuestionReader {
        var reader = try await storeReader()
        for key in keys {
            for (ticker, days) in batches[key]?.splits ?? [:] { reader.context.splits[self.ticker(ticker), default: []] += days }
        }
        for (symbol, days) in reader.context.splits { reader.context.splits[symbol] = Set(days).sorted() }
        return reader
    }

    /// The reader without splits, which follow from the rows.
    private func storeReader() async throws -> QuestionReader {
        if let reader { return reader }
        var context = QuestionContext(symbols: Set(archive.parts.tickers), aliases: aliases)
        let layout = SourceLayout()
        var days: [Day] = []
        for year in archive.years {
            for input in try await archive.ledger(year: year)?.inputs ?? [] {
                if case .options(let day) = layout.content(of: input.key) { days.append(day) }
            }
        }
        if let first = days.min(), let last = days.max() { context.days = first...last }
        let made = try QuestionReader(context: context)
        reader = made
        return made
    }

    /// Split days by ticker, from the rows that are described by one.
    private func splits(_ batch: LoadedBatch) throws -> [UInt32: Set<Day>] {
        let code = UInt8(lexicon[.underlyingMove].categories.count)
        var days: [UInt32: Set<Day>] = [:]
        let starts = batch.rowStart
        for (index, key) in batch.keys.enumerated() where key[.underlyingMove] == code && days[key.ticker] == nil {
            try batch.forEachBlock(in: Int(starts[index])..<Int(starts[index + 1]), days: nil) { rows, _ in
                days[key.ticker, default: []].formUnion(rows.quoteDates.map(Day.init(rawValue:)))
            }
        }
        return days
    }

    /// What conditions on some fields need to know of days; `nil` when they need nothing.
    private func dayNumbers(_ fields: Set<Field>) async throws -> DayNumbers? {
        let premium = !fields.isDisjoint(with: [.volatilityPremium, .volatilityRatio])
        let needsBars = premium || !fields.isDisjoint(with: DayNumbers.barFields)
        let needsChains = premium || !fields.isDisjoint(with: DayNumbers.chainFields.union(DayNumbers.rankFields))
        guard needsBars || needsChains else { return nil }
        return DayNumbers(
            bars: needsBars ? try await barHistory() : nil, chains: needsChains ? try await chainTable() : nil, tickers: archive.parts.tickers)
    }

    /// The state of underlyings on all days of the store.
    func chainTable() async throws -> ChainTable {
        if let chains { return chains }
        var rows = UnderlyingDayRows()
        for year in archive.years {
            if let more = try await archive.underlyingDays(year: year) { rows.append(contentsOf: more) }
        }
        let order = (0..<UInt32(rows.count)).sorted { left, right in
            (rows.ticker[Int(left)], rows.quoteDate[Int(left)]) < (rows.ticker[Int(right)], rows.quoteDate[Int(right)])
        }
        let table = ChainTable(rows.reordered(order))
        chains = table
        return table
    }

    /// The bars that the store holds.
    private func barHistory() async throws -> BarHistory {
        if let bars { return bars }
        var history = BarHistory()
        let symbols = SymbolTable(names: archive.parts.tickers)
        for key in try await load(years: []) {
            guard let batch = batches[key], case .stocks(let open) = batch.rows else { continue }
            try open.forEachBlock(in: 0..<open.rowCount) { rows, positions, _ in
                history.add(StockBlock(stored: rows, positions, symbols: symbols))
            }
        }
        bars = history
        return history
    }

    func ticker(_ number: UInt32) -> String {
        let tickers = archive.parts.tickers
        return Int(number) < tickers.count ? tickers[Int(number)] : "?"
    }

    private func open(_ key: String) async throws -> LoadedBatch.Rows {
        switch try await archive.kind(ofBatch: key) {
        case .options: .options(try await archive.openBatch(key, columns: Self.optionColumns, cache: rowCache))
        case .stocks: .stocks(try await archive.openBatch(key, cache: rowCache))
        }
    }
}

/// What a question asked for and cannot have.
public struct QueryError: TapedeckError {
    public let description: String

    package init(_ description: String) { self.description = description }
}

extension QueryError {
    public var kind: ErrorKind { .invalidInput }
}
