import Base
import Archive
import Descriptions
import MarketData
import ObjectStore

/// Stock bars of a source: rows to describe, and the history of underlyings that options need.
///
/// Files are parsed once. Their rows are kept on disk by year; while a year is processed, its rows are in memory, together
/// with the earlier rows that contexts look back on.
struct StockBars: Sendable {
    /// A source object's rows of one year.
    struct Input: Sendable {
        var key: String
        /// Digest of the year's rows. A file of one symbol grows every day, and only the year that grew is processed again.
        var etag: String
        var size: Int
        var rejected: [RejectedRow]
        fileprivate var slice: StockSlice

        /// Number of usable rows.
        var rowCount: Int { slice.rowCount }
    }

    /// Inputs by year, in reading order.
    private var inputsByYear: [Int: [Input]] = [:]
    /// Files that could not be used, with the reason.
    private(set) var failures: [String: String] = [:]
    /// Files that lost too many rows, with the reason; their other rows are used.
    private(set) var losses: [String: String] = [:]
    private var history = BarHistory()
    /// The last year in `history`.
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

    /// A file's rows by year, and a message about its losses.
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

    /// The inputs of a year, sorted by key.
    func inputs(year: Int) -> [Input] { (inputsByYear[year] ?? []).sorted { $0.key < $1.key } }

    /// The bars of all days up to the end of a year. Call with ascending years.
    mutating func contexts(through year: Int, describer: StockDescriber) throws -> BarContexts {
        for next in inputsByYear.keys.sorted() where next > reached && next <= year {
            history.forget()
            for input in inputsByYear[next] ?? [] { history.add(try input.slice.rows()) }
        }
        reached = max(reached, year)
        return BarContexts(history: history, describer: describer)
    }
}

/// State of underlyings on a day, from their bars.
struct BarContexts: Sendable {
    let history: BarHistory
    let describer: StockDescriber

    func underlying(symbol: String, day: Day) -> OptionDescriber.Underlying {
        guard let context = history.context(symbol: symbol, day: day) else { return OptionDescriber.Underlying() }
        return describer.underlying(context)
    }

    /// Described rows of an input; ticker numbers are those of `symbols`.
    func describe(_ input: StockBars.Input) throws -> DescribedFile<StockRows> {
        let block = try input.slice.rows()
        var described = DescribedFile<StockRows>(key: input.key)
        described.rejected = input.rejected
        described.symbols = block.symbols.names
        described.rows = block.rows
        described.rows.file = [UInt32](repeating: 0, count: block.count)
        described.rows.key = (0..<block.count).map { row in
            describer.key(
                ticker: block.symbol[row],
                context: history.context(
                    symbol: block.symbols[block.symbol[row]], day: Day(rawValue: block.rows.quoteDate[row]))
            ).rawValue
        }
        return described
    }
}
