public import MarketData
import Base
import Foundation
import HDF5
public import Descriptions
import ModelFiles
public import ObjectStore
import StrictJSON

/// A store, open for reading: the objects that the manifest names and, if it is open for questions, the published segments of workers.
///
/// Segments have numbers of their own. The reader adds their texts and tickers to its tables, and translates the numbers of their batches
/// and indices as it reads them. Their batches have the numbers after the store's own.
public final class StoreReader: Sendable {
    /// One batch of a year.
    public struct BatchReference: Hashable, Sendable {
        public var year: Int
        public var number: Int
        public var key: String
    }

    public let store: any ObjectStore
    public let manifest: Manifest
    /// Texts, tickers, and the vectors of the requested models.
    public let parts: PartsTable
    /// By year, then number.
    public let batches: [BatchReference]
    /// Segments that are read as well, in the order of their units.
    let segments: [ReadableSegment]
    /// Notes for every answer: which rows of workers it lacks.
    package let notes: [String]
    /// The file of company names, if the store has only segments.
    private let names: [UInt8]?
    /// Where the indices of years with segments are kept; `nil` for a reader without segments.
    let cache: DiskCache?
    /// By key of `batches`, the segment that has the batch.
    private let segmentBatches: [String: (segment: ReadableSegment, key: String)]

    private init(
        store: any ObjectStore, manifest: Manifest, parts: PartsTable, segments: [ReadableSegment] = [], notes: [String] = [],
        names: [UInt8]? = nil, cache: DiskCache? = nil
    ) {
        self.store = store
        self.manifest = manifest
        self.parts = parts
        self.segments = segments
        self.notes = notes
        self.names = names
        self.cache = cache
        segmentBatches = Dictionary(
            segments.flatMap { segment in segment.batches.map { ($0.key, (segment, $0.own)) } }, uniquingKeysWith: { first, _ in first })
        batches = Self.batches(of: Set(manifest.objects.keys).union(segmentBatches.keys))
    }

    /// Rows of segments that are read as well.
    package var segmentRows: Int { segments.reduce(0) { $0 + $1.rows } }
    package var segmentCount: Int { segments.count }
    package var segmentLedgers: [YearLedger] { segments.map(\.ledger) }
    /// Years that segments have rows of.
    package var segmentYears: Set<Int> { Set(segments.map(\.year)) }
    /// Keys of the segments, which identify them.
    package var segmentNames: [String] { segments.map { $0.store.location.description } }

    /// The batches that a manifest names, by year, then number.
    package static func batches(of manifest: Manifest) -> [BatchReference] { batches(of: Set(manifest.objects.keys)) }

    private static func batches(of keys: Set<String>) -> [BatchReference] {
        keys.compactMap(BatchReference.init(key:)).sorted {
            ($0.year, $0.number) < ($1.year, $1.number)
        }
    }

    /// Segments opened side by side.
    static let segmentsAtOnce = 8

    /// Opens a store.
    /// - Parameter models: the models whose vectors are needed; all if `nil`.
    /// - Throws: `ArchiveError` if there is no store at that place, if this build does not read its format, or if it lacks a
    ///   model; errors of the object store.
    public static func open(_ store: any ObjectStore, models: [String]? = nil) async throws -> StoreReader {
        try await open(store, manifest: try await existingManifest(store), models: models)
    }

    /// Opens a store for questions, together with published segments that are not compacted. `notes` state which of their rows answers
    /// lack.
    /// - Parameter cache: where the indices of years with segments are kept for the next time.
    /// - Throws: as `open(_:models:)`.
    package static func openForQuestions(_ store: any ObjectStore, models: [String]? = nil, cache: DiskCache) async throws -> StoreReader {
        let plan = try await PlanSegments.read(store)
        let stored = try await readManifest(store)
        var ledgers: [Int: YearLedger] = [:]
        if let stored {
            for year in Set(plan.segments.compactMap { $0.ledger?.year }) {
                ledgers[year] = try await readLedger(store, manifest: stored, year: year)
            }
        }
        let (readable, waiting) = plan.uncompacted(by: stored, ledgers)
        guard let manifest = stored ?? readable.first?.manifest.map(Manifest.init(settingsOf:)) else { throw try await missing(store) }
        return try await open(
            store, manifest: manifest, models: models, segments: readable,
            notes: plan.notes(waiting: waiting) + (try await missingStates(store, stored, readable)), names: stored == nil ? plan.names : nil,
            cache: cache)
    }

