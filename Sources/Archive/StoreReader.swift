public import MarketData
import Base
import Foundation
import HDF5
public import Descriptions
import ModelFiles
public import ObjectStore
import StrictJSON

/// A store, open for reading: what the manifest names and nothing else.
public final class StoreReader: Sendable {
    /// One batch of a year.
    public struct BatchReference: Hashable, Sendable {
        public var year: Int
        public var number: Int
        public var key: String
    }

    public let store: any ObjectStore
    public let manifest: Manifest
    /// Texts, tickers, and the vectors of the models that were asked for.
    public let parts: PartsTable
    /// By year, then number.
    public let batches: [BatchReference]

    private init(store: any ObjectStore, manifest: Manifest, parts: PartsTable) {
        self.store = store
        self.manifest = manifest
        self.parts = parts
        batches = Self.batches(of: manifest)
    }

    /// The batches that a manifest names, by year, then number.
    package static func batches(of manifest: Manifest) -> [BatchReference] {
        manifest.objects.keys.compactMap(BatchReference.init(key:)).sorted {
            ($0.year, $0.number) < ($1.year, $1.number)
        }
    }

    /// Opens a store.
    /// - Parameter models: the models whose vectors are wanted; all when `nil`.
    /// - Throws: `ArchiveError` when there is no store at that place, or it is of a format that this build does not
    ///   read, or lacks a model; errors of the object store.
    public static func open(_ store: any ObjectStore, models: [String]? = nil) async throws -> StoreReader {
        let manifest = try await existingManifest(store)
        for model in models ?? [] where manifest.models[model] == nil {
            let known = manifest.models.keys.sorted().joined(separator: ", ")
            throw ArchiveError("the store has no vectors of the model \(model); it has \(known)")
        }
        let wanted = models.map { names in manifest.models.filter { names.contains($0.key) } } ?? manifest.models
        let parts = try await readParts(store, manifest: manifest, models: wanted.mapValues(\.dimension))
        return StoreReader(store: store, manifest: manifest, parts: parts)
    }

    /// The years that hold rows, ascending.
    public var years: [Int] { Array(Set(batches.map(\.year))).sorted() }

    /// Whether a batch has options or stocks.
    /// - Throws: `ArchiveError` when the batch is damaged or the store does not list it; errors of the store.
    public func kind(ofBatch key: String) async throws -> RowKind {
        let path = try await manifest.localPath(of: key, in: store)
        return try reading(key, of: store) { try batchKind(path: path) }
    }

    /// Opens a batch.
    /// - Parameters:
    ///   - columns: names of the row columns to read, all when `nil`; the others stay empty.
    ///   - cache: where decoded rows are kept, shared by the batches that are open together.
    /// - Throws: `ArchiveError` when the batch is damaged; `HDF5Error`; errors of the store.
    public func openBatch<Rows: RowColumns>(
        _ key: String, columns: Set<String>? = nil, cache: RowCache = RowCache()
    ) async throws -> OpenBatch<Rows> {
        let path = try await manifest.localPath(of: key, in: store)
        return try reading(key, of: store) { try OpenBatch(path: path, columns: columns, cache: cache) }
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
        guard let object = manifest.objects[key] else {
            throw ArchiveError("the index of descriptions of \(index.year) names \(key), which the store does not have; run `tapedeck index rebuild`")
        }
        let bytes = try await store.bytes(of: key, content: ObjectContent(size: object.size, sha256: object.sha256))
        return try reading(key, of: store) {
            try BatchColumns(bytes, size: object.size, index: index, batch: batch, cache: cache, noise: noise)
        }
    }

    /// The ledger of a year: the complete one where there is one, otherwise the partial one.
    /// - Throws: `ArchiveError` when the ledger is damaged; errors of the store.
    public func ledger(year: Int) async throws -> YearLedger? {
        try await Self.readLedger(store, manifest: manifest, year: year)
    }

    /// The names that the store's descriptions were written with.
    /// - Throws: `MarketFileError` when the stored names are damaged; errors of the store.
    public func aliases() async throws -> AliasTable {
        try await Self.aliases(store, manifest: manifest)
    }

    /// The names of this build and those that a store was given.
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
        struct Format: Decodable { var format: Int }
        guard let bytes = try await store.getIfThere(ArchiveLayout.manifest) else { return nil }
        let format = try decode(Format.self, bytes, of: store, key: ArchiveLayout.manifest).format
        guard format == Manifest.currentFormat else {
            throw ArchiveError(
                "the store at \(store.location.description) has format \(format), and this build reads "
                    + "\(Manifest.currentFormat): "
                    + (format < Manifest.currentFormat
                        ? "generate again, into a new store" : "a later build made it; use one like it"),
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
                "the store at \(store.location.description) has only segments of workers, \(done) so far, which are not compacted yet; let "
                    + "`tapedeck work` finish, then run `tapedeck compact`", kind: .notFound)
        }
        return ArchiveError(
            "there is no Tapedeck store at \(store.location.description); make one with `tapedeck generate --store …`", kind: .notFound)
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
                throw damaged(key, of: store, "its numbers cannot be")
            }
            return ledger
        }
        return nil
    }

    static func readParts(
        _ store: any ObjectStore, manifest: Manifest, models: [String: Int]
    ) async throws -> PartsTable {
        var table = PartsTable()
        var segment = 0
        while manifest.objects[ArchiveLayout.parts(segment: segment)] != nil {
            let path = try await manifest.localPath(of: ArchiveLayout.parts(segment: segment), in: store)
            try reading(ArchiveLayout.parts(segment: segment), of: store) {
                try PartsFile.read(path, into: &table, models: models)
            }
            segment += 1
        }
        return table
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

/// Reads an HDF5 object of a store, and names it where it is damaged.
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
    guard ChecksummedJSON.isIntact(bytes) else { throw damaged(key, of: store, "it does not fit the checksum at its end") }
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
