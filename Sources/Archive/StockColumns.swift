/// Stored stock bars: one session of one ticker a row. Prices in unadjusted dollars.
public struct StockColumns: RowColumns {
    /// Index into the batch's source files.
    public var file: [UInt32] = []
    /// Line in the source file; the header is line 1.
    public var line: [UInt32] = []
    /// Days since 1970-01-01.
    public var quoteDate: [Int32] = []
    public var open: [Float] = []
    public var high: [Float] = []
    public var low: [Float] = []
    public var close: [Float] = []
    /// Shares.
    public var volume: [Int64] = []
    /// The source's adjusted close; NaN when it has none.
    public var adjustedClose: [Float] = []
    /// The row's full key, with the attributes that the template does not use.
    public var key: [UInt64] = []

    public init() {}

    public static let columns: [RowColumn<StockColumns>] = [
        RowColumn("file", .uint32(\.file)), RowColumn("line", .uint32(\.line)),
        RowColumn("quote_date", .int32(\.quoteDate)), RowColumn("open", .float(\.open)),
        RowColumn("high", .float(\.high)), RowColumn("low", .float(\.low)), RowColumn("close", .float(\.close)),
        RowColumn("volume", .int64(\.volume)), RowColumn("adjusted_close", .float(\.adjustedClose)),
        RowColumn("key", .uint64(\.key)),
    ]
}
