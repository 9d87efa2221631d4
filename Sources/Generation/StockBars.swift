import Archive
import Descriptions
import Foundation
import MarketData
import ObjectStore

/// All stock bars of a source: rows to describe, and the history that options need of their underlyings.
struct StockBars: Sendable {
    /// A source object's rows of one year.
    struct Input: Sendable {
        var key: String
        /// Digest of the rows of that year: a file of one symbol grows every day, and only the year that grew is done anew.
        var etag: String
        var size: Int
        var rows: [Int]
        var rejected: [RejectedRow]
    }

    private let files: [StockFile]
    private let fileNumbers: [String: Int]
    /// Files that could not be used, with the reason.
    private(set) var failures: [String: String] = [:]
    private let history: BarHistory
    private let underlyings: Set<String>

    static func read(
        _ source: any ObjectStore, files: SourceFiles, configuration: EmbeddingGenerationConfig,
        report: @escaping @Sendable (GenerationEvent) -> Void
    ) async throws -> StockBars {
        let inventory = files.inventory
        let wanted = inventory.stockDays.map { ($0.object, StockFileReader.Layout.crossSection($0.day)) }
            + inventory.stockSymbols.filter { configuration.includes(underlying: $0.symbol) }
            .map { ($0.object, StockFileReader.Layout.history(symbol: $0.symbol)) }
        var read: [StockFile] = []
        var failures: [String: String] = [:]
        try await orderedMap(wanted, width: configuration.maxWorkers) { object, layout in
            try await StockFile.read(source, object: object, layout: layout)
        } consume: { item, outcome in
            switch outcome {
            case .success(let file): read.append(file)
            case .failure(let failure):
                failures[item.0.key] = failure.description
                report(.warning(failure.description))
            }
        }
        var history = BarHistory()
        for file in read { history.add(file.rows) }
        return StockBars(files: read, failures: failures, history: history, underlyings: configuration.underlyings)
    }

    private init(files: [StockFile], failures: [String: String], history: BarHistory, underlyings: Set<String>) {
        self.files = files
        fileNumbers = Dictionary(files.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        self.failures = failures
        self.history = history
        self.underlyings = underlyings
    }

    var years: Set<Int> { Set(files.flatMap(\.years)) }

    /// The inputs of a year, in the order of their keys.
    func inputs(year: Int) -> [Input] {
        files.compactMap { $0.input(year: year, underlyings: underlyings) }.sorted { $0.key < $1.key }
    }

    /// The rows of an input, described.
    /// - Parameter ticker: the store's number of a ticker.
    func columns(
        _ input: Input, describer: StockDescriber, ticker: (String) -> UInt32
    ) -> StockColumns {
        guard let number = fileNumbers[input.key] else { return StockColumns() }
        let file = files[number]
        let rows = file.rows
        var columns = StockColumns()
        let numbers = rows.symbols.names.map(ticker)
        for row in input.rows {
            let symbol = rows.symbols.names[Int(rows.symbol[row])]
            let day = Day(rawValue: rows.day[row])
            columns.line.append(rows.line[row])
            columns.file.append(0)
            columns.quoteDate.append(rows.day[row])
            columns.open.append(rows.open[row])
            columns.high.append(rows.high[row])
            columns.low.append(rows.low[row])
            columns.close.append(rows.close[row])
            columns.volume.append(rows.volume[row].isNaN ? -1 : Int64(rows.volume[row]))
            columns.adjustedClose.append(rows.adjustedClose[row])
            columns.key.append(
                describer.key(
                    ticker: numbers[Int(rows.symbol[row])], context: history.context(symbol: symbol, day: day)
                ).rawValue)
        }
        return columns
    }

    func contexts(describer: StockDescriber) -> BarContexts { BarContexts(history: history, describer: describer) }
}

/// The underlyings of options on a day.
struct BarContexts: Sendable {
    let history: BarHistory
    let describer: StockDescriber

    func underlying(symbol: String, day: Day) -> OptionDescriber.Underlying {
        guard let context = history.context(symbol: symbol, day: day) else { return OptionDescriber.Underlying() }
        return describer.underlying(context)
    }
}

/// One source object of stock bars, read.
struct StockFile: Sendable {
    var key: String
    var size: Int
    var rows: StockRows
    var rejected: [RejectedRow]

    static func read(
        _ source: any ObjectStore, object: SourceInventory.Object, layout: StockFileReader.Layout
    ) async throws -> Result<StockFile, GenerationError> {
        do {
            var rows: StockRows?
            var rejected: [RejectedRow] = []
            func take(_ block: StockRows, _ refused: [RejectedRow]) {
                if rows == nil { rows = block } else { rows?.append(contentsOf: block) }
                rejected += refused
            }
            let parser = StockFileParser(reader: StockFileReader(key: object.key, layout: layout))
            try await source.readPieces(of: object.key) { try parser.push($0, body: take) }
            _ = try parser.finish(body: take)
            guard let rows, rows.count > 0 else {
                let reason = rejected.first.map { "\(rejected.count) were refused, the first one at line \($0.line): \($0.reason.rawValue)" }
                return .failure(GenerationError("\(object.key) has no row that can be used; \(reason ?? "it is empty")"))
            }
            return .success(StockFile(key: object.key, size: object.size, rows: rows, rejected: rejected))
        } catch let error as MarketFileError {
            return .failure(GenerationError(error.description))
        } catch let error as StoreError where error.concernsOneObject {
            return .failure(GenerationError(error.description))
        }
    }

    var years: Set<Int> { Set(rows.day.map { Day(rawValue: $0).year }) }

    /// The rows of a year, in file order, and the refused ones: a refused row counts in the year of the row before it,
    /// since its own date may be what is wrong with it.
    func input(year: Int, underlyings: Set<String>) -> StockBars.Input? {
        guard let first = Day(year: year, month: 1, day: 1), let last = Day(year: year, month: 12, day: 31) else {
            return nil
        }
        let range = first.rawValue...last.rawValue
        let chosen = rows.day.indices.filter { index in
            range.contains(rows.day[index])
                && (underlyings.isEmpty || underlyings.contains(rows.symbols.names[Int(rows.symbol[index])]))
        }
        let refused = rejected.filter { row in
            guard let before = rows.line.lastIndex(where: { $0 < UInt32(row.line) }) ?? rows.line.indices.first else {
                return false
            }
            return range.contains(rows.day[before])
        }
        guard !chosen.isEmpty || !refused.isEmpty else { return nil }
        var digest = ContentDigest()
        for index in chosen {
            digest.update(
                Array(
                    "\(rows.line[index]),\(rows.day[index]),\(rows.open[index]),\(rows.high[index]),\(rows.low[index]),\(rows.close[index]),\(rows.volume[index]);"
                        .utf8))
        }
        for row in refused { digest.update(Array("\(row.line) \(row.reason.rawValue);".utf8)) }
        return StockBars.Input(key: key, etag: digest.finish(), size: size, rows: chosen, rejected: refused)
    }
}
