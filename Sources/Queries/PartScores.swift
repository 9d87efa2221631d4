import Archive
import Descriptions

/// The vectors of one model's parts, ready to score descriptions: exact search by table look-up.
///
/// With `v_p` the unit vectors of a description's parts and `w_p` their weights, its vector is
/// `Σ w_p v_p / |Σ w_p v_p|`. So its inner product with a question is a sum of the parts' inner products, looked up in
/// a table of one number a part, over a norm that follows from the parts' inner products with each other.
package struct PartScores: Sendable {
    let dimension: Int
    /// Parts x dimension, row-major.
    let vectors: [Float]

    /// The inner product of a question with every part.
    func table(question: [Float]) -> [Float] {
        stride(from: 0, to: vectors.count, by: dimension).map { start in
            var sum: Float = 0
            for i in 0..<dimension { sum += question[i] * vectors[start + i] }
            return sum
        }
    }

    /// One over the norm of each description's weighted sum.
    /// - Parameters:
    ///   - parts: `count` x `weights.count` part numbers, row-major.
    func inverseNorms(parts: [UInt32], weights: [Float]) -> [Float] {
        guard weights.count > 1 else {
            return [Float](repeating: weights.first.map { 1 / $0 } ?? 0, count: parts.count)
        }
        var products: [UInt64: Float] = [:]
        let width = weights.count
        return (0..<parts.count / width).map { description in
            var square: Float = 0
            for i in 0..<width {
                let first = parts[description * width + i]
                guard first != PartsTable.none else { continue }
                square += weights[i] * weights[i]
                for j in 0..<i {
                    let second = parts[description * width + j]
                    guard second != PartsTable.none else { continue }
                    let pair = UInt64(min(first, second)) << 32 | UInt64(max(first, second))
                    let product = products[pair] ?? self.product(first, second)
                    products[pair] = product
                    square += 2 * weights[i] * weights[j] * product
                }
            }
            return square > 0 ? 1 / square.squareRoot() : 0
        }
    }

    private func product(_ first: UInt32, _ second: UInt32) -> Float {
        let (a, b) = (Int(first) * dimension, Int(second) * dimension)
        var sum: Float = 0
        for i in 0..<dimension { sum += vectors[a + i] * vectors[b + i] }
        return sum
    }
}