    /// Notes on years whose states of underlyings are not computed.
    private static func missingStates(_ store: any ObjectStore, _ manifest: Manifest?, _ segments: [StoredSegment]) async throws -> [String] {
        var ledgers: [(YearLedger, Manifest)] = segments.compactMap { segment in
            segment.ledger.flatMap { ledger in segment.manifest.map { (ledger, $0) } }
        }
        if let manifest {
            for year in manifest.ledgerYears where manifest.objects[ArchiveLayout.checkpoint(year: year, complete: true)] == nil {
                if let ledger = try await readLedger(store, manifest: manifest, year: year) { ledgers.append((ledger, manifest)) }
            }
        }
        let layout = SourceLayout()
        let years = ledgers.filter { ledger, manifest in
            manifest.objects[ArchiveLayout.underlyingDays(year: ledger.year)] == nil
                && ledger.inputs.contains { input in if case .options = layout.content(of: input.key) { input.batch != nil } else { false } }
        }.map(\.0.year)
        return Set(years).sorted().map { year in
            "this answer lacks the state of underlyings (implied volatility by tenor, IV rank, flow) on days of \(year), which is not complete: "
                + "the run or `tapedeck compact` that completes the year computes it"
        }
    }

    private static func open(
        _ store: any ObjectStore, manifest: Manifest, models: [String]?, segments: [StoredSegment] = [], notes: [String] = [],
        names: [UInt8]? = nil, cache: DiskCache? = nil
    ) async throws -> StoreReader {
        for model in models ?? [] where manifest.models[model] == nil {
            let known = manifest.models.keys.sorted().joined(separator: ", ")
            throw ArchiveError("the store has no vectors of the model \(model); it has \(known)")
        }
        let wanted = models.map { names in manifest.models.filter { names.contains($0.key) } } ?? manifest.models
        var parts = try await readParts(store, manifest: manifest, models: wanted.mapValues(\.dimension))
        var readable: [ReadableSegment] = []
        var numbers: [Int: Int] = [:]
        for batch in batches(of: manifest) { numbers[batch.year] = batch.number + 1 }
        try await orderedMap(segments, width: segmentsAtOnce) { segment in
            try await SegmentParts(segment)
        } consume: { segment, own in
            if let segment = try ReadableSegment(
                segment, own, models: wanted.mapValues(\.dimension), adding: &parts, numbers: &numbers)
            {
                readable.append(segment)
            }
        }
        return StoreReader(store: store, manifest: manifest, parts: parts, segments: readable, notes: notes, names: names, cache: cache)
    }

    /// The years that hold rows, ascending.
    public var years: [Int] { Array(Set(batches.map(\.year))).sorted() }

    /// Whether a batch has options or stocks.
    /// - Throws: `ArchiveError` when the batch is damaged or the store does not list it; errors of the store.
    public func kind(ofBatch key: String) async throws -> RowKind {
        let place = place(ofBatch: key)
        let path = try await place.manifest.localPath(of: place.key, in: place.store)
        return try reading(place.key, of: place.store) { try batchKind(path: path) }
    }

    /// The place of a batch: the store, or a segment.
    private func place(
        ofBatch key: String
    ) -> (store: any ObjectStore, manifest: Manifest, key: String, translation: NumberTranslation?) {
        guard let (segment, own) = segmentBatches[key] else { return (store, manifest, key, nil) }
        return (segment.store, segment.manifest, own, segment.translation)
    }

