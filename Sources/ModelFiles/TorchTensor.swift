/// A tensor of a PyTorch checkpoint: a view of one of its storages. Its bounds were checked against the storage size on
/// reading.
public struct TorchTensor: Sendable, Equatable {
    /// Type of the elements.
    public let elementType: TensorInfo.ElementType
    /// Extents, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Step in elements from one index to the next, for each dimension.
    let strides: [Int]
    /// Name of the storage: the member `data/…` of the archive.
    let storage: String
    /// Index of the first element in the storage.
    let offset: Int

    /// Product of the extents.
    public var elementCount: Int { shape.reduce(1, *) }

    /// Whether the elements are contiguous in row-major order.
    var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            if stride != expected { return false }
            expected *= extent
        }
        return true
    }
}

/// A storage that a pickle refers to: numbers of one type in a member of the archive.
struct TorchStorage: Sendable, Equatable {
    let elementType: TensorInfo.ElementType
    let key: String
    /// Number of elements.
    let count: Int

    /// Element types, by names of PyTorch's storage classes.
    static let classes: [String: TensorInfo.ElementType] = [
        "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64, "LongStorage": .i64,
        "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8, "BoolStorage": .bool,
    ]

    /// A view of the storage; `nil` if it would exceed the storage or contain an element more than once.
    func tensor(offset: Int, shape: [Int], strides: [Int]) -> TorchTensor? {
        guard offset >= 0, shape.count == strides.count, shape.count <= 64 else { return nil }
        var elements = 1, last = offset
        for (extent, stride) in zip(shape, strides) {
            guard extent >= 0, stride >= 0 else { return nil }
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= count else { return nil }
            elements = product
            guard extent > 1 else { continue }
            let (span, tooWide) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (end, tooFar) = last.addingReportingOverflow(span)
            guard !tooWide, !tooFar else { return nil }
            last = end
        }
        guard elements == 0 ? offset <= count : last < count else { return nil }
        return TorchTensor(elementType: elementType, shape: shape, strides: strides, storage: key, offset: offset)
    }
}
