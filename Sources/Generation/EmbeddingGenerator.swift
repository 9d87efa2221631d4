import Base
import Archive
import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
package import ObjectStore
import VectorIndex

/// Reads market data, describes every row, encodes every distinct text once, and stores the result. Implements `tapedeck
/// generate`.
///
/// Years are processed one after another. Within a year, stock bars come first, then option days in order, read in parallel
/// and gathered into batches (`BatchPipeline`). After every batch (or every `checkpointFrequency` batches) the run saves the
/// ledger and the manifest, so that it can be killed at any moment and resumed. Running it again adds only new data.
///
/// Memory: see `MemoryPlan` for batches and files. In addition, about 50 bytes per part text of the store, and 60 bytes per
/// stock bar of the current year and the 300 sessions before.
public struct EmbeddingGenerator: Sendable {
    /// Settings of the run.
    public let configuration: EmbeddingGenerationConfig

    /// Creates a generator; `run` starts it.
    public init(configuration: EmbeddingGenerationConfig) { self.configuration = configuration }

    /// Runs generation.
    /// - Parameters:
    ///   - stop: requests that the run stop early.
    ///   - report: receives events as they happen, on any thread.
    /// - Returns: a summary of the store after the run.
    /// - Throws: `GenerationStopped` when a stop was requested; `GenerationError` when there is nothing to read, or when
    ///   files were refused (after all others are done); `ArchiveError` when the store was made with other settings; errors
    ///   of stores and encoders. Work completed by then is kept.
    @discardableResult
    public func run(
        stop: StopRequest = StopRequest(), report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        // Check source and device first: if one is unavailable, no empty store is left behind.
        _ = try configuration.source.open(creating: false, environment: configuration.environment)
        _ = try configuration.device.resolved()
        let target = try configuration.store.open(creating: true, environment: configuration.environment)
        // Parsing, pricing and compression would block other tasks of a server.
        return try await withTaskExecutorPreference(CPUExecutor.shared) { try await run(into: target, stop: stop, report: report) }
    }

    /// Like `run(stop:report:)`, but into an open store.
    /// - Parameter source: `nil` for the source of the configuration.
    /// - Throws: as `run(stop:report:)`.
    @discardableResult
    package func run(
        from source: (any ObjectStore)? = nil, into store: any ObjectStore, stop: StopRequest = StopRequest(),
        report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        let source = try source ?? configuration.source.open(creating: false, environment: configuration.environment)
        var files = try await SourceFiles.list(source)
        for warning in files.inventory.warnings { report(.warning(warning.description)) }
        let lexicon = try Lexicon.builtIn()
        let template = configuration.template
        let plan = try MemoryPlan(configuration, files: files, target: store.location)
        let leftOut = files.leaveOut(try await PoisonedInputs.read(store))
        for reason in leftOut.values.sorted() { report(.warning(reason)) }
        var opened = try await open(store, lexicon: lexicon, report: report)
        let settled = SettledSource(files, configuration)
        if leftOut.isEmpty, let manifest = opened.stored, Set(manifest.models.keys) == Set(opened.fingerprints.keys) {
            try manifest.requireSame(
                descriptions: DescriptionFingerprint(template: template, lexicon: lexicon, aliases: opened.aliases),
                models: opened.fingerprints, simulated: files.isSimulated, at: store.location)
            if var summary = try await settled.summary(of: store, manifest: manifest) {
                summary.ignoredFiles = files.ignoredCount
                report(.started(GenerationRun(configuration, plan: plan, files: files, fingerprints: opened.fingerprints)))
                for file in files.files { report(.fileSkipped(key: file.key, bytes: file.size)) }
                report(.finished(summary))
                return summary
            }
        }
        let lock = try await StoreLock.acquire(in: store, purpose: "tapedeck generate")
        defer { lock.release() }
        // A stop requested before this run was meant for another run.
        try await store.delete(ArchiveLayout.stopRequest)
        // Another writer may have changed the manifest before the lock was taken.
        if try await StoreReader.readManifest(store) != opened.stored {
            opened = try await open(store, lexicon: lexicon, report: report)
        }
        let (encoders, fingerprints, aliases) = (opened.encoders, opened.fingerprints, opened.aliases)
        let writer = try await StoreWriter(
            store: store,
            descriptions: DescriptionFingerprint(template: template, lexicon: lexicon, aliases: aliases),
            names: configuration.names, models: fingerprints,
            calibrations: opened.calibrations, simulated: files.isSimulated, vectorType: configuration.storesHalfPrecision ? .f16 : .f32)
        // Settings that do not match the store have been refused by now.
        report(.started(GenerationRun(configuration, plan: plan, files: files, fingerprints: fingerprints)))
        let encoding = PartEncoding(
            lexicon: lexicon, template: template, aliases: aliases, models: Set(encoders.keys), source: EncodedVectors(encoders: encoders),
            vectorType: writer.vectorType)
        try await joinNewModels(writer, encoding: encoding, report: report)
        let bars = try await StockBars.read(source, files: files, configuration: configuration, report: report)
        let years = try configuration.years(bars: bars.years, files: files)
        var rows = SourceRows(source: source, files: files, configuration: configuration, lexicon: lexicon, bars: bars)
        let context = RunContext(
            configuration: configuration, plan: plan, source: source, files: files, encoding: encoding,
            meter: PipelineMeter(stores: [source, store]), stop: stop, report: report)
        let (summary, failures) = try await context.generate(
            years, rows: &rows, writer: writer, failures: bars.failures.merging(bars.losses) { $1 }.merging(leftOut) { $1 })
        try RunContext.requireNone(failures)
        return summary
    }

    /// What a run opens based on its store.
    struct Opened {
        var stored: Manifest?
        var encoders: [String: SentenceEncoder]
        var fingerprints: [String: ModelFingerprint]
        var calibrations: [String: PrecisionCalibration]
        var aliases: AliasTable
    }

    func open(
        _ store: any ObjectStore, lexicon: Lexicon, report: @Sendable (GenerationEvent) -> Void
    ) async throws -> Opened {
        let stored = try await StoreReader.readManifest(store)
        let opened = try await OpenedEncoders(configuration, stored: stored, lexicon: lexicon, report: report)
        let aliases =
            if let names = configuration.names {
                try AliasTable(builtInPlus: names)
            } else {
                try await StoreReader.aliases(store, manifest: stored)
            }
        return Opened(
            stored: stored, encoders: opened.encoders, fingerprints: try opened.encoders.mapValues { try $0.fingerprint() },
            calibrations: opened.calibrations, aliases: aliases)
    }

    /// Encodes the store's existing parts with models that are new to the store.
    private func joinNewModels(
        _ writer: StoreWriter, encoding: PartEncoding, report: @Sendable (GenerationEvent) -> Void
    ) async throws {
        let models = writer.newModels
        let count = await writer.parts.count
        guard count > 0, !models.isEmpty else { return }
        let clock = ContinuousClock.now
        try await writer.addNewModels(slice: PartEncoding.encodingBatch) { texts in
            try await encoding.source.vectors(of: texts, models: models, batch: nil)
        }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        for model in models.sorted() { report(.encoded(model: model, texts: count, seconds: seconds)) }
        try await writer.saveManifest()
    }
}
