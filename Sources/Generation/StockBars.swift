internal import Base
import Archive
import Descriptions
import MarketData
import ObjectStore

/// The stock bars of a source: rows to describe, and the history that options need of their underlyings.
///
/// Files are parsed once; their rows wait on the disk by year, and a year's are in memory, with what contexts look back on
/// of the years before, while that year is at work.
struct StockBars: Sendable {
    /// A source object's rows of one year.
    struct Input: Sendable {
        var key: String
        /// Digest of the rows of that year: a file of one symbol grows every day, and only the year that grew is done anew.
        var etag: String
        var size: Int
        var rejected: [RejectedRow]
        fileprivate var slice: StockSlice
    }

    /// By year, in the order in which files were read.
    private var inputsByYear: [Int: [Input]] = [:]
    /// Files that could not be used, with the reason.
    private(set) var failures: [String: String] = [:]
    /// Files that lost too many rows, with the reason; their other rows are used.
    private(set) var losses: [String: String] = [:]
    private var history = BarHistory()
    /// The last year that `history` has.
    private var reached = Int.min

    static func read(
        _ source: any ObjectStore, files: SourceFiles, configuration: EmbeddingGenerationConfig,
        report: @escaping @Sendable (GenerationEvent) -> Void
    ) async throws -> StockBars {
        let inventory = files.inventory
        let wanted =
            inventory.stockDays.map { ($0.object, StockFileReader.Layout.crossSection($0.day)) }
            + inventory.stockSymbols.filter { configuration.includes(underlying: $0.symbol) }
            .map { ($0.object, StockFileReader.Layout.history(symbol: $0.symbol)) }
        var bars = StockBars()
        let scratch = try ScratchFile()
        let losses = LossyFile(limit: configuration.maxRejected)
        try await orderedMap(wanted, width: configuration.maxWorkers) { object, layout in
            report(.fileStarted(key: object.key))
            defer { report(.fileRead(key: object.key)) }
            switch try await BarFile.read(source, object: object, layout: layout) {
            case .success(let file):
                return .success(
                    Parsed(
                        years: try Self.inputs(file, underlyings: configuration.underlyings, scratch),
                        loss: losses.failure(key: file.key, kept: file.rows.count, refused: file.rejected.countsByReason)))
            case .failure(let failure): return .failure(failure)
            }
        } consume: { (item, outcome: Result<Parsed, GenerationError>) in
            switch outcome {
            case .success(let file):
                for (year, input) in file.years { bars.inputsByYear[year, default: []].append(input) }
                if let loss = file.loss {
                    bars.losses[item.0.key] = loss
                    report(.warning(loss))
                }
            case .failure(let failure):
                bars.failures[item.0.key] = failure.description
                report(.warning(failure.description))
            }
        }
        return bars
    }

    /// A file's rows by year, and what is to be said of its losses.
    private struct Parsed {
        var years: [Int: Input]
        var loss: String?
    }

    private static func inputs(
        _ file: BarFile, underlyings: Set<String>, _ scratch: ScratchFile
    ) throws -> [Int: Input] {
        try file.byYear(underlyings: underlyings).mapValues { found in
            let slice = try StockSlice(file.rows, found.rows, in: scratch)
            return Input(
                key: file.key, etag: slice.digest(refused: found.rejected), size: file.size, rejected: found.rejected,
                slice: slice)
        }
    }

    var years: Set<Int> { Set(inputsByYear.keys) }

    /// The inputs of a year, in the order of their keys.
    func inputs(year: Int) -> [Input] { (inputsByYear[year] ?? []).sorted { $0.key < $1.key } }

    /// The bars of all days up to the end of a year. Years are asked for in order.
    mutating func contexts(through year: Int, describer: StockDescriber) throws -> BarContexts {
        for next in inputsByYear.keys.sorted() where next > reached && next <= year {
            history.forget()
            for input in inputsByYear[next] ?? [] { history.add(try input.slice.rows()) }
        }
        reached = max(reached, year)
        return BarContexts(history: history, describer: describer)
    }
}

/// What bars say of underlyings on a day.
struct BarContexts: Sendable {
    let history: BarHistory
    let describer: StockDescriber

    func underlying(symbol: String, day: Day) -> OptionDescriber.Underlying {
        guard let context = history.context(symbol: symbol, day: day) else { return OptionDescriber.Underlying() }
        return describer.underlying(context)
    }

    /// The rows of an input, described; ticker numbers are those of `symbols`.
    func describe(_ input: StockBars.Input) throws -> DescribedFile<StockColumns> {
        let rows = try input.slice.rows()
        var described = DescribedFile<StockColumns>(key: input.key)
        described.rejected = input.rejected
        described.symbols = rows.symbols.names
        described.rows.line = rows.line
        described.rows.file = [UInt32](repeating: 0, count: rows.count)
        described.rows.quoteDate = rows.day
        described.rows.open = rows.open
        described.rows.high = rows.high
        described.rows.low = rows.low
        described.rows.close = rows.close
        described.rows.volume = rows.volume.map { $0.isNaN ? -1 : Int64($0) }
        described.rows.adjustedClose = rows.adjustedClose
        described.rows.key = rows.line.indices.map { row in
            describer.key(
                ticker: rows.symbol[row],
                context: history.context(symbol: rows.symbols[rows.symbol[row]], day: Day(rawValue: rows.day[row]))
            ).rawValue
        }
        return described
    }
}
