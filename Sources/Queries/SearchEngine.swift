public import Base
public import Archive
public import Descriptions
public import Encoders
import Foundation
public import MarketData
import Measures
public import Questions

/// Answers questions in plain words from a store: the natural-language search of the command line, the library and the
/// HTTP API.
///
/// A question is parsed into constraints and encoded. The distinct descriptions of the requested years are scored exactly by
/// table look-up, best first. Rows that satisfy the constraints come in the order of the question, then by similarity of their
/// descriptions, then by closeness to the requested numbers. When fewer than `k` rows satisfy all constraints, constraints are
/// given up one at a time, the least important first, and every result says which it meets and which it misses.
///
/// Any number of tasks may ask at once. Cost: one encoding per question and model, a score of every profile, the descriptions of the
/// best profiles, and the rows of the best descriptions; for orders, the zones that can hold the first rows; for aggregates, all rows
/// of the zones that can match. Decoded rows are cached up to a limit.
public final class SearchEngine: Sendable {
    package let encoders: [String: SentenceEncoder]
    private let base: SearchBase
    let writer: DescriptionWriter
    let vectors: [String: PartVectors]

    /// Keys of the available models.
    package var models: [String] { encoders.keys.sorted() }

    var archive: StoreReader { base.snapshot.archive }
    var snapshot: Snapshot { base.snapshot }
    var lexicon: Lexicon { base.lexicon }
    var aliases: AliasTable { base.aliases }
    var template: DescriptionTemplate { archive.manifest.descriptions.template }

    /// - Parameters:
    ///   - archive: an open store with the parts' vectors of every model in `encoders`.
    ///   - encoders: by model key, made from the weights that the store's fingerprints name.
    ///   - cacheBytes: decoded rows that are kept in memory.
    /// - Throws: `QueryError` when the store was written with another lexicon than this build's.
    public convenience init(
        archive: StoreReader, encoders: [String: SentenceEncoder], aliases: AliasTable, cacheBytes: Int = SearchBase.defaultCacheBytes
    ) throws {
        self.init(
            try SearchBase(archive: archive, models: encoders.keys.sorted(), aliases: aliases, cacheBytes: cacheBytes), encoders: encoders)
    }

