import Archive
import Base
import Descriptions
import Encoders
public import Foundation
import MarketData
public import ObjectStore

/// Compacts the segments of workers into the store of a single run, byte for byte. Implements `tapedeck compact`.
///
/// The pipeline of `generate` runs with another front end: described rows come from the segments in the order of the source, and
/// vectors from their parts. The same code assigns all numbers and orders (parts, tickers, batches).
public struct SegmentCompaction: Sendable {
    /// What a compaction did.
    public struct Outcome: Codable, Sendable {
        /// The plan's id; `nil` if the store has no plan.
        public var plan: String?
        /// Years of the plan that are compacted.
        public var years: [Int]
        /// Years of the plan that are not compacted, with the number of missing units; a year without missing units waits for
        /// an earlier one.
        public var missing: [Int: Int]
        /// The store after the compaction; `nil` if nothing was compacted.
        public var summary: GenerationSummary?

        /// Whether the whole plan is compacted.
        public var isComplete: Bool { missing.isEmpty }
    }

    private let store: any ObjectStore
    private let memoryLimit: Int?
    private let maxWorkers: Int
    private let environment: [String: String]

    /// - Parameters:
    ///   - memoryLimit: memory limit in bytes; half of the machine's memory if `nil`. As in `generate`, it can make batches smaller.
    ///   - maxWorkers: number of threads.
    ///   - environment: S3 settings (docs/configuration.md).
    public init(_ store: any ObjectStore, memoryLimit: Int?, maxWorkers: Int, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.store = store
        self.memoryLimit = memoryLimit
        self.maxWorkers = maxWorkers
        self.environment = environment
    }

    /// Compacts the years of the plan whose units are all published, in ascending order, up to the first year with a missing unit.
    /// - Throws: `GenerationStopped` when a stop was requested; `GenerationError` as in `generate`, when files were refused (after
    ///   all others are done); `StoreError` with code `.locked` when there is another writer; `ArchiveError` for damage.
    public func run(
        stop: StopRequest = StopRequest(), report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> Outcome {
        try await withTaskExecutorPreference(CPUExecutor.shared) { try await compact(stop: stop, report: report) }
    }

    private func compact(stop: StopRequest, report: @escaping @Sendable (GenerationEvent) -> Void) async throws -> Outcome {
        guard let plan = try await WorkPlan.stored(in: store) else {
            try await removeSegments()
            return Outcome(plan: nil, years: [], missing: [:], summary: nil)
        }
        let published = try await WorkPlan.published(plan.id, in: store)
        let open = Dictionary(grouping: plan.units.filter { !published.contains($0.number) }, by: \.year).mapValues(\.count)
        let years = Array(plan.years.prefix { open[$0] == nil })
        var outcome = Outcome(
            plan: plan.id, years: years,
            missing: Dictionary(uniqueKeysWithValues: plan.years.dropFirst(years.count).map { ($0, open[$0] ?? 0) }), summary: nil)
        guard !years.isEmpty else { return outcome }

        var configuration = try plan.configuration(
            store: store.location, memoryLimit: memoryLimit, maxWorkers: maxWorkers, environment: environment)
        if !outcome.isComplete { configuration.endYear = years.last }
        let lexicon = try Lexicon.builtIn()
        let (files, leftOut) = try plan.sourceFiles(at: configuration.source)
        let memory = try MemoryPlan(configuration, files: files, target: store.location)
        let lock = try await StoreLock.acquire(in: store, purpose: "tapedeck compact")
        defer { lock.release() }
        try await store.delete(ArchiveLayout.stopRequest)
        let stored = try await StoreReader.readManifest(store)
        let aliases =
            if let names = configuration.names {
                try AliasTable(builtInPlus: names)
            } else {
                try await StoreReader.aliases(store, manifest: stored)
            }
        let descriptions = DescriptionFingerprint(template: configuration.template, lexicon: lexicon, aliases: aliases)
        try plan.manifest.requireSame(descriptions: descriptions, models: plan.models, simulated: plan.simulated, at: store.location)
        let writer = try await StoreWriter(
            store: store, descriptions: descriptions, names: configuration.names, models: plan.models, calibrations: plan.calibrations,
            simulated: plan.simulated, vectorType: configuration.storesHalfPrecision ? .f16 : .f32)
        report(.started(GenerationRun(configuration, plan: memory, files: files, fingerprints: plan.models)))
        let segments = Segments(plan, in: store, workers: maxWorkers)
        let encoding = PartEncoding(
            lexicon: lexicon, template: configuration.template, aliases: aliases, models: Set(plan.models.keys),
            source: SegmentVectors(segments: segments), vectorType: writer.vectorType)
        let context = RunContext(
            configuration: configuration, plan: memory, source: store, files: files, encoding: encoding,
            meter: PipelineMeter(stores: [store]), stop: stop, report: report)
        var rows = SegmentRows(segments: segments, files: files, configuration: configuration)
        let (summary, failures) = try await context.generate(
            years, rows: &rows, writer: writer, failures: plan.failures.merging(leftOut) { $1 })
        outcome.summary = summary
        if outcome.isComplete {
            // Delete the plan first: without it, segments are garbage, and no worker begins a unit.
            try await store.delete(ArchiveLayout.workPlan)
            try await removeSegments()
        }
        try RunContext.requireNone(failures)
        return outcome
    }

    /// Removes what is left of plans that the store no longer has.
    private func removeSegments() async throws {
        let objects = try await store.list(prefix: ArchiveLayout.segmentsPrefix)
        // Read after the listing, because a plan is older than its segments.
        let kept = try await WorkPlan.stored(in: store).map { ArchiveLayout.segmentsPrefix(plan: $0.id) }
        try await orderedMap(objects.filter { object in kept.map { !object.key.hasPrefix($0) } ?? true }, width: 16) { [store] object in
            try await store.delete(object.key)
        } consume: { _, _ in
        }
    }
}
