import Base
import MarketData
import Measures
import ModelFiles
import ObjectStore

/// The texts and tickers of a segment. The vectors of its texts stay on the disk: most segments have few texts that the store lacks.
struct SegmentParts: Sendable {
    let texts: [String]
    let tickers: [String]
    private let store: PrefixedStore
    /// Where the texts with some numbers are.
    private let files: [(key: String, path: String, numbers: Range<Int>)]

    init(_ segment: StoredSegment) async throws {
        store = segment.store
        guard let manifest = segment.manifest else {
            (texts, tickers, files) = ([], [], [])
            return
        }
        var table = PartsTable()
        var files: [(String, String, Range<Int>)] = []
        for (key, path) in try await StoreReader.partsFiles(store, manifest: manifest) {
            let first = table.texts.count
            try reading(key, of: store) { try PartsFile.read(path, into: &table, models: [:]) }
            files.append((key, path, first..<table.texts.count))
        }
        (texts, tickers, self.files) = (table.texts, table.tickers, files)
    }

    /// The vectors of some texts.
    /// - Parameter numbers: ascending.
    /// - Returns: row-major.
    func vectors(of numbers: [UInt32], model: String, dimension: Int) throws -> [Float] {
        try files.flatMap { key, path, held -> [Float] in
            var rows: [Range<Int>] = []
            for number in numbers where held.contains(Int(number)) {
                let row = Int(number) - held.lowerBound
                if rows.last?.upperBound == row {
                    rows[rows.count - 1] = rows[rows.count - 1].lowerBound..<row + 1
                } else {
                    rows.append(row..<row + 1)
                }
            }
            guard !rows.isEmpty else { return [] }
            return try reading(key, of: store) { try PartsFile.vectors(path, rows: rows, of: held.count, model: model, dimension) }
        }
    }
}

/// A segment that is read with a store.
struct ReadableSegment: Sendable {
    /// A batch.
    struct Batch: Sendable {
        /// Its key in the store.
        var key: String
        /// Its key in the segment.
        var own: String
    }

    let year: Int
    let store: PrefixedStore
    let manifest: Manifest
    /// SHA-256 of its manifest, which tells it apart from segments with other content.
    let digest: String
    let batches: [Batch]
    let translation: NumberTranslation
    let ledger: YearLedger

    /// Rows in its batches.
    var rows: Int { ledger.inputs.reduce(0) { $0 + ($1.batch == nil ? 0 : $1.searchable) } }

    /// Adds the texts and tickers of a segment to the tables of a store.
    /// - Parameters:
    ///   - models: whose vectors are wanted, with their dimensions.
    ///   - numbers: by year, the number of the next batch.
    /// - Returns: `nil` for a segment without rows.
    /// - Throws: `ArchiveError` when its vectors are damaged.
    init?(
        _ segment: StoredSegment, _ own: SegmentParts, models: [String: Int], adding parts: inout PartsTable, numbers: inout [Int: Int]
    ) throws {
        guard let manifest = segment.manifest, let object = segment.published.manifest, let ledger = segment.ledger else { return nil }
        let year = ledger.year
        self.year = year
        store = segment.store
        self.manifest = manifest
        digest = object.sha256
        self.ledger = ledger
        let translation = NumberTranslation(adding: own.texts, tickers: own.tickers, to: &parts)
        self.translation = translation
        for (model, dimension) in models {
            parts.append(vectors: try own.vectors(of: translation.newParts, model: model, dimension: dimension), model: model)
        }
        var batches: [Batch] = []
        for batch in StoreReader.batches(of: manifest) where batch.year == year {
            let number = numbers[year, default: 0]
            numbers[year] = number + 1
            batches.append(Batch(key: ArchiveLayout.batch(year: year, number: number), own: batch.key))
        }
        self.batches = batches
    }

    /// The segment's own description index, as an input of the joined one.
    /// - Throws: as `StoreReader.descriptionIndex(year:models:)`.
    func descriptionIndex(models: [String]) async throws -> DescriptionIndexMerge.Input {
        let index = try await StoreReader.descriptionIndex(store, manifest: manifest, year: year, models: models, partCount: translation.parts.count)
        let keys = Dictionary(uniqueKeysWithValues: batches.map { ($0.own, $0.key) })
        let numbers = try index.batches.map { batch in
            guard let number = keys[batch.key].flatMap({ StoreReader.BatchReference(key: $0)?.number }) else {
                throw ArchiveError("the index of descriptions of the segment at \(store.location) names \(batch.key), which it does not have")
            }
            return UInt32(number)
        }
        return DescriptionIndexMerge.Input(index, numbers: numbers, translation: translation)
    }

    /// The state of underlyings on the segment's days; `nil` when it has none.
    func underlyingDays() async throws -> UnderlyingDayRows? {
        guard var rows = try await StoreReader.underlyingDays(store, manifest: manifest, year: year) else { return nil }
        rows.ticker = rows.ticker.map(translation.ticker)
        return rows
    }
}
