import Archive
import Descriptions
import VectorIndex

/// Composes the vectors of descriptions from those of their parts, for the indices that other tools read.
struct VectorComposer {
    /// Parts x dimension, row-major.
    let vectors: [Float]
    let dimension: Int
    let template: DescriptionTemplate
    /// Descriptions composed at a time: what an index takes beside its own memory.
    static let chunk = 65_536

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
        var composed = [Float](repeating: 0, count: rows.count * dimension)
        for (position, row) in rows.enumerated() {
            let weights = template.parts(of: descriptions.keys[row].kind ?? .call).map(\.weight)
            let start = position * dimension
            for (weight, part) in zip(weights, descriptions.parts[row]) where part != PartsTable.none {
                let from = Int(part) * dimension
                for i in 0..<dimension { composed[start + i] += weight * vectors[from + i] }
            }
            var square: Float = 0
            for i in 0..<dimension { square += composed[start + i] * composed[start + i] }
            let scale = square > 0 ? 1 / square.squareRoot() : 0
            for i in 0..<dimension { composed[start + i] *= scale }
        }
        return composed
    }
}
