public import ArgumentParser
import Backtest
import EmbeddingCache
import Encoders
import Foundation
import MarketData
import Portfolio
import Tapedeck

extension BacktestConfiguration.PoolRule: ExpressibleByArgument {}
extension SelectionRule.Ranking: ExpressibleByArgument {}

/// How clusters filter candidates.
enum ClusterMode: String, ExpressibleByArgument, CaseIterable {
    case hard, topk, off
}

/// Inputs of a backtest.
struct BacktestInputs: ParsableArguments {
    @Option(help: ArgumentHelp("Feature file with /TICKER/dates and /TICKER/features.", valueName: "file"))
    var data: String

    @Option(help: ArgumentHelp("Checkpoint (.pt or .safetensors).", valueName: "file"))
    var model: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Checkpoints whose predictions are averaged. Clusters use the vectors of the first.", valueName: "file"))
    var ensembleModels: [String] = []

    @Option(help: ArgumentHelp("Price file with /TICKER/dates and /TICKER/prices.", valueName: "file"))
    var prices: String?

    @Option(
        help: ArgumentHelp(
            "File of bin edges, for checkpoints without their own. --compat original uses no others. Default: adaptive_bin_edges.pt beside the feature file, if there is one.",
            valueName: "file"))
    var binEdges: String?

    @Option(help: ArgumentHelp("Folder or file of clusters; without it, there is no filter.", valueName: "folder"))
    var clusterDir: String?

    @Option(help: ArgumentHelp("List of the best clusters.", valueName: "file"))
    var bestClustersFile: String?

    @Option(
        help: ArgumentHelp(
            "Cache of vectors; may be given several times. Vectors that it lacks are encoded and added to the first of the model.",
            valueName: "file"))
    var embeddingsCache: [String] = []

    @Option(help: ArgumentHelp("Number of attention heads, for checkpoints that do not state it.", valueName: "n"))
    var heads: Int?

    @Option(help: "Arithmetic of the model. Default: that of the cache, or f32.")
    var precision: StockPrecision?

    @Option(help: ArgumentHelp("Rows of a window. Default: those of the cache, of the checkpoint, or 60.", valueName: "n"))
    var seqLen: Int?

    @OptionGroup var columns: ZeroedColumnsOption

    @Option(help: ArgumentHelp("Number of windows encoded at a time.", valueName: "n"))
    var batchSize = 32

    @Option(help: "Where the model runs.")
    var device: Device = Settings.current.choice(.device) ?? .auto

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    /// The file of bin edges that is named, or the one that the original keeps beside the features.
    var edges: String? {
        if let binEdges { return binEdges }
        let usual = FileSystem.folder(of: data) + "/adaptive_bin_edges.pt"
        return FileManager.default.fileExists(atPath: usual) ? usual : nil
    }

    /// The files that are read.
    var files: [String?] {
        [data, model, prices, edges, bestClustersFile] + ensembleModels.map(Optional.some) + embeddingsCache.map(Optional.some)
    }

    func validate() throws {
        guard heads ?? 1 > 0, maxWorkers ?? 1 > 0, seqLen ?? 1 > 0, (1...4096).contains(batchSize) else {
            throw ValidationError("--heads, --max-workers, --seq-len and --batch-size must be positive, --batch-size at most 4096.")
        }
        guard (model == nil) != ensembleModels.isEmpty else {
            throw ValidationError(model == nil ? "Give a checkpoint with --model." : "--model and --ensemble-models exclude each other.")
        }
    }
}

