import Descriptions
import MarketData

extension StockBlock {
    /// Stored bars in the form of a file.
    /// - Parameter symbols: tickers by the store's numbers.
    init(stored rows: StockRows, _ range: Range<Int>, symbols: SymbolTable) {
        let rows = rows.reordered(range.map(UInt32.init))
        self.init(symbols: symbols, symbol: rows.key.map { DescriptionKey(rawValue: $0).ticker }, rows: rows)
    }
}
