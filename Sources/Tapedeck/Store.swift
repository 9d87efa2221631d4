public import Archive
import Base
import Descriptions
package import Encoders
public import Foundation
public import Generation
public import MarketData
public import ModelFiles
public import ObjectStore
public import Queries
public import Questions
import Synchronization

/// A store of embeddings: the entry point for programs.
///
///     import Tapedeck
///
///     let store = try await Store.open("s3://tapedeck/minilm")
///     for result in try await store.search("Apple puts expiring this week", k: 5).results {
///         print(result.quoteDate, result.description, result.similarity)
///     }
///
/// Opening a store takes milliseconds. The first question loads the models and the vectors of the parts; later ones use them.
/// Any number of tasks may ask at once. Questions see data that a run adds within two seconds.
public final class Store: Sendable {
    /// The address.
    public let location: StoreLocation
    public let options: StoreOptions
    package let objects: any ObjectStore
    /// Where files that are made from the store's objects are kept.
    private let cache: DiskCache
    private let encoders: AsyncMemo<[String], [String: SentenceEncoder]>
    /// Noise for the rows after a day; `nil` for the unchanged store.
    private let noise: LaterNoise?
    // The previous snapshot finishes its questions.
    private let engines = AsyncMemo<EngineKey, SearchEngine>(limit: 4)
    private let bases = AsyncMemo<String, SearchBase>(limit: 2)
    private let watch: StoreWatch
    private let seen = Mutex<(version: String, at: ContinuousClock.Instant)?>(nil)

    private struct EngineKey: Hashable {
        var models: [String]
        /// Of what the store holds.
        var version: String
    }

    /// How long new data may stay unseen.
    private static let refreshInterval = Duration.seconds(2)

    private init(_ location: StoreLocation, _ options: StoreOptions) throws(StoreError) {
        self.location = location
        self.options = options
        objects = try location.open(creating: options.creates, environment: options.environment)
        cache = DiskCache(try DiskCache.Settings(environment: options.environment, location: location.description))
        encoders = AsyncMemo()
        watch = StoreWatch(objects)
        noise = nil
    }

    private init(_ store: Store, noise: LaterNoise) {
        location = store.location
        options = store.options
        objects = store.objects
        cache = store.cache
        encoders = store.encoders
        watch = store.watch
        self.noise = noise
    }

    /// The same store with noise in place of all rows after a day.
    func disturbed(by noise: LaterNoise) -> Store { Store(self, noise: noise) }

    /// Opens a store.
    /// - Parameter address: a folder, `file:///path` or `s3://bucket/prefix`.
    /// - Throws: `StoreError`: `.invalidLocation` for an invalid address, `.notFound`, `.permissionDenied`, `.unauthorized`.
    public static func open(_ address: String, _ options: StoreOptions = StoreOptions()) async throws(StoreError) -> Store {
        try Store(try StoreLocation(parsing: address), options)
    }

    /// Opens the store at a location.
    /// - Throws: as `open(_:_:)`.
    public static func open(_ location: StoreLocation, _ options: StoreOptions = StoreOptions()) async throws(StoreError) -> Store {
        try Store(location, options)
    }

    /// Number of requests to the store's server so far, and bytes; all zero for folders.
    public var statistics: StoreStatistics { objects.statistics }

    // MARK: Questions

    /// Answers a question in plain words.
    /// - Parameters:
    ///   - k: number of results; as many as the question says, otherwise 20, when `nil`.
    ///   - asOf: hides every row after this day.
    /// - Throws: as `search(_:)`.
    public func search(_ question: String, k: Int? = nil, asOf: Day? = nil) async throws -> SearchAnswer {
        try await search(SearchRequest(question: question, k: k, models: options.models, asOf: asOf))
    }

    /// Answers a question in plain words.
    /// - Throws: `ArchiveError` where there is no store or it is damaged; `QueryError` for a model or year that it does not have;
    ///   `ModelFileError` for a model that is not on this machine or has other weights; errors of the store.
    public func search(_ request: SearchRequest) async throws -> SearchAnswer {
        try await unlessChanged { try await engine(options.loadsAllModels ? options.models : request.models).search(request) }
    }

    /// Loads the models and the vectors of the parts, so that the first question need not wait for them.
    /// - Returns: the keys of the models.
    /// - Throws: as `search(_:)`.
    @discardableResult
    public func load() async throws -> [String] { try await engine(options.models).models }

    /// The encoders of the store's models by key, as `search(_:)` uses them.
    /// - Throws: as `search(_:)`.
    package func sentenceEncoders() async throws -> [String: SentenceEncoder] { try await engine(options.models).encoders }

    /// How a question is read, without searching.
    /// - Parameter asOf: the day that "today" means.
    /// - Throws: as `search(_:)`.
    public func read(_ question: String, asOf: Day? = nil) async throws -> Reading {
        try await engine(options.models).read(question, asOf: asOf)
    }

