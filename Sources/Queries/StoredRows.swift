import Archive
import Base
import Descriptions
import Foundation
package import MarketData

/// Rows of a store, with the source objects that their `file` indexes.
package struct StoredRows<Rows: RowColumns>: Sendable {
    /// By batch, then in the order of the batch, by description.
    package var rows = Rows()
    package var files: [String] = []
}

extension Snapshot {
    /// The option rows of some underlyings on some days. Zone maps leave the rest unread.
    /// - Parameters:
    ///   - tickers: all when `nil`.
    ///   - columns: names of the columns wanted beside `key`, `quote_date` and `file`; all when `nil`.
    /// - Throws: `ArchiveError` for a damaged store; `HDF5Error`; errors of the store.
    func optionRows(_ tickers: Set<UInt32>?, _ days: ClosedRange<Day>, columns: Set<String>? = nil) async throws -> StoredRows<OptionRows> {
        try await rows(.options, tickers, days, columns: columns, \.key, \.quoteDate, \.file) {
            if case .options(let columns) = $0 { columns } else { nil }
        }
    }

    /// The bars of some underlyings on some days; as `optionRows`.
    func stockRows(_ tickers: Set<UInt32>?, _ days: ClosedRange<Day>, columns: Set<String>? = nil) async throws -> StoredRows<StockRows> {
        try await rows(.stocks, tickers, days, columns: columns, \.key, \.quoteDate, \.file) {
            if case .stocks(let columns) = $0 { columns } else { nil }
        }
    }

    private func rows<Stored: RowColumns>(
        _ kind: RowKind, _ tickers: Set<UInt32>?, _ days: ClosedRange<Day>, columns wanted: Set<String>?,
        _ key: KeyPath<Stored, [UInt64]> & Sendable, _ date: KeyPath<Stored, [Int32]> & Sendable,
        _ file: WritableKeyPath<Stored, [UInt32]> & Sendable, _ open: (Rows) -> BatchColumns<Stored>?
    ) async throws -> StoredRows<Stored> {
        let always: Set<String> = ["key", "quote_date", "file"]
        let places = Stored.columns.indices.filter { wanted?.union(always).contains(Stored.columns[$0].name) ?? true }
        var result = StoredRows<Stored>()
        var fileNumbers: [String: UInt32] = [:]
        let years = Set(days.lowerBound.year...days.upperBound.year).intersection(archive.years)
        guard !years.isEmpty else { return result }
        for year in try await self.years(years) {
            let index = year.index
            for (number, batch) in index.batches.enumerated() where batch.kind == kind && batch.days.overlaps(days) {
                let blocks = blocks(index, number, tickers, days)
                guard !blocks.isEmpty, let rows = try await self.open([number], of: index)[number], let columns = open(rows) else { continue }
                let files = try columns.files().map { name in
                    let number = fileNumbers[name] ?? UInt32(result.files.count)
                    if Int(number) == result.files.count {
                        fileNumbers[name] = number
                        result.files.append(name)
                    }
                    return number
                }
                try await mapBlocks(blocks) { block in
                    // Two columns decide which rows are needed; blocks without any are not read further.
                    let known = try columns.rows(places.filter { always.contains(Stored.columns[$0].name) }, block: block)
                    let (keys, dates) = (known[keyPath: key], known[keyPath: date])
                    let chosen = keys.indices.filter { row in
                        days.contains(Day(rawValue: dates[row])) && tickers?.contains(DescriptionKey(rawValue: keys[row]).ticker) ?? true
                    }
                    guard !chosen.isEmpty else { return Stored() }
                    return try columns.rows(places, block: block).reordered(chosen.map(UInt32.init))
                } consume: { _, found in
                    var found = found
                    let numbers = found[keyPath: file]
                    guard numbers.allSatisfy({ Int($0) < files.count }) else {
                        throw QueryError("\(batch.key) names a source file that it does not have")
                    }
                    found[keyPath: file] = numbers.map { files[Int($0)] }
                    result.rows.append(contentsOf: found)
                }
            }
        }
        return result
    }

    /// The blocks of a batch that can hold rows of some underlyings and days.
    private func blocks(_ index: DescriptionIndex, _ batch: Int, _ tickers: Set<UInt32>?, _ days: ClosedRange<Day>) -> [Int] {
        let sorted = tickers?.sorted()
        let column = ZoneMaps.columns.firstIndex(of: "quote_date") ?? 0
        var blocks: [Int] = []
        for zone in index.batches[batch].zones {
            if let bounds = index.bounds(zone: zone, column: column),
                bounds.lowerBound > Float(days.upperBound.rawValue) || bounds.upperBound < Float(days.lowerBound.rawValue)
            {
                continue
            }
            if let sorted {
                let first = DescriptionKey(rawValue: index.zoneFirstKey[zone]).ticker
                let last = DescriptionKey(rawValue: index.zoneLastKey[zone]).ticker
                guard sorted.contains(where: { $0 >= first && $0 <= last }) else { continue }
            }
            let block = index.rows(zone: zone, ofBatch: batch).lowerBound / Rows.blockRows
            if blocks.last != block { blocks.append(block) }
        }
        return blocks
    }
}
