import Archive
import Base
import Descriptions
import Foundation
package import MarketData
import VectorIndex

extension SearchEngine {
    /// The option rows of a day, each with its nearest neighbours.
    package struct Neighbourhood: Sendable {
        package var rows: OptionRows
        /// By row: positions of its neighbours, nearest first, without itself.
        package var neighbours: [[Int]]
    }

    /// For each option row of a day, the rows of that day that are most like it: by cosine of the descriptions − 0.05 × distance of
    /// numbers, like `similar(_:)`, but without volatility and delta, because neighbours are used to judge these.
    /// - Parameters:
    ///   - tickers: all when `nil`.
    ///   - count: neighbours of each row.
    ///   - model: the store's first when `nil`.
    /// - Throws: `QueryError` for a model that the store does not have; errors of the store.
    package func neighbourhood(
        _ tickers: Set<UInt32>?, on day: Day, count: Int, model wanted: String?
    ) async throws -> Neighbourhood {
        let known = archive.manifest.models.keys.sorted()
        guard let model = wanted ?? known.first, let vectors = vectors[model] else {
            throw QueryError("the store has no model \(wanted ?? ""); it has \(known.joined(separator: ", "))")
        }
        let rows = try await snapshot.optionRows(tickers, day...day).rows
        guard let index = try await snapshot.years([day.year]).first?.index else { return Neighbourhood(rows: rows, neighbours: []) }
        // Rows share descriptions, so one vector and one product per description suffice.
        var places: [Int: Int] = [:]
        var composed: [Float] = []
        let mask = template.mask(of: .options)
        let descriptions = try rows.key.map { key -> Int in
            guard let description = index.description(key: DescriptionKey(rawValue: key & mask)) else {
                throw QueryError("the index of descriptions of \(day.year) lacks a row's description; run `tapedeck index rebuild`")
            }
            if let place = places[description] { return place }
            composed += vectors.composed(of: parts(description, index))
            places[description] = places.count
            return places.count - 1
        }
        let numbers = Self.standardised(rows.key.indices.map { Self.numbers(rows, $0, day) })
        let members = Dictionary(grouping: rows.key.indices) { descriptions[$0] }
        let all = composed
        var neighbours = [[Int]](repeating: [], count: rows.key.count)
        try await orderedMap(Array(0..<places.count), width: ProcessInfo.processInfo.activeProcessorCount) { place in
            let vector = Array(all[place * vectors.dimension..<(place + 1) * vectors.dimension])
            let cosines = ScanKernels.dotProducts(queries: vector, rows: all, dimensions: vectors.dimension).map(Double.init)
            return (members[place] ?? []).map { row -> (Int, [Int]) in
                var best = Nearest(count)
                for other in descriptions.indices where other != row && cosines[descriptions[other]] > best.threshold {
                    best.offer(other, cosines[descriptions[other]] - Self.distanceWeight * Self.distance(numbers[row], numbers[other]))
                }
                return (row, best.rows)
            }
        } consume: { _, found in
            for (row, rows) in found { neighbours[row] = rows }
        }
        return Neighbourhood(rows: rows, neighbours: neighbours)
    }

    /// The best few of many, best first.
    private struct Nearest {
        let count: Int
        private var found: [(rank: Double, row: Int)] = []
        private(set) var threshold = -Double.infinity

        init(_ count: Int) { self.count = count }

        mutating func offer(_ row: Int, _ rank: Double) {
            guard rank > threshold else { return }
            let place = found.firstIndex { $0.rank < rank } ?? found.count
            found.insert((rank, row), at: place)
            if found.count > count { found.removeLast() }
            if found.count == count { threshold = found[count - 1].rank }
        }

        var rows: [Int] { found.map(\.row) }
    }

