import Base
import MarketData
import Parquet

/// Tables in the form that Milvus imports: a leading `id`, and types that Milvus supports.
///
/// Types are those that pymilvus' `LocalBulkWriter` writes for the collection that `collection` describes.
enum MilvusForm {
    static let id = "id"
    /// Maximum bytes of a text, which a field of a collection declares.
    static let textBytes = 4096

    static func column(_ column: ExportColumn) -> ExportColumn {
        var column = column
        switch column.parquet.type {
        // Milvus has no dates, decimals or unsigned integers.
        case .date: column.parquet.type = .string
        case .decimal: column.parquet.type = .double
        case .uint32: column.parquet.type = .int64
        case .boolean, .int32, .int64, .float, .double, .string, .floatList: break
        }
        return column
    }

    static func columns(_ columns: [ExportColumn]) -> [ExportColumn] { [ExportColumn(id, .int64)] + columns.map(column) }

    static func data(_ columns: [ExportColumn], _ data: [ParquetColumnData], first: Int, count: Int) throws -> [ParquetColumnData] {
        try [ParquetColumnData(.int64((first..<first + count).map { Int64($0) }))]
            + zip(columns, data).map { column, data in
                try check(column, data)
                switch (column.parquet.type, data.values) {
                case (.date, .int32(let days)):
                    var codes: [Int32: UInt32] = [:]
                    var texts: [String] = []
                    let found = days.map { day -> UInt32 in
                        if let code = codes[day] { return code }
                        codes[day] = UInt32(texts.count)
                        texts.append(Day(rawValue: day).description)
                        return UInt32(texts.count - 1)
                    }
                    return ParquetColumnData(.codes(found, dictionary: texts), isNull: data.isNull)
                case (.decimal(_, let scale), .int32(let numbers)):
                    // Divide, because 0.001 is not a binary fraction.
                    let divisor = (0..<scale).reduce(1.0) { product, _ in product * 10 }
                    return ParquetColumnData(.doubles(numbers.map { Double($0) / divisor }), isNull: data.isNull)
                case (.uint32, .uint32(let numbers)): return ParquetColumnData(.int64(numbers.map { Int64($0) }), isNull: data.isNull)
                default: return data
                }
            }
    }

    private static func check(_ column: ExportColumn, _ data: ParquetColumnData) throws(ExportError) {
        let longest =
            switch data.values {
            case .codes(_, let dictionary): dictionary.lazy.map(\.utf8.count).max() ?? 0
            case .texts(let texts): zip(texts.ends, [0] + texts.ends).lazy.map { $0 - $1 }.max() ?? 0
            default: 0
            }
        guard longest <= textBytes else {
            throw ExportError(
                "the column \(column.parquet.name) has a text of \(longest) bytes, more than the \(textBytes) of its field", kind: .unsupported)
        }
    }

    /// A collection as `CollectionSchema.construct_from_dict` of pymilvus reads it.
    struct Collection: Encodable {
        struct Field: Encodable {
            var name: String
            var description = ""
            var type: Int
            var params: [String: Int] = [:]
            var is_primary: Bool?
            var auto_id: Bool?
            var nullable: Bool?
        }

        var auto_id = false
        var description: String
        var fields: [Field]
        var enable_dynamic_field = false
    }

    /// - Parameter columns: those that `columns(_:)` gave.
    static func collection(_ name: String, _ columns: [ExportColumn]) -> Collection {
        Collection(
            description: "\(name), exported by Tapedeck",
            fields: columns.map { column in
                let (type, params) = field(column)
                let isPrimary = column.parquet.name == id
                let isVector = column.dimension != nil
                return Collection.Field(
                    name: column.parquet.name, type: type, params: params, is_primary: isPrimary ? true : nil, auto_id: isPrimary ? false : nil,
                    nullable: isPrimary || isVector ? nil : true)
            })
    }

    /// Numbers of `DataType` in schema.proto of Milvus.
    private static func field(_ column: ExportColumn) -> (type: Int, params: [String: Int]) {
        switch column.parquet.type {
        case .boolean: (1, [:])
        case .int32: (4, [:])
        case .int64, .uint32: (5, [:])
        case .float: (10, [:])
        case .double, .decimal: (11, [:])
        case .string, .date: (21, ["max_length": textBytes])
        case .floatList: (101, ["dim": column.dimension ?? 0])
        }
    }
}
