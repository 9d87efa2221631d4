import Base
import HDF5
import MarketData
public import Measures
import ObjectStore

/// The file `year_YYYY/underlying_days.h5`: the state of every underlying on every day of a year, by ticker and day.
/// docs/formats.md describes the format.
public enum UnderlyingDaysFile {
    static let format: Int64 = 1

    package static func write(_ rows: UnderlyingDayRows, year: Int, simulated: Bool, to path: String) throws {
        let file = try HDF5File(creating: path)
        try file.root.setAttribute("format", to: format)
        try file.root.setAttribute("year", to: Int64(year))
        try file.root.setAttribute("simulated", to: simulated ? "simulated" : "no")
        let group = try file.root.createGroup("rows")
        for column in UnderlyingDayRows.columns {
            switch column.values {
            case .uint8(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            case .uint32(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            case .uint64(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            case .int32(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            case .int64(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            case .float(let path): try group.store(try .column(rows[keyPath: path]), as: column.name)
            }
        }
        try file.close()
    }

    /// - Throws: `ArchiveError` for another format, or rows that are not in order; `HDF5Error`.
    package static func read(_ path: String) throws -> UnderlyingDayRows {
        let file = try HDF5File(reading: path)
        guard try file.root.int64Attribute("format") == format else { throw ArchiveError("its format is not \(format)") }
        let group = try file.root.group("rows")
        let count = try group.dataset("ticker").rowCount()
        try UnderlyingDayRows.check(group, rowCount: count)
        let rows = try UnderlyingDayRows(reading: group, rows: 0..<count)
        for row in rows.ticker.indices.dropFirst() {
            guard (rows.ticker[row - 1], rows.quoteDate[row - 1]) < (rows.ticker[row], rows.quoteDate[row]) else {
                throw ArchiveError("row \(row) is not in the order of ticker and day")
            }
        }
        return rows
    }
}

extension StoreReader {
    /// The state of underlyings on the days of a year, by ticker and day; `nil` when the store has none of that year.
    /// - Throws: `ArchiveError` when the file is damaged; errors of the store.
    public func underlyingDays(year: Int) async throws -> UnderlyingDayRows? {
        let own = try await Self.underlyingDays(store, manifest: manifest, year: year)
        let segments = segments.filter { $0.year == year }
        guard !segments.isEmpty else { return own }
        var rows = own ?? UnderlyingDayRows()
        try await orderedMap(segments, width: Self.segmentsAtOnce) { segment in
            try await segment.underlyingDays()
        } consume: { _, more in
            if let more { rows.append(contentsOf: more) }
        }
        guard rows.count > 0 else { return nil }
        return rows.reordered(
            (0..<UInt32(rows.count)).sorted { left, right in
                (rows.ticker[Int(left)], rows.quoteDate[Int(left)]) < (rows.ticker[Int(right)], rows.quoteDate[Int(right)])
            })
    }

    /// The state of underlyings that a store or segment has stored itself.
    static func underlyingDays(_ store: any ObjectStore, manifest: Manifest, year: Int) async throws -> UnderlyingDayRows? {
        let key = ArchiveLayout.underlyingDays(year: year)
        guard manifest.objects[key] != nil else { return nil }
        let path = try await manifest.localPath(of: key, in: store)
        return try reading(key, of: store) { try UnderlyingDaysFile.read(path) }
    }
}
