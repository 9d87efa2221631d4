internal import Foundation
internal import HDF5
import Descriptions
import ModelFiles
import ObjectStore

/// A store, open for writing by one process: batches, parts, indices, ledgers and the manifest that names them.
///
/// Objects are written whole under their final keys; the manifest is written after them. So a reader sees the state
/// before or after a checkpoint, never one between, and a killed run leaves at most objects that nothing names.
package final class ArchiveWriter {
    package let store: any ObjectStore
    package private(set) var manifest: Manifest
    package var parts: PartsTable
    /// The stored manifest's: it is replaced only while nobody else has.
    private var manifestETag: String?
    private var savedParts = 0
    private var savedTickers = 0
    private let vectorType: PartsFile.VectorType

    /// Opens the store there, or begins a new one.
    /// - Parameter models: all models of the store, and possibly new ones.
    /// - Throws: `ArchiveError` when what is stored was made under other fingerprints; both are named. Also when it has
    ///   models that are not among `models`.
    package init(
        store: any ObjectStore, descriptions: DescriptionFingerprint, names: [UInt8]?,
        models: [String: ModelFingerprint], calibrations: [String: PrecisionCalibration], simulated: Bool,
        vectorType: PartsFile.VectorType
    ) async throws {
        self.store = store
        self.vectorType = vectorType
        manifestETag = try await store.contains(ArchiveLayout.manifest) ? store.head(ArchiveLayout.manifest).etag : nil
        let existing = try await EmbeddingArchive.readManifest(store)
        manifest = existing ?? Manifest(descriptions: descriptions, simulated: simulated)
        try manifest.requireSame(descriptions: descriptions, models: models, simulated: simulated, at: store.location)
        parts = try await EmbeddingArchive.readParts(
            store, manifest: manifest, models: manifest.models.mapValues(\.dimension))
        savedParts = parts.texts.count
        savedTickers = parts.tickers.count
        manifest.models.merge(models) { $1 }
        if !calibrations.isEmpty { manifest.calibrations = (manifest.calibrations ?? [:]).merging(calibrations) { $1 } }
        if let names, existing == nil { try await put(ArchiveLayout.names, bytes: names) }
    }

    /// Opens a store that exists, as it was made, to mend it or to build what follows from its parts.
    /// - Parameter models: the models whose vectors are wanted.
    /// - Throws: `ArchiveError` when there is no store, or it is damaged.
    package init(existing store: any ObjectStore, models: Set<String>) async throws {
        self.store = store
        manifestETag = try await store.contains(ArchiveLayout.manifest) ? store.head(ArchiveLayout.manifest).etag : nil
        manifest = try await EmbeddingArchive.existingManifest(store)
        // Nothing is written that this decides.
        vectorType = .f16
        parts = try await EmbeddingArchive.readParts(
            store, manifest: manifest, models: manifest.models.filter { models.contains($0.key) }.mapValues(\.dimension))
        savedParts = parts.texts.count
        savedTickers = parts.tickers.count
    }

    /// Has a file made and moves it into the store; the manifest that names it is not yet saved.
    package func put(_ key: String, makingFile make: (_ path: String) throws -> Void) async throws {
        let path = try await store.temporaryPath(for: key)
        let digest: String
        do {
            digest = try makeFile(at: path, make)
        } catch let error as HDF5Error where error.code == .writeFailed || error.code == .cannotCreate {
            // The file's own name is a temporary one that says nothing.
            throw ArchiveError("\(key) in \(store.location.description) could not be written: \(error.message)")
        }
        let info = try await store.put(key, movingFileAt: path, ifAbsent: false)
        manifest.objects[key] = Manifest.Object(size: info.size, sha256: digest)
    }

    /// - Returns: the file's SHA-256. A file that could not be finished is removed.
    private func makeFile(at path: String, _ make: (_ path: String) throws -> Void) throws -> String {
        do {
            try make(path)
            return try ContentDigest.sha256(ofFileAt: path)
        } catch {
            // The error that stopped the writing is the one to report.
            unlink(path)
            throw error
        }
    }

    package func put(_ key: String, bytes: [UInt8]) async throws {
        try await store.put(key, bytes)
        manifest.objects[key] = Manifest.Object(size: bytes.count, sha256: ContentDigest.sha256(of: bytes))
    }

    package func put(_ key: String, json value: some Encodable) async throws {
        try await put(key, bytes: try SealedJSON.bytes(value))
    }

    /// Takes an object out of the manifest; it is deleted once the manifest is saved.
    package func remove(_ key: String) {
        guard manifest.objects.removeValue(forKey: key) != nil else { return }
        removed.append(key)
    }

    private var removed: [String] = []

    /// Writes the parts that are new since the last call as a segment of their own.
    package func saveNewParts(dimensions: [String: Int]) async throws {
        guard parts.texts.count > savedParts || parts.tickers.count > savedTickers else { return }
        var segment = 0
        while manifest.objects[ArchiveLayout.parts(segment: segment)] != nil { segment += 1 }
        try await put(ArchiveLayout.parts(segment: segment)) { path in
            try PartsFile.write(
                parts, parts: savedParts..<parts.texts.count, tickers: savedTickers..<parts.tickers.count,
                dimensions: dimensions, type: vectorType, to: path)
        }
        savedParts = parts.texts.count
        savedTickers = parts.tickers.count
    }

    /// Rewrites every segment: needed when a model joins a store that has parts already.
    package func rewriteParts(dimensions: [String: Int]) async throws {
        var segment = 0
        var first = (part: 0, ticker: 0)
        while manifest.objects[ArchiveLayout.parts(segment: segment)] != nil {
            let key = ArchiveLayout.parts(segment: segment)
            let counts = try PartsFile.counts(try await store.localPath(of: key))
            let next = (part: first.part + counts.parts, ticker: first.ticker + counts.tickers)
            try await put(key) { path in
                try PartsFile.write(
                    parts, parts: first.part..<next.part, tickers: first.ticker..<next.ticker,
                    dimensions: dimensions, type: vectorType, to: path)
            }
            first = next
            segment += 1
        }
    }

    /// Makes everything written so far part of the store, then deletes what it no longer names.
    package func saveManifest() async throws {
        let bytes = try SealedJSON.bytes(manifest)
        manifestETag = if let manifestETag {
            try await store.replace(ArchiveLayout.manifest, bytes, etag: manifestETag).etag
        } else {
            try await store.put(ArchiveLayout.manifest, bytes, ifAbsent: true).etag
        }
        for key in removed where manifest.objects[key] == nil { try await store.delete(key) }
        removed = []
    }

    package func ledger(year: Int) async throws -> YearLedger? {
        try await EmbeddingArchive.readLedger(store, manifest: manifest, year: year)
    }

    package func save(_ ledger: YearLedger) async throws {
        try await put(ArchiveLayout.checkpoint(year: ledger.year, complete: ledger.complete), json: ledger)
        remove(ArchiveLayout.checkpoint(year: ledger.year, complete: !ledger.complete))
    }
}