    /// The state of an underlying by day: implied volatility, skew, flow, open interest. Loads no model.
    /// - Parameters:
    ///   - symbol: the ticker.
    ///   - first: the first day wanted; the store's first when `nil`.
    ///   - last: the last day wanted.
    /// - Throws: `QueryError` when the store has no such ticker or no option chains of it; errors of the store.
    public func measures(of symbol: String, from first: Day? = nil, to last: Day? = nil) async throws -> [NameDay] {
        try await unlessChanged {
            try await NameDay.days(of: symbol, in: try await reader(models: []), from: first, to: last)
        }
    }

    /// Answers many questions, several at a time.
    /// - Parameter body: gets the answers, or the error of a request, in the order of the requests.
    /// - Throws: as `search(_:)`, except for errors of single requests; errors of `body`.
    public func search(
        _ requests: [SearchRequest], _ body: (SearchRequest, Result<SearchAnswer, any Error>) async throws -> Void
    ) async throws {
        // Requests that name no model ask all of the store, as `search(_:)` does.
        let models = requests.contains(where: \.models.isEmpty) ? [] : Set(requests.flatMap(\.models)).sorted()
        try await engine(models).search(requests, width: options.threads, body)
    }

    /// Opens what questions read.
    /// - Parameter models: the models whose vectors are wanted; all when `nil`.
    /// - Throws: as `search(_:)`.
    func reader(models: [String]?) async throws -> StoreReader {
        try await StoreReader.openForQuestions(objects, models: models, cache: cache)
    }

    /// The engine for some of the store's models, or all if empty, on the current manifest.
    package func engine(_ models: [String]) async throws -> SearchEngine {
        let key = EngineKey(models: models.sorted(), version: try await version())
        return try await engines.value(key) { try await self.makeEngine(models) }
    }

    /// The input of analyses, without models, on the current manifest.
    package func searchBase() async throws -> SearchBase {
        try await bases.value(try await version()) { [options, noise] in
            let archive = try await self.reader(models: [])
            return try SearchBase(
                archive: archive, models: [], aliases: try await archive.aliases(), cacheBytes: options.cacheBytes, noise: noise)
        }
    }

    /// Answers from the current store. Retries once if that fails and the store has changed meanwhile, because a compaction removes the
    /// segments that it has joined.
    func unlessChanged<Answer>(_ answer: () async throws -> Answer) async throws -> Answer {
        let before = try await version()
        do {
            return try await answer()
        } catch {
            refresh()
            guard !Task.isCancelled, try await version() != before else { throw error }
            return try await answer()
        }
    }

    /// The version of the store's content, requested again after a while.
    private func version() async throws -> String {
        if let seen = seen.withLock({ $0 }), ContinuousClock.now - seen.at < Self.refreshInterval { return seen.version }
        let version = try await watch.version()
        seen.withLock { $0 = (version, .now) }
        return version
    }

    private func makeEngine(_ models: [String]) async throws -> SearchEngine {
        // The grammar does not depend on the store.
        async let isPrepared: Void = QuestionReader.prepare()
        let archive = try await reader(models: models.isEmpty ? nil : models)
        let wanted = (models.isEmpty ? archive.manifest.models.keys.sorted() : models).filter { archive.manifest.models[$0] != nil }
        let (options, stored) = (options, archive.manifest.models)
        let base = try SearchBase(
            archive: archive, models: wanted, aliases: try await archive.aliases(), cacheBytes: options.cacheBytes, noise: noise)
        // Errors of the store's indices are reported when the question is read.
        async let isReady: Void = { _ = try? await base.questionReader() }()
        let encoders = try await encoders.value(wanted) {
            // One pool of threads for all models.
            let pool = WorkerPool(threads: options.threads)
            return try wanted.reduce(into: [:]) { encoders, key in
                guard let fingerprint = stored[key] else { return }
                guard let precision = Precision(rawValue: fingerprint.precision) else {
                    throw ModelFileError(.unsupported, key, "the store's vectors have an unknown precision, \(fingerprint.precision)")
                }
                let located = try options.locator.model(key)
                let encoder = try SentenceEncoder(model: located, precision: precision, pool: pool)
                guard try encoder.fingerprint().isComparable(with: fingerprint) else {
                    throw ModelFileError(
                        .checksum, located.folder.path,
                        "the weights of \(key) there differ from those of the store; point TAPEDECK_MODELS at those of the store")
                }
                encoders[key] = encoder
            }
        }
        _ = await (isPrepared, isReady)
        return SearchEngine(base, encoders: encoders)
    }

    // MARK: Contents

    /// What questions read of the store: what `generate` and `compact` have made, and what workers have published since.
    /// - Throws: `ArchiveError` where there is no store; errors of the store.
    public func summary() async throws -> GenerationSummary { try await GenerationSummary.read(try await reader(models: [])) }

