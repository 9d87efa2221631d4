internal import HDF5
internal import MarketData
import Descriptions

/// The lowest and the highest numbers of every 1,024 rows of a batch, by which a search leaves rows unread.
///
/// The rows of a batch are in the order of their keys, so a zone has the rows of one underlying or of a few.
package struct ZoneMaps: Sendable {
    /// Rows of a zone; the last one of a batch has fewer.
    package static let zoneRows = 1024

    /// What is bounded: the fields of questions that are stored in columns, and the two dates.
    package static let columns: [String] = {
        var names: [String] = []
        for name in OptionRows.columns.compactMap(\.zoneName) + StockRows.columns.compactMap(\.zoneName) where !names.contains(name) {
            names.append(name)
        }
        return names
    }()

    /// Zones x `columns`, row-major; +∞ where no row has the number. Rounded down.
    package var minimum: [Float] = []
    /// As `minimum`; −∞ where no row has the number. Rounded up.
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

    /// Takes the values of a column, in the order of the rows.
    mutating func add<Rows: RowColumns, Value: Comparable>(
        _ column: RowColumn<Rows>, _ values: [Value], at path: WritableKeyPath<Rows, [Value]>, isMissing: (Value) -> Bool
    ) {
        guard let name = column.zoneName, let place = Self.columns.firstIndex(of: name), !values.isEmpty else { return }
        // Only two values of a zone become numbers: the conversion keeps their order.
        let (found, zones) = extremes(values, zoneRows: Self.zoneRows, isMissing: isMissing)
        var extremes = Rows()
        extremes[keyPath: path] = found
        let numbers = column.numbers(extremes, 0..<2 * zones.count)
        for (index, zone) in zones.enumerated() {
            minimum[zone * Self.columns.count + place] = Self.roundedDown(numbers[2 * index])
            maximum[zone * Self.columns.count + place] = -Self.roundedDown(-numbers[2 * index + 1])
        }
    }

    private static func roundedDown(_ number: Double) -> Float {
        let nearest = Float(number)
        return Double(nearest) > number ? nearest.nextDown : nearest
    }

    /// Takes the bounds of a column from zone maps that know that column.
    mutating func take(_ name: String?, from other: ZoneMaps) {
        guard let name, let place = Self.columns.firstIndex(of: name) else { return }
        for index in stride(from: place, to: minimum.count, by: Self.columns.count) {
            minimum[index] = other.minimum[index]
            maximum[index] = other.maximum[index]
        }
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
        let count = (rowCount + Self.zoneRows - 1) / Self.zoneRows
        guard firstKey.count == count, lastKey.count == count, minimum.count == count * Self.columns.count, maximum.count == minimum.count else {
            throw ArchiveError("its zone maps do not fit its \(rowCount) rows")
        }
    }
}

/// The lowest and the highest value of every zone that has one. Apart from the type, so that the loop is compiled for each type of
/// value.
private func extremes<Value: Comparable>(
    _ values: [Value], zoneRows: Int, isMissing: (Value) -> Bool
) -> (values: [Value], zones: [Int]) {
    var found: [Value] = []
    var zones: [Int] = []
    for (zone, start) in stride(from: 0, to: values.count, by: zoneRows).enumerated() {
        var low: Value?
        var high: Value?
        for value in values[start..<min(start + zoneRows, values.count)] where !isMissing(value) {
            if low.map({ value < $0 }) ?? true { low = value }
            if high.map({ value > $0 }) ?? true { high = value }
        }
        guard let low, let high else { continue }
        found += [low, high]
        zones.append(zone)
    }
    return (found, zones)
}

extension RowColumn {
    /// The name under which zone maps bound it: that of the question's field, or of the date; `nil` when they do not.
    package var zoneName: String? { field ?? (unit == .day ? name : nil) }
}
