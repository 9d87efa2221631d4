public import Base
import Archive
import Descriptions
import Encoders
import Foundation
import MarketData

/// Answers questions in plain words from a store: the natural-language search of the command line, the library and the
/// HTTP API.
///
/// A question is read into constraints and encoded. Every distinct description of the years asked for is scored by
/// table look-up, exactly; rows that satisfy the constraints come in order of their description's similarity, then of
/// their closeness to the numbers asked for. When fewer than `k` rows satisfy all constraints, constraints are given up
/// one at a time, the least important first, and every result says which it meets and which it misses.
///
/// Cost: one encoding a question and model, some ten bytes read a distinct description, and the rows of the best few
/// descriptions. Descriptions and row blocks stay in memory once read.
public actor SearchEngine {
    let archive: StoreReader
    private let encoders: [String: SentenceEncoder]
    let lexicon: Lexicon
    let aliases: AliasTable
    private let template: DescriptionTemplate
    private let writer: DescriptionWriter
    private let parser: QuestionParser
    private let vectors: [String: PartVectors]
    var batches: [String: LoadedBatch] = [:]
    private let rowCache = RowCache()
    /// What constraints and results need of an option row: half of what is stored.
    private static let optionColumns: Set<String> = [
        "file", "line", "quote_date", "expiry", "strike", "root", "bid", "ask", "volume", "open_interest",
        "implied_volatility", "underlying_close", "key",
    ]

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
        parser = try QuestionParser(lexicon: lexicon, aliases: aliases, symbols: Set(tickers))
        vectors = encoders.reduce(into: [:]) { vectors, encoder in
            vectors[encoder.key] = PartVectors(
                archive.parts.vectors[encoder.key] ?? [], dimension: encoder.value.dimension)
        }
    }

    /// The constraints of a question, without searching.
    public func read(_ question: String) -> Question { parser.parse(question) }

    /// Searches; see the type.
    /// - Returns: at most `request.k` results; fewer only when the years asked for hold fewer rows.
    /// - Throws: `QueryError` for an unknown model or a year that the store does not hold, and errors of the store.
    public func searchText(_ request: SearchRequest) async throws -> SearchAnswer {
        let start = ContinuousClock.now
        guard request.k > 0 else { throw QueryError("k must be at least 1, not \(request.k)") }
        let models = try models(request.models)
        let question =
            request.semantic
            ? Question(text: request.question) : parser.parse(request.question)
        var products: [String: [Float]] = [:]
        for model in models {
            guard let encoder = encoders[model], let vectors = vectors[model] else {
                throw QueryError("no encoder for the model \(model) is loaded")
            }
            products[model] = vectors.products(question: try await encoder.encode([request.question], as: .query))
        }
        let keys = try await load(years: request.years)
        let matcher = ConstraintMatcher(question.constraints, lexicon: lexicon) { archive.parts.number(ofTicker: $0) }
        let scores = try score(products, keys: keys)
        let rankings = try models.map { model in
            try rank(request, scores: scores[model] ?? [], keys: keys, matcher: matcher)
        }
        let hits = rankings.count == 1 ? rankings[0] : fuse(rankings, k: request.k)
        let results = try hits.map { hit in
            try result(hit, matcher: matcher, first: models[0], scores: scores, keys: keys)
        }
        let elapsed = ContinuousClock.now - start
        return SearchAnswer(
            question: request.question, constraints: matcher.items.map(\.text), notUnderstood: question.notUnderstood,
            elapsedMilliseconds: (elapsed / .milliseconds(1) * 1000).rounded() / 1000, results: results)
    }

    // MARK: - Ranking

    /// A row that will be shown.
    private struct Hit: Hashable {
        var batch: Int
        var description: Int
        var row: Int
    }

    private struct Candidate {
        var hit: Hit
        var distance: Double
        var quoteDate: Day
        var volume: Int64

        /// Closest to the numbers first, then the latest, then the most traded; position makes the order total.
        static func before(_ a: Candidate, _ b: Candidate) -> Bool {
            if a.distance != b.distance { return a.distance < b.distance }
            if a.quoteDate != b.quoteDate { return a.quoteDate > b.quoteDate }
            if a.volume != b.volume { return a.volume > b.volume }
            return (a.hit.batch, a.hit.row) < (b.hit.batch, b.hit.row)
        }
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

    /// - Parameter scores: by batch.
    private func rank(
        _ request: SearchRequest, scores: [[Float]], keys: [String], matcher: ConstraintMatcher
    ) throws -> [Hit] {
        var found: [Hit] = []
        var seen: Set<Hit> = []
        for given in 0...matcher.relaxationOrder.count {
            let active = Array(matcher.relaxationOrder.dropFirst(given))
            try collect(
                into: &found, seen: &seen, request, scores: scores, keys: keys, matcher: matcher, active: active)
            if found.count >= request.k { break }
        }
        return Array(found.prefix(request.k))
    }

    /// Adds the best rows that satisfy the active constraints and are not there yet, until there are `k`.
    private func collect(
        into found: inout [Hit], seen: inout Set<Hit>, _ request: SearchRequest, scores: [[Float]], keys: [String],
        matcher: ConstraintMatcher, active: [Int]
    ) throws {
        var scored: [(score: Float, position: Int)] = []
        var places: [(batch: Int, description: Int)] = []
        for (batchIndex, key) in keys.enumerated() {
            guard let batch = batches[key] else { continue }
            let known = batch.mask(template)
            for (index, key) in batch.keys.enumerated() where matcher.accepts(key, active: active, known: known) {
                scored.append((scores[batchIndex][index], places.count))
                places.append((batchIndex, index))
            }
        }
        var selection = TopSelection(scored)
        while found.count < request.k, let group = selection.nextGroup() {
            var candidates: [Candidate] = []
            for position in group.positions {
                let place = places[position]
                guard let batch = batches[keys[place.batch]] else { continue }
                try batch.forEachRow(ofDescription: place.description) { row, index in
                    if let asOf = request.asOf, row.quoteDate > asOf { return }
                    guard active.allSatisfy({ matcher.satisfies(row, $0) }) else { return }
                    let hit = Hit(batch: place.batch, description: place.description, row: index)
                    guard !seen.contains(hit) else { return }
                    candidates.append(
                        Candidate(
                            hit: hit, distance: matcher.distance(row), quoteDate: row.quoteDate,
                            volume: row.volume ?? -1))
                }
            }
            candidates.sort(by: Candidate.before)
            for candidate in candidates.prefix(request.k - found.count) {
                found.append(candidate.hit)
                seen.insert(candidate.hit)
            }
        }
    }

    /// Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009, constant 60): cosines of different models are not
    /// comparable, ranks are.
    private func fuse(_ rankings: [[Hit]], k: Int) -> [Hit] {
        var scores: [Hit: Double] = [:]
        var order: [Hit] = []
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

    // MARK: - Results

    private func result(
        _ hit: Hit, matcher: ConstraintMatcher, first: String, scores: [String: [[Float]]], keys: [String]
    ) throws -> SearchResult {
        guard let batch = batches[keys[hit.batch]] else { throw QueryError("a batch was dropped while in use") }
        let similarities = scores.mapValues { $0[hit.batch][hit.description] }
        let builder = ResultBuilder(
            matcher: matcher, writer: writer, tickers: archive.parts.tickers, files: batch.files, year: batch.year,
            similarity: similarities[first] ?? 0, similarities: similarities)
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
            batches[reference.key] = loaded
        }
        return keys
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
