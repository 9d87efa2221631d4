import Base

/// A checkpoint written by `torch.save`: its objects, and its tensors in place in the mapped file.
public struct TorchFile: Sendable {
    /// The saved object.
    public let root: TorchValue
    private let archive: TorchArchive

    /// Path used to open the file.
    public var path: String { archive.file.path }

    /// Opens a checkpoint.
    /// - Throws: `ModelFileError`: `.notFound`, `.unreadable`, `.malformed`, or `.unsupported`, naming the cause, for files
    ///   that need more than tensors, dictionaries, lists, tuples, numbers and texts.
    public init(path: String) throws(ModelFileError) {
        archive = try TorchArchive(path: path)
        guard let pickle = try archive.bytes(named: "data.pkl") else {
            throw ModelFileError(.malformed, path, "it has no data.pkl")
        }
        root = try TorchUnpickler.read(pickle, path: path)
    }

    /// Calls `body` with the bytes of a tensor, little-endian and row-major. They are in the mapped file if the tensor is
    /// contiguous, and gathered into a copy otherwise.
    ///
    /// The bytes may be unaligned.
    /// - Throws: `ModelFileError` with code `.malformed` when the archive lacks the bytes or they are damaged; what `body`
    ///   throws.
    public func withBytes<Result>(
        of tensor: TorchTensor, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let size = tensor.elementType.byteCount
        guard let storage = try archive.bytes(named: "data/" + tensor.storage) else {
            throw ModelFileError(.malformed, path, "the archive lacks the storage data/\(tensor.storage)")
        }
        // The storage length in the pickle was checked before; the length in the archive decides.
        let last = zip(tensor.shape, tensor.strides).reduce(tensor.offset) { $0 + max(0, $1.0 - 1) * $1.1 }
        let count = tensor.elementCount
        guard count == 0 || last < storage.count / size else {
            throw ModelFileError(
                .malformed, path, "its storage data/\(tensor.storage) has \(storage.count) bytes, too few for a tensor of shape \(tensor.shape)")
        }
        return try withExtendedLifetime(archive.file) {
            if count == 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
            if tensor.isContiguous {
                return try body(UnsafeRawBufferPointer(rebasing: storage[tensor.offset * size..<(tensor.offset + count) * size]))
            }
            return try withUnsafeTemporaryAllocation(byteCount: count * size, alignment: 16) { gathered in
                Self.gather(tensor, from: storage, into: gathered)
                return try body(UnsafeRawBufferPointer(gathered))
            }
        }
    }

    private static func gather(_ tensor: TorchTensor, from storage: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
        let size = tensor.elementType.byteCount
        var index = [Int](repeating: 0, count: tensor.shape.count)
        var source = tensor.offset
        for element in 0..<tensor.elementCount {
            UnsafeMutableRawBufferPointer(rebasing: target[element * size..<(element + 1) * size])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[source * size..<(source + 1) * size]))
            for dimension in index.indices.reversed() {
                index[dimension] += 1
                source += tensor.strides[dimension]
                if index[dimension] < tensor.shape[dimension] { break }
                source -= index[dimension] * tensor.strides[dimension]
                index[dimension] = 0
            }
        }
    }
}

extension TorchFile {
    /// Reads a tensor of floating-point numbers as 32-bit floats, row-major.
    /// - Throws: `ModelFileError`: `.mismatch` for other element types, `.malformed`.
    public func floats(_ tensor: TorchTensor) throws(ModelFileError) -> [Float] {
        do {
            return try withBytes(of: tensor) { try tensorFloats($0, tensor.elementType, path: path) }
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.malformed, path, "\(error)")
        }
    }
}

/// Converts stored numbers, possibly unaligned, to 32-bit floats.
func tensorFloats(
    _ bytes: UnsafeRawBufferPointer, _ type: TensorInfo.ElementType, path: String
) throws(ModelFileError) -> [Float] {
    let count = bytes.count / type.byteCount
    switch type {
    case .f32:
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
            initialized = count
        }
    case .f64: return (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
    case .bf16:
        return (0..<count).map { Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) << 16) }
    case .f16: return (0..<count).map { Float(halfBits: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
    default: throw ModelFileError(.mismatch, path, "a tensor holds \(type.rawValue), where floating point numbers were expected")
    }
}
