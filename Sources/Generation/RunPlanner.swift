import Archive
import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
public import ObjectStore

/// Estimates a run before it starts. Implements `tapedeck plan`. Reads a sample for a few seconds, measures the machine with
/// it, and writes only to a temporary folder.
public struct RunPlanner: Sendable {
    private let configuration: EmbeddingGenerationConfig
    private let store: StoreLocation?
    private let sampleBytes: Int
    /// Machines to plan for as well, the dollars for an hour of one, and the bytes of a unit.
    private let fleet: (machines: Int, price: Double?, unitBytes: Int)?
    /// The plan's temporary folder, which `run` removes.
    public let scratch = FileManager.default.temporaryDirectory.path + "/tapedeck-plan-" + UUID().uuidString

    /// Creates a planner.
    /// - Parameters:
    ///   - configuration: settings of the run; its `store` is ignored.
    ///   - store: where the run would write; `nil` for a new store.
    ///   - fleet: machines to plan for as well, the dollars for an hour of one, if known, and the bytes of the source in a unit.
    public init(configuration: EmbeddingGenerationConfig, store: StoreLocation?, fleet: (machines: Int, price: Double?, unitBytes: Int)? = nil) {
        self.init(configuration: configuration, store: store, sampleBytes: PlanSample.defaultBytes, fleet: fleet)
    }

    /// - Parameter sampleBytes: approximate bytes of text in the sample.
    package init(
        configuration: EmbeddingGenerationConfig, store: StoreLocation?, sampleBytes: Int,
        fleet: (machines: Int, price: Double?, unitBytes: Int)? = nil
    ) {
        self.fleet = fleet
        self.configuration = configuration
        self.store = store
        self.sampleBytes = sampleBytes
    }

    /// Estimates the run.
    /// - Throws: errors that the run would also throw at its start: `GenerationError`, `ArchiveError`, errors of stores and
    ///   models.
    public func run() async throws -> RunPlan {
        let source = try configuration.source.open(creating: false, environment: configuration.environment)
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var files = try await SourceFiles.list(source)
        let memory = try MemoryPlan(configuration, files: files, target: store)
        let stored = if let store { try await StoredInputs(store, environment: configuration.environment) } else { StoredInputs() }
        let leftOut = files.leaveOut(stored.quarantined)
        let clock = ContinuousClock(), start = clock.now
        let opened = try await OpenedEncoders(
            configuration, stored: stored.manifest, lexicon: try Lexicon.builtIn(), report: { _ in })
        try await requireSameSettings(opened.encoders, files: files, stored: stored)
        let openingSeconds = (clock.now - start) / .seconds(1)

        let inputs = PlanInputs(files, configuration: configuration, stored: stored)
        let sample = PlanSample(
            options: inputs.options, stockDays: inputs.stockDays, stockSymbols: inputs.stockSymbols, bytes: sampleBytes)
        let run = sample.keys.isEmpty ? SampleRun() : try await SampleRun(configuration, source: source, sample: sample, folder: scratch + "/store")
        let estimate = PlanEstimate(inputs: inputs, sample: sample, run: run, configuration: configuration, stored: stored)
        let models = try await self.models(opened.encoders, estimate: estimate, texts: run.texts)
        let rows = estimate.years.reduce(0) { $0 + $1.rows }
        let sampled = run.rows.values.reduce(0) { $0 + $1.values.reduce(0, +) }
        let rowSeconds = sampled > 0 ? run.yearSeconds * Double(rows) / Double(sampled) : 0
        let stockSeconds = run.stockSeconds * estimate.stockScale
        let descriptions = estimate.years.map(\.distinctDescriptions)
        var plan = RunPlan(
            files: inputs.count, bytes: inputs.bytes, rows: rows, filesDone: inputs.optionsDone, years: estimate.years,
            distinctDescriptions: descriptions.reduce(0, +), texts: estimate.texts, models: models, rowSeconds: rowSeconds,
            seconds: openingSeconds + stockSeconds + rowSeconds
                + models.reduce(0) { $0 + $1.encodingSeconds + $1.indexSeconds },
            storeBytes: estimate.storeBytes(dimensions: opened.encoders.values.map(\.dimension)),
            memoryBytes: memory.bytes(rows: estimate.years.map(\.rows).max() ?? 0) + estimate.barBytes,
            sample: RunPlan.Sample(files: sample.keys.count, rows: sampled, isWhole: sample.isWhole),
            skippedFiles: files.skipped, ignoredFiles: files.ignoredCount, warnings: [])
        if let fleet {
            var work = FleetPlan.Work(optionBytes: inputs.optionBytes)
            (work.stockBytes, work.stockFiles, work.optionFiles) = (inputs.stockBytes, inputs.stockFiles, inputs.options.count)
            (work.stockSeconds, work.rowSeconds, work.openingSeconds) = (stockSeconds, rowSeconds, openingSeconds)
            (work.textsPerSecond, work.indexSeconds) = (models.map(\.textsPerSecond), models.reduce(0) { $0 + $1.indexSeconds })
            work.storeBytes = plan.storeBytes
            work.dimension = opened.encoders.values.map(\.dimension).max() ?? 0
            plan.fleet = FleetPlan(machines: fleet.machines, price: fleet.price, unitBytes: fleet.unitBytes, work: work) {
                estimate.texts(inFiles: $0)
            }
        }
        plan.warnings = warnings(plan, files: files, sample: sample, inputs: inputs) + run.failures + leftOut.values.sorted()
        return plan
    }