    /// Compares every object with the manifest and with the others, and those of workers' segments likewise.
    /// - Parameter progress: gets the bytes done and the bytes in all.
    /// - Returns: damaged objects, and objects that could not be read, which is not damage.
    public func verify(
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> VerificationReport {
        try await StoreVerification(objects, workers: options.threads).run(progress: progress)
    }

    // MARK: Runs

    /// The default settings of a run that reads market data into this store.
    /// - Parameter source: a folder, `file:///path` or `s3://bucket/prefix`.
    /// - Throws: `StoreError` for an invalid address.
    public func configuration(source: String) throws -> EmbeddingGenerationConfig {
        EmbeddingGenerationConfig(
            source: try StoreLocation(parsing: source), store: location,
            models: options.models.isEmpty ? ["minilm"] : options.models, maxWorkers: options.threads,
            template: try DescriptionTemplate.builtIn("parts"), locator: options.locator, environment: options.environment)
    }

    /// Reads market data, describes every row, encodes new texts and stores the result; resumes a run that ended early.
    ///
    /// The run writes its events to the store, where `control`, `tapedeck monitor` and `tapedeck status` find it.
    /// - Parameters:
    ///   - stop: asks the run to leave at its next checkpoint.
    ///   - report: gets events as they happen, from any thread.
    /// - Throws: as `EmbeddingGenerator.run(stop:report:)`.
    @discardableResult
    public func generate(
        _ configuration: EmbeddingGenerationConfig, stop: StopRequest = StopRequest(),
        report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        let run = RecordedRun(configuration) { report(.warning($0)) }
        let summary = try await run.run(stop: stop, report: report)
        refresh()
        return summary
    }

    /// As `generate(_:stop:report:)`, with the defaults.
    /// - Parameter source: a folder, `file:///path` or `s3://bucket/prefix`.
    /// - Throws: as `generate(_:stop:report:)`.
    @discardableResult
    public func generate(from source: String) async throws -> GenerationSummary {
        try await generate(try configuration(source: source))
    }

    /// Processes units of the store's plan, with any number of other workers, until all are done. `compact` then turns the segments
    /// into the store that `generate` would make.
    /// - Parameters:
    ///   - stop: asks the worker to abandon its unit.
    ///   - report: gets events as they happen, from any thread.
    /// - Throws: as `StoreWorker.run(stop:report:)`.
    @discardableResult
    public func work(
        _ configuration: EmbeddingGenerationConfig, _ options: WorkOptions = WorkOptions(), stop: StopRequest = StopRequest(),
        report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> WorkSummary {
        try await RecordedWork(configuration, options) { report(.warning($0)) }.run(stop: stop, report: report)
    }

    /// Compacts the segments of workers into the store that `generate` would make, byte for byte.
    /// - Parameters:
    ///   - memoryLimit: memory limit in bytes; half of the machine's memory if `nil`.
    ///   - stop: asks the compaction to leave at its next checkpoint.
    ///   - report: gets events as they happen, from any thread.
    /// - Throws: as `SegmentCompaction.run(stop:report:)`.
    @discardableResult
    public func compact(
        memoryLimit: Int? = nil, stop: StopRequest = StopRequest(), report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> SegmentCompaction.Outcome {
        let run = RecordedCompaction(location, memoryLimit: memoryLimit, maxWorkers: options.threads, environment: options.environment) {
            report(.warning($0))
        }
        let outcome = try await run.run(stop: stop, report: report)
        refresh()
        return outcome
    }

    /// Estimates the rows, time, memory and disk of a run.
    /// - Throws: the errors with which the run itself would fail.
    public func plan(_ configuration: EmbeddingGenerationConfig) async throws -> RunPlan {
        try await RunPlanner(configuration: configuration, store: location).run()
    }

    /// Makes the next question check the store again, without waiting for two seconds to pass.
    public func refresh() { seen.withLock { $0 = nil } }

    /// The run that is active on the store, wherever it is.
    public var control: StoreControl { StoreControl(objects) }
}

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Models by key, name on the hub or folder. If empty, search uses all models of the store, and generation uses `minilm`.
    public var models: [String]
    /// Whether to create a folder that does not exist.
    public var creates: Bool
    /// Threads for reading and encoding.
    public var threads: Int
    /// Decoded rows that questions keep in memory, in bytes.
    public var cacheBytes: Int
    /// How S3 is reached, in the variables of docs/configuration.md.
    public var environment: [String: String]
    /// Where to look for models.
    public var locator: ModelLocator
    /// Whether requests that name models are answered with all of `models` loaded. Servers set it: otherwise each selection of
    /// models is loaded separately and takes its own memory.
    public var loadsAllModels = false

    public init(
        models: [String] = [], creates: Bool = false, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        cacheBytes: Int = SearchBase.defaultCacheBytes,
        environment: [String: String] = ProcessInfo.processInfo.environment, locator: ModelLocator? = nil
    ) {
        self.models = models
        self.creates = creates
        self.threads = threads
        self.cacheBytes = cacheBytes
        self.environment = environment
        self.locator = locator ?? ModelLocator(environment: environment)
    }
}
