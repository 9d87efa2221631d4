/// A tensor of a PyTorch checkpoint: a view of one of its storages. Checked against the storage's size when it was read.
public struct TorchTensor: Sendable, Equatable {
    /// What its elements are.
    public let elementType: TensorInfo.ElementType
    /// Extents, outermost first; empty for a single number.
    public let shape: [Int]
    /// Elements from one index to the next in each dimension.
    let strides: [Int]
    /// Name of its storage: the member `data/…` of the archive.
    let storage: String
    /// Its first element in the storage.
    let offset: Int

    /// The product of the extents.
    public var elementCount: Int { shape.reduce(1, *) }

    /// Whether its elements lie side by side in row-major order.
    var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            if stride != expected { return false }
            expected *= extent
        }
        return true
    }
}

/// A storage that a pickle names: numbers of one type in a member of the archive.
struct TorchStorage: Sendable, Equatable {
    let elementType: TensorInfo.ElementType
    let key: String
    /// Elements.
    let count: Int

    /// Element types by the names of PyTorch's storage classes.
    static let classes: [String: TensorInfo.ElementType] = [
        "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64, "LongStorage": .i64,
        "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8, "BoolStorage": .bool,
    ]

    /// A view of it; `nil` where it would leave the storage, or hold an element more than once.
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