    package init(_ base: SearchBase, encoders: [String: SentenceEncoder]) {
        self.base = base
        self.encoders = encoders
        let (archive, aliases) = (base.snapshot.archive, base.aliases)
        let tickers = archive.parts.tickers
        writer = DescriptionWriter(lexicon: base.lexicon, template: archive.manifest.descriptions.template) { number in
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
        var reader = try await questionReader([])
        reader.context.asOf = asOf
        return reader.read(question)
    }

    /// Searches; see the type.
    /// - Returns: at most `request.k` results; fewer only when the years asked for hold fewer rows, or with `isStrict`.
    /// - Throws: `QueryError` for an unknown model or a year that the store does not hold, and errors of the store.
    public func search(_ request: SearchRequest) async throws -> SearchAnswer { try await search(request, strategy: .automatic) }

    /// - Parameter strategy: how to find rows; all strategies give the same answer.
    package func search(_ request: SearchRequest, strategy: SearchStrategy) async throws -> SearchAnswer {
        let start = ContinuousClock.now
        var products: [String: [Float]] = [:]
        for model in try models(request.models) {
            products[model] = try await self.products([request.question], model: model)[0]
        }
        return try await search(request, products, since: start, strategy: strategy)
    }

    /// Answers many requests. Encodes their questions together, and searches `width` of them at a time.
    /// - Parameters:
    ///   - width: number of requests searched in parallel.
    ///   - body: gets the answers, or the error of a request, in the order of the requests.
    /// - Throws: errors of the encoders and of `body`.
    public func search(
        _ requests: [SearchRequest], width: Int, _ body: (SearchRequest, Result<SearchAnswer, any Error>) async throws -> Void
    ) async throws {
        for start in stride(from: 0, to: requests.count, by: Self.encodedTogether) {
            let slice = Array(requests[start..<min(start + Self.encodedTogether, requests.count)])
            var products = [[String: [Float]]](repeating: [:], count: slice.count)
            for model in archive.manifest.models.keys.sorted() {
                let askers = slice.indices.filter { slice[$0].models.isEmpty || slice[$0].models.contains(model) }
                guard encoders[model] != nil, !askers.isEmpty else { continue }
                for (asker, product) in zip(askers, try await self.products(askers.map { slice[$0].question }, model: model)) {
                    products[asker][model] = product
                }
            }
            let items = Array(zip(slice, products))
            try await orderedMap(items, width: width) { request, products -> Result<SearchAnswer, any Error> in
                do {
                    return .success(try await self.search(request, products, since: .now, strategy: .automatic))
                } catch {
                    return .failure(error)
                }
            } consume: { item, answer in
                try await body(item.0, answer)
            }
        }
    }

    /// Questions encoded together.
    private static let encodedTogether = 256

    /// Vectors of texts, as in `generate`, row-major.
    func documents(_ texts: [String], model: String) async throws -> [Float] {
        guard !texts.isEmpty else { return [] }
        guard let encoder = encoders[model] else { throw QueryError("no encoder for the model \(model) is loaded") }
        return try await encoder.encode(texts, as: .document)
    }

    /// By question, the inner product with every part of the store.
    func products(_ questions: [String], model: String) async throws -> [[Float]] {
        guard let encoder = encoders[model], let vectors = vectors[model] else {
            throw QueryError("no encoder for the model \(model) is loaded")
        }
        let encoded = try await encoder.encode(questions, as: .query)
        let products = vectors.products(questions: encoded)
        let width = products.count / questions.count
        return questions.indices.map { Array(products[$0 * width..<($0 + 1) * width]) }
    }

    private func search(
        _ request: SearchRequest, _ products: [String: [Float]], since start: ContinuousClock.Instant, strategy: SearchStrategy
    ) async throws -> SearchAnswer {
        if let k = request.k, k <= 0 { throw QueryError("k must be at least 1, not \(k)") }
        let models = try models(request.models)
        if let missing = models.first(where: { products[$0] == nil }) { throw QueryError("no encoder for the model \(missing) is loaded") }
        let years = try await snapshot.years(request.years)
        let plan = SearchPlan(request, reader: try await questionReader(request.years)) { archive.parts.number(ofTicker: $0) }
        let scores = products.reduce(into: [String: [YearScores]]()) { scores, product in
            let parts = PartScores(product.value, template)
            scores[product.key] = years.compactMap { YearScores($0, model: product.key, parts) }
        }
        let search = Search(
            plan: plan, asOf: request.asOf, isStrict: request.isStrict, snapshot: snapshot, years: years, template: template, lexicon: lexicon,
            days: try await snapshot.dayNumbers(plan.fields, ladders: plan.ladders), strategy: strategy)
        var rankings: [(hits: [Search.Hit], matches: Int?)] = []
        for model in models { rankings.append(try await search.rank(scores[model] ?? [])) }
        let hits = rankings.count == 1 ? rankings[0].hits : fuse(rankings.map(\.hits), k: plan.limit)
        let (groups, grouped) = try await groups(search)
        let results = try await results(hits, search, first: models[0], scores)
        let relaxed = plan.matcher.relaxationOrder.map { plan.matcher.items[$0].text }
            .filter { text in results.contains { $0.misses.contains(text) } }
        var count: Int?
        if request.countsMatches {
            // A pass over all rows has counted them.
            count = grouped ?? rankings[0].matches
            if count == nil { count = try await search.matchingRows(limit: request.countLimit) }
        }
        let elapsed = ContinuousClock.now - start
        var judged: SearchAnswer.Judged?
        if let judge = request.judge { judged = try await self.judged(hits, by: judge, request, search) }
        return SearchAnswer(
            question: request.question, constraints: plan.matcher.items.map(\.text), requests: plan.requests, query: plan.reading.query,
            notUnderstood: plan.reading.notUnderstood, cannotKnow: plan.cannotKnow, corrections: plan.corrections, notes: plan.notes + archive.notes,
            relaxed: relaxed, exact: true, matchingRows: count, groups: groups, steps: plan.reading.steps,
            elapsedMilliseconds: (elapsed / .milliseconds(1) * 1000).rounded() / 1000, results: results, judged: judged)
    }

    /// How many of the results satisfy other constraints than the question's, and how many rows of the store do.
    private func judged(
        _ hits: [Search.Hit], by judge: ConstraintTree, _ request: SearchRequest, _ search: Search
    ) async throws -> SearchAnswer.Judged {
        var plan = search.plan
        plan.matcher = ConstraintMatcher(
            SearchPlan.conjuncts(judge).map { ConstraintMatcher.Item(tree: $0, text: $0.compactText) }, calendar: request.calendar
        ) { archive.parts.number(ofTicker: $0) }
        plan.fields = Set(judge.conditions.flatMap(\.fields))
        plan.ladders = LadderScope(tickers: plan.matcher.tickers(level: 0), days: Query(constraints: judge).time)
        plan.order = []
        plan.aggregates = nil
        let other = Search(
            plan: plan, asOf: request.asOf, isStrict: true, snapshot: snapshot, years: search.years, template: template, lexicon: lexicon,
            days: try await snapshot.dayNumbers(plan.fields, ladders: plan.ladders), strategy: .automatic)
        var right = 0
        for hit in hits {
            guard let batch = try await snapshot.open([hit.batch], of: search.years[hit.year].index)[hit.batch] else { continue }
            let block = batch.block(hit.row..<hit.row + 1, days: other.days)
            if plan.matcher.items.indices.allSatisfy({ plan.matcher.satisfied(block, item: $0)[0] }) { right += 1 }
            if let failure = block.failure { throw failure }
        }
        return SearchAnswer.Judged(right: right, matches: try await other.matchingRows(limit: .max) ?? 0)
    }

    /// The measures of the question, and the number of rows that they cover.
    private func groups(_ search: Search) async throws -> (groups: [AggregateGroup]?, rows: Int?) {
        guard let aggregates = search.plan.aggregates else { return (nil, nil) }
        var aggregation = Aggregation(aggregates.measures, by: aggregates.groups, lexicon: lexicon)
        try await search.forEachMatch { rows, chosen in aggregation.add(rows, chosen) }
        var groups = aggregation.result(ticker: snapshot.name(ofTicker:))
        let limit = search.plan.reading.query.limit
        if let ordering = search.plan.order.first {
            // "Which month has the highest average": the order is one of groups.
            let names = ordering.fields.compactMap(aggregation.name(of:))
            if names.count == ordering.fields.count {
                func value(_ group: AggregateGroup) -> Double? {
                    let values = names.compactMap { group.values[$0] ?? nil }
                    guard values.count == names.count, let first = values.first else { return nil }
                    guard values.count == 2 else { return first }
                    return values[1] > 0 ? first / values[1] : nil
                }
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

    private func results(
        _ hits: [Search.Hit], _ search: Search, first: String, _ scores: [String: [YearScores]]
    ) async throws -> [SearchResult] {
        var opened: [Int: [Int: Snapshot.Rows]] = [:]
        for (year, hits) in Dictionary(grouping: hits, by: \.year) {
            opened[year] = try await snapshot.open(Set(hits.map(\.batch)), of: search.years[year].index)
        }
        // Reading a row decodes its block of each column; decode them in parallel, into the cache.
        let blocks = Set(hits.map { Search.Hit(year: $0.year, batch: $0.batch, row: $0.row / Snapshot.Rows.blockRows) })
        let reads = blocks.flatMap { place in opened[place.year]?[place.batch].map { ResultBuilder.reads($0, block: place.row) } ?? [] }
        try await snapshot.mapBlocks(reads) { read in
            try read()
        } consume: { _, _ in
        }
        return try hits.compactMap { hit in
            guard let batch = opened[hit.year]?[hit.batch] else { return nil }
            let block = batch.block(hit.row..<hit.row + 1, days: nil)
            let similarities = try scores.mapValues { try search.similarity(block.keys[0], $0[hit.year]) }
            if let failure = block.failure { throw failure }
            let builder = ResultBuilder(
                matcher: search.plan.matcher, writer: writer, tickers: archive.parts.tickers, year: search.years[hit.year].index.year,
                similarity: similarities[first] ?? 0, similarities: similarities, days: search.days, sortedBy: search.plan.order.flatMap(\.fields))
            return try builder.result(batch, row: hit.row)
        }
    }

    // MARK: - Loading

    private func models(_ wanted: [String]) throws -> [String] {
        let known = archive.manifest.models.keys.sorted()
        guard !known.isEmpty else { throw QueryError("the store holds no vectors yet; run `tapedeck generate`", kind: .unsupported) }
        for model in wanted where !known.contains(model) {
            throw QueryError("the store has no model \(model); it has \(known.joined(separator: ", "))", kind: .notFound)
        }
        return wanted.isEmpty ? known : wanted
    }

    private func questionReader(_ years: Set<Int>) async throws -> QuestionReader { try await base.questionReader(years) }
}

/// The store's data for answering, without the models: it can be prepared while they load.
public final class SearchBase: Sendable {
    let snapshot: Snapshot
    let aliases: AliasTable
    let lexicon: Lexicon
    // Limited, because a server's callers choose the years, and each reader takes memory.
    private let readers = AsyncMemo<Set<Int>, QuestionReader>(limit: 16)

    /// 192 MiB.
    public static let defaultCacheBytes = 192 << 20

    /// - Parameters:
    ///   - models: those that questions are asked with.
    ///   - noise: what rows after a day are disturbed by, to see whether an answer looks at them.
    /// - Throws: `QueryError` when the store was written with another lexicon than this build's.
    package init(archive: StoreReader, models: [String], aliases: AliasTable, cacheBytes: Int, noise: LaterNoise? = nil) throws {
        self.aliases = aliases
        lexicon = try Lexicon.builtIn()
        guard lexicon.version == archive.manifest.descriptions.lexiconVersion else {
            throw QueryError(
                "the store was written with lexicon \(archive.manifest.descriptions.lexiconVersion) and this build has "
                    + "\(lexicon.version); generate a new store, or use the build that wrote it")
        }
        snapshot = Snapshot(archive, models: models, cacheBytes: cacheBytes, noise: noise)
    }

    // MARK: What analyses read

    package var archive: StoreReader { snapshot.archive }
    package var tickers: [String] { archive.parts.tickers }

    package func name(ofTicker number: UInt32) -> String { snapshot.name(ofTicker: number) }

    /// - Throws: `QueryError` for a ticker that the store does not have.
    package func number(ofTicker symbol: String) throws -> UInt32 {
        if let number = snapshot.archive.parts.number(ofTicker: symbol) { return number }
        let some = tickers.sorted().prefix(10).joined(separator: ", ")
        throw QueryError("the store has no \(symbol); it has \(some)\(tickers.count > 10 ? " and more" : "")", kind: .notFound)
    }

    /// The sessions with option quotes, ascending.
    package func optionDays() async throws -> [Day] {
        Set(try await snapshot.chainTable().rows.quoteDate).sorted().map(Day.init(rawValue:))
    }

    /// Days of splits by ticker.
    package func splitDays() async throws -> [String: [Day]] { snapshot.splits(try await snapshot.years([])) }

    /// As `Snapshot.optionRows`.
    package func optionRows(
        _ tickers: Set<UInt32>?, _ days: ClosedRange<Day>, columns: Set<String>? = nil
    ) async throws -> StoredRows<OptionRows> { try await snapshot.optionRows(tickers, days, columns: columns) }

    package func barHistory() async throws -> BarHistory { try await snapshot.barHistory() }

    /// The tickers with an option chain on a day, ascending.
    package func tickers(on day: Day) async throws -> [String] {
        let rows = try await snapshot.chainTable().rows
        return rows.ticker.indices.filter { rows.quoteDate[$0] == day.rawValue }.map { snapshot.name(ofTicker: rows.ticker[$0]) }.sorted()
    }

    /// The state of an underlying by day, like `NameDay.days`, from tables that later questions share.
    package func nameDays(of symbol: String) async throws -> [NameDay] {
        let ticker = try number(ofTicker: symbol)
        let all = try await snapshot.chainTable().rows
        let rows = all.reordered(all.ticker.indices.filter { all.ticker[$0] == ticker }.map(UInt32.init))
        return try NameDay.days(of: symbol, ticker, rows, bars: try await snapshot.barHistory(), tickers: tickers)
    }

    /// The reader of questions, with the store's names and days.
    /// - Parameter years: those whose splits count; all when empty.
    package func questionReader(_ years: Set<Int> = []) async throws -> QuestionReader {
        try await readers.value(years) { [snapshot, aliases] in
            var context = QuestionContext(symbols: Set(snapshot.archive.parts.tickers), aliases: aliases)
            let days = try await snapshot.years([]).flatMap { $0.index.batches.filter { $0.kind == .options }.map(\.days) }
            if let first = days.map(\.lowerBound).min(), let last = days.map(\.upperBound).max() { context.days = first...last }
            context.splits = snapshot.splits(try await snapshot.years(years))
            return try QuestionReader(context: context)
        }
    }
}

/// A request that cannot be answered.
public struct QueryError: TapedeckError {
    public let description: String
    public let kind: ErrorKind

    /// - Parameter kind: `.notFound` for a model, year, day, ticker or contract that the store does not have; `.unsupported` for
    ///   a question that is valid and that the store's data cannot answer.
    package init(_ description: String, kind: ErrorKind = .invalidInput) {
        self.description = description
        self.kind = kind
    }
}
