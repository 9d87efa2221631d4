import HDF5
import MarketData

extension RowColumns {
    /// Compares the datasets of a group with the declared columns.
    /// - Throws: `ArchiveError` for a dataset of another type or length, `HDF5Error` for one that is missing.
    static func check(_ group: HDF5Group, rowCount: Int) throws {
        for column in columns {
            let set = try group.dataset(column.name)
            guard set.type == column.type, set.columns == nil, try set.rowCount() == rowCount else {
                throw ArchiveError("\(set.path) is not \(rowCount) x \(column.type)")
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

extension RowColumn {
    /// The type of its stored values.
    var type: HDF5Type {
        switch values {
        case .uint8: .uint8
        case .uint32: .uint32
        case .uint64: .uint64
        case .int32: .int32
        case .int64: .int64
        case .float: .float32
        }
    }
}

extension HDF5Chunks {
    /// Rows of a chunk of a row column.
    static let columnRows = 8192

    /// Storage of row columns: chunks are small, so that fetching one row is cheap. The fastest deflate level suffices, because
    /// shuffled columns are mostly runs.
    static func column<Element: HDF5Element>(_ values: [Element], columns: Int? = nil) throws(HDF5Error) -> HDF5Chunks {
        try HDF5Chunks(values, columns: columns, storage: HDF5Storage(chunkRows: columnRows, deflateLevel: 1))
    }
}