    /// Opens a batch.
    /// - Parameters:
    ///   - columns: names of the row columns to read, all when `nil`; the others stay empty.
    ///   - cache: a cache of decoded rows, shared by all open batches.
    /// - Throws: `ArchiveError` when the batch is damaged; `HDF5Error`; errors of the store.
    public func openBatch<Rows: RowColumns>(
        _ key: String, columns: Set<String>? = nil, cache: RowCache = RowCache()
    ) async throws -> OpenBatch<Rows> {
        let place = place(ofBatch: key)
        let path = try await place.manifest.localPath(of: place.key, in: place.store)
        return try reading(place.key, of: place.store) {
            try OpenBatch(path: path, columns: columns, cache: cache, translation: place.translation)
        }
    }

    /// Opens the row columns of a batch, without its descriptions.
    /// - Parameters:
    ///   - batch: position in the index's batches.
    ///   - cache: where decoded rows are kept.
    ///   - noise: what later rows are disturbed by; `nil` for the stored rows.
    /// - Throws: as `openBatch`.
    package func columns<Rows: RowColumns>(
        ofBatch batch: Int, in index: DescriptionIndex, cache: RowCache, noise: LaterNoise? = nil
    ) async throws -> BatchColumns<Rows> {
        let key = index.batches[batch].key
        let place = place(ofBatch: key)
        guard let object = place.manifest.objects[place.key] else {
            throw ArchiveError("the index of descriptions of \(index.year) names \(key), which the store does not have; run `tapedeck index rebuild`")
        }
        let bytes = try await place.store.bytes(of: place.key, content: ObjectContent(size: object.size, sha256: object.sha256))
        return try reading(place.key, of: place.store) {
            try BatchColumns(bytes, size: object.size, index: index, batch: batch, cache: cache, noise: noise, translation: place.translation)
        }
    }

    /// The ledger of a year: the complete one if it exists, otherwise the partial one.
    /// - Throws: `ArchiveError` when the ledger is damaged; errors of the store.
    public func ledger(year: Int) async throws -> YearLedger? {
        try await Self.readLedger(store, manifest: manifest, year: year)
    }

    /// The names used in the store's descriptions.
    /// - Throws: `MarketFileError` when the stored names are damaged; errors of the store.
    public func aliases() async throws -> AliasTable {
        if let names { return try AliasTable(builtInPlus: names) }
        return try await Self.aliases(store, manifest: manifest)
    }

    /// The names of this build and those given to the store.
    package static func aliases(_ store: any ObjectStore, manifest: Manifest?) async throws -> AliasTable {
        guard let manifest, manifest.objects[ArchiveLayout.names] != nil else { return try AliasTable.builtIn() }
        let file = try MemoryMap(path: try await manifest.localPath(of: ArchiveLayout.names, in: store))
        return try AliasTable(builtInPlus: file.withBytes { Array($0) }, file: ArchiveLayout.names)
    }

    /// The summary that the last run wrote; `nil` before the first run has ended.
    package func summary<Summary: Decodable>(_ type: Summary.Type) async throws -> Summary? {
        guard manifest.objects[ArchiveLayout.summary] != nil else { return nil }
        return try decodeSealed(type, try await store.get(ArchiveLayout.summary), of: store, key: ArchiveLayout.summary)
    }

    package static func readManifest(_ store: any ObjectStore) async throws -> Manifest? {
        guard let bytes = try await store.getIfThere(ArchiveLayout.manifest) else { return nil }
        return try manifest(bytes, of: store)
    }

    /// The manifest of a store, from its bytes.
    static func manifest(_ bytes: [UInt8], of store: any ObjectStore) throws -> Manifest {
        struct Format: Decodable { var format: Int }
        let format = try decode(Format.self, bytes, of: store, key: ArchiveLayout.manifest).format
        guard format == Manifest.currentFormat else {
            throw ArchiveError(
                "the store at \(store.location.description) has format \(format), and this build reads "
                    + "\(Manifest.currentFormat): "
                    + (format < Manifest.currentFormat
                        ? "generate again, into a new store" : "a later build wrote it; use that build or a newer one"),
                kind: .unsupported)
        }
        let manifest = try decodeSealed(Manifest.self, bytes, of: store, key: ArchiveLayout.manifest)
        for (model, fingerprint) in manifest.models where !Manifest.dimensions.contains(fingerprint.dimension) {
            throw ArchiveError(
                "\(ArchiveLayout.manifest) in \(store.location.description) is damaged: vectors of \(model) with "
                    + "\(fingerprint.dimension) components")
        }
        return manifest
    }

