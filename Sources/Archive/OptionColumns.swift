/// Stored option rows. Units as in the source file; derived columns say how they come about.
public struct OptionColumns: RowColumns {
    /// Index into the batch's source files.
    public var file: [UInt32] = []
    /// Line in the source file; the header is line 1.
    public var line: [UInt32] = []
    /// Days since 1970-01-01.
    public var quoteDate: [Int32] = []
    public var expiry: [Int32] = []
    /// Thousandths of a dollar.
    public var strike: [Int32] = []
    /// Ticker number of the contract's root, which differs from the underlying's for adjusted contracts.
    public var root: [UInt32] = []
    /// ASCII `A` (American) or `E` (European).
    public var style: [UInt8] = []
    /// Dollars; NaN when empty.
    public var bid: [Float] = []
    public var ask: [Float] = []
    /// Contracts; -1 when empty.
    public var bidSize: [Int32] = []
    public var askSize: [Int32] = []
    public var volume: [Int32] = []
    public var openInterest: [Int32] = []
    /// Solved from the mid where possible, otherwise the vendor's; NaN when there is neither. 1.0 = 100 %.
    public var impliedVolatility: [Float] = []
    /// 0 none, 1 solved from the mid, 2 the vendor's.
    public var impliedVolatilitySource: [UInt8] = []
    /// The source file's own figures, whose conventions change over the years; NaN when empty.
    public var vendorImpliedVolatility: [Float] = []
    public var vendorDelta: [Float] = []
    public var vendorGamma: [Float] = []
    public var vendorTheta: [Float] = []
    public var vendorVega: [Float] = []
    /// The underlying's close on the quote date, unadjusted dollars; NaN when there is no bar.
    public var underlyingClose: [Float] = []
    /// The row's full key, with the attributes that the template does not use.
    public var key: [UInt64] = []

    public init() {}

    public static let columns: [RowColumn<OptionColumns>] = [
        RowColumn("file", .uint32(\.file)), RowColumn("line", .uint32(\.line)),
        RowColumn("quote_date", .int32(\.quoteDate)), RowColumn("expiry", .int32(\.expiry)),
        RowColumn("strike", .int32(\.strike)), RowColumn("root", .uint32(\.root)), RowColumn("style", .uint8(\.style)),
        RowColumn("bid", .float(\.bid)), RowColumn("ask", .float(\.ask)),
        RowColumn("bid_size", .int32(\.bidSize)), RowColumn("ask_size", .int32(\.askSize)),
        RowColumn("volume", .int32(\.volume)), RowColumn("open_interest", .int32(\.openInterest)),
        RowColumn("implied_volatility", .float(\.impliedVolatility)),
        RowColumn("implied_volatility_source", .uint8(\.impliedVolatilitySource)),
        RowColumn("vendor_implied_volatility", .float(\.vendorImpliedVolatility)),
        RowColumn("vendor_delta", .float(\.vendorDelta)), RowColumn("vendor_gamma", .float(\.vendorGamma)),
        RowColumn("vendor_theta", .float(\.vendorTheta)), RowColumn("vendor_vega", .float(\.vendorVega)),
        RowColumn("underlying_close", .float(\.underlyingClose)), RowColumn("key", .uint64(\.key)),
    ]
}
