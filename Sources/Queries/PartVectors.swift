import Archive
import Descriptions
import VectorIndex

/// The vectors of one model's parts, ready to score descriptions: exact search by table look-up.
///
/// With `v_p` the unit vectors of a description's parts and `w_p` their weights, its vector is
/// `Σ w_p v_p / |Σ w_p v_p|`. So its inner product with a question is a sum of the parts' inner products, looked up in
/// a table of one number a part, over a norm that follows from the parts' inner products with each other.
struct PartVectors: Sendable {
    let dimension: Int
    /// Parts x dimension, row-major, and a row of zeros: the part that a description does not have.
    private let rows: [Float]

    init(_ vectors: [Float], dimension: Int) {
        self.dimension = dimension
        rows = vectors + [Float](repeating: 0, count: dimension)
    }

    private var none: UInt32 { UInt32(rows.count / dimension - 1) }

    /// The inner product of a question with every part, and 0 for the absent one.
    func products(question: [Float]) -> [Float] {
        ScanKernels.dotProducts(queries: question, rows: rows, dimensions: dimension)
    }

    /// A batch's descriptions, ready to be scored.
    /// - Parameter parts: part numbers, row-major, one for each weight.
    /// - Throws: `QueryError` when a number is not that of a part.
    func scores(parts: [UInt32], weights: [Float]) throws -> PartScores {
        let none = none
        let tuples = parts.map { $0 == PartsTable.none ? none : $0 }
        guard (tuples.max() ?? 0) <= none else {
            throw QueryError("a batch names parts that the store does not have; run `tapedeck generate` again")
        }
        let norms = ScanKernels.inverseNorms(of: rows, dimensions: dimension, tuples: tuples, weights: weights)
        let columns = weights.indices.map { column in
            PartScores.Column(stride(from: column, to: tuples.count, by: weights.count).map { tuples[$0] })
        }
        return try PartScores(columns: columns, inverseNorms: norms)
    }

    /// One table a part of the template: the part's weight times its product with the question.
    func tables(products: [Float], weights: [Float]) -> [[Float]] {
        weights.map { weight in products.map { weight * $0 } }
    }
}
