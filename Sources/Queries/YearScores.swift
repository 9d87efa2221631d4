import Archive
import Base
import Descriptions
import MarketData
import VectorIndex

/// The vectors of a store's parts by one model. A description's inner product with a question is a sum over its parts, read from
/// a table of one number a part, over a norm that the description index has.
struct PartVectors: Sendable {
    let dimension: Int
    /// Parts x dimension, row-major.
    fileprivate let rows: [Float]

    init(_ vectors: [Float], dimension: Int) {
        self.dimension = dimension
        rows = vectors
    }

    /// The inner products of questions with every part, row-major.
    func products(questions: [Float]) -> [Float] { ScanKernels.dotProducts(queries: questions, rows: rows, dimensions: dimension) }
}

extension PartVectors {
    /// The inner product of the normalised weighted sum of some parts with every part.
    func products(composedOf parts: [(number: UInt32, weight: Float)]) -> [Float] {
        var sum = [Float](repeating: 0, count: dimension)
        for part in parts {
            let row = rows[Int(part.number) * dimension..<(Int(part.number) + 1) * dimension]
            for (component, value) in row.enumerated() { sum[component] += part.weight * value }
        }
        let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return products(questions: norm > 0 ? sum.map { $0 / norm } : sum)
    }
}

/// The scores of a year's descriptions for a question and a model: the cosine of question and description.
///
/// `(Σ ticker parts + Σ other parts) / norm`, every product weighted by its part. The sum of the other parts is the profile's, and is
/// computed once for all its descriptions.
struct YearScores: Sendable {
    let index: DescriptionIndex
    private let inverseNorms: MappedArray<Float>
    /// By kind and plane of the index's ticker parts: each part's weight times its product with the question.
    private let tickerTables: [[[Float]]]
    /// By profile: the sum of the parts that do not name the underlying.
    private let sums: [Float]
    /// By profile: no description of it scores more.
    let bounds: [Float]

    /// - Parameters:
    ///   - products: the question's inner product with every part of the store.
    ///   - Returns: `nil` when the index was not opened with the model.
    init?(_ year: Snapshot.Year, model: String, products: [Float], template: DescriptionTemplate) {
        index = year.index
        guard let norms = index.inverseNorms(model), let profileNorms = index.profileNorms(model) else { return nil }
        inverseNorms = norms
        let kinds = [template.optionParts, template.stockParts]
        let tables = kinds.map { parts in parts.map { part in products.map { part.weight * $0 } } }
        let tickers = UInt64(DescriptionKey.tickerLimit - 1) << DescriptionKey.tickerShift
        tickerTables = zip(kinds, tables).map { parts, tables in
            zip(parts, tables).filter { $0.0.mask & tickers != 0 }.map(\.1)
        }
        let highest = zip(tickerTables, year.tickerNumbers).map { tables, planes in
            zip(tables, planes).reduce(Float(0)) { sum, plane in sum + (plane.1.map { plane.0[Int($0)] }.max() ?? 0) }
        }
        var sums = [Float](repeating: 0, count: index.profileCount)
        var bounds = sums
        for profile in 0..<index.profileCount {
            let kind = Self.kind(index.profileKeys[profile])
            var sum: Float = 0
            for (column, table) in tables[kind].enumerated() {
                let number = index.profileParts[column][profile]
                if number != PartsTable.none { sum += table[Int(number)] }
            }
            sums[profile] = sum
            // Rounding keeps order, so that the bound holds for the rounded scores as well.
            let most = highest[kind] + sum
            bounds[profile] = most * profileNorms[2 * profile + (most >= 0 ? 1 : 0)]
        }
        self.sums = sums
        self.bounds = bounds
    }

    private static func kind(_ key: UInt64) -> Int { DescriptionKey(rawValue: key).kind == .stock ? 1 : 0 }

    func score(_ description: Int) -> Float { score(description, profile: index.profile(ofDescription: description)) }

    func score(_ description: Int, profile: Int) -> Float {
        var sum: Float = 0
        for (plane, table) in tickerTables[Self.kind(index.profileKeys[profile])].enumerated() {
            let number = index.tickerParts[plane][description]
            if number != PartsTable.none { sum += table[Int(number)] }
        }
        return (sum + sums[profile]) * inverseNorms[description]
    }

