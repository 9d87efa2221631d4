/// Stock bars in the form of a batch, one row per session and ticker. Prices are as traded: not adjusted for splits or
/// dividends. To add a column, declare it here: a property and its line in `columns`.
public struct StockRows: RowColumns {
    public var file: [UInt32] = []
    public var line: [UInt32] = []
    public var quoteDate: [Int32] = []
    public var open: [Float] = []
    public var high: [Float] = []
    public var low: [Float] = []
    public var close: [Float] = []
    public var volume: [Int64] = []
    public var adjustedClose: [Float] = []
    public var key: [UInt64] = []

    public init() {}

    public static let columns: [RowColumn<StockRows>] = [
        RowColumn("file", .uint32(\.file), .fileNumber),
        RowColumn("line", .uint32(\.line), .lineNumber),
        RowColumn("quote_date", .int32(\.quoteDate), .day, source: "trade_date"),
        RowColumn("open", .float(\.open), .dollars, note: "0 where the vendor does not know it", source: "open"),
        RowColumn("high", .float(\.high), .dollars, source: "high"),
        RowColumn("low", .float(\.low), .dollars, source: "low"),
        RowColumn("close", .float(\.close), .dollars, source: "close", output: "underlying_close", field: "close"),
        RowColumn("volume", .int64(\.volume), .shares, missing: .minusOne, source: "volume", output: "volume", field: "volume"),
        RowColumn("adjusted_close", .float(\.adjustedClose), .dollars, missing: .nan, note: "as in the source", source: "adjust_close"),
        RowColumn(
            "key", .uint64(\.key), .descriptionKey,
            note: "of the row, with the attributes that the template does not use"),
    ]
}
