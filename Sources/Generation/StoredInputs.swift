import Archive
import MarketData
import ObjectStore

/// What a store already has, for a plan: inputs that a run would skip, and texts that it would not encode again.
struct StoredInputs {
    private struct Place: Hashable {
        var key: String
        var year: Int
    }

    private(set) var manifest: Manifest?
    private(set) var quarantined = PoisonedInputs(inputs: [])
    private(set) var texts: Set<String> = []
    private var done: [Place: YearLedger.Input] = [:]

    /// A store that does not exist yet is empty.
    init() {}

    init(_ location: StoreLocation, environment: [String: String]) async throws {
        let store: any ObjectStore
        do throws(StoreError) {
            store = try location.open(creating: false, environment: environment)
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
        quarantined = try await PoisonedInputs.read(store)
        guard try await StoreReader.readManifest(store) != nil else { return }
        let archive = try await StoreReader.open(store, models: [])
        manifest = archive.manifest
        texts = Set(archive.parts.texts)
        for year in archive.manifest.ledgerYears {
            for input in try await archive.ledger(year: year)?.inputs ?? [] {
                done[Place(key: input.key, year: year)] = input
            }
        }
    }

    /// Whether an option file's rows are stored as requested.
    /// - Parameter etag: `EmbeddingGenerationConfig.optionETag`.
    func holds(_ file: SourceInventory.DayFile, etag: String) -> Bool {
        done[Place(key: file.object.key, year: file.day.year)]?.etag == etag
    }

    /// Whether a stock file's rows of a year are stored. A change that keeps the size is noticed only when the file is read.
    func holds(_ key: String, size: Int, year: Int) -> Bool { done[Place(key: key, year: year)]?.size == size }
}