    /// Hands over every description of a profile with its score.
    func forEach(inProfile profile: Int, _ body: (_ description: Int, _ score: Float) -> Void) {
        let tables = tickerTables[Self.kind(index.profileKeys[profile])]
        guard tables.count == 1, let table = tables.first else {
            for description in index.descriptions(ofProfile: profile) { body(description, score(description, profile: profile)) }
            return
        }
        let sum = sums[profile]
        index.tickerParts[0].withUnsafe { numbers in
            inverseNorms.withUnsafe { norms in
                for description in index.descriptions(ofProfile: profile) {
                    let number = numbers[description]
                    body(description, ((number == PartsTable.none ? 0 : table[Int(number)]) + sum) * norms[description])
                }
            }
        }
    }
}

/// Descriptions of some years in descending order of score, found by the threshold algorithm (Fagin, Lotem, Naor 2001): profiles are
/// opened in the order of their bounds, and a description is handed out once no unopened profile can hold a better one.
struct ScoreStream {
    struct Item {
        var score: Float
        var year: Int32
        var description: Int32
    }

    private let years: [YearScores]
    private let tickers: [UInt32]?
    private let accepts: ((DescriptionIndex, Int) -> Bool)?
    private let profiles: [(year: Int, profile: Int)]
    private var unopened: TopSelection
    private var nextBound: (score: Float, positions: [Int])?
    private var heap = ScoreHeap()

    /// - Parameters:
    ///   - tickers: only descriptions of these; all when `nil`.
    ///   - acceptsProfile: whether descriptions with that key, the ticker aside, are wanted.
    ///   - accepts: whether the description at a position is wanted; all of accepted profiles when `nil`.
    init(
        _ years: [YearScores], tickers: [UInt32]?, acceptsProfile: (DescriptionKey) -> Bool, accepts: ((DescriptionIndex, Int) -> Bool)?
    ) {
        self.years = years
        self.tickers = tickers
        self.accepts = accepts
        var profiles: [(year: Int, profile: Int)] = []
        var bounds: [(score: Float, position: Int)] = []
        for (number, year) in years.enumerated() {
            for profile in 0..<year.index.profileCount where acceptsProfile(DescriptionKey(rawValue: year.index.profileKeys[profile])) {
                bounds.append((year.bounds[profile], profiles.count))
                profiles.append((number, profile))
            }
        }
        self.profiles = profiles
        unopened = TopSelection(bounds)
        nextBound = unopened.nextGroup()
    }

    /// All descriptions of the next best score, by year and position.
    mutating func nextGroup() -> [Item]? {
        while let bound = nextBound, heap.top.map({ $0.score <= bound.score }) ?? true {
            for position in bound.positions { open(profiles[position]) }
            nextBound = unopened.nextGroup()
        }
        guard let first = heap.pop() else { return nil }
        var group = [first]
        while let next = heap.top, next.score == first.score {
            group.append(next)
            _ = heap.pop()
        }
        return group.sorted { ($0.year, $0.description) < ($1.year, $1.description) }
    }

    private mutating func open(_ place: (year: Int, profile: Int)) {
        let scores = years[place.year]
        if let tickers {
            for ticker in tickers {
                guard let description = scores.index.description(profile: place.profile, ticker: ticker) else { continue }
                add(scores.score(description, profile: place.profile), place.year, description, scores)
            }
        } else {
            scores.forEach(inProfile: place.profile) { description, score in add(score, place.year, description, scores) }
        }
    }

    private mutating func add(_ score: Float, _ year: Int, _ description: Int, _ scores: YearScores) {
        if let accepts, !accepts(scores.index, description) { return }
        heap.push(Item(score: score, year: Int32(year), description: Int32(description)))
    }
}

/// A binary heap, the highest score on top.
private struct ScoreHeap {
    private var items: [ScoreStream.Item] = []

    var top: ScoreStream.Item? { items.first }

    mutating func push(_ item: ScoreStream.Item) {
        var child = items.count
        items.append(item)
        while child > 0, items[(child - 1) / 2].score < item.score {
            items[child] = items[(child - 1) / 2]
            child = (child - 1) / 2
        }
        items[child] = item
    }

    mutating func pop() -> ScoreStream.Item? {
        guard let top = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return top }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1].score > items[child].score { child += 1 }
            guard items[child].score > last.score else { break }
            items[parent] = items[child]
            parent = child
        }
        items[parent] = last
        return top
    }
}
