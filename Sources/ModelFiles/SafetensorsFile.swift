import Base

/// A memory-mapped safetensors file. Opening it reads only the header; tensors are read in place.
public struct SafetensorsFile: Sendable {
    /// All tensors by name.
    public let tensors: [String: TensorInfo]
    /// Free text from the writer, often `["format": "pt"]`.
    public let metadata: [String: String]
    private let file: MemoryMap

    /// Path used to open the file.
    public var path: String { file.path }
    /// Length of the file, in bytes.
    public var byteCount: Int { file.bytes.count }

    /// Opens a file.
    /// - Throws: `ModelFileError`: `.notFound`, `.unreadable`, or `.malformed` for a file whose header and length do not
    ///   match exactly, which includes every truncated file.
    public init(path: String) throws(ModelFileError) {
        file = try MemoryMap.modelFile(path)
        let header = try SafetensorsHeader(file: file)
        tensors = header.tensors
        metadata = header.metadata
    }

    /// Header entry of a tensor.
    /// - Throws: `ModelFileError` with code `.missing`.
    public func info(_ name: String) throws(ModelFileError) -> TensorInfo {
        guard let info = tensors[name] else { throw ModelFileError(.missing, path, "it has no tensor named \(name)") }
        return info
    }

    /// Calls `body` with the bytes of a tensor in the mapped file, little-endian and row-major.
    ///
    /// The bytes may be unaligned: writers need not align them.
    /// - Throws: `ModelFileError` with code `.missing`; what `body` throws.
    public func withBytes<Result>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let range = try info(name).byteRange
        return try withExtendedLifetime(file) { try body(UnsafeRawBufferPointer(rebasing: file.bytes[range])) }
    }

    /// Reads a tensor of type F32, F16 or BF16 as 32-bit floats.
    /// - Parameter shape: the required shape.
    /// - Returns: the elements in row-major order. 16-bit values are converted exactly.
    /// - Throws: `ModelFileError` with code `.missing` or `.mismatch`.
    public func floats(_ name: String, shape: [Int]) throws(ModelFileError) -> [Float] {
        let info = try info(name)
        guard info.shape == shape else {
            throw ModelFileError(.mismatch, path, "\(name) has the shape \(info.shape), where \(shape) was expected")
        }
        let bytes = file.bytes[info.byteRange]
        let source = UnsafeRawBufferPointer(rebasing: bytes)
        let count = info.elementCount
        // Use `loadUnaligned` and `copyMemory`, because the format does not align tensors.
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
    /// Exact value of an IEEE 754 binary16. Implemented here because `Float16` is not available on every platform.
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch (exponent, fraction) {
        case (0x1F, _): self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        case (0, _):
            // Subnormal: a multiple of the smallest step, 2^-24.
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
