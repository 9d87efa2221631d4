import Tapedeck
public import ArgumentParser
import Descriptions
import Encoders
import Foundation
import Generation
import Monitoring
import ObjectStore

/// Settings that `generate` and `resume` share.
struct GenerationOptions: ParsableArguments {
    @OptionGroup var source: SourceOption
    @OptionGroup var store: StoreOption

    @Option(help: ArgumentHelp("Models to encode with, by key (see `tapedeck models list`).", valueName: "a,b"))
    var models = Settings.current.text(.models) ?? "minilm"

    @Option(help: ArgumentHelp("First year to read. Default: the first year of the source.", valueName: "year"))
    var startYear: Int?

    @Option(help: ArgumentHelp("Last year to read. Default: the last year of the source.", valueName: "year"))
    var endYear: Int?

    @Option(help: ArgumentHelp("Rows per stored batch; fewer if the memory limit requires it.", valueName: "n"))
    var batchSize = Settings.current.number(.batchSize) ?? 1_000_000

    @Option(help: ArgumentHelp("Maximum memory, as in 2GB or 1.5GiB. Default: half of the machine's memory.", valueName: "size"))
    var memoryLimit: ByteCount?

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    @Option(help: ArgumentHelp("Number of batches between two checkpoints.", valueName: "n"))
    var checkpointFrequency = Settings.current.number(.checkpointFrequency) ?? 1

    @Option(help: ArgumentHelp("Maximum share of rejected rows per file; if a file exceeds it, the run fails.", valueName: "share"))
    var maxRejected = Settings.current.share(.maxRejected) ?? EmbeddingGenerationConfig.defaultMaxRejected

    @Option(help: "Arithmetic of the encoder; auto takes the first of int8, int8-smooth and bf16 that agrees with f32 on 240 descriptions.")
    var precision: PrecisionPolicy = Settings.current.choice(.precision) ?? .int8

    @Option(help: "Where the models run; this build supports only the CPU.")
    var device: Device = Settings.current.choice(.device) ?? .auto

    @Option(help: ArgumentHelp("Read only these underlyings. Default: all.", valueName: "A,B"))
    var underlyings: String?

    @Option(help: ArgumentHelp("Read only these kinds of rows.", valueName: "kinds"))
    var kinds = Settings.current.text(.kinds) ?? "options,stocks"

    @Option(
        help: ArgumentHelp(
            "What to encode: the 'parts' of a description, the whole sentence ('joint'), or a template of --templates.",
            valueName: "template"))
    var describe = Settings.current.text(.describe) ?? "parts"

    @Option(help: ArgumentHelp("JSON file with additional templates (docs/formats.md).", valueName: "file"))
    var templates: String?

    @Option(help: "Number type of stored vectors.")
    var vectorType: StoredVectorType = Settings.current.choice(.vectorType) ?? .f16

    @Option(help: ArgumentHelp("CSV file symbol,name[,alias…] with additional company names.", valueName: "file"))
    var names: String?

    @Flag(name: .customLong("no-faiss"), help: "Do not build FAISS indices.")
    var noFaiss = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    func validate() throws {
        for (name, value) in [
            ("batch-size", batchSize), ("checkpoint-frequency", checkpointFrequency), ("max-workers", workers),
        ] where value < 1 {
            throw ValidationError("--\(name) must be at least 1, not \(value).")
        }
        guard (0...1).contains(maxRejected) else {
            throw ValidationError("--max-rejected must be from 0 to 1, as 0.5, not \(maxRejected).")
        }
        if let first = startYear ?? Settings.current.number(.startYear),
            let last = endYear ?? Settings.current.number(.endYear), first > last
        {
            throw ValidationError("The first year, \(first), is after the last, \(last).")
        }
        guard !ListText.items(models).isEmpty else { throw ValidationError("--models names no model.") }
        _ = try rowKinds()
    }

    private var workers: Int {
        maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
    }

    private func rowKinds() throws -> Set<RowKind> {
        let kinds = try ListText.items(kinds).map { name in
            guard let kind = RowKind(rawValue: name) else {
                throw ValidationError("--kinds '\(name)' is not one of options, stocks.")
            }
            return kind
        }
        guard !kinds.isEmpty else { throw ValidationError("--kinds names nothing to read.") }
        return Set(kinds)
    }

