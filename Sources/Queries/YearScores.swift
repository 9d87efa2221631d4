import Archive
import Base
import Descriptions
import MarketData
import VectorIndex

/// The vectors of a store's parts by one model. A description's inner product with a question is a sum over its parts, from a
/// table of one number per part, divided by a norm in the description index.
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
    /// - Parameters:
    ///   - others: further vectors in the sum, row-major.
    ///   - weights: theirs.
    func products(composedOf parts: [(number: UInt32, weight: Float)], _ others: [Float], weights: [Float]) -> [Float] {
        var sum = self.sum(of: parts)
        for (place, weight) in weights.enumerated() {
            for component in 0..<dimension { sum[component] += weight * others[place * dimension + component] }
        }
        return products(questions: Self.normalised(sum))
    }

    /// The normalised weighted sum of some parts: the vector of their description.
    func composed(of parts: [(number: UInt32, weight: Float)]) -> [Float] { Self.normalised(sum(of: parts)) }

    private func sum(of parts: [(number: UInt32, weight: Float)]) -> [Float] {
        var sum = [Float](repeating: 0, count: dimension)
        for part in parts {
            let row = rows[Int(part.number) * dimension..<(Int(part.number) + 1) * dimension]
            for (component, value) in row.enumerated() { sum[component] += part.weight * value }
        }
        return sum
    }

    private static func normalised(_ vector: [Float]) -> [Float] {
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? vector.map { $0 / norm } : vector
    }
}

/// The scores of a store's parts for a question: each part's weight times its product with the question.
struct PartScores: Sendable {
    /// By kind (options, stocks) and part of the template.
    fileprivate let tables: [[[Float]]]
    /// By kind: those of the parts that name the underlying.
    fileprivate let tickerTables: [[[Float]]]

    /// - Parameter products: the question's inner product with every part of the store.
    init(_ products: [Float], _ template: DescriptionTemplate) {
        let kinds = [template.optionParts, template.stockParts]
        tables = kinds.map { parts in parts.map { part in products.map { part.weight * $0 } } }
        tickerTables = zip(kinds, tables).map { parts, tables in zip(parts, tables).filter(\.0.namesUnderlying).map(\.1) }
    }
}

/// The scores of a year's descriptions for a question and a model: the cosine of question and description.
///
/// `(Σ ticker parts + Σ other parts) / norm`, every product weighted by its part. The sum of the other parts is the profile's, and is
/// computed once for all its descriptions.
struct YearScores: Sendable {
    let index: DescriptionIndex
    private let inverseNorms: MappedArray<Float>
    private let parts: PartScores
    /// By profile: the sum of the parts that do not name the underlying.
    private let sums: [Float]
    /// By profile: upper bound of its descriptions' scores.
    let bounds: [Float]

    /// - Returns: `nil` when the index was not opened with the model.
    init?(_ year: Snapshot.Year, model: String, _ parts: PartScores) {
        index = year.index
        self.parts = parts
        guard let norms = index.inverseNorms(model), let profileNorms = index.profileNorms(model) else { return nil }
        inverseNorms = norms
        let highest = zip(parts.tickerTables, year.tickerNumbers).map { tables, planes in
            zip(tables, planes).reduce(Float(0)) { sum, plane in sum + (plane.1.map { plane.0[Int($0)] }.max() ?? 0) }
        }
        let profilesOfKinds = [0..<year.firstStockProfile, year.firstStockProfile..<index.profileCount]
        var sums = [Float](repeating: 0, count: index.profileCount)
        for (profiles, tables) in zip(profilesOfKinds, parts.tables) {
            for (numbers, table) in zip(index.profileParts, tables) {
                numbers.withUnsafe { numbers in
                    for profile in profiles where numbers[profile] != PartsTable.none { sums[profile] += table[Int(numbers[profile])] }
                }
            }
        }
        var bounds = sums
        profileNorms.withUnsafe { norms in
            for (profiles, highest) in zip(profilesOfKinds, highest) {
                for profile in profiles {
                    // Rounding preserves order, so the bound also holds for the rounded scores.
                    let most = highest + sums[profile]
                    bounds[profile] = most * norms[2 * profile + (most >= 0 ? 1 : 0)]
                }
            }
        }
        self.sums = sums
        self.bounds = bounds
    }

    private func tickerTables(ofProfile profile: Int) -> [[Float]] {
        parts.tickerTables[DescriptionKey(rawValue: index.profileKeys[profile]).kind == .stock ? 1 : 0]
    }

    func score(_ description: Int) -> Float { score(description, profile: index.profile(ofDescription: description)) }

    func score(_ description: Int, profile: Int) -> Float {
        var sum: Float = 0
        for (plane, table) in tickerTables(ofProfile: profile).enumerated() {
            let number = index.tickerParts[plane][description]
            if number != PartsTable.none { sum += table[Int(number)] }
        }
        return (sum + sums[profile]) * inverseNorms[description]
    }

    /// Calls `body` with every description of a profile and its score.
    @inline(__always)
    func forEach(inProfile profile: Int, _ body: (_ description: Int, _ score: Float) -> Void) {
        let descriptions = index.descriptions(ofProfile: profile)
        let tables = tickerTables(ofProfile: profile)
        guard tables.count == 1, let table = tables.first else {
            for description in descriptions { body(description, score(description, profile: profile)) }
            return
        }
        let sum = sums[profile]
        index.tickerParts[0].withUnsafe { numbers in
            inverseNorms.withUnsafe { norms in
                table.withUnsafeBufferPointer { table in
                    for description in descriptions {
                        let number = numbers[description]
                        body(description, ((number == PartsTable.none ? 0 : table[Int(number)]) + sum) * norms[description])
                    }
                }
            }
        }
    }
}

