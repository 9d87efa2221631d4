import Base
import Parquet

/// A column of an exported table.
struct ExportColumn: Sendable {
    var parquet: ParquetColumn
    /// Of vectors.
    var dimension: Int?

    init(_ name: String, _ type: ParquetType, dimension: Int? = nil) {
        parquet = ParquetColumn(name, type)
        self.dimension = dimension
    }
}

/// Records that become one row group.
struct ExportGroup: Sendable {
    /// A range of records in one place: descriptions of the index, or rows of a batch.
    struct Piece: Sendable {
        /// The batch; 0 for descriptions.
        var place: Int
        var range: Range<Int>
    }

    var pieces: [Piece] = []
    /// Number of the group's first record in its table.
    var first: Int

    var count: Int { pieces.reduce(0) { $0 + $1.range.count } }

    /// Divides pieces into groups of at most `size` records.
    /// - Parameters:
    ///   - first: number of the first record.
    ///   - limit: maximum number of records.
    static func groups(of pieces: some Sequence<Piece>, size: Int, first: Int, limit: Int) -> [ExportGroup] {
        var groups: [ExportGroup] = []
        var group = ExportGroup(first: first)
        var (room, left) = (size, limit)
        for piece in pieces {
            var start = piece.range.lowerBound
            while start < piece.range.upperBound, left > 0 {
                let end = start + min(piece.range.upperBound - start, room, left)
                group.pieces.append(Piece(place: piece.place, range: start..<end))
                (room, left, start) = (room - (end - start), left - (end - start), end)
                if room == 0 {
                    groups.append(group)
                    group = ExportGroup(first: group.first + size)
                    room = size
                }
            }
        }
        if !group.pieces.isEmpty { groups.append(group) }
        return groups
    }
}

/// The records of a table in a year.
protocol ExportRecords: Sendable {
    var columns: [ExportColumn] { get }
    /// The selected records, in the order of the table.
    func pieces() async throws -> [ExportGroup.Piece]
    /// The values of some records, by column.
    func values(_ group: ExportGroup) async throws -> [ParquetColumnData]
}

/// Texts of UTF-8 that a column takes from few dictionaries.
extension ParquetColumnData {
    /// A column of one text.
    static func constant(_ text: String, count: Int) -> ParquetColumnData {
        ParquetColumnData(.codes([UInt32](repeating: 0, count: count), dictionary: [text]))
    }

    /// Positions in a dictionary, where 0 stands for null and 1 for the first entry.
    static func categories(_ codes: [UInt8], _ dictionary: [String]) -> ParquetColumnData {
        // Codes that the dictionary lacks do not belong to this build's lexicon; an export has a null there, because a description has no
        // words for them.
        let isNull = codes.map { $0 == 0 || Int($0) > dictionary.count }
        return ParquetColumnData(.codes(zip(codes, isNull).map { $1 ? 0 : UInt32($0 - 1) }, dictionary: dictionary), isNull: isNull)
    }
}
