import Archive
import Descriptions
import VectorIndex

/// Composes the vectors of descriptions from those of their parts, for the indices that other tools read.
struct VectorComposer {
    /// Parts x dimension, row-major, and a row of zeros: the part that a description does not have.
    private let rows: [Float]
    private let dimension: Int
    private let template: DescriptionTemplate
    /// Descriptions composed at a time: what an index takes beside its own memory.
    static let chunk = 65_536

    /// - Parameter vectors: parts x dimension, row-major.
    init(vectors: [Float], dimension: Int, template: DescriptionTemplate) {
        rows = vectors + [Float](repeating: 0, count: dimension)
        self.dimension = dimension
        self.template = template
    }

    /// Writes a FAISS index of the descriptions; the id of a vector is its description's key.
    func buildIndex(_ descriptions: YearDescriptions, at path: String) throws {
        let count = descriptions.keys.count
        let builder = try IndexBuilder(dimensions: dimension, expectedCount: count)
        if builder.trainingCount > 0 {
            let sample = (0..<min(builder.trainingCount, count)).map { $0 * count / min(builder.trainingCount, count) }
            try builder.train(compose(descriptions, sample))
        }
        for start in stride(from: 0, to: count, by: Self.chunk) {
            let rows = Array(start..<min(start + Self.chunk, count))
            try builder.add(
                compose(descriptions, rows), ids: rows.map { Int64(bitPattern: descriptions.keys[$0].rawValue) })
        }
        try builder.write(to: path)
    }

    /// The vectors of some descriptions: `rows.count` x dimension, row-major, L2-normalised.
    func compose(_ descriptions: YearDescriptions, _ rows: [Int]) -> [Float] {
        let zero = UInt32(self.rows.count / dimension - 1)
        var composed: [Float] = []
        composed.reserveCapacity(rows.count * dimension)
        // Kinds with different numbers of parts are composed apart; keys are sorted by ticker, then kind.
        var start = 0
        while start < rows.count {
            let kind = descriptions.keys[rows[start]].kind
            var end = start
            while end < rows.count, (descriptions.keys[rows[end]].kind == .stock) == (kind == .stock) { end += 1 }
            let tuples = rows[start..<end].flatMap { row in
                descriptions.parts[row].map { $0 == PartsTable.none ? zero : $0 }
            }
            composed += ScanKernels.weightedSums(
                of: self.rows, dimensions: dimension, tuples: tuples,
                weights: template.parts(of: kind ?? .call).map(\.weight), normalised: true)
            start = end
        }
        return composed
    }
}