    private func requireSameSettings(
        _ encoders: [String: SentenceEncoder], files: SourceFiles, stored: StoredInputs
    ) async throws {
        // Also without a store, since digesting the weights of new models is part of a run's time.
        let fingerprints = try encoders.mapValues { try $0.fingerprint() }
        guard let store, let manifest = stored.manifest else { return }
        let aliases =
            if let names = configuration.names {
                try AliasTable(builtInPlus: names)
            } else {
                try await StoreReader.aliases(try store.open(creating: false, environment: configuration.environment), manifest: manifest)
            }
        try manifest.requireSame(
            descriptions: DescriptionFingerprint(
                template: configuration.template, lexicon: try Lexicon.builtIn(), aliases: aliases),
            models: fingerprints, simulated: files.isSimulated, at: store)
    }

    // MARK: - Models

    private func models(
        _ encoders: [String: SentenceEncoder], estimate: PlanEstimate, texts: [String]
    ) async throws -> [RunPlan.Model] {
        let descriptions = estimate.years.map(\.distinctDescriptions)
        var timings: [Int: Double] = [:]
        var models: [RunPlan.Model] = []
        for (name, encoder) in encoders.sorted(by: { $0.key < $1.key }) {
            let rate = try await Self.textsPerSecond(encoder, texts: texts)
            if configuration.buildsIndices, !descriptions.isEmpty, timings[encoder.dimension] == nil {
                let timing = try IndexTiming(
                    dimension: encoder.dimension, parts: configuration.template.optionParts.count,
                    largest: descriptions.max() ?? 0, path: scratch + "/index.faiss")
                timings[encoder.dimension] = descriptions.reduce(0) { $0 + timing.seconds($1) }
            }
            models.append(
                RunPlan.Model(
                    model: name, precision: try encoder.fingerprint().precision, textsPerSecond: rate,
                    encodingSeconds: rate > 0 ? Double(estimate.texts) / rate : 0,
                    indexSeconds: timings[encoder.dimension] ?? 0))
        }
        return models
    }

    /// Encodes texts of the sample for a second.
    private static func textsPerSecond(_ encoder: SentenceEncoder, texts: [String]) async throws -> Double {
        let count = min(texts.count, 8192)
        // Spread over all texts, since later texts belong to other kinds of rows.
        let chosen = (0..<count).map { texts[$0 * texts.count / count] }
        // The first call allocates memory and wakes threads.
        _ = try await encoder.encode(Array(chosen.prefix(8)), as: .document)
        let clock = ContinuousClock(), start = clock.now
        var done = 0
        while done < count, clock.now - start < .seconds(1) {
            let next = min(done + 256, count)
            _ = try await encoder.encode(Array(chosen[done..<next]), as: .document)
            done = next
        }
        return done > 0 ? Double(done) / ((clock.now - start) / .seconds(1)) : 0
    }

    // MARK: - Warnings

    private func warnings(
        _ plan: RunPlan, files: SourceFiles, sample: PlanSample, inputs: PlanInputs
    ) -> [String] {
        var warnings = files.inventory.warnings.map(\.description)
        if let copy = files.inventory.duplicates.first {
            let more = files.inventory.duplicates.count - 1
            warnings.append(
                "\(copy.object.key) is a copy of \(copy.original)\(more > 0 ? " (and \(more) more files of others)" : ""): not read")
        }
        for partial in files.inventory.partialDays {
            warnings.append("\(partial.object.key) is a sample of \(partial.day): not read")
        }
        if sample.options.count < min(8, inputs.options.count) {
            warnings.append(
                "only \(sample.options.count) of \(inputs.options.count) option files could be read in a few seconds: "
                    + "descriptions and texts are rough")
        }
        if case .folder(let path)? = store, let free = Self.freeBytes(path), free < plan.storeBytes {
            warnings.append("the disk of \(path) has \(free) bytes left, and the store will grow by some \(plan.storeBytes)")
        }
        return warnings
    }

    /// Free disk space in bytes for a folder that may not exist yet.
    private static func freeBytes(_ path: String) -> Int? {
        var url = URL(fileURLWithPath: path)
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}
