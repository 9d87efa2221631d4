/// Option quotes of one day, or a block of them: one array a column, all of the same length, in file order.
///
/// The values are those of the file. Greeks are the vendor's: their conventions change over the years, so recompute them
/// (`BlackScholes`) before comparing years.
public struct OptionRows: Sendable {
    /// The session that the quotes belong to: the file's, and every row's.
    public var day: Day
    /// Texts of `symbol` and `root`.
    public var symbols: SymbolTable

    /// The underlying's ticker.
    public var symbol: [UInt32]
    /// The contract's root; differs from the ticker for adjusted contracts such as AAPL1.
    public var root: [UInt32]
    /// Expiry as `Day.rawValue`, never before `day`.
    public var expiry: [Int32]
    /// 0 = call, 1 = put.
    public var kind: [UInt8]
    /// ASCII `A` (American) or `E` (European).
    public var style: [UInt8]
    /// Thousandths of a dollar, 1 … 99,999,999.
    public var strike: [Int32]
    /// Dollars, at least 0; NaN when empty.
    public var bid: [Float]
    /// Dollars, at least 0; NaN when empty.
    public var ask: [Float]
    /// Contracts; -1 when empty.
    public var bidSize: [Int32]
    /// Contracts; -1 when empty.
    public var askSize: [Int32]
    /// Contracts; -1 when empty, which is not 0.
    public var volume: [Int32]
    /// Contracts; -1 when empty.
    public var openInterest: [Int32]
    /// The vendor's; NaN when empty.
    public var delta: [Float]
    /// The vendor's; NaN when empty.
    public var gamma: [Float]
    /// The vendor's, per year or per day depending on the file's year; NaN when empty.
    public var theta: [Float]
    /// The vendor's, per 1.00 or per point of volatility depending on the file's year; NaN when empty.
    public var vega: [Float]
    /// The vendor's, 1.00 = 100 %; NaN when empty.
    public var impliedVolatility: [Float]
    /// 1-based number of the line in the file.
    public var line: [UInt32]

    /// Rows.
    public var count: Int { line.count }

    /// The ticker of row `index`.
    public func ticker(_ index: Int) -> String { symbols[symbol[index]] }
}