/// Descriptions of some years in descending order of score, found by the threshold algorithm (Fagin, Lotem, Naor 2001): profiles are
/// opened in the order of their bounds, and a description is returned once no unopened profile can hold a better one.
struct ScoreStream {
    struct Item {
        var score: Float
        var year: Int32
        var description: Int32
    }

    private let years: [YearScores]
    private let tickers: [UInt32]?
    private let accepts: ((DescriptionIndex, Range<Int>) -> [Bool])?
    private let profiles: [(year: Int, profile: Int)]
    private var unopened: TopSelection
    private var nextBound: (score: Float, positions: [Int])?
    private var opened: [OpenProfile] = []
    /// Opened profiles, by the best of their remaining scores.
    private var heap = ScoreHeap()

    /// The accepted descriptions of a profile. Most profiles return a few or none, for which a full sort would be wasteful.
    private struct OpenProfile {
        var year: Int32
        var items: [(score: Float, description: Int32)]
        var next = 0
        var isSorted = false
        /// Number of descriptions found one by one before the rest is sorted.
        private static let single = 4

        init(year: Int, items: [(score: Float, description: Int32)]) {
            self.year = Int32(year)
            self.items = items
        }

        private static func before(_ a: (score: Float, description: Int32), _ b: (score: Float, description: Int32)) -> Bool {
            a.score != b.score ? a.score > b.score : a.description < b.description
        }

        /// Moves the best remaining description to `next`.
        /// - Returns: its score; `nil` if none is left.
        mutating func advance() -> Float? {
            guard next < items.count else { return nil }
            if !isSorted {
                if next >= Self.single {
                    items[next...].sort(by: Self.before)
                    isSorted = true
                } else if let best = items[next...].indices.min(by: { Self.before(items[$0], items[$1]) }) {
                    items.swapAt(next, best)
                }
            }
            return items[next].score
        }
    }

    /// - Parameters:
    ///   - tickers: only descriptions of these; all when `nil`.
    ///   - acceptsProfile: whether to accept descriptions with that key, apart from the ticker.
    ///   - accepts: which of some descriptions to accept; if `nil`, all of accepted profiles.
    init(
        _ years: [YearScores], tickers: [UInt32]?, acceptsProfile: (DescriptionKey) -> Bool, accepts: ((DescriptionIndex, Range<Int>) -> [Bool])?
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
        guard let first = take() else { return nil }
        var group = [first]
        while let next = heap.top, next.score == first.score, let item = take() { group.append(item) }
        return group.sorted { ($0.year, $0.description) < ($1.year, $1.description) }
    }

    /// The best description of the opened profiles.
    private mutating func take() -> Item? {
        guard let top = heap.top else { return nil }
        let number = Int(top.profile)
        let place = opened[number].next
        let item = Item(score: top.score, year: opened[number].year, description: opened[number].items[place].description)
        opened[number].next += 1
        if let score = opened[number].advance() {
            heap.replaceTop(ScoreHeap.Item(score: score, profile: top.profile))
        } else {
            heap.removeTop()
            opened[number].items = []
        }
        return item
    }

    private mutating func open(_ place: (year: Int, profile: Int)) {
        let scores = years[place.year]
        let (index, accepts) = (scores.index, accepts)
        var items: [(score: Float, description: Int32)] = []
        if let tickers {
            for ticker in tickers {
                guard let description = index.description(profile: place.profile, ticker: ticker),
                    accepts?(index, description..<description + 1)[0] ?? true
                else { continue }
                items.append((scores.score(description, profile: place.profile), Int32(description)))
            }
        } else {
            let descriptions = index.descriptions(ofProfile: place.profile)
            let verdicts = accepts?(index, descriptions)
            let wanted = verdicts?.count { $0 } ?? descriptions.count
            guard wanted > 0 else { return }
            items.reserveCapacity(wanted)
            scores.forEach(inProfile: place.profile) { description, score in
                if verdicts.map({ $0[description - descriptions.lowerBound] }) ?? true { items.append((score, Int32(description))) }
            }
        }
        var profile = OpenProfile(year: place.year, items: items)
        guard let best = profile.advance() else { return }
        heap.push(ScoreHeap.Item(score: best, profile: Int32(opened.count)))
        opened.append(profile)
    }
}

/// A binary heap, the highest score on top.
private struct ScoreHeap {
    struct Item {
        var score: Float
        /// Position among the opened profiles.
        var profile: Int32
    }

    private var items: [Item] = []

    var top: Item? { items.first }

    mutating func push(_ item: Item) {
        var child = items.count
        items.append(item)
        while child > 0, items[(child - 1) / 2].score < item.score {
            items[child] = items[(child - 1) / 2]
            child = (child - 1) / 2
        }
        items[child] = item
    }

    mutating func removeTop() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        replaceTop(last)
    }

    mutating func replaceTop(_ item: Item) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < items.count else { break }
            if child + 1 < items.count, items[child + 1].score > items[child].score { child += 1 }
            guard items[child].score > item.score else { break }
            items[parent] = items[child]
            parent = child
        }
        items[parent] = item
    }
}
