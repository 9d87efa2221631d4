import CKernels
import HDF5
public import Descriptions
public import MarketData

/// A batch in memory, on its way to `year_YYYY/batch_N.h5`: distinct descriptions in ascending order of key, and the order
/// that puts each description's rows together.
///
/// The rows stay in the pieces in which they arrived. A column is put in order when it is written, so sorting needs no second
/// copy of all rows.
public struct BatchContents<Rows: RowColumns>: Sendable {
    /// Keys of the distinct descriptions, masked to the template's attributes, ascending.
    public var keys: [DescriptionKey]
    /// `keys.count + 1` positions: description `i` owns rows `rowStart[i] ..< rowStart[i + 1]`.
    public var rowStart: [UInt64]
    /// Keys of the source objects; `file` is an index into them.
    public var files: [String]
    /// Rows as they came.
    private let pieces: [Rows]
    /// By position in the batch: the row's position in the concatenated pieces.
    private let order: [UInt32]

    /// Sorts rows by description; rows of one description keep their order.
    /// - Parameters:
    ///   - pieces: in source order, one after another.
    ///   - key: returns the keys of a piece's rows.
    ///   - mask: the bits that distinguish the template's descriptions.
    ///
    /// Cost: one hash look-up per row, a sort of the distinct keys, and a counting sort of the rows.
    package init(
        sorting pieces: [Rows], key: KeyPath<Rows, [UInt64]>, mask: UInt64, files: [String]
    ) throws {
        let fullKeys = Self.joined(pieces, key)
        let count = fullKeys.count
        var numbers = [UInt32](repeating: 0, count: count)
        var distinct = [UInt64](repeating: 0, count: count)
        let found = tk_distinct(fullKeys, count, mask, &numbers, &distinct)
        guard found <= count else { throw ArchiveError("out of memory for a batch of \(count) rows; use a smaller --batch-size") }
        let byKey = (0..<found).sorted { distinct[$0] < distinct[$1] }
        keys = byKey.map { DescriptionKey(rawValue: distinct[$0]) }
        var rank = [Int](repeating: 0, count: found)
        for (position, number) in byKey.enumerated() { rank[number] = position }
        var start = [Int](repeating: 0, count: found + 1)
        for number in numbers { start[rank[Int(number)] + 1] += 1 }
        for index in 0..<found { start[index + 1] += start[index] }
        rowStart = start.map(UInt64.init)
        order = [UInt32](unsafeUninitializedCapacity: count) { order, filled in
            for (row, number) in numbers.enumerated() {
                let rank = rank[Int(number)]
                order[start[rank]] = UInt32(row)
                start[rank] += 1
            }
            filled = count
        }
        self.pieces = pieces
        self.files = files
    }

    /// How many rows.
    public var rowCount: Int { order.count }

    /// The rows in order, copied.
    public var rows: Rows {
        var rows = Rows()
        for piece in pieces { rows.append(contentsOf: piece) }
        return rows.reordered(order)
    }

    /// One column in order, compressed, and its bounds by zone.
    func stored(_ column: RowColumn<Rows>) throws(HDF5Error) -> (chunks: HDF5Chunks, bounds: ZoneMaps.Bounds?) {
        let isOptional = column.missing == .minusOne
        switch column.values {
        case .uint8(let path): return (try .column(values(path)), nil)
        case .uint32(let path): return (try .column(values(path)), nil)
        case .uint64(let path): return (try .column(values(path)), nil)
        case .int32(let path):
            let values = values(path)
            return (try .column(values), bounds(column, path) { ZoneMaps.extremes(values, isOptional: isOptional) })
        case .int64(let path):
            let values = values(path)
            return (try .column(values), bounds(column, path) { ZoneMaps.extremes(values, isOptional: isOptional) })
        case .float(let path):
            let values = values(path)
            return (try .column(values), bounds(column, path) { ZoneMaps.extremes(values) })
        }
    }

    /// The bounds of a column, if zone maps have them.
    private func bounds<Value>(
        _ column: RowColumn<Rows>, _ path: WritableKeyPath<Rows, [Value]>, _ extremes: () -> (values: [Value], zones: [Int])
    ) -> ZoneMaps.Bounds? {
        guard let name = column.zoneName else { return nil }
        let (values, zones) = extremes()
        // Convert only two values per zone, because the conversion preserves order.
        var rows = Rows()
        rows[keyPath: path] = values
        return ZoneMaps.Bounds(column: name, zones: zones, numbers: column.numbers(rows, 0..<values.count))
    }

    /// Zone maps with keys, but no numbers yet.
    func zoneKeys() -> ZoneMaps {
        let zoneCount = ZoneMaps.count(rows: order.count)
        var zones = ZoneMaps(count: zoneCount)
        var description = 0
        func key(ofRow row: Int) -> UInt64 {
            while rowStart[description + 1] <= UInt64(row) { description += 1 }
            return keys[description].rawValue
        }
        for zone in 0..<zoneCount {
            zones.firstKey[zone] = key(ofRow: zone * ZoneMaps.zoneRows)
            zones.lastKey[zone] = key(ofRow: min((zone + 1) * ZoneMaps.zoneRows, order.count) - 1)
        }
        return zones
    }

    private func values<Value: BitwiseCopyable>(_ path: KeyPath<Rows, [Value]>) -> [Value] {
        gathered(Self.joined(pieces, path), order)
    }

    private static func joined<Value: BitwiseCopyable>(_ pieces: [Rows], _ path: KeyPath<Rows, [Value]>) -> [Value] {
        if pieces.count == 1 { return pieces[0][keyPath: path] }
        var all: [Value] = []
        all.reserveCapacity(pieces.reduce(0) { $0 + $1[keyPath: path].count })
        for piece in pieces { all += piece[keyPath: path] }
        return all
    }
}

extension BatchContents {
    /// The distinct values of `keys[i] & mask`, in order of first appearance.
    /// - Throws: `ArchiveError` when memory runs out.
    package static func distinct(_ keys: [UInt64], mask: UInt64) throws(ArchiveError) -> ArraySlice<UInt64> {
        var numbers = [UInt32](repeating: 0, count: keys.count)
        var distinct = [UInt64](repeating: 0, count: keys.count)
        let found = tk_distinct(keys, keys.count, mask, &numbers, &distinct)
        guard found <= keys.count else { throw ArchiveError("out of memory for \(keys.count) rows") }
        return distinct.prefix(found)
    }
}