    static func existingManifest(_ store: any ObjectStore) async throws -> Manifest {
        guard let manifest = try await readManifest(store) else { throw try await missing(store) }
        return manifest
    }

    static func missing(_ store: any ObjectStore) async throws -> ArchiveError {
        if try await store.contains(ArchiveLayout.workPlan) {
            let done = try await store.list(prefix: ArchiveLayout.segmentsPrefix).count { $0.key.contains("/published/") }
            return ArchiveError(
                "the store at \(store.location.description) has only segments of workers, \(done) so far; questions can read them, all other "
                    + "commands need `tapedeck compact`", kind: .notFound)
        }
        return ArchiveError(
            "there is no Tapedeck store at \(store.location.description); create one with `tapedeck generate --store …`", kind: .notFound)
    }

    package static func readLedger(
        _ store: any ObjectStore, manifest: Manifest, year: Int
    ) async throws -> YearLedger? {
        for complete in [true, false] {
            let key = ArchiveLayout.checkpoint(year: year, complete: complete)
            guard manifest.objects[key] != nil else { continue }
            let file = try MemoryMap(path: try await manifest.localPath(of: key, in: store))
            let ledger = try decodeSealed(YearLedger.self, file.withBytes { Array($0) }, of: store, key: key)
            guard ledger.isPlausible(year: year) else {
                throw damaged(key, of: store, "its numbers are invalid")
            }
            return ledger
        }
        return nil
    }

    static func readParts(
        _ store: any ObjectStore, manifest: Manifest, models: [String: Int]
    ) async throws -> PartsTable {
        var table = PartsTable()
        for (key, path) in try await partsFiles(store, manifest: manifest) {
            try reading(key, of: store) { try PartsFile.read(path, into: &table, models: models) }
        }
        return table
    }

    /// The parts files of a store, in order.
    static func partsFiles(_ store: any ObjectStore, manifest: Manifest) async throws -> [(key: String, path: String)] {
        var files: [(String, String)] = []
        while true {
            let key = ArchiveLayout.parts(segment: files.count)
            guard manifest.objects[key] != nil else { return files }
            files.append((key, try await manifest.localPath(of: key, in: store)))
        }
    }
}

extension StoreReader.BatchReference {
    /// - Returns: `nil` when the key is not that of a batch.
    init?(key: String) {
        guard key.hasPrefix(ArchiveLayout.root + "year_"), key.hasSuffix(".h5") else { return nil }
        let path = key.dropFirst(ArchiveLayout.root.count).dropLast(3).split(separator: "/")
        guard path.count == 2, let year = Int(path[0].dropFirst(5)), path[1].hasPrefix("batch_"),
            let number = Int(path[1].dropFirst(6))
        else { return nil }
        self.init(year: year, number: number, key: key)
    }
}

/// Reads an HDF5 object of a store; if it is damaged, the error names it.
func reading<Value>(
    _ key: String, of store: any ObjectStore, _ read: () throws -> Value
) throws -> Value {
    do {
        return try read()
    } catch let error as HDF5Error {
        let place = error.object.isEmpty ? "" : "\(error.object): "
        throw damaged(key, of: store, place + error.message)
    }
}

func damaged(_ key: String, of store: any ObjectStore, _ problem: String) -> ArchiveError {
    ArchiveError(
        "\(key) in \(store.location.description) is damaged: \(problem); `tapedeck verify` says how to repair it")
}

/// The value of a JSON object of a store that carries a seal.
private func decodeSealed<Value: Decodable>(
    _ type: Value.Type, _ bytes: [UInt8], of store: any ObjectStore, key: String
) throws -> Value {
    let value = try decode(type, bytes, of: store, key: key)
    guard ChecksummedJSON.isIntact(bytes) else { throw damaged(key, of: store, "it does not match the checksum at its end") }
    return value
}

private func decode<Value: Decodable>(
    _ type: Value.Type, _ bytes: [UInt8], of store: any ObjectStore, key: String
) throws -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
        throw damaged(key, of: store, jsonProblem(error))
    }
}
