import Archive
import Descriptions
import VectorIndex

/// Composes the vectors of descriptions from those of their parts, for the indices that other tools read.
struct VectorComposer {
    let vectors: StoredVectors
    let template: DescriptionTemplate

    /// Writes a FAISS index of the descriptions; the id of a vector is its description's key.
    func buildIndex(_ descriptions: YearDescriptions, at path: String) throws {
        let builder = try IndexBuilder(dimensions: vectors.dimension, expectedCount: descriptions.count)
        if builder.trainingCount > 0 {
            var sample: [Float] = []
            var first = 0
            var next = 0
            let wanted = min(builder.trainingCount, descriptions.count)
            try descriptions.forEachSlice { slice in
                var rows: [Int] = []
                while next < wanted, next * descriptions.count / wanted < first + slice.keys.count {
                    rows.append(next * descriptions.count / wanted - first)
                    next += 1
                }
                sample += try compose(slice, rows, width: descriptions.partCount)
                first += slice.keys.count
            }
            try builder.train(sample)
        }
        try descriptions.forEachSlice { slice in
            try builder.add(
                compose(slice, Array(slice.keys.indices), width: descriptions.partCount),
                ids: slice.keys.map { Int64(bitPattern: $0.rawValue) })
        }
        try builder.write(to: path)
    }

    /// The vectors of some descriptions of a slice: `rows.count` x dimension, row-major, L2-normalised.
    private func compose(_ slice: YearDescriptions.Slice, _ rows: [Int], width: Int) throws -> [Float] {
        let parts = rows.flatMap { slice.parts[$0 * width..<($0 + 1) * width] }
        let distinct = Set(parts).subtracting([PartsTable.none]).sorted()
        // The last row is the part that a description does not have.
        let table = try vectors.rows(distinct) + [Float](repeating: 0, count: vectors.dimension)
        var places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, UInt32($0)) })
        places[PartsTable.none] = UInt32(distinct.count)
        var composed: [Float] = []
        composed.reserveCapacity(rows.count * vectors.dimension)
        // Kinds with different weights are composed apart; keys are sorted by ticker, then kind.
        var start = 0
        while start < rows.count {
            let kind = slice.keys[rows[start]].kind
            var end = start
            while end < rows.count, (slice.keys[rows[end]].kind == .stock) == (kind == .stock) { end += 1 }
            let weights = template.parts(of: kind ?? .call).map(\.weight)
            let tuples = (start..<end).flatMap { row in
                parts[row * width..<row * width + weights.count].map { places[$0] ?? UInt32(distinct.count) }
            }
            composed += ScanKernels.weightedSums(
                of: table, dimensions: vectors.dimension, tuples: tuples, weights: weights, normalised: true)
            start = end
        }
        return composed
    }
}
