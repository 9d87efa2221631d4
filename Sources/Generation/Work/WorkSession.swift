import Archive
import Base
import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
import ObjectStore
import Synchronization

/// What a worker needs for all units of a plan.
struct WorkSession: Sendable {
    let configuration: EmbeddingGenerationConfig
    let source: any ObjectStore
    let store: any ObjectStore
    let plan: WorkPlan
    /// Version of the plan's object.
    let etag: String
    let files: SourceFiles
    let memory: MemoryPlan
    let encoding: PartEncoding
    let meter: PipelineMeter
    let report: @Sendable (GenerationEvent) -> Void
    private let bars: BarYears
    private let sizes: [String: Int]

    /// Opens the plan of a store, or makes one.
    /// - Returns: `nil` when the store has everything that the source has.
    /// - Throws: `GenerationError` when settings or source differ from the plan's.
    static func open(
        _ configuration: EmbeddingGenerationConfig, _ options: WorkOptions, from source: any ObjectStore, in store: any ObjectStore,
        report: @escaping @Sendable (GenerationEvent) -> Void
    ) async throws -> WorkSession? {
        let lexicon = try Lexicon.builtIn()
        let listed = try await SourceFiles.list(source)
        var found = try await WorkPlan.read(store)
        if let plan = found?.plan { try requireSame(configuration, plan, in: store) }
        let stored = try await StoreReader.readManifest(store)
        // `--precision auto` keeps the plan's choice.
        let opened = try await OpenedEncoders(configuration, stored: found?.plan.manifest ?? stored, lexicon: lexicon, report: report)
        let aliases =
            if let names = configuration.names {
                try AliasTable(builtInPlus: names)
            } else if let names = found?.plan.names {
                try AliasTable(builtInPlus: Array(names))
            } else {
                try await StoreReader.aliases(store, manifest: stored)
            }
        let fingerprints = try opened.encoders.mapValues { try $0.fingerprint() }
        let descriptions = DescriptionFingerprint(template: configuration.template, lexicon: lexicon, aliases: aliases)
        var bars: StockBars?
        if found == nil {
            let excluded = try await PoisonedInputs.read(store)
            var files = listed
            for reason in files.leaveOut(excluded).values.sorted() { report(.warning(reason)) }
            if let stored {
                try stored.requireSame(descriptions: descriptions, models: fingerprints, simulated: files.isSimulated, at: store.location)
                guard Set(stored.models.keys) == Set(fingerprints.keys) else {
                    throw GenerationError(
                        "the store at \(store.location) has vectors of \(stored.models.keys.sorted().joined(separator: ", ")) only; let `tapedeck "
                            + "generate` add the others first")
                }
            }
            let read = try await StockBars.read(source, files: files, configuration: configuration, report: report)
            bars = read
            let plan = try await WorkPlan(
                configuration, files: files, excluded: excluded, bars: read, descriptions: descriptions, models: fingerprints,
                calibrations: opened.calibrations, stored: stored, in: store, unitSize: options.unitSize)
            guard !plan.units.isEmpty else { return nil }
            do throws(StoreError) {
                let bytes = try await store.put(ArchiveLayout.workPlan, (try? plan.encoded()) ?? [], ifAbsent: true)
                found = (plan, bytes.etag)
            } catch {
                guard error.code == .alreadyExists else { throw error }
                found = try await WorkPlan.read(store)
            }
        }
        guard let (plan, etag) = found else { return nil }
        try requireSame(configuration, plan, in: store)
        try plan.manifest.requireSame(descriptions: descriptions, models: fingerprints, simulated: listed.isSimulated, at: store.location)
        let (files, _) = try plan.sourceFiles(at: source.location)
        try requireUnchanged(files, listed, plan: plan, isFolder: !source.location.isRemote)
        if bars == nil { bars = try await StockBars.read(source, files: files, configuration: configuration, report: report) }
        guard let bars else { return nil }
        try requireUnchanged(bars, configuration, plan: plan)
        return WorkSession(
            configuration: configuration, source: source, store: store, plan: plan, etag: etag, files: files,
            memory: try MemoryPlan(configuration, files: files, target: store.location),
            encoding: PartEncoding(
                lexicon: lexicon, template: configuration.template, aliases: aliases, models: Set(opened.encoders.keys),
                source: RememberedVectors(EncodedVectors(encoders: opened.encoders)),
                vectorType: configuration.storesHalfPrecision ? .f16 : .f32),
            meter: PipelineMeter(stores: [source, store]), report: report, bars: BarYears(bars, lexicon: lexicon),
            sizes: Dictionary(
                plan.stocks.values.flatMap { $0 }.map { ($0.key, 0) }
                    + files.inventory.optionDays.map { ($0.object.key, WorkPlan.textBytes($0.object)) },
                uniquingKeysWith: { $1 }))
    }

