import ModelFiles

/// Seeded random weights of any shape, for benchmarks and for tests that need no model files. The same seed and tensor name
/// always give the same values.
public struct RandomWeights: WeightSource {
    private let seed: UInt64
    private let shapes: [String: [Int]]
    // Kept, since they are read for every batch; the others are read only once.
    private let wordsName: String
    private let words: AlignedBuffer<Float>

    /// Weights of an encoder: uniform with mean 0 and standard deviation 0.02, except the norms' scales with mean 1.
    ///
    /// Values come from Knuth's 64-bit linear congruential generator (MMIX), seeded with the seed and the tensor's name.
    /// scripts/golden/encoder_random.py generates the same ones.
    public init(shape: EncoderShape, seed: UInt64) {
        self.seed = seed
        let shapes = TensorNames.shapes(of: shape.configuration)
        self.shapes = shapes
        wordsName = TensorNames(shape.configuration.architecture).words
        words = Self.values(of: wordsName, shape: shapes[wordsName] ?? [], seed: seed)
    }

    /// Weights of the given shapes, with the same distribution as those of an encoder.
    package init(shapes: [String: [Int]], seed: UInt64) {
        self.seed = seed
        self.shapes = shapes
        wordsName = ""
        words = AlignedBuffer(count: 0)
    }

    public func contains(_ name: String) -> Bool { shapes[name] != nil }

    public func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        guard let shape = shapes[name] else { throw .missingTensor(name) }
        let buffer = name == wordsName ? words : Self.values(of: name, shape: shape, seed: seed)
        return try withExtendedLifetime(buffer) { () throws(EncoderError) in
            try body(
                WeightTensor(
                    shape: shape, element: .f32,
                    bytes: UnsafeRawBufferPointer(start: buffer.pointer, count: buffer.count * MemoryLayout<Float>.stride)))
        }
    }

    private static func values(of name: String, shape: [Int], seed: UInt64) -> AlignedBuffer<Float> {
        let buffer = AlignedBuffer<Float>(count: shape.reduce(1, *))
        // Scales of norms are the only 1-D tensors named weight.
        let mean: Float = shape.count == 1 && name.hasSuffix(".weight") ? 1 : 0
        let scale: Float = 0.02 * 1.7320508 / Float(1 << 23)
        var state = name.utf8.reduce(seed &+ 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        for index in 0..<buffer.count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            buffer.pointer[index] = mean + Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) * scale
        }
        return buffer
    }
}
