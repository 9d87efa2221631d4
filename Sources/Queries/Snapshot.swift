import Archive
import Base
import Descriptions
import Foundation
import MarketData
import Measures
import ObjectStore
import Questions

/// A store at one moment, open for questions: any number at once.
///
/// Opening one reads the manifest. The description index of a year and batches are opened when a question first needs them. Rows are
/// decoded by column and block into a cache with a limit in bytes.
final class Snapshot: Sendable {
    /// The data of a year that questions need.
    struct Year: Sendable {
        let index: DescriptionIndex
        /// By kind (options, stocks) and plane of `DescriptionIndex.tickerParts`: the parts that name underlyings.
        let tickerNumbers: [[[UInt32]]]
        /// Profiles of stocks come last: their kind is the highest.
        let firstStockProfile: Int
    }

    /// Rows of a batch, by kind.
    enum Rows: Sendable {
        case options(BatchColumns<OptionRows>)
        case stocks(BatchColumns<StockRows>)
    }

    let archive: StoreReader
    private let models: [String]
    private let rowCache: RowCache
    /// Noise for the rows after a day, for the look-ahead check.
    let noise: LaterNoise?
    private let years = AsyncMemo<Int, Year>()
    // Each takes a file descriptor.
    private let batches = AsyncMemo<String, Rows>(limit: 700)
    private let tables = AsyncMemo<Int, ChainTable>()
    private let histories = AsyncMemo<Int, BarHistory>()
    /// Batches opened side by side.
    private static let opensAtOnce = 8

    /// - Parameters:
    ///   - models: the models of questions.
    ///   - cacheBytes: limit of cached rows.
    ///   - noise: noise for later rows; `nil` for the stored rows.
    init(_ archive: StoreReader, models: [String], cacheBytes: Int, noise: LaterNoise? = nil) {
        self.archive = archive
        self.noise = noise
        self.models = models
        rowCache = RowCache(bytes: cacheBytes)
    }

    /// Some years of the store, all when `wanted` is empty, ascending.
    /// - Throws: `QueryError` for a year that the store does not hold.
    func years(_ wanted: Set<Int>) async throws -> [Year] {
        let known = archive.years
        if let missing = wanted.subtracting(known).min() {
            throw QueryError("the store has no year \(missing); it has \(known.map(String.init).joined(separator: ", "))", kind: .notFound)
        }
        var result: [Year] = []
        try await orderedMap(known.filter { wanted.isEmpty || wanted.contains($0) }, width: Self.opensAtOnce) { year in
            try await self.years.value(year) { try await self.open(year) }
        } consume: { _, year in
            result.append(year)
        }
        return result
    }

    private func open(_ year: Int) async throws -> Year {
        let index = try await archive.descriptionIndex(year: year, models: models)
        var numbers = [[[UInt32]]](repeating: [], count: 2)
        let firstStock = (0..<index.profileCount).first { DescriptionKey(rawValue: index.profileKeys[$0]).kind == .stock } ?? index.profileCount
        let split = firstStock < index.profileCount ? index.descriptions(ofProfile: firstStock).lowerBound : index.count
        for plane in index.tickerParts {
            for (kind, range) in [0..<split, split..<index.count].enumerated() {
                var seen = [Bool](repeating: false, count: archive.parts.texts.count)
                plane.withUnsafe { plane in
                    for place in range where plane[place] != PartsTable.none { seen[Int(plane[place])] = true }
                }
                numbers[kind].append(seen.indices.filter { seen[$0] }.map(UInt32.init))
            }
        }
        return Year(index: index, tickerNumbers: numbers, firstStockProfile: firstStock)
    }

    /// Opens batches of a year in parallel.
    /// - Parameter numbers: positions in the index's batches.
    func open(_ numbers: Set<Int>, of index: DescriptionIndex) async throws -> [Int: Rows] {
        var result: [Int: Rows] = [:]
        try await orderedMap(numbers.sorted(), width: Self.opensAtOnce) { number in
            let batch = index.batches[number]
            return try await self.batches.value(batch.key) {
                switch batch.kind {
                case .options: .options(try await self.archive.columns(ofBatch: number, in: index, cache: self.rowCache, noise: self.noise))
                case .stocks: .stocks(try await self.archive.columns(ofBatch: number, in: index, cache: self.rowCache, noise: self.noise))
                }
            }
        } consume: { number, rows in
            result[number] = rows
        }
        return result
    }

