internal import Base
import Archive
import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
import ObjectStore
import VectorIndex

/// Reads market data, describes every row, encodes every distinct text once, and stores all of it: the job of
/// `tapedeck generate`.
///
/// Years come one after another; within a year stock bars come first, then option days in order, read in parallel and
/// gathered into batches (`BatchPipeline`). After every batch (or `checkpointFrequency` of them) the ledger and the manifest
/// are saved, so that a run can be killed at any moment and goes on from there. Running it again adds what is new.
///
/// Memory: what `MemoryPlan` says for batches and files; beside it some 50 bytes a part text of the store, 60 bytes a stock
/// bar of the year at work and of the 300 sessions before.
public struct EmbeddingGenerator: Sendable {
    public let configuration: EmbeddingGenerationConfig

    public init(configuration: EmbeddingGenerationConfig) { self.configuration = configuration }

    /// Runs to the end.
    /// - Parameters:
    ///   - stop: asks the run to leave early.
    ///   - report: gets events as they happen, from any thread.
    /// - Returns: what the store then holds.
    /// - Throws: `GenerationStopped` when it was asked to leave; `GenerationError` when there is nothing to read or some files were refused (after all others are
    ///   done), `ArchiveError` when the store was made under other settings, and errors of stores and encoders. What
    ///   is done by then stays done.
    @discardableResult
    public func run(
        stop: StopRequest = StopRequest(), report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        // A source or device that is not to be had must not leave a new, empty store behind.
        _ = try configuration.source.open(creating: false, environment: configuration.environment)
        _ = try configuration.device.resolved()
        let target = try configuration.store.open(creating: true, environment: configuration.environment)
        // Parsing, pricing and compression would hold up the other tasks of a server.
        return try await withTaskExecutorPreference(CPUExecutor.shared) { try await run(into: target, stop: stop, report: report) }
    }

    /// As `run(report:)`, into a store that is open already.
    /// - Parameter source: the configuration's when `nil`.
    @discardableResult
    package func run(
        from source: (any ObjectStore)? = nil, into store: any ObjectStore, stop: StopRequest = StopRequest(),
        report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        let source = try source ?? configuration.source.open(creating: false, environment: configuration.environment)
        var files = try await SourceFiles.list(source)
        var warnings = files.inventory.warnings.map(\.description)
        for warning in warnings { report(.warning(warning)) }
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
        // Whoever asked for a stop before this run began meant another.
        try await store.delete(ArchiveLayout.stopRequest)
        // Another writer may have changed what the manifest says until the lock was held.
        if try await StoreReader.readManifest(store) != opened.stored {
            opened = try await open(store, lexicon: lexicon, report: report)
        }
        let (encoders, fingerprints, aliases) = (opened.encoders, opened.fingerprints, opened.aliases)
        let writer = try await StoreWriter(
            store: store,
            descriptions: DescriptionFingerprint(template: template, lexicon: lexicon, aliases: aliases),
            names: configuration.names, models: fingerprints,
            calibrations: opened.calibrations, simulated: files.isSimulated, vectorType: configuration.storesHalfPrecision ? .f16 : .f32)
        // Settings that do not fit the store are refused by now.
        report(.started(GenerationRun(configuration, plan: plan, files: files, fingerprints: fingerprints)))
        let encoding = PartEncoding(
            lexicon: lexicon, template: template, aliases: aliases, encoders: encoders,
            vectorType: writer.vectorType)
        try await joinNewModels(writer, encoding: encoding, report: report)
        var bars = try await StockBars.read(source, files: files, configuration: configuration, report: report)
        let known = bars.years.union(files.inventory.optionDays.map(\.day.year)).sorted()
        let years = known.filter(configuration.includes(year:))
        guard !years.isEmpty else {
            throw GenerationError(
                "\(configuration.source) holds no rows of the years asked for; it has "
                    + known.map(String.init).joined(separator: ", "))
        }
        let context = RunContext(
            configuration: configuration, plan: plan, source: source, files: files, encoding: encoding,
            meter: PipelineMeter(stores: [source, store]), stop: stop, report: report)
        async let _: Void = Self.reportProgress(context.meter, report)
        var failures = bars.failures.merging(bars.losses) { $1 }.merging(leftOut) { $1 }
        for year in years {
            let outcome = try await YearGeneration(year: year, run: context, writer: writer).run(bars: &bars)
            failures.merge(outcome.failures) { $1 }
            failures.merge(outcome.losses) { $1 }
            warnings += outcome.warnings
        }
        let summary = try await GenerationSummary.write(
            writer, skipped: files.skipped.merging(failures) { $1 }, ignored: files.ignoredCount, warnings: warnings)
        // Warnings of a year are of what a run found there, and the next one looks again.
        if failures.isEmpty, warnings.count == files.inventory.warnings.count { try await settled.note(in: store, manifest: writer.manifest) }
        report(.finished(summary))
        guard failures.isEmpty else {
            let list = failures.sorted { $0.key < $1.key }.map { "  \($0.value)" }.joined(separator: "\n")
            throw GenerationError(
                "everything else is done, but \(failures.count == 1 ? "1 file" : "\(failures.count) files") cannot be used, or lost too many rows:\n\(list)"
            )
        }
        return summary
    }

    /// What a run opens by what its store says.
    private struct Opened {
        var stored: Manifest?
        var encoders: [String: SentenceEncoder]
        var fingerprints: [String: ModelFingerprint]
        var calibrations: [String: PrecisionCalibration]
        var aliases: AliasTable
    }

    private func open(
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

    /// Reports how the stages stand, twice a second, until the task is cancelled.
    private static func reportProgress(_ meter: PipelineMeter, _ report: @Sendable (GenerationEvent) -> Void) async {
        while !Task.isCancelled {
            report(.progress(meter.progress))
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Encodes the parts that the store has already with models that it did not have.
    private func joinNewModels(
        _ writer: StoreWriter, encoding: PartEncoding, report: @Sendable (GenerationEvent) -> Void
    ) async throws {
        let models = writer.newModels
        let count = await writer.parts.count
        guard count > 0, !models.isEmpty else { return }
        let clock = ContinuousClock.now
        try await writer.addNewModels(slice: PartEncoding.encodingBatch) { texts in
            try await encoding.vectors(texts, models: models)
        }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        for model in models.sorted() { report(.encoded(model: model, texts: count, seconds: seconds)) }
        try await writer.saveManifest()
    }
}