/// Which stocks and days are traded, and how.
struct BacktestRuleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Use the rules of another program. original: the original backtest, faults included, for comparison.", valueName: "program"))
    var compat: Compatibility?

    @Option(help: ArgumentHelp("Maximum number of tickers in the pool. Default: all; 2000 with --compat original.", valueName: "n"))
    var numTestStocks: Int?

    @Option(help: "Which tickers make a limited pool: the last in alphabetical order, or random ones.")
    var pool: BacktestConfiguration.PoolRule = .last

    @Option(help: ArgumentHelp("Tickers to choose from, separated by commas.", valueName: "list"))
    var tickers: String?

    @Option(help: ArgumentHelp("File of tickers to choose from, one per line; # starts a comment.", valueName: "file"))
    var tickersFile: String?

    @Option(help: ArgumentHelp("Number of tickers drawn for each decision.", valueName: "n"))
    var subsetSize = 1024

    @Option(help: ArgumentHelp("Length of the test in months of 21 sessions, back from the last session.", valueName: "n"))
    var testMonths = 4

    @Option(help: ArgumentHelp("First day of the test; overrides --test-months.", valueName: "date"))
    var start: String?

    @Option(help: ArgumentHelp("Last day of the test. Default: the last session.", valueName: "date"))
    var end: String?

    @Option(
        help: ArgumentHelp(
            "File of trading days, one per line; # starts a comment. Default: days on which at least half of the tickers that were trading at the "
                + "time have a close.", valueName: "file"))
    var calendar: String?

    @Option(help: ArgumentHelp("Maximum number of stocks held.", valueName: "n"))
    var topK = 5

    @Option(help: ArgumentHelp("Sessions that stocks are held: 1, 5, 10 or 20. Default: 1.", valueName: "n"))
    var horizon: Int?

    @Option(help: ArgumentHelp("The same by number: 0, 1, 2 or 3.", valueName: "n"))
    var horizonIdx: Int?

    @Option(help: "What stocks are ranked by: the expected return, or the return times the confidence.")
    var rankBy: SelectionRule.Ranking = .expectedReturn

    @Option(
        help: ArgumentHelp("Share of candidates to leave out, least confident first. Default: 0; 0.03 with --compat original.", valueName: "share"))
    var confidencePercentile: Double?

    @Option(
        help: ArgumentHelp(
            "Stocks to keep: hard those whose nearest cluster is a best one, topk the share nearest to a best one, off all. Default: topk "
                + "with --cluster-top-k-percent or --compat original, otherwise hard."))
    var clusterMode: ClusterMode?

    @Flag(help: "Same as --cluster-mode off.")
    var noClusterFilter = false

    @Option(
        help: ArgumentHelp(
            "Share of the candidates nearest to a best cluster that passes. Default: 0.03 for --cluster-mode topk.", valueName: "share"))
    var clusterTopKPercent: Double?

    @Option(help: ArgumentHelp("Sessions from a decision to its fill.", valueName: "n"))
    var lag = 1

    @Option(help: ArgumentHelp("Costs of the value bought and sold, in basis points.", valueName: "bps"))
    var costBps = 10.0

    @Option(help: ArgumentHelp("Costs of the value sold. Default: --cost-bps.", valueName: "bps"))
    var sellCostBps: Double?

    @Option(help: ArgumentHelp("Return of a stock when it stops trading: 0 pays its last close, -1 nothing.", valueName: "return"))
    var delistingReturn = 0.0

    @Option(help: ArgumentHelp("Capital at the start, in dollars.", valueName: "dollars"))
    var initialCapital = 100_000.0

    @Option(help: ArgumentHelp("Random seed; the same seed draws the same subsets.", valueName: "n"))
    var seed = 42

    @Option(help: ArgumentHelp("Number of trials with different subsets.", valueName: "n"))
    var numTrials = 1

    @Option(help: ArgumentHelp("Draws of the random benchmark.", valueName: "n"))
    var randomDraws = 100

    @Option(help: ArgumentHelp("Share of the decisions that is checked for look-ahead; 0 for none.", valueName: "share"))
    var certificate = 0.05

    @Flag(help: "Encode the windows of the checked decisions again where a cache has their vectors. Shows how much encoding the cache saves.")
    var certificateEncode = false

    @Option(
        help: ArgumentHelp(
            "Share of a stock's mean dollar volume of 20 sessions that a trade may take, for the capacity. Needs TICKER/volume in the price file.",
            valueName: "share"))
    var participation = 0.05

    @Option(
        help: ArgumentHelp(
            "Maximum share of unreadable tickers, or of candidates whose window could not be encoded; above it, the exit code is 1.",
            valueName: "share"))
    var maxFailures = 0.01

    @Flag(help: "With --compat original: look prices up as the original does with --no-preload.")
    var noPreload = false

    func validate() throws {
        guard horizon == nil || horizonIdx == nil else { throw ValidationError("--horizon and --horizon-idx say the same: give one of them.") }
        if let horizon, !DaySignals.horizons.contains(horizon) { throw ValidationError("--horizon must be 1, 5, 10 or 20, not \(horizon).") }
        if let horizonIdx, !DaySignals.horizons.indices.contains(horizonIdx) {
            throw ValidationError("--horizon-idx must be 0, 1, 2 or 3, not \(horizonIdx).")
        }
        guard clusterMode == nil || clusterMode == .topk || clusterTopKPercent == nil else {
            throw ValidationError("--cluster-top-k-percent is for --cluster-mode topk.")
        }
        guard !noClusterFilter || clusterMode ?? .off == .off && clusterTopKPercent == nil else {
            throw ValidationError("--no-cluster-filter contradicts --cluster-mode and --cluster-top-k-percent.")
        }
        guard (0...1).contains(maxFailures) else { throw ValidationError("--max-failures must be from 0 to 1.") }
        _ = try DateText.days(start, "--start", end, "--end")
        guard !noPreload || compat != nil else { throw ValidationError("--no-preload is for --compat original.") }
    }

    func configuration(_ inputs: BacktestInputs) throws -> BacktestConfiguration {
        _ = try inputs.device.resolved()
        let isOriginal = compat == .original
        var configuration = BacktestConfiguration(data: inputs.data, model: inputs.model ?? inputs.ensembleModels[0])
        if !inputs.ensembleModels.isEmpty { configuration.models = inputs.ensembleModels }
        configuration.rules = isOriginal ? .original : .own
        (configuration.prices, configuration.binEdges, configuration.heads) = (inputs.prices, inputs.edges, inputs.heads)
        (configuration.clusters, configuration.bestClusters) = (inputs.clusterDir, inputs.bestClustersFile)
        configuration.caches = inputs.embeddingsCache
        configuration.precision = inputs.precision?.precision
        (configuration.rows, configuration.batchSize) = (inputs.seqLen, inputs.batchSize)
        configuration.threads = inputs.maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        configuration.tickers = try TickerFile.named(tickers, file: tickersFile)
        configuration.zeroedColumns = try inputs.columns.columns()
        configuration.calendar = try calendar.map(CalendarFile.read)
        configuration.poolSize = numTestStocks ?? (isOriginal ? 2000 : nil)
        (configuration.poolRule, configuration.subsetSize) = (pool, subsetSize)
        (configuration.start, configuration.end) = try DateText.days(start, "--start", end, "--end")
        configuration.months = testMonths
        configuration.selection = SelectionRule(
            filter: filter(inputs), confidencePercentile: confidencePercentile ?? (isOriginal ? 0.03 : 0), ranking: rankBy, topK: topK,
            horizon: horizonIdx ?? horizon.flatMap { DaySignals.horizons.firstIndex(of: $0) } ?? 0)
        (configuration.lag, configuration.delistingReturn, configuration.capital) = (lag, delistingReturn, initialCapital)
        configuration.costs = TradingCosts(buy: costBps, sell: sellCostBps ?? costBps)
        (configuration.seed, configuration.trials, configuration.randomDraws) = (seed, numTrials, randomDraws)
        (configuration.certificateShare, configuration.certificateEncodes) = (certificate, certificateEncode)
        (configuration.participation, configuration.preloads) = (participation, !noPreload)
        return configuration
    }

    private func filter(_ inputs: BacktestInputs) -> SelectionRule.Filter {
        guard !noClusterFilter, inputs.clusterDir != nil || clusterMode != nil || clusterTopKPercent != nil else { return .off }
        let mode = clusterMode ?? (clusterTopKPercent != nil || compat == .original ? .topk : .hard)
        return switch mode {
        case .off: .off
        case .hard: .hard
        case .topk: .nearest(clusterTopKPercent ?? 0.03)
        }
    }
}

/// A file of trading days.
enum CalendarFile {
    /// Reads days, one per line; `#` starts a comment.
    /// - Throws: `CommandError` naming the line, or when the file cannot be read or names no day.
    static func read(_ path: String) throws -> [Day] {
        let text = String(decoding: try InputFile.read(path, what: "trading days"), as: UTF8.self)
        var days: [Day] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let word = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
            guard !word.isEmpty else { continue }
            guard let day = Day(iso: word) else { throw CommandError("\(path), line \(number + 1): '\(word)' is not a date such as 2024-01-02") }
            days.append(day)
        }
        guard !days.isEmpty else { throw CommandError("\(path): names no days; write one per line, such as 2024-01-02") }
        return days
    }
}
