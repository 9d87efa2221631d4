import Archive
import Descriptions
import MarketData

/// Makes results of stored rows.
struct ResultBuilder {
    var matcher: ConstraintMatcher
    var writer: DescriptionWriter
    var tickers: [String]
    var files: [String]
    var year: Int
    var similarity: Float
    var similarities: [String: Float]

    func option(_ rows: OptionRows, at index: Int) -> SearchResult {
        let facts = RowFacts(rows, at: index)
        // Rows were read from contracts, so their parts make one again; a damaged store shows the parts it has.
        let contract = try? OptionContract(
            root: ticker(rows.root[index]), expiry: Day(rawValue: rows.expiry[index]),
            kind: facts.key.kind == .put ? .put : .call, strikeThousandths: rows.strike[index])
        var result = common(facts, file: rows.file[index], line: rows.line[index])
        result.contract = contract?.description ?? ticker(rows.root[index])
        return result
    }

    func stock(_ rows: StockRows, at index: Int) -> SearchResult {
        let facts = RowFacts(rows, at: index)
        var result = common(facts, file: rows.file[index], line: rows.line[index])
        result.symbol = result.underlying
        return result
    }

    private func common(_ facts: RowFacts, file: UInt32, line: UInt32) -> SearchResult {
        let meets = matcher.items.indices.map { matcher.satisfies(facts, $0) }
        return SearchResult(
            underlying: ticker(facts.key.ticker), kind: facts.key.kind?.name ?? "unknown", strike: facts.strike,
            expiration: facts.expiry, quoteDate: facts.quoteDate, year: year, daysToExpiry: facts.daysToExpiry,
            similarity: similarity, similarities: similarities, bid: decimal(facts.bid), ask: decimal(facts.ask), volume: facts.volume,
            openInterest: facts.openInterest, impliedVolatility: decimal(facts.impliedVolatility), delta: facts.delta,
            underlyingClose: decimal(facts.underlyingClose), description: writer.sentence(facts.key),
            satisfies: zip(matcher.items, meets).filter(\.1).map(\.0.text),
            misses: zip(matcher.items, meets).filter { !$0.1 }.map(\.0.text),
            source: SearchResult.Source(
                key: Int(file) < files.count ? files[Int(file)] : "?", line: Int(line)))
    }

    /// The shortest decimal that the stored number stands for, as people and JSON see it.
    private func decimal(_ stored: Double?) -> Double? { stored.map { Double(Float($0).description) ?? $0 } }

    private func ticker(_ number: UInt32) -> String { Int(number) < tickers.count ? tickers[Int(number)] : "?" }
}
