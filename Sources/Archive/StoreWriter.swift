import Base
import Foundation
import HDF5
import Descriptions
package import ModelFiles
package import ObjectStore

/// A store, open for writing by one process: batches, parts, indices, ledgers and the manifest that names them.
///
/// Objects are written whole under their final keys; the manifest is written after them. A reader therefore sees the state
/// before or after a checkpoint, never in between, and a killed run leaves at most unreferenced objects.
package final class StoreWriter {
    package let store: any ObjectStore
    package private(set) var manifest: Manifest
    /// The store's part texts.
    package let parts = PartNumbers()
    /// The tickers of stored rows, and of rows in the next checkpoint.
    package private(set) var tickers = TickerNumbers()
    /// Models that this run adds to the store.
    package private(set) var newModels: Set<String> = []
    package let vectorType: PartsFile.VectorType
    private static let writesAtOnce = 16
    private var saved = (part: 0, ticker: 0)
    private var unsaved: [NewParts] = []
    /// The version of the stored manifest, which is replaced only if nobody else has replaced it.
    private var manifestETag: String?

    /// Opens the store there, or begins a new one.
    /// - Parameter models: all models of the store, and possibly new ones.
    /// - Throws: `ArchiveError` if the store has other fingerprints, naming both, or models that are not among `models`.
    package init(
        store: any ObjectStore, descriptions: DescriptionFingerprint, names: [UInt8]?,
        models: [String: ModelFingerprint], calibrations: [String: PrecisionCalibration], simulated: Bool,
        vectorType: PartsFile.VectorType
    ) async throws {
        self.store = store
        self.vectorType = vectorType
        manifestETag = try await store.headIfThere(ArchiveLayout.manifest)?.etag
        let existing = try await StoreReader.readManifest(store)
        manifest = existing ?? Manifest(descriptions: descriptions, simulated: simulated)
        try manifest.requireSame(descriptions: descriptions, models: models, simulated: simulated, at: store.location)
        newModels = Set(models.keys).subtracting(manifest.models.keys)
        manifest.models.merge(models) { $1 }
        if !calibrations.isEmpty { manifest.calibrations = (manifest.calibrations ?? [:]).merging(calibrations) { $1 } }
        if let names, existing == nil { try await put(ArchiveLayout.names, bytes: names) }
        try await readParts()
    }

    /// Opens an existing store with its own settings, to repair it or to build indices.
    /// - Throws: `ArchiveError` when there is no store, or it is damaged.
    package init(existing store: any ObjectStore) async throws {
        self.store = store
        manifestETag = try await store.headIfThere(ArchiveLayout.manifest)?.etag
        manifest = try await StoreReader.existingManifest(store)
        // Not used, because no vectors are written.
        vectorType = .f16
    }

    private func readParts() async throws {
        var segment = 0
        while manifest.objects[ArchiveLayout.parts(segment: segment)] != nil {
            let key = ArchiveLayout.parts(segment: segment)
            let path = try await manifest.localPath(of: key, in: store)
            do {
                try await parts.read(segment: path)
                for symbol in try PartsFile.tickers(path, first: tickers.symbols.count) { _ = tickers.number(of: symbol) }
            } catch let error as HDF5Error {
                throw damaged(key, of: store, error.message)
            }
            segment += 1
        }
        saved = (await parts.count, tickers.symbols.count)
    }

    /// Makes a file and moves it into the store; the manifest that names it is not yet saved.
    package func put(_ key: String, makingFile make: (_ path: String) async throws -> Void) async throws {
        try await put(try await TemporaryObject(key, for: store, make))
    }

    /// Moves a file into the store; the manifest that names it is not yet saved.
    package func put(_ object: TemporaryObject) async throws {
        let content = ObjectContent(size: object.size, sha256: object.sha256)
        try await store.put(object.key, movingFileAt: object.path, content: content)
        manifest.objects[object.key] = Manifest.Object(size: object.size, sha256: object.sha256)
    }

    package func put(_ key: String, bytes: [UInt8]) async throws { try await put([(key, bytes)]) { $0 } }

    /// Writes small objects, several at a time, because each costs a round trip to the store or a wait for the disk.
    /// - Parameter make: returns an item's object.
    package func put<Item: Sendable>(
        _ items: [Item], _ make: @escaping @Sendable (Item) throws -> (key: String, bytes: [UInt8])
    ) async throws {
        let store = store
        try await orderedMap(items, width: Self.writesAtOnce) { item in
            let (key, bytes) = try make(item)
            try await store.put(key, bytes)
            return (key, Manifest.Object(size: bytes.count, sha256: ContentDigest.sha256(of: bytes)))
        } consume: { _, object in
            manifest.objects[object.0] = object.1
        }
    }

    package func put(_ key: String, json value: some Encodable) async throws {
        try await put(key, bytes: try ChecksummedJSON.bytes(value))
    }

    /// Removes an object from the manifest; it is deleted once the manifest is saved.
    package func remove(_ key: String) {
        guard manifest.objects.removeValue(forKey: key) != nil else { return }
        removed.append(key)
    }

    private var removed: [String] = []

    /// Adds the new parts and tickers of a batch; they are stored with the next checkpoint.
    /// - Parameter tickers: all tickers of the store after the batch.
    package func add(_ parts: NewParts, tickers: TickerNumbers) {
        if !parts.texts.isEmpty { unsaved.append(parts) }
        self.tickers = tickers
    }

    /// Writes the parts that are new since the last call as a segment of their own.
    package func saveNewParts() async throws {
        let symbols = Array(tickers.symbols[saved.ticker...])
        guard !unsaved.isEmpty || !symbols.isEmpty else { return }
        try await put(ArchiveLayout.parts(segment: segmentCount)) { path in
            try PartsFile.write(
                unsaved, tickers: symbols, first: saved, dimensions: manifest.models.mapValues(\.dimension),
                type: vectorType, to: path)
        }
        saved.part += unsaved.reduce(0) { $0 + $1.texts.count }
        saved.ticker += symbols.count
        unsaved = []
    }

    private var segmentCount: Int {
        var count = 0
        while manifest.objects[ArchiveLayout.parts(segment: count)] != nil { count += 1 }
        return count
    }

    /// Adds vectors of new models to the store's existing parts, segment by segment.
    /// - Parameters:
    ///   - slice: texts encoded together.
    ///   - encode: the vectors of some texts by each of `newModels`.
    package func addNewModels(slice: Int, encode: ([String]) async throws -> [String: [Float]]) async throws {
        var first = (part: 0, ticker: 0)
        for segment in 0..<segmentCount {
            let key = ArchiveLayout.parts(segment: segment)
            let known = manifest.models.keys.filter { !newModels.contains($0) }
            let read = try await PartsFile.read(
                try await manifest.localPath(of: key, in: store), models: known, type: vectorType, slice: slice, adding: encode)
            try await put(key) { path in
                try PartsFile.write(
                    [read.parts], tickers: read.tickers, first: first, dimensions: manifest.models.mapValues(\.dimension),
                    type: vectorType, to: path)
            }
            first = (first.part + read.parts.texts.count, first.ticker + read.tickers.count)
        }
        newModels = []
        // The description indices hold one norm per model.
        for year in Set(StoreReader.batches(of: manifest).map(\.year)) { remove(ArchiveLayout.descriptions(year: year)) }
    }

    /// Makes everything written so far part of the store, then deletes objects that the manifest no longer names.
    /// - Returns: size and digest of the manifest.
    @discardableResult
    package func saveManifest() async throws -> Manifest.Object {
        let bytes = try ChecksummedJSON.bytes(manifest)
        manifestETag =
            if let manifestETag {
                try await store.replace(ArchiveLayout.manifest, bytes, etag: manifestETag).etag
            } else {
                try await store.put(ArchiveLayout.manifest, bytes, ifAbsent: true).etag
            }
        let store = store
        try await orderedMap(removed.filter { manifest.objects[$0] == nil }, width: Self.writesAtOnce) { key in
            try await store.delete(key)
        } consume: { _, _ in
        }
        removed = []
        return Manifest.Object(size: bytes.count, sha256: ContentDigest.sha256(of: bytes))
    }

    package func ledger(year: Int) async throws -> YearLedger? {
        try await StoreReader.readLedger(store, manifest: manifest, year: year)
    }

    package func save(_ ledger: YearLedger) async throws {
        try await put(ArchiveLayout.checkpoint(year: ledger.year, complete: ledger.complete), json: ledger)
        remove(ArchiveLayout.checkpoint(year: ledger.year, complete: !ledger.complete))
    }
}
