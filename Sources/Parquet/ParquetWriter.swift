import Base

/// An encoded row group, separate from the file, so that several can be made in parallel.
public struct ParquetRowGroup: Sendable {
    public let rowCount: Int
    let chunks: [EncodedChunk]

    /// Encodes rows.
    /// - Parameter data: the values of each column, in the order of `columns`.
    /// - Throws: `ParquetError` if the number or type of values differs from the columns'.
    public init(_ columns: [ParquetColumn], _ data: [ParquetColumnData]) throws(ParquetError) {
        guard columns.count == data.count, let first = data.first else {
            throw ParquetError("\(data.count) columns of values are given for \(columns.count) columns")
        }
        let rowCount = first.values.count
        let compressor = try ZstandardCompressor()
        var chunks: [EncodedChunk] = []
        for (column, data) in zip(columns, data) {
            guard data.values.fits(column.type) else {
                throw ParquetError("the values of the column \(column.name) are not of its type, \(column.type.name)")
            }
            guard data.values.count == rowCount, data.isNull?.count ?? rowCount == rowCount else {
                throw ParquetError("the column \(column.name) has \(data.values.count) values, and \(columns[0].name) has \(rowCount)")
            }
            if case .codes(let codes, let dictionary) = data.values {
                // Also for nulls, whose placeholder is a normal position.
                guard codes.allSatisfy({ Int($0) < dictionary.count }) || rowCount == 0 || data.isNull?.allSatisfy({ $0 }) == true else {
                    throw ParquetError("the column \(column.name) refers to a text that its dictionary of \(dictionary.count) lacks")
                }
            }
            chunks.append(try ColumnChunkEncoder.encode(data, compressor))
        }
        self.rowCount = rowCount
        self.chunks = chunks
    }

    /// In the file.
    public var byteCount: Int { chunks.reduce(0) { $0 + $1.size } }
}

/// Writes a Parquet file: row groups of flat columns and of vectors, each column compressed with statistics.
///
/// Memory: one row group, and a few hundred bytes per column and row group until `finish`. The same rows give the same bytes.
///
/// Source: https://parquet.apache.org/docs/file-format/ and parquet.thrift of https://github.com/apache/parquet-format (2.10).
public final class ParquetWriter {
    private static let magic = Array("PAR1".utf8)
    /// Names the program that wrote a file, in the form that parquet-mr reads.
    private static let creator = "tapedeck version 0.1.0"
    /// Maximum number of row groups, which has 16 bits.
    private static let groupLimit = 32_767

    /// `nil` if the bytes are collected in memory.
    private let output: Output?
    private var memory: [UInt8] = []
    private let columns: [ParquetColumn]
    private let metadata: [(key: String, value: String)]
    private var groups: [Group] = []
    private var position = 0

    /// A noncopyable file in a copyable value.
    private final class Output {
        let file: File

        init(path: String) throws(FileError) { file = try File(writing: path, .exclusive) }
    }

    private struct Group {
        var rowCount: Int
        var chunks: [(chunk: EncodedChunk, offset: Int)]
    }

    /// Creates a file, which must not exist.
    /// - Parameter metadata: texts to show beside the schema, by key.
    /// - Throws: `ParquetError` for invalid columns; `FileError`.
    public convenience init(path: String, _ columns: [ParquetColumn], metadata: [(key: String, value: String)] = []) throws {
        try Self.check(columns)
        try self.init(columns, metadata, try Output(path: path))
    }

    /// A file of one row group, as bytes.
    /// - Throws: `ParquetError` for columns that no file can have.
    public static func bytes(
        _ columns: [ParquetColumn], _ group: ParquetRowGroup, metadata: [(key: String, value: String)] = []
    ) throws -> [UInt8] {
        try check(columns)
        let writer = try ParquetWriter(columns, metadata, nil)
        try writer.append(group)
        try writer.finish()
        return writer.memory
    }

