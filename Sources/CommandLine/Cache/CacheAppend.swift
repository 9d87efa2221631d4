import ArgumentParser
import EmbeddingCache
import StockFeatures

struct CacheAppend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Add days and tickers to a cache.",
        discussion: """
            Encodes the cells that the cache has not tried, with the window settings of the cache. The model must be the one \
            that the cache was built with. Also moves vectors that lookups have stored next to the cache into the cache.

            Example:
              tapedeck cache append c.h5 --model-path m.pt --dataset-path f.h5
            """)

    @Argument(help: ArgumentHelp("Cache to extend.", valueName: "file"))
    var path: String

    @OptionGroup(title: "Model") var model: StockModelOptions
    @OptionGroup(title: "Selection") var chosen: CacheSelectionOptions

    @Option(help: ArgumentHelp("Number of windows encoded at a time.", valueName: "n"))
    var batchSize = 32

    @Flag(help: "Encode cells again that failed before.")
    var retryFailed = false

    @Flag(help: "Append even if the features that the cache was built from have changed.")
    var allowChangedFeatures = false

    @Flag(help: "Resume an interrupted run, or discard its work and start again.")
    var earlier: EarlierRun = .resume

    @OptionGroup var outcome: CacheRunOptions

    @Flag(help: "Only report what would be encoded, how long it would take, and the disk space needed.")
    var dryRun = false

    func validate() throws {
        guard (1...4096).contains(batchSize) else { throw ValidationError("--batch-size must be from 1 to 4096.") }
    }

    func run() async throws {
        try OutputFile.check(path, beside: CacheFile.endingsBeside, reading: chosen.files + [model.modelPath], replacing: [path])
        let existing = try CacheFile(path)
        let features = try chosen.features()
        let prices = try chosen.prices.map { try PriceFile($0) }
        let fingerprint = existing.fingerprint
        let builder = try CacheBuilder(
            features: features, encoder: try model.open(), mode: fingerprint.mode, rows: fingerprint.rows,
            widthRule: fingerprint.widthRule, zeroedColumns: fingerprint.zeroedColumns ?? [], vectorType: existing.vectorType, batchSize: batchSize)
        let plan = try builder.plan(
            try chosen.selection(), prices: prices, addingTo: existing, retryFailed: retryFailed)
        if !allowChangedFeatures, let changed = CacheVerification.firstChanged(existing, features) {
            throw CommandError(
                "\(chosen.datasetPath): the features of \(changed.ticker) on \(changed.day) are not those that \(path) was built "
                    + "with, so old and new vectors cannot be compared; build the cache again, or give "
                    + "--allow-changed-features")
        }
        if dryRun { return try await CacheRun.printPlan(builder, plan, to: path, restart: earlier == .restart, json: outcome.json) }
        try await CacheRun.run(builder, plan, to: path, restart: earlier == .restart, outcome: outcome)
    }
}