    private init(
        configuration: EmbeddingGenerationConfig, source: any ObjectStore, store: any ObjectStore, plan: WorkPlan, etag: String,
        files: SourceFiles, memory: MemoryPlan, encoding: PartEncoding, meter: PipelineMeter,
        report: @escaping @Sendable (GenerationEvent) -> Void, bars: BarYears, sizes: [String: Int]
    ) {
        self.configuration = configuration
        self.source = source
        self.store = store
        self.plan = plan
        self.etag = etag
        self.files = files
        self.memory = memory
        self.encoding = encoding
        self.meter = meter
        self.report = report
        self.bars = bars
        self.sizes = sizes
    }

    private static func requireSame(_ configuration: EmbeddingGenerationConfig, _ plan: WorkPlan, in store: any ObjectStore) throws {
        guard let difference = WorkPlan.Settings(configuration).difference(from: plan.settings) else { return }
        throw GenerationError(
            "the plan \(plan.id) of \(store.location) was made with other settings: \(difference); give the settings of the plan, or finish "
                + "it first (`tapedeck compact`)")
    }

    private static func changed(_ key: String, _ plan: WorkPlan) -> GenerationError {
        GenerationError(
            "\(key) has changed since the plan \(plan.id) was made, or is gone; restore it, or run `tapedeck compact`, which keeps the "
                + "years that are done, and start the workers with --discard-plan \(plan.id)")
    }

