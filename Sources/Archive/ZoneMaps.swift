import HDF5
import MarketData
import Descriptions

/// The lowest and the highest numbers of every 1,024 rows of a batch, with which a search skips rows.
///
/// The rows of a batch are in the order of their keys, so a zone has the rows of one or a few underlyings.
package struct ZoneMaps: Sendable {
    /// Rows of a zone; the last zone of a batch may have fewer.
    package static let zoneRows = 1024

    /// The bounded columns: the fields of questions that are stored, and the two dates.
    package static let columns: [String] = {
        var names: [String] = []
        for name in OptionRows.columns.compactMap(\.zoneName) + StockRows.columns.compactMap(\.zoneName) where !names.contains(name) {
            names.append(name)
        }
        return names
    }()

    /// Zones x `columns`, row-major; +∞ if no row has the number. Rounded down.
    package var minimum: [Float] = []
    /// Like `minimum`; −∞ if no row has the number. Rounded up.
    package var maximum: [Float] = []
    /// The key, masked to the template, of the first row of each zone.
    package var firstKey: [UInt64] = []
    /// Of the last row.
    package var lastKey: [UInt64] = []

    package init() {}

    package var count: Int { firstKey.count }

    package init(count: Int) {
        minimum = [Float](repeating: .infinity, count: count * Self.columns.count)
        maximum = [Float](repeating: -.infinity, count: count * Self.columns.count)
        firstKey = [UInt64](repeating: 0, count: count)
        lastKey = firstKey
    }

    /// Number of zones for a number of rows.
    static func count(rows: Int) -> Int { (rows + zoneRows - 1) / zoneRows }

    /// The bounds of one column.
    struct Bounds: Sendable {
        /// As in `columns`.
        var column: String
        /// Those with a number, ascending.
        var zones: [Int]
        /// The lowest and the highest number of each of `zones`.
        var numbers: [Double]
    }

    mutating func add(_ bounds: Bounds) {
        guard let place = Self.columns.firstIndex(of: bounds.column) else { return }
        for (index, zone) in bounds.zones.enumerated() {
            minimum[zone * Self.columns.count + place] = Self.roundedDown(bounds.numbers[2 * index])
            maximum[zone * Self.columns.count + place] = -Self.roundedDown(-bounds.numbers[2 * index + 1])
        }
    }

    // The lowest and the highest value of every zone that has one. There is one function per type: the compiler does not specialise a
    // generic one that generic code calls, which would take ten times as long.

    /// - Parameter isOptional: whether negative values are missing ones.
    static func extremes(_ values: [Int32], isOptional: Bool) -> (values: [Int32], zones: [Int]) {
        scan(values) { !isOptional || $0 >= 0 }
    }

    static func extremes(_ values: [Int64], isOptional: Bool) -> (values: [Int64], zones: [Int]) {
        scan(values) { !isOptional || $0 >= 0 }
    }

    static func extremes(_ values: [Float]) -> (values: [Float], zones: [Int]) { scan(values) { !$0.isNaN } }

    @inline(__always) private static func scan<Value: Comparable>(
        _ values: [Value], _ isKnown: (Value) -> Bool
    ) -> (values: [Value], zones: [Int]) {
        var found: [Value] = []
        var zones: [Int] = []
        values.withUnsafeBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: zoneRows) {
                let end = min(start + zoneRows, values.count)
                var first = start
                while first < end, !isKnown(values[first]) { first += 1 }
                guard first < end else { continue }
                var (low, high) = (values[first], values[first])
                for index in first..<end {
                    let value = values[index]
                    guard isKnown(value) else { continue }
                    if value < low { low = value }
                    if value > high { high = value }
                }
                found.append(low)
                found.append(high)
                zones.append(start / zoneRows)
            }
        }
        return (found, zones)
    }

    private static func roundedDown(_ number: Double) -> Float {
        let nearest = Float(number)
        return Double(nearest) > number ? nearest.nextDown : nearest
    }

    // MARK: Files

    func write(_ group: HDF5Group) throws {
        try group.createTexts("column", Self.columns)
        try group.store(try .column(minimum, columns: Self.columns.count), as: "minimum")
        try group.store(try .column(maximum, columns: Self.columns.count), as: "maximum")
        try group.store(try .column(firstKey), as: "first_key")
        try group.store(try .column(lastKey), as: "last_key")
    }

    /// - Throws: `ArchiveError` when the zones do not fit the rows; `HDF5Error`.
    init(_ group: HDF5Group, rowCount: Int) throws {
        guard try group.dataset("column").readTexts() == Self.columns else {
            throw ArchiveError("its zone maps are of other columns than this build's; generate the year again")
        }
        minimum = try group.dataset("minimum").read()
        maximum = try group.dataset("maximum").read()
        firstKey = try group.dataset("first_key").read()
        lastKey = try group.dataset("last_key").read()
        let count = Self.count(rows: rowCount)
        guard firstKey.count == count, lastKey.count == count, minimum.count == count * Self.columns.count, maximum.count == minimum.count else {
            throw ArchiveError("its zone maps do not fit its \(rowCount) rows")
        }
    }
}

extension RowColumn {
    /// The name of its bounds in zone maps: that of the question's field, or of the date; `nil` without bounds.
    package var zoneName: String? { isBounded ? field ?? (unit == .day ? name : nil) : nil }
}
