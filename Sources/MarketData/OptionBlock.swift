/// Option quotes of one day, or a block of them, in the form and order of a file.
///
/// The columns of `rows` that are derived later (`file`, `key`, the solved volatility, the underlying's close) are empty.
/// Greeks are the vendor's: their conventions change over the years, so recompute them (`BlackScholes`) before comparing
/// years. Columns can be read from the block itself: `block.bid`.
@dynamicMemberLookup
public struct OptionBlock: Sendable {
    /// The session of the file and of every row.
    public var day: Day
    /// Texts of `symbol` and of the rows' `root`.
    public var symbols: SymbolTable
    /// The underlying's ticker, by row.
    public var symbol: [UInt32]
    /// 0 = call, 1 = put, by row.
    public var kind: [UInt8]
    public var rows: OptionRows

    /// Rows.
    public var count: Int { symbol.count }

    /// The ticker of row `index`.
    public func ticker(_ index: Int) -> String { symbols[symbol[index]] }

    public subscript<Values>(dynamicMember path: KeyPath<OptionRows, Values>) -> Values { rows[keyPath: path] }
}
