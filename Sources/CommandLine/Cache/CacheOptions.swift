import Tapedeck
public import ArgumentParser
import EmbeddingCache
import Encoders
import Foundation
import MarketData
import ModelFiles
import StockFeatures

extension CacheVectorType: ExpressibleByArgument {}
extension CacheFingerprint.WidthRule: ExpressibleByArgument {}
extension CacheMerge.ConflictPolicy: ExpressibleByArgument {}
extension FeatureFile.DateRule: ExpressibleByArgument {}

/// The precisions that stock models run in.
enum StockPrecision: String, ExpressibleByArgument, CaseIterable {
    case f32, bf16, int8

    var precision: Precision {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: .int8
        }
    }
}

/// The stock model of a command.
struct StockModelOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Checkpoint (.pt or .safetensors).", valueName: "file"))
    var modelPath: String

    @Option(help: ArgumentHelp("Number of attention heads, for checkpoints that do not state it.", valueName: "n"))
    var heads: Int?

    @Option(help: "Arithmetic of the model; part of the cache's fingerprint.")
    var precision: StockPrecision = .f32

    @Option(help: "Where the model runs.")
    var device: Device = Settings.current.choice(.device) ?? .auto

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    func validate() throws {
        guard heads ?? 1 > 0, maxWorkers ?? 1 > 0 else { throw ValidationError("--heads and --max-workers must be positive.") }
    }

    func open() throws -> StockEncoder {
        _ = try device.resolved()
        return try StockEncoder(
            path: modelPath, heads: heads, precision: precision.precision,
            threads: maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount)
    }
}

/// Columns of the features that are hidden from the model.
struct ZeroedColumnsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Set columns of the features to 0 before encoding, counted from 0; part of the fingerprint. Default: those of the cache, or none.",
            valueName: "225,229,250-254"))
    var zeroColumns: String?

    func validate() throws { _ = try columns() }

    /// - Returns: `nil` if the option is not given.
    func columns() throws -> [Int]? {
        guard let zeroColumns else { return nil }
        return try ListText.items(zeroColumns).flatMap { item -> [Int] in
            let bounds = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1], first >= 0, first <= last,
                last < 1 << 20
            else { throw ValidationError("--zero-columns: '\(item)' is neither a column such as 225 nor a range such as 224-230.") }
            return Array(first...last)
        }
    }
}

/// Programs whose caches Tapedeck can reproduce.
enum Compatibility: String, ExpressibleByArgument, CaseIterable {
    /// The original system's cluster.cache_embeddings.
    case original
}

/// Which tickers and days of a feature file are taken.
struct CacheSelectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Feature file with /TICKER/dates and /TICKER/features.", valueName: "file"))
    var datasetPath: String

    @Option(
        help: ArgumentHelp(
            "Select days and windows like another program. original: --all-days --dates sort; in a build also --repeat-row 2000 --width fit.",
            valueName: "program"))
    var compat: Compatibility?

    @Option(help: ArgumentHelp("Dates that do not ascend: refuse fails the ticker, sort sorts its rows. Default: refuse."))
    var dates: FeatureFile.DateRule?

    @Option(help: ArgumentHelp("Number of months of 30 days to encode, back from the last day.", valueName: "n"))
    var numMonths = 6

    @Option(help: ArgumentHelp("First day; overrides --num-months.", valueName: "date"))
    var start: String?

    @Option(help: ArgumentHelp("Last day. Default: the last day of the features.", valueName: "date"))
    var end: String?

    @Option(help: ArgumentHelp("Price file that defines the trading days. Default: the sessions of the US exchanges.", valueName: "file"))
    var prices: String?

    @Flag(help: "Take every day of the features, not only trading days.")
    var allDays = false

    @Option(help: ArgumentHelp("Tickers to take, separated by commas.", valueName: "list"))
    var tickers: String?

    @Option(help: ArgumentHelp("File of tickers to take, one per line; # starts a comment.", valueName: "file"))
    var tickersFile: String?

    @Option(help: ArgumentHelp("Skip the first N tickers in alphabetical order.", valueName: "n"))
    var skip = 0

    @Option(help: ArgumentHelp("Take at most N tickers after the skipped ones.", valueName: "n"))
    var take: Int?

    @Option(help: ArgumentHelp("Keep only the last N of the selected tickers.", valueName: "n"))
    var numStocks: Int?

    /// The files that are read for it.
    var files: [String?] { [datasetPath, prices, tickersFile] }

    func validate() throws {
        guard skip >= 0, take ?? 1 > 0, numStocks ?? 1 > 0, (1...1200).contains(numMonths) else {
            throw ValidationError("--take, --num-stocks and --num-months must be positive, --skip not negative.")
        }
        guard compat == nil || dates != .refuse else { throw ValidationError("--compat original is --dates sort: leave --dates out.") }
        _ = try DateText.days(start, "--start", end, "--end")
    }

    func features() throws -> FeatureFile { try FeatureFile(datasetPath, dates: dates ?? (compat == .original ? .sort : .refuse)) }

    func selection() throws -> CacheSelection {
        var selection = CacheSelection()
        selection.tickers = try TickerFile.named(tickers, file: tickersFile)
        (selection.skip, selection.take, selection.last) = (skip, take, numStocks)
        (selection.start, selection.end) = try DateText.days(start, "--start", end, "--end")
        (selection.months, selection.allDays) = (numMonths, allDays || compat == .original)
        return selection
    }
}

/// Lists of tickers in files.
enum TickerFile {
    /// The tickers of a list and of a file together; `nil` where neither is given.
    /// - Throws: `CommandError` when the file cannot be read or names none.
    static func named(_ list: String?, file: String?) throws -> [String]? {
        list == nil && file == nil ? nil : ListText.items(list) + (try file.map(read) ?? [])
    }

    /// - Throws: `CommandError` when the file cannot be read or names none.
    static func read(_ path: String) throws -> [String] {
        let text = String(decoding: try InputFile.read(path, what: "tickers"), as: UTF8.self)
        let tickers = text.split(whereSeparator: \.isNewline).map { line in
            line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        guard !tickers.isEmpty else { throw CommandError("\(path): names no tickers; write one per line") }
        return tickers
    }
}