    private func template() throws -> DescriptionTemplate {
        guard let path = templates ?? Settings.current.text(.templates) else {
            return try DescriptionTemplate.builtIn(describe)
        }
        let bytes = try InputFile.read(path, what: "templates")
        do throws(DescriptionError) {
            return try DescriptionTemplate(json: Data(bytes), name: describe)
        } catch {
            throw CommandError("\(path): \(error)")
        }
    }

    /// The run that is asked for.
    func configuration(store: StoreLocation) throws -> EmbeddingGenerationConfig {
        EmbeddingGenerationConfig(
            source: try source.location(), store: store, models: ListText.items(models),
            precision: precision, device: device, startYear: startYear ?? Settings.current.number(.startYear),
            endYear: endYear ?? Settings.current.number(.endYear),
            underlyings: Set(ListText.items(underlyings ?? Settings.current.text(.underlyings))), kinds: try rowKinds(),
            batchSize: batchSize,
            memoryLimit: (memoryLimit ?? Settings.current.text(.memoryLimit).flatMap { ByteCount($0) })?.bytes,
            maxWorkers: workers, checkpointFrequency: checkpointFrequency,
            template: try template(), buildsIndices: !(noFaiss || Settings.current.isOn(.noFaiss)),
            storesHalfPrecision: vectorType == .f16, names: try namesFile(),
            maxRejected: maxRejected, environment: Settings.current.environment)
    }

    /// The file of names, if given, after checking it, because the store keeps it.
    private func namesFile() throws -> [UInt8]? {
        guard let path = names ?? Settings.current.text(.names) else { return nil }
        let bytes = try InputFile.read(path, what: "names")
        _ = try AliasTable(builtInPlus: bytes, file: path)
        return bytes
    }

    /// Runs to the end, or to Ctrl-C: here, under a supervisor, or in the background.
    func run(_ control: RunControlOptions) async throws {
        let configuration = try configuration(store: try store.location())
        if let events = control.events {
            try OutputFile.check(
                events, reading: [names ?? Settings.current.text(.names), templates ?? Settings.current.text(.templates)],
                outside: configuration.source.folders + configuration.store.contents)
        }
        if control.detach {
            return try await detach(control, configuration)
        }
        if control.retryQuarantined, let opened = try? configuration.store.open() {
            try await PoisonedInputs.clear(opened)
        }
        if control.supervise {
            let supervisor = Supervisor(
                arguments: control.forwarded(CommandRunner.arguments), source: configuration.source, store: configuration.store,
                environment: configuration.environment, maxRestarts: control.maxRestarts, events: control.events)
            let code = try await Interruption.forwarding(to: supervisor) {
                try await supervisor.run { SupervisionDisplay.show($0, store: configuration.store) }
            }
            throw ExitCode(code)
        }
        try await generate(configuration, control)
    }

    private func detach(_ control: RunControlOptions, _ configuration: EmbeddingGenerationConfig) async throws {
        let run = try await DetachedRun.start(
            control.forwarded(CommandRunner.arguments), environment: ProcessInfo.processInfo.environment)
        guard !run.isFinished else { return print("The run has already finished; its messages are in \(run.log)") }
        print(
            """
            Started: process \(run.process), messages in \(run.log)
            watch:  tapedeck monitor --store \(configuration.store)
            stop:   tapedeck stop --store \(configuration.store)
            """)
    }

    private func generate(_ configuration: EmbeddingGenerationConfig, _ control: RunControlOptions) async throws {
        let recorded = RecordedRun(configuration, follower: try control.follower()) { Terminal.complain($0) }
        let display = GenerationDisplay(recorded.recorder)
        let stop = StopRequest()
        let summary = try await Interruption.during(stop, display) {
            try await control.servingMetrics(of: recorded.recorder) {
                try await recorded.run(stop: stop) { display.show($0) }
            }
        }
        if json {
            try Terminal.printJSON(summary)
        } else {
            SummaryPrinter.print(summary)
        }
    }
}

extension Precision: ExpressibleByArgument {}
extension PrecisionPolicy: ExpressibleByArgument {}
extension Device: ExpressibleByArgument {}
