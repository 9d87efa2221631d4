import Archive
public import ObjectStore

/// Rebuilds FAISS indices, description indices, and the state of underlyings by day, from the batches and parts of a store: after
/// damage, or if a run built none.
public struct IndexRebuild: Sendable {
    /// A rebuilt index.
    public struct Index: Codable, Hashable, Sendable {
        /// Key of the model.
        public var model: String
        /// Year of the descriptions.
        public var year: Int
        /// Number of vectors in the index.
        public var vectors: Int
        /// Whether the index has the same bytes as before; `nil` if the store had no such index.
        public var isUnchanged: Bool?

        private enum CodingKeys: String, CodingKey {
            case model, year, vectors
            case isUnchanged = "unchanged"
        }
    }

    private let store: any ObjectStore
    private let years: Set<Int>
    private let models: Set<String>

    /// Selects the indices to rebuild.
    /// - Parameters:
    ///   - years: years to rebuild; all of the store if empty.
    ///   - models: keys of models to rebuild; all of the store if empty.
    public init(_ store: any ObjectStore, years: Set<Int>, models: Set<String>) {
        self.store = store
        self.years = years
        self.models = models
    }

    /// Builds and saves one index after another.
    /// - Parameter report: receives each index when it is complete.
    /// - Throws: `GenerationError` when the store has no such year or model; `ArchiveError` when the batches or parts are
    ///   damaged; errors of stores, `.locked` when there is another writer.
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
