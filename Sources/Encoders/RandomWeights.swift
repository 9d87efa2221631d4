import Foundation

/// Seeded random weights of any shape, for measuring and for tests that need no model files. The same seed and tensor name always give
/// the same values.
public struct RandomWeights: WeightSource {
    let seed: UInt64
    let shapes: [String: [Int]]

    /// Weights of a BERT encoder, as freshly initialised: matrices and tables uniform with standard deviation 0.02, norms at one, biases
    /// at zero.
    public init(shape: EncoderShape, seed: UInt64) {
        self.seed = seed
        shapes = BertTensorNames.shapes(of: shape)
    }

    public func contains(_ name: String) -> Bool { shapes[name] != nil }

    public func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        guard let shape = shapes[name] else { throw .missingTensor(name) }
        let count = shape.reduce(1, *)
        let buffer = AlignedBuffer<Float>(count: count)
        if name.hasSuffix("LayerNorm.weight") {
            for index in 0..<count { buffer.pointer[index] = 1 }
        } else if !name.hasSuffix("bias") {
            var state = name.utf8.reduce(seed &+ 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            // Uniform on ±0.02 √3, from the upper bits of a 64-bit linear congruential generator (Knuth's MMIX constants).
            let scale = Float(0.02 * 1.7320508 / Double(1 << 23))
            for index in 0..<count {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                buffer.pointer[index] = Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) * scale
            }
        }
        return try withExtendedLifetime(buffer) { () throws(EncoderError) in
            try body(
                WeightTensor(
                    shape: shape, element: .f32,
                    bytes: UnsafeRawBufferPointer(start: buffer.pointer, count: count * MemoryLayout<Float>.stride)))
        }
    }
}