    /// Processes blocks in parallel, as many as there are processors.
    /// - Parameters:
    ///   - sideBySide: `false` for one after another.
    ///   - consume: gets the results in order, one at a time.
    func mapBlocks<Block: Sendable, Output: Sendable>(
        _ blocks: [Block], sideBySide: Bool = true, transform: @escaping @Sendable (Block) async throws -> Output,
        consume: (Block, Output) async throws -> Void
    ) async throws {
        let width = sideBySide ? ProcessInfo.processInfo.activeProcessorCount : 1
        // Wait for blocks of a remote store outside the cooperative pool.
        try await withTaskExecutorPreference(archive.store.location.isRemote ? CPUExecutor.shared : nil) {
            try await orderedMap(blocks, width: width, transform: transform, consume: consume)
        }
    }

    /// Days of splits by ticker, in some years.
    func splits(_ years: [Year]) -> [String: [Day]] {
        var days: [String: Set<Day>] = [:]
        for year in years {
            for (ticker, found) in year.index.splits { days[name(ofTicker: ticker), default: []].formUnion(found) }
        }
        let sorted = days.mapValues { $0.sorted() }
        return noise?.disturbed(sorted, of: archive.parts.tickers) ?? sorted
    }

    func name(ofTicker number: UInt32) -> String {
        let tickers = archive.parts.tickers
        return Int(number) < tickers.count ? tickers[Int(number)] : "?"
    }

    /// The state of underlyings on all days of the store.
    func chainTable() async throws -> ChainTable {
        try await tables.value(0) { [archive, noise] in
            var rows = UnderlyingDayRows()
            for year in archive.years {
                if let more = try await archive.underlyingDays(year: year) { rows.append(contentsOf: more) }
            }
            if let noise { rows = noise.disturbed(rows, dates: rows.quoteDate) }
            let order = (0..<UInt32(rows.count)).sorted { left, right in
                (rows.ticker[Int(left)], rows.quoteDate[Int(left)]) < (rows.ticker[Int(right)], rows.quoteDate[Int(right)])
            }
            return ChainTable(rows.reordered(order))
        }
    }

    /// The bars that the store holds.
    func barHistory() async throws -> BarHistory {
        try await histories.value(0) {
            var history = BarHistory()
            let symbols = SymbolTable(names: self.archive.parts.tickers)
            for year in try await self.years([]) {
                let stocks = year.index.batches.indices.filter { year.index.batches[$0].kind == .stocks }
                for (_, batch) in try await self.open(Set(stocks), of: year.index).sorted(by: { $0.key < $1.key }) {
                    guard case .stocks(let columns) = batch else { continue }
                    let rows = try columns.allRows()
                    history.add(StockBlock(stored: rows, 0..<rows.key.count, symbols: symbols))
                }
            }
            return history
        }
    }
}

extension Snapshot.Rows {
    /// Rows that are decoded together.
    static let blockRows = BatchColumns<OptionRows>.blockRows

    /// Some rows of one block.
    func block(_ rows: Range<Int>, days: DayNumbers?) -> RowBlock {
        switch self {
        case .options(let columns): RowBlock(columns, rows, days: days)
        case .stocks(let columns): RowBlock(columns, rows, days: days)
        }
    }

    /// Whether a block is decoded and still in memory.
    func holds(block: Int) -> Bool {
        switch self {
        case .options(let columns): columns.holds(OptionRows.dateColumn, block: block)
        case .stocks(let columns): columns.holds(StockRows.dateColumn, block: block)
        }
    }

    /// Decodes the columns that conditions on some fields use.
    func read(_ fields: Set<Field>, block: Int) throws {
        func read<Rows: ConditionRows>(_ columns: BatchColumns<Rows>) throws {
            _ = try columns.rows([Rows.keyColumn, Rows.dateColumn] + fields.compactMap { Rows.fields[$0] }, block: block)
        }
        switch self {
        case .options(let columns): try read(columns)
        case .stocks(let columns): try read(columns)
        }
    }

    /// The rows of a range, block by block.
    func forEachBlock(in range: Range<Int>, days: DayNumbers?, _ body: (RowBlock, _ first: Int) throws -> Void) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, (start / Self.blockRows + 1) * Self.blockRows)
            let rows = block(start..<end, days: days)
            try body(rows, start)
            if let failure = rows.failure { throw failure }
            start = end
        }
    }
}
