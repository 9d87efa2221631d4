/// Daily bars of stocks, or a block of them: one array a column, all of the same length, in file order.
///
/// Prices are as traded: not adjusted for splits or dividends.
public struct StockRows: Sendable {
    /// Texts of `symbol`.
    public var symbols: SymbolTable

    public var symbol: [UInt32]
    /// `Day.rawValue`.
    public var day: [Int32]
    /// Dollars, at least 0 (some vendors write 0 for an unknown open).
    public var open: [Float]
    /// Dollars, at least `low`.
    public var high: [Float]
    /// Dollars, at least 0.
    public var low: [Float]
    /// Dollars, above 0.
    public var close: [Float]
    /// Shares; NaN when empty.
    public var volume: [Double]
    /// The close adjusted for splits and dividends, where the file has it; NaN otherwise.
    public var adjustedClose: [Float]
    /// 1-based number of the line in the file.
    public var line: [UInt32]

    package init(
        symbols: SymbolTable, symbol: [UInt32], day: [Int32], open: [Float], high: [Float], low: [Float], close: [Float],
        volume: [Double], adjustedClose: [Float], line: [UInt32]
    ) {
        self.symbols = symbols
        self.symbol = symbol
        self.day = day
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
        self.adjustedClose = adjustedClose
        self.line = line
    }

    /// Rows.
    public var count: Int { line.count }

    /// Appends a later block of the same file.
    public mutating func append(contentsOf block: StockRows) {
        symbols = block.symbols
        symbol += block.symbol
        day += block.day
        open += block.open
        high += block.high
        low += block.low
        close += block.close
        volume += block.volume
        adjustedClose += block.adjustedClose
        line += block.line
    }
}