    private static func check(_ columns: [ParquetColumn]) throws(ParquetError) {
        guard !columns.isEmpty else { throw ParquetError("a Parquet file needs a column") }
        if let twice = Dictionary(grouping: columns, by: \.name).filter({ $1.count > 1 }).keys.min() {
            throw ParquetError("two columns are named \(twice)")
        }
    }

    private init(_ columns: [ParquetColumn], _ metadata: [(key: String, value: String)], _ output: Output?) throws {
        self.columns = columns
        self.metadata = metadata
        self.output = output
        try write(Self.magic)
    }

    /// Rows written.
    public var rowCount: Int { groups.reduce(0) { $0 + $1.rowCount } }

    /// Appends a row group, made for the same columns.
    /// - Throws: `ParquetError` for other columns; `FileError`.
    public func append(_ group: ParquetRowGroup) throws {
        guard group.chunks.count == columns.count else { throw ParquetError("the row group has \(group.chunks.count) of \(columns.count) columns") }
        guard groups.count < Self.groupLimit else {
            throw ParquetError("the file has \(groups.count) row groups, the most possible", kind: .unsupported)
        }
        guard group.rowCount > 0 else { return }
        var chunks: [(EncodedChunk, Int)] = []
        for var chunk in group.chunks {
            let pieces = chunk.pieces
            chunk.pieces = []
            chunks.append((chunk, position))
            for piece in pieces {
                switch piece {
                case .bytes(let bytes): try write(bytes)
                case .floats(let values, let range): try values[range].withUnsafeBytes { try write($0) }
                }
            }
        }
        groups.append(Group(rowCount: group.rowCount, chunks: chunks))
    }

    /// Writes the metadata; the file is complete then.
    /// - Throws: `FileError`.
    public func finish() throws {
        let footer = self.footer()
        var end: [UInt8] = []
        end.appendLittleEndian(UInt32(footer.count))
        try write(footer + end + Self.magic)
        try output?.file.synchronize()
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let output { try output.file.write(bytes) } else { memory.append(contentsOf: bytes) }
        position += bytes.count
    }

    // MARK: Metadata

    private func footer() -> [UInt8] {
        var writer = ThriftCompactWriter()
        writer.field(1, Int32(2))
        writer.field(2, structures: SchemaElement.elements(columns)) { $1.write(to: &$0) }
        writer.field(3, Int64(rowCount))
        writer.field(4, structures: Array(groups.enumerated())) { [columns] writer, group in
            Self.write(group.element, number: group.offset, columns, to: &writer)
        }
        if !metadata.isEmpty {
            writer.field(5, structures: metadata) { writer, entry in
                writer.field(1, entry.key)
                writer.field(2, entry.value)
            }
        }
        writer.field(6, Self.creator)
        // Bounds are in the order of the logical type, for every column.
        writer.field(7, structures: columns) { writer, _ in writer.field(1) { _ in } }
        writer.stop()
        return writer.bytes
    }

    private static func write(_ group: Group, number: Int, _ columns: [ParquetColumn], to writer: inout ThriftCompactWriter) {
        writer.field(1, structures: Array(zip(columns, group.chunks))) { writer, entry in
            write(entry.1.chunk, at: entry.1.offset, entry.0, to: &writer)
        }
        writer.field(2, Int64(group.chunks.reduce(0) { $0 + $1.chunk.rawSize }))
        writer.field(3, Int64(group.rowCount))
        writer.field(5, Int64(group.chunks.first?.offset ?? 0))
        writer.field(6, Int64(group.chunks.reduce(0) { $0 + $1.chunk.size }))
        writer.field(7, Int16(number))
    }

