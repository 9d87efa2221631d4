internal import Base
/// A safetensors file, memory-mapped: opening one reads its header only, and tensors are read where they lie.
public struct SafetensorsFile: Sendable {
    /// Every tensor by name.
    public let tensors: [String: TensorInfo]
    /// The free text its writer left, often `["format": "pt"]`.
    public let metadata: [String: String]
    private let file: MemoryMap

    /// The path it was opened from.
    public var path: String { file.path }
    /// Length of the whole file.
    public var byteCount: Int { file.bytes.count }

    /// - Throws: `ModelFileError`: `.notFound`, `.unreadable`, or `.malformed` for a file whose header and length do
    ///   not agree in every respect, which covers all truncated ones.
    public init(path: String) throws(ModelFileError) {
        file = try MemoryMap.modelFile(path)
        let header = try SafetensorsHeader(file: file)
        tensors = header.tensors
        metadata = header.metadata
    }

    /// What the header says of a tensor.
    /// - Throws: `ModelFileError` with code `.missing`.
    public func info(_ name: String) throws(ModelFileError) -> TensorInfo {
        guard let info = tensors[name] else { throw ModelFileError(.missing, path, "it has no tensor named \(name)") }
        return info
    }

    /// Lends the bytes of a tensor, little-endian and row-major, in the mapped file itself.
    ///
    /// The bytes may lie at any address: a file's writer need not have aligned them.
    /// - Throws: `ModelFileError` with code `.missing`, or what `body` throws.
    public func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let range = try info(name).byteRange
        return try withExtendedLifetime(file) { try body(UnsafeRawBufferPointer(rebasing: file.bytes[range])) }
    }

    /// A tensor of type F32, F16 or BF16 as 32-bit floats.
    /// - Parameter shape: the extents that the tensor must have.
    /// - Returns: its elements in row-major order; the wider values of the 16-bit types are exact.
    /// - Throws: `ModelFileError` with code `.missing` or `.mismatch`.
    public func floats(_ name: String, shape: [Int]) throws(ModelFileError) -> [Float] {
        let info = try info(name)
        guard info.shape == shape else {
            throw ModelFileError(.mismatch, path, "\(name) has the shape \(info.shape), where \(shape) was expected")
        }
        let bytes = file.bytes[info.byteRange]
        let source = UnsafeRawBufferPointer(rebasing: bytes)
        let count = info.elementCount
        // `loadUnaligned` and `copyMemory`, because the format aligns nothing.
        switch info.elementType {
        case .f32:
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
                initialized = count
            }
        case .bf16:
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for index in 0..<count {
                    let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    buffer.initializeElement(at: index, to: Float(bitPattern: UInt32(bits) << 16))
                }
                initialized = count
            }
        case .f16:
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for index in 0..<count {
                    let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                    buffer.initializeElement(at: index, to: Float(halfBits: bits))
                }
                initialized = count
            }
        default:
            throw ModelFileError(
                .mismatch, path, "\(name) holds \(info.elementType.rawValue), where F32, F16 or BF16 was expected")
        }
    }
}

extension Float {
    /// The value of an IEEE 754 binary16, exactly. Written out because `Float16` is not available everywhere.
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch (exponent, fraction) {
        case (0x1F, _): self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        case (0, _):
            // Subnormal: a whole number of the smallest steps, 2^-24.
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
