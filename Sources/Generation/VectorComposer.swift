import MarketData
import Archive
import Descriptions
import VectorIndex

/// Composes the vectors of descriptions from the vectors of their parts, for indices that other tools read.
struct VectorComposer {
    let vectors: StoredVectors
    let template: DescriptionTemplate
    /// Limit on the bytes of part vectors in memory while an index is trained; larger numbers of parts reduce the number of
    /// descriptions used.
    private static let trainingBytes = 256 << 20

    /// Writes a FAISS index of the descriptions; the id of a vector is its description's key.
    func buildIndex(_ descriptions: YearDescriptions, at path: String) throws {
        let builder = try IndexBuilder(dimensions: vectors.dimension, expectedCount: descriptions.count)
        var centroids: [Float] = []
        if case .lists(let count) = builder.kind {
            var sample = try sample(descriptions, count: builder.trainingCount)
            let limit = Self.trainingBytes / (4 * vectors.dimension)
            let distinct = Set(sample.parts).count
            if distinct > limit { sample = try self.sample(descriptions, count: max(count, sample.keys.count * limit / distinct)) }
            centroids = try builder.train(try compose(sample, width: descriptions.partCount))
        }
        try descriptions.forEachSlice { slice in
            try builder.add(
                compose(slice, width: descriptions.partCount), ids: slice.keys.map { Int64(bitPattern: $0.rawValue) },
                centroids: centroids)
        }
        try builder.write(to: path)
    }

    /// An evenly spread sample of descriptions.
    private func sample(_ descriptions: YearDescriptions, count: Int) throws -> YearDescriptions.Slice {
        let wanted = min(count, descriptions.count)
        let width = descriptions.partCount
        var sample = YearDescriptions.Slice(keys: [], parts: [])
        var first = 0
        try descriptions.forEachSlice { slice in
            while sample.keys.count < wanted {
                let row = sample.keys.count * descriptions.count / wanted - first
                guard row < slice.keys.count else { break }
                sample.keys.append(slice.keys[row])
                sample.parts += slice.parts[row * width..<(row + 1) * width]
            }
            first += slice.keys.count
        }
        return sample
    }

    /// The vectors of some descriptions.
    private func compose(_ slice: YearDescriptions.Slice, width: Int) throws -> ComposedVectors {
        // A part's vector is needed once for each of its weights: kinds may weight the same text differently.
        struct Weighted: Hashable {
            var part: UInt32
            var weight: Float
        }
        let weights = [RowKind.options, .stocks].map { template.weights(of: $0, width: width) }
        var places: [Weighted: UInt32] = [:]
        var found: [Weighted] = []
        let none = UInt32.max
        var tuples = [UInt32](repeating: none, count: slice.parts.count)
        for (row, key) in slice.keys.enumerated() {
            let weights = weights[key.kind == .stock ? 1 : 0]
            for column in 0..<width where slice.parts[row * width + column] != PartsTable.none {
                let part = Weighted(part: slice.parts[row * width + column], weight: weights[column])
                let place = places[part] ?? UInt32(found.count)
                if Int(place) == found.count {
                    places[part] = place
                    found.append(part)
                }
                tuples[row * width + column] = place
            }
        }
        // The last row stands for a missing part.
        let last = UInt32(found.count)
        for index in tuples.indices where tuples[index] == none { tuples[index] = last }
        return ComposedVectors(
            rows: try rows(found.map(\.part), weights: found.map(\.weight)) + [Float](repeating: 0, count: vectors.dimension),
            dimensions: vectors.dimension, tuples: tuples, width: width)
    }

    private func rows(_ parts: [UInt32], weights: [Float]) throws -> [Float] {
        let distinct = Array(Set(parts)).sorted()
        let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, UInt32($0)) })
        let stored = try vectors.rows(distinct)
        let dimension = vectors.dimension
        var rows: [Float] = []
        rows.reserveCapacity(parts.count * dimension)
        for (part, weight) in zip(parts, weights) {
            let start = Int(places[part] ?? 0) * dimension
            for value in stored[start..<start + dimension] { rows.append(value * weight) }
        }
        return rows
    }
}
