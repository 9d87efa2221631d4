import ArgumentParser
import Descriptions
import Encoders
import Foundation
import Generation
import ObjectStore

/// Settings that `generate` and `resume` share.
struct GenerationOptions: ParsableArguments {
    @OptionGroup var source: SourceOption
    @OptionGroup var store: StoreOption

    @Option(help: ArgumentHelp("Models by key (see `tapedeck models list`).", valueName: "a,b"))
    var models = "minilm"

    @Option(help: ArgumentHelp("The first year to read.", valueName: "year"))
    var startYear: Int?

    @Option(help: ArgumentHelp("The last year to read.", valueName: "year"))
    var endYear: Int?

    @Option(help: ArgumentHelp("Rows a stored batch is closed at; decides the memory a run takes.", valueName: "n"))
    var batchSize = 1_000_000

    @Option(help: ArgumentHelp("Threads. Default: the machine's cores.", valueName: "n"))
    var maxWorkers: Int?

    @Option(help: ArgumentHelp("Batches between two checkpoints.", valueName: "n"))
    var checkpointFrequency = 1

    @Option(help: "Arithmetic of the encoder.")
    var precision: Precision = .int8

    @Option(help: ArgumentHelp("Only these underlyings.", valueName: "A,B"))
    var underlyings: String?

    @Option(help: ArgumentHelp("Only these kinds of rows: options, stocks.", valueName: "kinds"))
    var kinds = "options,stocks"

    @Option(
        help: ArgumentHelp(
            "What is encoded: 'parts' of a description, the whole sentence ('joint'), or a template of --templates.",
            valueName: "template"))
    var describe = "parts"

    @Option(help: ArgumentHelp("A JSON file of further templates (docs/formats.md).", valueName: "file"))
    var templates: String?

    @Option(help: ArgumentHelp("How vectors are stored: f16 or f32."))
    var vectorType: StoredVectorType = .f16

    @Option(help: ArgumentHelp("A CSV symbol,name[,alias…] of further company names.", valueName: "file"))
    var names: String?

    @Flag(name: .customLong("no-faiss"), help: "Build no FAISS indices.")
    var noFaiss = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    enum StoredVectorType: String, ExpressibleByArgument, CaseIterable { case f16, f32 }

    func validate() throws {
        guard batchSize > 0 else { throw ValidationError("--batch-size must be at least 1, not \(batchSize).") }
        guard checkpointFrequency > 0 else {
            throw ValidationError("--checkpoint-frequency must be at least 1, not \(checkpointFrequency).")
        }
        if let maxWorkers, maxWorkers < 1 {
            throw ValidationError("--max-workers must be at least 1, not \(maxWorkers).")
        }
        if let startYear, let endYear, startYear > endYear {
            throw ValidationError("--start-year \(startYear) is after --end-year \(endYear).")
        }
        guard !Settings.list(models).isEmpty else { throw ValidationError("--models names no model.") }
        _ = try rowKinds()
    }

    private func rowKinds() throws -> Set<EmbeddingGenerationConfig.RowKind> {
        let kinds = try Settings.list(kinds).map { name in
            guard let kind = EmbeddingGenerationConfig.RowKind(rawValue: name) else {
                throw ValidationError("--kinds '\(name)' is not one of options, stocks.")
            }
            return kind
        }
        guard !kinds.isEmpty else { throw ValidationError("--kinds names nothing to read.") }
        return Set(kinds)
    }

    private func namesFile() throws -> [UInt8]? {
        guard let path = Settings.value(names, environment: "TAPEDECK_NAMES") else { return nil }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw CommandError("the file of names \(path) cannot be read: \(error.localizedDescription)")
        }
    }

    private func template() throws -> DescriptionTemplate {
        guard let templates else { return try DescriptionTemplate.builtIn(describe) }
        return try DescriptionTemplate(json: try Data(contentsOf: URL(fileURLWithPath: templates)), name: describe)
    }

    func configuration() throws -> EmbeddingGenerationConfig {
        EmbeddingGenerationConfig(
            source: try source.location(), store: try store.location(), models: Settings.list(models),
            precision: precision, startYear: startYear, endYear: endYear,
            underlyings: Set(Settings.list(underlyings)), kinds: try rowKinds(), batchSize: batchSize,
            maxWorkers: maxWorkers ?? ProcessInfo.processInfo.activeProcessorCount,
            checkpointFrequency: checkpointFrequency, template: try template(), buildsIndices: !noFaiss,
            storesHalfPrecision: vectorType == .f16, names: try namesFile())
    }

    func runGeneration() async throws {
        let display = GenerationDisplay()
        let summary = try await EmbeddingGenerator(configuration: try configuration()).run { display.show($0) }
        display.finish()
        if json {
            try Terminal.printJSON(summary)
        } else {
            SummaryPrinter.print(summary)
        }
    }
}

extension Precision: ExpressibleByArgument {}

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read market data, describe every row, encode what is new, and store it.",
        discussion: """
            Running it again adds what is new and checks the rest. A run that was stopped goes on where it was.

            Example:
              tapedeck generate --source /data/stockdb --store /data/store --start-year 2013 --end-year 2014
            """)

    @OptionGroup var options: GenerationOptions

    func run() async throws { try await options.runGeneration() }
}

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on with a run that was stopped.",
        discussion: """
            The same as `generate` on a store that exists; give the settings of the run that was stopped.

            Example:
              tapedeck resume --source /data/stockdb --store /data/store
            """)

    @OptionGroup var options: GenerationOptions

    func run() async throws { try await options.runGeneration() }
}