    /// Objects that have appeared since belong to the next plan.
    private static func requireUnchanged(_ files: SourceFiles, _ listed: SourceFiles, plan: WorkPlan, isFolder: Bool) throws {
        let found = Dictionary(listed.objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for file in files.files {
            // Tags in a folder contain times, which differ between copies of a source on several machines.
            guard let now = found[file.key], now.size == file.size, isFolder || now.etag == file.etag else { throw changed(file.key, plan) }
        }
    }

    private static func requireUnchanged(_ bars: StockBars, _ configuration: EmbeddingGenerationConfig, plan: WorkPlan) throws {
        for year in plan.years {
            let found = Dictionary(uniqueKeysWithValues: bars.inputs(year: year).map { ($0.key, $0.etag) })
            for input in plan.stocks[year] ?? [] where found[input.key] != input.etag { throw changed(input.key, plan) }
        }
    }

    /// Approximate bytes of text of an input.
    func bytes(of key: String) -> Int { sizes[key] ?? 0 }

    /// Reports the progress of the stages twice a second until the task is cancelled.
    func reportProgress() async {
        while !Task.isCancelled {
            report(.progress(meter.progress))
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Makes the segment of a unit.
    /// - Parameter segment: an empty store.
    func make(
        _ unit: WorkPlan.Unit, in segment: any ObjectStore, report: @escaping @Sendable (GenerationEvent) -> Void
    ) async throws -> PublishedSegment {
        var settings = configuration
        settings.kinds = [unit.kind]
        let writer = try await StoreWriter(
            store: segment, descriptions: plan.descriptions, names: nil, models: plan.models, calibrations: [:], simulated: plan.simulated,
            vectorType: encoding.vectorType)
        let rows = Counter()
        let context = RunContext(
            configuration: settings, plan: memory, source: source, files: files, encoding: encoding, meter: meter, stop: StopRequest(),
            report: { event in
                if case .fileDone(_, _, let count, _) = event { rows.add(count) }
                report(event)
            }, isSegment: true)
        var unitRows = UnitRows(session: self, unit: unit, bars: bars)
        let outcome = try await YearGeneration(year: unit.year, run: context, writer: writer).run(rows: &unitRows)
        // A cancelled pipeline may have left out batches.
        try Task.checkCancellation()
        return PublishedSegment(
            unit: unit.number, attempt: "", worker: "", manifest: outcome.manifest, rows: rows.value, bytes: 0, seconds: 0,
            failures: outcome.failures)
    }

    /// The inputs of a unit according to the plan.
    fileprivate func inputs(_ unit: WorkPlan.Unit) throws -> [RunInput] {
        let keys = Set(unit.keys)
        let inputs =
            switch unit.kind {
            case .stocks: (plan.stocks[unit.year] ?? []).filter { keys.contains($0.key) }
            case .options:
                files.optionDays(year: unit.year).filter { keys.contains($0.object.key) }
                    .map { RunInput($0, configuration) }
            }
        guard inputs.count == unit.keys.count else {
            throw GenerationError("the plan \(plan.id) is damaged: unit \(unit.number) has inputs that its listing lacks")
        }
        return inputs
    }

    fileprivate func days(_ unit: WorkPlan.Unit) -> [SourceInventory.DayFile] {
        let keys = Set(unit.keys)
        return files.optionDays(year: unit.year).filter { keys.contains($0.object.key) }
    }
}

/// Counts from several threads.
private final class Counter: Sendable {
    private let state = Mutex(0)

    func add(_ count: Int) { state.withLock { $0 += count } }

    var value: Int { state.withLock { $0 } }
}

/// The rows of a unit, from source files.
private struct UnitRows: RowSource {
    let session: WorkSession
    let unit: WorkPlan.Unit
    let bars: BarYears

    func stocks(year: Int) -> [RunInput] { unit.kind == .stocks ? inputs : [] }
    func options(year: Int) -> [RunInput] { unit.kind == .options ? inputs : [] }

    private var inputs: [RunInput] { (try? session.inputs(unit)) ?? [] }

    mutating func reader(year: Int) throws -> SourceReader {
        let inputs = try session.inputs(unit)
        let (contexts, bars) = try bars.contexts(year: year)
        return SourceReader(
            bars: unit.kind == .stocks
                ? Dictionary(uniqueKeysWithValues: inputs.compactMap { input in bars[input.key].map { (input.key, $0) } }) : [:],
            days: Dictionary(uniqueKeysWithValues: session.days(unit).map { ($0.object.key, $0) }), contexts: contexts,
            reading: OptionFileReading(
                source: session.source, describer: OptionDescriber(lexicon: session.encoding.lexicon), bars: contexts,
                underlyings: session.configuration.underlyings))
    }
}

/// Stock bars of all years, for units of any year.
private final class BarYears: Sendable {
    private struct State {
        /// Reaches from the first year to `year`.
        var bars: StockBars
        var year = Int.min
        var contexts: BarContexts?
        var inputs: [String: StockBars.Input] = [:]
    }

    private let pristine: StockBars
    private let lexicon: Lexicon
    private let state: Mutex<State>

    init(_ bars: StockBars, lexicon: Lexicon) {
        pristine = bars
        self.lexicon = lexicon
        state = Mutex(State(bars: bars))
    }

    /// The bars that descriptions of a year look back on, and the year's inputs by key.
    func contexts(year: Int) throws -> (contexts: BarContexts, inputs: [String: StockBars.Input]) {
        try state.withLock { state in
            if let contexts = state.contexts, state.year == year { return (contexts, state.inputs) }
            // Years are added in ascending order.
            if year < state.year { state.bars = pristine }
            state.contexts = nil
            let contexts = try state.bars.contexts(through: year, describer: StockDescriber(lexicon: lexicon))
            state.year = year
            state.contexts = contexts
            state.inputs = Dictionary(uniqueKeysWithValues: state.bars.inputs(year: year).map { ($0.key, $0) })
            return (contexts, state.inputs)
        }
    }
}