    private static func write(_ chunk: EncodedChunk, at offset: Int, _ column: ParquetColumn, to writer: inout ThriftCompactWriter) {
        writer.field(2, Int64(0))
        writer.field(3) { writer in
            writer.field(1, column.type.physical.rawValue)
            // Plain values or dictionary, levels, positions in the dictionary.
            writer.field(2, numbers: chunk.dictionarySize == nil ? [0, 3] : [0, 3, 8])
            writer.field(3, texts: column.path)
            writer.field(4, Int32(chunk.isCompressed ? 6 : 0))
            writer.field(5, Int64(chunk.valueCount))
            writer.field(6, Int64(chunk.rawSize))
            writer.field(7, Int64(chunk.size))
            writer.field(9, Int64(offset + (chunk.dictionarySize ?? 0)))
            if chunk.dictionarySize != nil { writer.field(11, Int64(offset)) }
            writer.field(12) { writer in
                writer.field(3, Int64(chunk.nullCount))
                if let statistics = chunk.statistics {
                    writer.field(5, statistics.maximum)
                    writer.field(6, statistics.minimum)
                    writer.field(7, true)
                    writer.field(8, true)
                }
            }
            var pages: [(type: Int32, encoding: Int32, count: Int32)] = []
            if chunk.dictionarySize != nil { pages.append((2, 0, 1)) }
            if chunk.dataPages > 0 { pages.append((0, chunk.dictionarySize == nil ? 0 : 8, Int32(chunk.dataPages))) }
            writer.field(13, structures: pages) { writer, page in
                writer.field(1, page.type)
                writer.field(2, page.encoding)
                writer.field(3, page.count)
            }
        }
    }
}

/// A node of the schema, which is a tree written in depth-first order.
private struct SchemaElement {
    var name: String
    var children: Int32?
    /// 0 required, 1 optional, 2 repeated; none for the root.
    var repetition: Int32?
    /// For a leaf.
    var type: ParquetType?
    var isList = false

    static func elements(_ columns: [ParquetColumn]) -> [SchemaElement] {
        var elements = [SchemaElement(name: "schema", children: Int32(columns.count))]
        for column in columns {
            guard column.type == .floatList else {
                elements.append(SchemaElement(name: column.name, repetition: 1, type: column.type))
                continue
            }
            elements.append(SchemaElement(name: column.name, children: 1, repetition: 1, isList: true))
            elements.append(SchemaElement(name: "list", children: 1, repetition: 2))
            elements.append(SchemaElement(name: "element", repetition: 1, type: .float))
        }
        return elements
    }

    /// Converted types serve readers that predate logical types.
    func write(to writer: inout ThriftCompactWriter) {
        if let type { writer.field(1, type.physical.rawValue) }
        if let repetition { writer.field(3, repetition) }
        writer.field(4, name)
        if let children { writer.field(5, children) }
        if isList {
            writer.field(6, Int32(3))
            writer.field(10) { $0.field(3) { _ in } }
        }
        switch type {
        case .string:
            writer.field(6, Int32(0))
            writer.field(10) { $0.field(1) { _ in } }
        case .date:
            writer.field(6, Int32(6))
            writer.field(10) { $0.field(6) { _ in } }
        case .decimal(let precision, let scale):
            writer.field(6, Int32(5))
            writer.field(7, Int32(scale))
            writer.field(8, Int32(precision))
            writer.field(10) { logical in
                logical.field(5) {
                    $0.field(1, Int32(scale))
                    $0.field(2, Int32(precision))
                }
            }
        case .uint32:
            writer.field(6, Int32(13))
            writer.field(10) { logical in
                logical.field(10) {
                    $0.byteField(1, 32)
                    $0.field(2, false)
                }
            }
        case .boolean, .int32, .int64, .float, .double, .floatList, nil: break
        }
    }
}

extension ParquetType {
    /// How values are stored, by the numbers of parquet.thrift.
    enum Physical: Int32 {
        case boolean = 0
        case int32 = 1
        case int64 = 2
        case float = 4
        case double = 5
        case byteArray = 6
    }

    var physical: Physical {
        switch self {
        case .boolean: .boolean
        case .int32, .uint32, .date, .decimal: .int32
        case .int64: .int64
        case .float, .floatList: .float
        case .double: .double
        case .string: .byteArray
        }
    }
}

extension ParquetColumn {
    /// From the root of the schema to the leaf.
    fileprivate var path: [String] { type == .floatList ? [name, "list", "element"] : [name] }
}
