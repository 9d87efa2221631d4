/// Daily bars of stocks, or a block of them, in the form and order of a file.
///
/// The columns of `rows` that are derived later (`file`, `key`) are empty. Columns can be read from the block itself:
/// `block.close`.
@dynamicMemberLookup
public struct StockBlock: Sendable {
    /// Texts of `symbol`.
    public var symbols: SymbolTable
    /// The ticker, by row.
    public var symbol: [UInt32]
    public var rows: StockRows

    package init(symbols: SymbolTable, symbol: [UInt32], rows: StockRows) {
        self.symbols = symbols
        self.symbol = symbol
        self.rows = rows
    }

    /// Rows.
    public var count: Int { symbol.count }

    /// Appends a later block of the same file.
    public mutating func append(contentsOf block: StockBlock) {
        symbols = block.symbols
        symbol += block.symbol
        rows.append(contentsOf: block.rows)
    }

    public subscript<Values>(dynamicMember path: KeyPath<StockRows, Values>) -> Values { rows[keyPath: path] }
}
