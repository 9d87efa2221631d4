internal import HDF5

/// Rows of one kind as columns, all of the same length: what a batch stores of each row.
///
/// A type lists its columns once, and reading, writing and reordering follow from the list.
public protocol RowColumns: Sendable {
    init()
    static var columns: [RowColumn<Self>] { get }
}

/// A column: its name in the file, and where its values are.
public struct RowColumn<Rows>: Sendable {
    package enum Values: Sendable {
        case uint8(WritableKeyPath<Rows, [UInt8]> & Sendable)
        case uint32(WritableKeyPath<Rows, [UInt32]> & Sendable)
        case uint64(WritableKeyPath<Rows, [UInt64]> & Sendable)
        case int32(WritableKeyPath<Rows, [Int32]> & Sendable)
        case int64(WritableKeyPath<Rows, [Int64]> & Sendable)
        case float(WritableKeyPath<Rows, [Float]> & Sendable)
    }

    public let name: String
    package let values: Values

    package init(_ name: String, _ values: Values) {
        self.name = name
        self.values = values
    }
}

extension RowColumns {
    /// The rows at `order`, in that order.
    package func reordered(_ order: [UInt32]) -> Self {
        var result = Self()
        for column in Self.columns {
            switch column.values {
            case .uint8(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .uint32(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .uint64(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .int32(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .int64(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .float(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            }
        }
        return result
    }

    /// Adds all rows of `other` at the end.
    package mutating func append(contentsOf other: Self) {
        for column in Self.columns {
            switch column.values {
            case .uint8(let path): self[keyPath: path] += other[keyPath: path]
            case .uint32(let path): self[keyPath: path] += other[keyPath: path]
            case .uint64(let path): self[keyPath: path] += other[keyPath: path]
            case .int32(let path): self[keyPath: path] += other[keyPath: path]
            case .int64(let path): self[keyPath: path] += other[keyPath: path]
            case .float(let path): self[keyPath: path] += other[keyPath: path]
            }
        }
    }

    /// - Parameter wanted: names of the columns to read, all when `nil`; the others stay empty.
    init(reading group: HDF5Group, rows: Range<Int>, only wanted: Set<String>? = nil) throws(HDF5Error) {
        self.init()
        for column in Self.columns where wanted?.contains(column.name) ?? true {
            let dataset = try group.dataset(column.name)
            switch column.values {
            case .uint8(let path): self[keyPath: path] = try dataset.read(rows: rows)
            case .uint32(let path): self[keyPath: path] = try dataset.read(rows: rows)
            case .uint64(let path): self[keyPath: path] = try dataset.read(rows: rows)
            case .int32(let path): self[keyPath: path] = try dataset.read(rows: rows)
            case .int64(let path): self[keyPath: path] = try dataset.read(rows: rows)
            case .float(let path): self[keyPath: path] = try dataset.read(rows: rows)
            }
        }
    }
}

/// `values` at `order`. Apart from the protocol's extension, so that the loop is compiled for each type of value.
func gathered<Value: BitwiseCopyable>(_ values: [Value], _ order: [UInt32]) -> [Value] {
    [Value](unsafeUninitializedCapacity: order.count) { buffer, count in
        values.withUnsafeBufferPointer { values in
            for (position, index) in order.enumerated() {
                buffer.initializeElement(at: position, to: values[Int(index)])
            }
        }
        count = order.count
    }
}

extension HDF5Chunks {
    /// Row columns: chunks small enough that one row is cheap to fetch, the fastest deflate because the shuffled
    /// columns are mostly runs and a higher level costs more than it saves.
    static func column<Element: HDF5Element>(_ values: [Element], columns: Int? = nil) throws(HDF5Error) -> HDF5Chunks {
        try HDF5Chunks(values, columns: columns, storage: HDF5Storage(chunkRows: 8192, deflateLevel: 1))
    }
}
