import Archive
import Descriptions
import MarketData
import Questions

/// Makes results of stored rows.
struct ResultBuilder {
    var matcher: ConstraintMatcher
    var writer: DescriptionWriter
    var tickers: [String]
    var files: [String]
    var year: Int
    var similarity: Float
    var similarities: [String: Float]
    var days: DayNumbers?
    /// The numbers that results are sorted by.
    var sortedBy: [Field]

    func option(_ rows: OptionRows, at index: Int) -> SearchResult {
        let block = RowBlock(rows, index..<index + 1, days: days)
        // Rows were read from contracts, so their parts make one again; a damaged store shows the parts it has.
        let contract = try? OptionContract(
            root: ticker(rows.root[index]), expiry: Day(rawValue: rows.expiry[index]),
            kind: block.keys[0].kind == .put ? .put : .call, strikeThousandths: rows.strike[index])
        var result = result(block, numbers: numbers(rows, index), file: rows.file[index], line: rows.line[index])
        result.contract = contract?.description ?? ticker(rows.root[index])
        result.expiration = Day(rawValue: rows.expiry[index])
        result.daysToExpiry = result.quoteDate.days(to: Day(rawValue: rows.expiry[index]))
        result.delta = block.number(.signedDelta, at: 0)
        return result
    }

    func stock(_ rows: StockRows, at index: Int) -> SearchResult {
        let block = RowBlock(rows, index..<index + 1, days: days)
        var result = result(block, numbers: numbers(rows, index), file: rows.file[index], line: rows.line[index])
        result.symbol = result.underlying
        return result
    }

    private func result(_ block: RowBlock, numbers: [String: Double], file: UInt32, line: UInt32) -> SearchResult {
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
            // The shortest decimal that the stored number stands for, as people and JSON see it.
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
