import ArgumentParser
import EmbeddingCache
import Encoders
import ModelFiles
import StockFeatures

struct CacheBuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Encode tickers and days of a feature file into a cache.",
        discussion: """
            Reads a checkpoint and a feature file, and writes a cache. Completed work is kept in FILE.partial: the same command \
            resumes an interrupted run and writes an identical file.

            Example:
              tapedeck cache build --model-path m.pt --dataset-path f.h5 --output-path c.h5
            """)

    @OptionGroup(title: "Model") var model: StockModelOptions
    @OptionGroup(title: "Selection") var chosen: CacheSelectionOptions

    @Option(help: ArgumentHelp("Cache to write.", valueName: "file"))
    var outputPath: String

    @Option(help: ArgumentHelp("Encode windows of the last N rows. Default: that of the checkpoint, or 60.", valueName: "n"))
    var window: Int?

    @Option(help: ArgumentHelp("Encode the row of the day repeated N times, as the original system did (2000).", valueName: "n"))
    var repeatRow: Int?

    @Option(help: ArgumentHelp("Rows wider or narrower than the model's: strict fails the ticker, fit truncates or pads rows. Default: strict."))
    var width: CacheFingerprint.WidthRule?

    @OptionGroup var columns: ZeroedColumnsOption

    @Option(help: "Number type of stored vectors.")
    var dtype: CacheVectorType = .f32

    @Option(help: ArgumentHelp("Number of windows encoded at a time.", valueName: "n"))
    var batchSize = 32

    @OptionGroup var outcome: CacheRunOptions

    @Flag(help: "Resume an interrupted run, or discard its work and start again.")
    var earlier: EarlierRun = .resume

    @Flag(help: "Replace a finished cache that was built from another model, other features or other flags.")
    var overwrite = false

    @Flag(help: "Only report what would be encoded, how long it would take, and the disk space needed.")
    var dryRun = false

    func validate() throws {
        guard window ?? 1 > 0, repeatRow ?? 1 > 0, (1...4096).contains(batchSize) else {
            throw ValidationError("--window, --repeat-row and --batch-size must be positive, --batch-size at most 4096.")
        }
        guard window == nil || repeatRow == nil else {
            throw ValidationError("--window and --repeat-row are two kinds of windows: give one of them.")
        }
        guard chosen.compat == nil || window == nil && repeatRow ?? 2000 == 2000 && width ?? .fit == .fit else {
            throw ValidationError("--compat original is --repeat-row 2000 --all-days --width fit: leave out what contradicts it.")
        }
        guard chosen.compat == nil || columns.zeroColumns == nil else {
            throw ValidationError("The original reads every column: leave --zero-columns out, or --compat.")
        }
    }

    func run() async throws {
        try OutputFile.check(outputPath, beside: CacheFile.endingsBeside, reading: chosen.files + [model.modelPath])
        let original = chosen.compat == .original
        let repeatRow = original ? 2000 : repeatRow
        let features = try chosen.features()
        let prices = try chosen.prices.map { try PriceFile($0) }
        let encoder = try model.open()
        let builder = try CacheBuilder(
            features: features, encoder: encoder, mode: repeatRow == nil ? .window : .repeatRow,
            rows: repeatRow ?? window ?? encoder.file?.trainedRows ?? 60, widthRule: width ?? (original ? .fit : .strict),
            zeroedColumns: try columns.columns() ?? [], vectorType: dtype, batchSize: batchSize)
        let plan = try builder.plan(try chosen.selection(), prices: prices)
        if dryRun {
            return try await CacheRun.printPlan(
                builder, plan, to: outputPath, restart: earlier == .restart, overwrite: overwrite, json: outcome.json)
        }
        try await CacheRun.run(
            builder, plan, to: outputPath, restart: earlier == .restart, overwrite: overwrite, outcome: outcome)
    }
}
