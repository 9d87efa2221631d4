public import MarketData

/// The state of underlyings on days, from the option chain of that day only, one row per underlying and day. Definitions:
/// docs/questions.md. To add a measure, declare it here: a property and its line in `columns`.
public struct UnderlyingDayRows: RowColumns {
    public var ticker: [UInt32] = []
    public var quoteDate: [Int32] = []
    public var contracts: [Int32] = []
    public var expiry1: [Int32] = []
    public var expiry2: [Int32] = []
    public var expiry3: [Int32] = []
    public var monthly1: [Int32] = []
    public var monthly2: [Int32] = []
    public var close: [Float] = []
    public var forward: [Float] = []
    public var iv30: [Float] = []
    public var iv60: [Float] = []
    public var iv90: [Float] = []
    public var skew: [Float] = []
    public var fly: [Float] = []
    public var expectedMove: [Float] = []
    public var callVolume: [Int64] = []
    public var putVolume: [Int64] = []
    public var callOpenInterest: [Int64] = []
    public var putOpenInterest: [Int64] = []
    public var premiumTraded: [Float] = []
    public var maxPain: [Float] = []
    public var gammaExposure: [Float] = []
    public var callWall: [Float] = []
    public var putWall: [Float] = []

    public init() {}

    public static let columns: [RowColumn<UnderlyingDayRows>] = [
        RowColumn("ticker", .uint32(\.ticker), .tickerNumber),
        RowColumn("quote_date", .int32(\.quoteDate), .day),
        RowColumn("contracts", .int32(\.contracts), .contracts, note: "listed that day, adjusted ones left out"),
        RowColumn("expiry1", .int32(\.expiry1), .day, missing: .minusOne, note: "of the nearest expiration"),
        RowColumn("expiry2", .int32(\.expiry2), .day, missing: .minusOne, note: "of the second"),
        RowColumn("expiry3", .int32(\.expiry3), .day, missing: .minusOne, note: "of the third"),
        RowColumn("monthly1", .int32(\.monthly1), .day, missing: .minusOne, note: "of the nearest monthly expiration"),
        RowColumn("monthly2", .int32(\.monthly2), .day, missing: .minusOne, note: "of the second monthly expiration"),
        RowColumn("close", .float(\.close), .dollars, missing: .nan, note: "of the underlying, unadjusted"),
        RowColumn(
            "forward", .float(\.forward), .dollars, missing: .nan, note: "from put-call parity, of the expiration nearest to 30 days",
            field: "forward"),
        RowColumn(
            "iv30", .float(\.iv30), .fraction, missing: .nan,
            note: "at the forward; total variance interpolated between the expirations around 30 days", field: "iv30"),
        RowColumn("iv60", .float(\.iv60), .fraction, missing: .nan, note: "the same for 60 days", field: "iv60"),
        RowColumn("iv90", .float(\.iv90), .fraction, missing: .nan, note: "the same for 90 days", field: "iv90"),
        RowColumn(
            "skew25", .float(\.skew), .fraction, missing: .nan, note: "volatility of the 25-delta put less that of the 25-delta call, 30 days",
            field: "skew"),
        RowColumn(
            "fly25", .float(\.fly), .fraction, missing: .nan, note: "mean volatility of both 25-delta options less iv30", field: "fly"),
        RowColumn(
            "expected_move", .float(\.expectedMove), .dollars, missing: .nan,
            note: "mid of the at-the-money straddle of the nearest expiration after the day", field: "expectedMove"),
        RowColumn("call_volume", .int64(\.callVolume), .contracts, field: "callVolume"),
        RowColumn("put_volume", .int64(\.putVolume), .contracts, field: "putVolume"),
        RowColumn(
            "call_open_interest", .int64(\.callOpenInterest), .contracts, note: "at the previous close", field: "callOpenInterest"),
        RowColumn("put_open_interest", .int64(\.putOpenInterest), .contracts, note: "at the previous close", field: "putOpenInterest"),
        RowColumn(
            "premium_traded", .float(\.premiumTraded), .dollars, note: "volume x mid x 100, of all contracts", field: "totalPremiumTraded"),
        RowColumn(
            "max_pain", .float(\.maxPain), .dollars, missing: .nan,
            note: "strike at which the open contracts of the nearest expiration would pay least", field: "maxPain"),
        RowColumn(
            "gex", .float(\.gammaExposure), .dollars, missing: .nan,
            note: "dollars that dealers trade for a move of 1 %, if they are long calls and short puts", field: "gex"),
        RowColumn(
            "call_wall", .float(\.callWall), .dollars, missing: .nan, note: "strike with the largest open interest in calls", field: "callWall"),
        RowColumn(
            "put_wall", .float(\.putWall), .dollars, missing: .nan, note: "strike with the largest open interest in puts", field: "putWall"),
    ]

    /// Rows.
    public var count: Int { ticker.count }
}
