/// Option rows in the form of a batch. To add a column, declare it here: a property and its line in `columns`.
public struct OptionRows: RowColumns {
    public var file: [UInt32] = []
    public var line: [UInt32] = []
    public var quoteDate: [Int32] = []
    public var expiry: [Int32] = []
    public var strike: [Int32] = []
    public var root: [UInt32] = []
    public var style: [UInt8] = []
    public var bid: [Float] = []
    public var ask: [Float] = []
    public var bidSize: [Int32] = []
    public var askSize: [Int32] = []
    public var volume: [Int32] = []
    public var openInterest: [Int32] = []
    public var impliedVolatility: [Float] = []
    public var impliedVolatilitySource: [UInt8] = []
    public var vendorImpliedVolatility: [Float] = []
    public var vendorDelta: [Float] = []
    public var vendorGamma: [Float] = []
    public var vendorTheta: [Float] = []
    public var vendorVega: [Float] = []
    public var underlyingClose: [Float] = []
    public var key: [UInt64] = []

    public init() {}

    public static let columns: [RowColumn<OptionRows>] = [
        RowColumn("file", .uint32(\.file), .fileNumber),
        RowColumn("line", .uint32(\.line), .lineNumber),
        RowColumn("quote_date", .int32(\.quoteDate), .day, source: "quote_date"),
        RowColumn("expiry", .int32(\.expiry), .day, source: "expiration"),
        RowColumn("strike", .int32(\.strike), .thousandthsOfDollar, source: "strike", output: "strike", field: "strike"),
        RowColumn(
            "root", .uint32(\.root), .tickerNumber,
            note: "of the contract's root, which differs from the underlying's for adjusted contracts", source: "contract"),
        RowColumn(
            "style", .uint8(\.style), .code, note: "ASCII `A` (American) or `E` (European)", source: "style",
            labels: [UInt8(ascii: "A"): "American", UInt8(ascii: "E"): "European"]),
        RowColumn("bid", .float(\.bid), .dollars, missing: .nan, source: "bid", output: "bid", field: "bid"),
        RowColumn("ask", .float(\.ask), .dollars, missing: .nan, source: "ask", output: "ask", field: "ask"),
        RowColumn("bid_size", .int32(\.bidSize), .contracts, missing: .minusOne, source: "bid_size", field: "bidSize"),
        RowColumn("ask_size", .int32(\.askSize), .contracts, missing: .minusOne, source: "ask_size", field: "askSize"),
        RowColumn("volume", .int32(\.volume), .contracts, missing: .minusOne, source: "volume", output: "volume", field: "volume"),
        RowColumn(
            "open_interest", .int32(\.openInterest), .contracts, missing: .minusOne, source: "open_interest",
            output: "open_interest", field: "openInterest"),
        RowColumn(
            "implied_volatility", .float(\.impliedVolatility), .fraction, missing: .nan,
            note: "solved from the mid price if possible, otherwise the vendor's", output: "implied_volatility", field: "iv"),
        RowColumn(
            "implied_volatility_source", .uint8(\.impliedVolatilitySource), .code, note: "0 none, 1 solved, 2 the vendor's",
            labels: [0: "none", 1: "solved", 2: "vendor"]),
        RowColumn(
            "vendor_implied_volatility", .float(\.vendorImpliedVolatility), .fraction, missing: .nan,
            note: "as in the source; conventions change over the years", source: "implied_volatility",
            output: "vendor_implied_volatility", field: "vendorIv", isBounded: false),
        RowColumn(
            "vendor_delta", .float(\.vendorDelta), .greek, missing: .nan, note: "as in the source", source: "delta",
            output: "vendor_delta", field: "vendorSignedDelta", isBounded: false),
        RowColumn(
            "vendor_gamma", .float(\.vendorGamma), .greek, missing: .nan, note: "as in the source", source: "gamma",
            field: "vendorGamma", isBounded: false),
        RowColumn(
            "vendor_theta", .float(\.vendorTheta), .greek, missing: .nan, note: "as in the source", source: "theta",
            field: "vendorTheta", isBounded: false),
        RowColumn(
            "vendor_vega", .float(\.vendorVega), .greek, missing: .nan, note: "as in the source", source: "vega",
            field: "vendorVega", isBounded: false),
        RowColumn(
            "underlying_close", .float(\.underlyingClose), .dollars, missing: .nan,
            note: "unadjusted; from the underlying's bar of the quote date", output: "underlying_close", field: "close"),
        RowColumn(
            "key", .uint64(\.key), .descriptionKey,
            note: "of the row, with the attributes that the template does not use"),
    ]
}
