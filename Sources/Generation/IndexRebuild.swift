import Archive
import ObjectStore

/// Builds FAISS indices, description indices, and the state of underlyings by day again from the batches and parts of a store: after damage, or
/// where a run built none.
public struct IndexRebuild: Sendable {
    /// An index that stands.
    public struct Index: Codable, Hashable, Sendable {
        public var model: String
        public var year: Int
        public var vectors: Int
        /// Whether its bytes are those that the store had before; `nil` when it had no such index.
        public var isUnchanged: Bool?

        private enum CodingKeys: String, CodingKey {
            case model, year, vectors
            case isUnchanged = "unchanged"
        }
    }

    private let store: any ObjectStore
    private let years: Set<Int>
    private let models: Set<String>

    /// - Parameters:
    ///   - years: all of the store when empty.
    ///   - models: by key; all of the store when empty.
    public init(_ store: any ObjectStore, years: Set<Int>, models: Set<String>) {
        self.store = store
        self.years = years
        self.models = models
    }

    /// Builds one index after the other and saves each.
    /// - Parameter report: gets each index when it stands.
    /// - Throws: `GenerationError` when the store has no such year or model; `ArchiveError` when what the indices are made of
    ///   is damaged; errors of stores, `.locked` while another writer is at work.
    public func run(report: (Index) -> Void = { _ in }) async throws -> [Index] {
        let lock = try await StoreLock.acquire(in: store, purpose: "tapedeck index rebuild")
        defer { lock.release() }
        let archive = try await StoreReader.open(store, models: [])
        let wantedModels = try Self.choose(models, of: Set(archive.manifest.models.keys), "model", in: store).sorted()
        let wantedYears = try Self.choose(years, of: Set(archive.years), "year", in: store).sorted()
        var built: [Index] = []
        let writer = try await StoreWriter(existing: store)
        for year in wantedYears {
            let descriptions = try await YearDescriptions.read(store, manifest: writer.manifest, year: year)
            guard descriptions.count > 0 else { continue }
            try await writer.putUnderlyingDays(year: year, symbols: archive.parts.tickers, workers: 1)
            try await writer.putDescriptionIndex(of: descriptions, year: year)
            for model in wantedModels {
                let key = ArchiveLayout.index(model: model, year: year)
                let before = writer.manifest.objects[key]
                try await writer.putIndex(of: descriptions, year: year, model: model)
                try await writer.saveManifest()
                let index = Index(
                    model: model, year: year, vectors: descriptions.count,
                    isUnchanged: before.map { $0 == writer.manifest.objects[key] })
                report(index)
                built.append(index)
            }
        }
        return built
    }

    private static func choose<Value: Hashable & Comparable>(
        _ wanted: Set<Value>, of known: Set<Value>, _ what: String, in store: any ObjectStore
    ) throws -> Set<Value> {
        for value in wanted.subtracting(known).sorted() {
            throw GenerationError(
                "the store at \(store.location) has no \(what) \(value); it has "
                    + known.sorted().map { "\($0)" }.joined(separator: ", "))
        }
        return wanted.isEmpty ? known : wanted
    }
}
