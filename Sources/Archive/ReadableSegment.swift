import Base
import MarketData
import Measures
import ModelFiles
import ObjectStore

/// The texts and tickers of a segment, and the vectors of its texts.
struct SegmentParts: Sendable {
    let texts: [String]
    let tickers: [String]
    /// By model: `texts.count` x dimension, row-major.
    let vectors: [String: [Float]]

    init(_ segment: StoredSegment, models: Set<String>) async throws {
        guard let manifest = segment.manifest else {
            (texts, tickers, vectors) = ([], [], [:])
            return
        }
        let wanted = manifest.models.filter { models.contains($0.key) }.mapValues(\.dimension)
        let table = try await StoreReader.readParts(segment.store, manifest: manifest, models: wanted)
        (texts, tickers, vectors) = (table.texts, table.tickers, table.vectors)
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
    let batches: [Batch]
    let translation: NumberTranslation
    /// Rows in its batches.
    let rows: Int

    /// Adds the texts and tickers of a segment to the tables of a store.
    /// - Parameters:
    ///   - numbers: by year, the number of the next batch.
    /// - Returns: `nil` for a segment without rows.
    init?(_ segment: StoredSegment, _ own: SegmentParts, adding parts: inout PartsTable, numbers: inout [Int: Int]) {
        guard let manifest = segment.manifest, let ledger = segment.ledger else { return nil }
        let year = ledger.year
        self.year = year
        store = segment.store
        self.manifest = manifest
        rows = ledger.inputs.reduce(0) { $0 + ($1.batch == nil ? 0 : $1.searchable) }
        let translation = NumberTranslation(adding: own.texts, tickers: own.tickers, to: &parts)
        self.translation = translation
        for (model, vectors) in own.vectors {
            let dimension = vectors.count / max(1, own.texts.count)
            parts.append(vectors: translation.newParts.flatMap { vectors[Int($0) * dimension..<(Int($0) + 1) * dimension] }, model: model)
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
