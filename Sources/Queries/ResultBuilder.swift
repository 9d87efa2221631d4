import Archive
import Descriptions
import MarketData
import Questions

/// Makes results of stored rows.
struct ResultBuilder {
    var matcher: ConstraintMatcher
    var writer: DescriptionWriter
    var tickers: [String]
    var year: Int
    var similarity: Float
    var similarities: [String: Float]
    var days: DayNumbers?
    /// The numbers that results are sorted by.
    var sortedBy: [Field]

    /// Tasks that read into the cache the columns that `result` needs of the rows of a block, one per column.
    static func reads(_ batch: Snapshot.Rows, block: Int) -> [@Sendable () throws -> Void] {
        func reads<Rows: RowColumns>(_ columns: BatchColumns<Rows>) -> [@Sendable () throws -> Void] {
            shown(Rows.self).map { column in { _ = try columns.rows(CollectionOfOne(column), block: block) } }
        }
        return switch batch {
        case .options(let columns): reads(columns)
        case .stocks(let columns): reads(columns)
        }
    }

    /// Positions of the columns that results show.
    private static func shown<Rows: RowColumns>(_ rows: Rows.Type) -> [Int] {
        Rows.columns.indices.filter {
            Rows.columns[$0].output != nil || ["file", "line", "expiry", "root"].contains(Rows.columns[$0].name)
        }
    }

    /// - Parameter row: position in the batch.
    /// - Throws: `HDF5Error` when the row cannot be read.
    func result(_ batch: Snapshot.Rows, row: Int) throws -> SearchResult {
        switch batch {
        case .options(let columns):
            let (rows, index) = try Self.row(columns, row)
            let block = RowBlock(columns, row..<row + 1, days: days)
            let result = option(rows, at: index, block, try columns.files())
            if let failure = block.failure { throw failure }
            return result
        case .stocks(let columns):
            let (rows, index) = try Self.row(columns, row)
            let block = RowBlock(columns, row..<row + 1, days: days)
            let result = stock(rows, at: index, block, try columns.files())
            if let failure = block.failure { throw failure }
            return result
        }
    }

    /// The block of a row with the columns that results show, and the row's place in it.
    private static func row<Rows: RowColumns>(_ columns: BatchColumns<Rows>, _ row: Int) throws -> (Rows, Int) {
        let size = BatchColumns<Rows>.blockRows
        return (try columns.rows(shown(Rows.self), block: row / size), row % size)
    }

    private func option(_ rows: OptionRows, at index: Int, _ block: RowBlock, _ files: [String]) -> SearchResult {
        // Rows come from contracts, so their parts form one; for a damaged store, show the parts.
        let contract = try? OptionContract(
            root: ticker(rows.root[index]), expiry: Day(rawValue: rows.expiry[index]),
            kind: block.keys[0].kind == .put ? .put : .call, strikeThousandths: rows.strike[index])
        var result = result(block, numbers: numbers(rows, index), file: rows.file[index], line: rows.line[index], files)
        result.contract = contract?.description ?? ticker(rows.root[index])
        result.expiration = Day(rawValue: rows.expiry[index])
        result.daysToExpiry = result.quoteDate.days(to: Day(rawValue: rows.expiry[index]))
        result.delta = block.number(.signedDelta, at: 0)
        return result
    }

    private func stock(_ rows: StockRows, at index: Int, _ block: RowBlock, _ files: [String]) -> SearchResult {
        var result = result(block, numbers: numbers(rows, index), file: rows.file[index], line: rows.line[index], files)
        result.symbol = result.underlying
        return result
    }

    private func result(_ block: RowBlock, numbers: [String: Double], file: UInt32, line: UInt32, _ files: [String]) -> SearchResult {
        let key = block.keys[0]
        let measures = sortedBy.compactMap { field in block.number(field, at: 0).map { (field.snakeCase, $0) } }
        let meets = matcher.items.indices.map { matcher.satisfied(block, item: $0)[0] }
        return SearchResult(
            underlying: ticker(key.ticker), kind: key.kind?.name ?? "unknown", quoteDate: Day(rawValue: block.quoteDates[0]),
            year: year, similarity: similarity, similarities: similarities, numbers: numbers, measures: Dictionary(measures) { first, _ in first },
            description: writer.sentence(key),
            satisfies: zip(matcher.items, meets).filter(\.1).map(\.0.text),
            misses: zip(matcher.items, meets).filter { !$0.1 }.map(\.0.text),
            source: SearchResult.Source(key: Int(file) < files.count ? files[Int(file)] : "?", line: Int(line)))
    }

    private func numbers<Rows: RowColumns>(_ rows: Rows, _ index: Int) -> [String: Double] {
        var numbers: [String: Double] = [:]
        for column in Rows.columns {
            guard let name = column.output else { continue }
            let value = column.number(rows, at: index)
            // The shortest decimal that rounds to the stored number, for people and JSON.
            if !value.isNaN { numbers[name] = column.isFloat ? Float(value).shortestDecimal : value }
        }
        return numbers
    }

    private func ticker(_ number: UInt32) -> String { Int(number) < tickers.count ? tickers[Int(number)] : "?" }
}

extension RowColumn {
    fileprivate var isFloat: Bool {
        if case .float = values { true } else { false }
    }
}
