import CKernels

/// A stored tensor: row-major, possibly unaligned.
public struct WeightTensor {
    /// Element types of stored weights.
    public enum Element: Sendable {
        case f32, f16, bf16

        var byteCount: Int { self == .f32 ? 4 : 2 }

        var kernelElement: Int32 {
            switch self {
            case .f32: Int32(TK_F32.rawValue)
            case .f16: Int32(TK_F16.rawValue)
            case .bf16: Int32(TK_BF16.rawValue)
            }
        }
    }

    /// Extents, outermost first.
    public var shape: [Int]
    /// Element type.
    public var element: Element
    /// Valid only during the call of the closure that received this tensor.
    public var bytes: UnsafeRawBufferPointer

    /// Creates a tensor from its stored bytes.
    public init(shape: [Int], element: Element, bytes: UnsafeRawBufferPointer) {
        self.shape = shape
        self.element = element
        self.bytes = bytes
    }
}

/// Source of an encoder's weights: a file on disk or a seeded generator.
public protocol WeightSource: Sendable {
    /// Whether a tensor of this name exists.
    func contains(_ name: String) -> Bool
    /// Calls `body` with the tensor, whose bytes are valid only during the call.
    /// - Throws: `EncoderError` when the tensor is missing or cannot be read; errors of `body`.
    func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result
}

extension WeightSource {
    /// Like `withTensor(named:_:)`, but first checks that the tensor has this shape and all of its bytes.
    func withTensor<Result>(
        named name: String, shape: [Int], _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        try withTensor(named: name) { (tensor) throws(EncoderError) in
            guard tensor.shape == shape else {
                throw .wrongShape(tensor: name, expected: shape, found: tensor.shape)
            }
            guard tensor.bytes.count >= shape.reduce(1, *) * tensor.element.byteCount else { throw .truncatedTensor(name) }
            return try body(tensor)
        }
    }

    /// The tensor's values as floats.
    func floats(named name: String, shape: [Int]) throws(EncoderError) -> AlignedBuffer<Float> {
        try withTensor(named: name, shape: shape) { (tensor) throws(EncoderError) in
            let count = shape.reduce(1, *)
            let buffer = AlignedBuffer<Float>(count: count)
            tk_to_float(tensor.bytes.baseAddress, tensor.element.kernelElement, count, buffer.pointer)
            return buffer
        }
    }
}