    /// Log-moneyness, √T, log(1 + volume), log(1 + open interest), relative spread; NaN where unknown.
    private static func numbers(_ rows: OptionRows, _ row: Int, _ day: Day) -> [Double] {
        let (bid, ask) = (rows.bid[row].asDecimal, rows.ask[row].asDecimal)
        let mid = (bid + ask) / 2
        let days = Double(rows.expiry[row] - day.rawValue)
        return [
            log(rows.underlyingClose[row].asDecimal / (Double(rows.strike[row]) / 1000)), (days / 365).squareRoot(),
            rows.volume[row] < 0 ? .nan : log1p(Double(rows.volume[row])),
            rows.openInterest[row] < 0 ? .nan : log1p(Double(rows.openInterest[row])), mid > 0 ? (ask - bid) / mid : .nan,
        ]
    }

    /// Each component divided by its standard deviation.
    private static func standardised(_ vectors: [[Double]]) -> [[Double]] {
        let deviations = deviations(of: vectors)
        return vectors.map { vector in zip(vector, deviations).map { $1 > 0 ? $0 / $1 : .nan } }
    }

    /// The standard deviation of each component over the vectors that have it; NaN where fewer than two do.
    static func deviations(of vectors: [[Double]]) -> [Double] {
        (vectors.first ?? []).indices.map { component in
            let values = vectors.map { $0[component] }.filter(\.isFinite)
            guard values.count > 1 else { return .nan }
            let mean = values.reduce(0, +) / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
        }
    }

    /// Root mean square of the differences that are known.
    private static func distance(_ one: [Double], _ other: [Double]) -> Double {
        var (sum, count) = (0.0, 0)
        for component in one.indices {
            let gap = one[component] - other[component]
            guard gap.isFinite else { continue }
            sum += gap * gap
            count += 1
        }
        return count > 0 ? (sum / Double(count)).squareRoot() : .infinity
    }
}

extension SearchEngine {
    /// The mean vector of an underlying's traded options by day, weighted by volume and normalised. Days without trading have none.
    /// - Parameter last: the last day wanted; the store's last when `nil`.
    /// - Throws: `QueryError` for a ticker or model that the store does not have; errors of the store.
    package func meanEmbeddings(of symbol: String, through last: Day?, model: String) async throws -> [(day: Day, vector: [Float])] {
        guard let vectors = vectors[model] else {
            throw QueryError("the store has no model \(model); it has \(archive.manifest.models.keys.sorted().joined(separator: ", "))")
        }
        guard let ticker = archive.parts.number(ofTicker: symbol) else { throw QueryError("the store has no \(symbol)") }
        let mask = template.mask(of: .options)
        var result: [(day: Day, vector: [Float])] = []
        for year in try await snapshot.years([]) {
            let days = year.index.batches.filter { $0.kind == .options }.map(\.days)
            guard let first = days.map(\.lowerBound).min(), let end = days.map(\.upperBound).max(), last.map({ first <= $0 }) ?? true else {
                continue
            }
            let rows = try await snapshot.optionRows([ticker], first...min(end, last ?? end), columns: ["volume"]).rows
            var traded: [Int32: [UInt64: Float]] = [:]
            for row in rows.key.indices where rows.volume[row] > 0 {
                traded[rows.quoteDate[row], default: [:]][rows.key[row] & mask, default: 0] += Float(rows.volume[row])
            }
            var composed: [UInt64: [Float]] = [:]
            for (day, volumes) in traded.sorted(by: { $0.key < $1.key }) {
                var sum = [Float](repeating: 0, count: vectors.dimension)
                // In the order of keys, so that rounding is the same each time.
                for (key, volume) in volumes.sorted(by: { $0.key < $1.key }) {
                    if composed[key] == nil {
                        guard let description = year.index.description(key: DescriptionKey(rawValue: key)) else {
                            throw QueryError(
                                "the index of descriptions of \(year.index.year) lacks a row's description; run `tapedeck index rebuild`")
                        }
                        composed[key] = vectors.composed(of: parts(description, year.index))
                    }
                    guard let vector = composed[key] else { continue }
                    for component in sum.indices { sum[component] += volume * vector[component] }
                }
                let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
                if norm > 0 { result.append((Day(rawValue: day), sum.map { $0 / norm })) }
            }
        }
        return result
    }
}
