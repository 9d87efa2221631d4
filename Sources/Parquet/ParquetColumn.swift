/// A column of a Parquet file. All columns are optional, like those of Arrow and Spark.
public struct ParquetColumn: Sendable, Hashable {
    /// Unique in its file.
    public var name: String
    public var type: ParquetType

    public init(_ name: String, _ type: ParquetType) {
        self.name = name
        self.type = type
    }
}

/// The logical type of a column.
///
/// Source: "Parquet Logical Type Definitions", https://parquet.apache.org/docs/file-format/types/logicaltypes/.
public enum ParquetType: Sendable, Hashable {
    case boolean
    case int32
    case int64
    case uint32
    case float
    case double
    /// Text in UTF-8.
    case string
    /// Days since 1970-01-01.
    case date
    /// Whole numbers of 10^-scale. The precision, the most decimal digits of the whole number, is at most 9: values have 32 bits.
    case decimal(precision: Int, scale: Int)
    /// Vectors of floats: a list with three levels, as the format requires of new files.
    case floatList
}

extension ParquetType {
    /// The type in words: `int64`, `decimal(9,3)`, `list<float>`.
    public var name: String {
        switch self {
        case .boolean: "boolean"
        case .int32: "int32"
        case .int64: "int64"
        case .uint32: "uint32"
        case .float: "float"
        case .double: "double"
        case .string: "string"
        case .date: "date"
        case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
        case .floatList: "list<float>"
        }
    }
}

/// The values of a column in some rows.
public struct ParquetColumnData: Sendable {
    public var values: ParquetValues
    /// Whether the value of a row is null; `nil` if none is. The placeholder among `values` is ignored.
    public var isNull: [Bool]?

    public init(_ values: ParquetValues, isNull: [Bool]? = nil) {
        self.values = values
        self.isNull = isNull
    }
}

/// Values in memory, one for each row.
public enum ParquetValues: Sendable {
    case booleans([Bool])
    /// Of `int32`, `date` and `decimal` columns.
    case int32([Int32])
    case int64([Int64])
    case uint32([UInt32])
    case floats([Float])
    case doubles([Double])
    case texts(ParquetTexts)
    /// Texts that repeat: positions in `dictionary`, which may have entries that no row uses.
    case codes([UInt32], dictionary: [String])
    /// Vectors, row-major.
    case vectors([Float], dimension: Int)

    /// Rows.
    var count: Int {
        switch self {
        case .booleans(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .uint32(let values): values.count
        case .floats(let values): values.count
        case .doubles(let values): values.count
        case .texts(let values): values.count
        case .codes(let codes, _): codes.count
        case .vectors(let values, let dimension): values.count / dimension
        }
    }

    /// Whether a column of this type can hold them.
    func fits(_ type: ParquetType) -> Bool {
        switch (self, type) {
        case (.booleans, .boolean), (.int32, .int32), (.int32, .date), (.int64, .int64), (.uint32, .uint32), (.floats, .float), (.doubles, .double),
            (.texts, .string), (.codes, .string):
            true
        case (.int32, .decimal(let precision, let scale)): (1...9).contains(precision) && (0...precision).contains(scale)
        case (.vectors(let values, let dimension), .floatList): dimension > 0 && values.count.isMultiple(of: dimension)
        default: false
        }
    }
}

/// Many texts, one after another in one array of bytes.
public struct ParquetTexts: Sendable {
    /// UTF-8.
    public private(set) var bytes: [UInt8] = []
    /// Text `i` is `bytes[ends[i - 1] ..< ends[i]]`.
    public private(set) var ends: [Int] = []

    public init() {}

    public init(_ texts: some Sequence<String>) { for text in texts { append(text) } }

    public var count: Int { ends.count }

    public mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    /// Appends a text in pieces of UTF-8.
    public mutating func append(_ first: [UInt8], _ second: [UInt8]) {
        bytes.append(contentsOf: first)
        bytes.append(contentsOf: second)
        ends.append(bytes.count)
    }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
}
