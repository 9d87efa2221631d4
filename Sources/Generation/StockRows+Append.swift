import MarketData

extension StockRows {
    /// Adds the rows of a later block of the same file, whose symbols include this one's.
    mutating func append(contentsOf later: StockRows) {
        symbols = later.symbols
        symbol += later.symbol
        day += later.day
        open += later.open
        high += later.high
        low += later.low
        close += later.close
        volume += later.volume
        adjustedClose += later.adjustedClose
        line += later.line
    }
}
