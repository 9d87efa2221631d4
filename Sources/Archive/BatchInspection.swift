import MarketData
import Descriptions
import HDF5

/// Checks a single batch against docs/formats.md, and keeps the data that the rest of its year is compared with.
struct BatchInspection {
    /// Keys of the descriptions, ascending.
    var keys: [UInt64]
    let files: [String]
    /// Rows of each of `files`.
    let rowsOfFile: [Int]

    /// Rows of a column that are decoded together.
    private static let chunk = 1 << 18

    /// - Parameter parts: the parts to compare its numbers with; `nil` if they could not be read.
    /// - Throws: `ArchiveError` and `HDF5Error` with what is wrong.
    init(path: String, year: Int, manifest: Manifest, parts: PartsTable?) throws {
        let file = try HDF5File(reading: path)
        let kind = try Self.checkAttributes(file, year: year, manifest: manifest)
        let template = manifest.descriptions.template
        let descriptions = try BatchDescriptions(path: path)
        let partCount = template.parts(of: kind).count
        guard descriptions.partCount == partCount else {
            throw ArchiveError("its descriptions have \(descriptions.partCount) parts, but the template has \(partCount)")
        }
        let known = (texts: parts?.texts.count ?? .max, tickers: parts?.tickers.count ?? .max)
        guard descriptions.parts.allSatisfy({ $0 == PartsTable.none || Int($0) < known.texts }) else {
            throw ArchiveError("a part number is out of range")
        }
        for key in descriptions.keys {
            guard Int(key.ticker) < known.tickers, (key.kind == .stock) == (kind == .stocks) else {
                throw ArchiveError("the description key \(key.rawValue) names no ticker of the store, or another kind of rows")
            }
        }
        files = try file.root.group("files").dataset("key").readTexts()
        guard Set(files).count == files.count else { throw ArchiveError("it names a source file twice") }
        let rows = try file.root.group("rows")
        let rowCount = Int(descriptions.rowStart.last ?? 0)
        switch kind {
        case .options: try OptionRows.check(rows, rowCount: rowCount)
        case .stocks: try StockRows.check(rows, rowCount: rowCount)
        }
        rowsOfFile = try Self.countRows(rows, files: files.count, rowCount: rowCount)
        try Self.checkKeys(rows, descriptions, mask: template.mask(of: kind))
        keys = descriptions.keys.map(\.rawValue)
    }

    private static func checkAttributes(_ file: HDF5File, year: Int, manifest: Manifest) throws -> RowKind {
        guard try file.root.int64Attribute("format") == BatchFile.format else {
            throw ArchiveError("its format is not \(BatchFile.format)")
        }
        guard try file.root.int64Attribute("year") == Int64(year) else { throw ArchiveError("its year is not \(year)") }
        guard try file.root.stringAttribute("simulated") == (manifest.simulated ? "simulated" : "no") else {
            throw ArchiveError("it and the manifest disagree on whether the data is simulated")
        }
        let name = try file.root.stringAttribute("kind")
        guard let kind = RowKind(rawValue: name) else { throw ArchiveError("its kind is '\(name)'") }
        return kind
    }

    private static func countRows(_ group: HDF5Group, files: Int, rowCount: Int) throws -> [Int] {
        let set = try group.dataset("file")
        var counts = [Int](repeating: 0, count: files)
        for start in stride(from: 0, to: rowCount, by: chunk) {
            let numbers: [UInt32] = try set.read(rows: start..<min(start + chunk, rowCount))
            for number in numbers {
                guard Int(number) < files else { throw ArchiveError("a row names source file \(number), but there are only \(files)") }
                counts[Int(number)] += 1
            }
        }
        return counts
    }

    /// Every row's own key, without the attributes that the template does not use, must be that of its description.
    private static func checkKeys(_ group: HDF5Group, _ descriptions: BatchDescriptions, mask: UInt64) throws {
        let set = try group.dataset("key")
        let rowCount = Int(descriptions.rowStart.last ?? 0)
        var description = 0
        for start in stride(from: 0, to: rowCount, by: chunk) {
            let values: [UInt64] = try set.read(rows: start..<min(start + chunk, rowCount))
            for (offset, value) in values.enumerated() {
                while descriptions.rowStart[description + 1] <= UInt64(start + offset) { description += 1 }
                guard value & mask == descriptions.keys[description].rawValue else {
                    throw ArchiveError("row \(start + offset) does not belong to its description")
                }
            }
        }
    }
}
