public import MarketData

/// The inequality that a candidate violates.
public enum ArbitrageFamily: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    /// Sell the call, buy the put and the stock: C − P > S − K e^(−rT).
    case conversion
    /// Buy the call, sell the put and the stock: C − P < S − D − K.
    case reversal
    /// Buy the spread of synthetic forwards for less than the present value of its width.
    case longBox = "long_box"
    /// Sell the same spread for more than it can cost.
    case shortBox = "short_box"
    /// Sell the less valuable option of two strikes for more than the other costs.
    case vertical
    /// Sell a vertical spread for more than its width.
    case verticalWidth = "vertical_width"
    /// Sell the middle of three strikes for more than the other two cost.
    case butterfly
    /// Sell the earlier expiry for more than the later one costs.
    case calendar
}

/// One leg of a package.
public struct ArbitrageLeg: Codable, Hashable, Sendable {
    public enum Side: String, Codable, Hashable, Sendable { case buy, sell }

    public var side: Side
    /// OCC symbol; `nil` for the underlying.
    public var contract: OptionContract?
    /// The underlying's ticker, for a leg in shares.
    public var symbol: String?
    /// Contracts, or hundreds of shares, in one package.
    public var ratio: Int
    /// Dollars per share: the ask of bought contracts, the bid of sold ones; the close for shares.
    public var price: Double
    /// Quoted contracts at the price; `nil` when unknown, and for shares.
    public var quoted: Int?
    public var strike: Double?
    public var expiration: Day?
    /// `call`, `put` or `stock`.
    public var kind: String
}

/// A package of legs whose worst case is a profit, at executable prices and after fees.
public struct ArbitrageCandidate: Codable, Hashable, Sendable {
    public var family: ArbitrageFamily
    public var underlying: String
    public var quote_date: Day
    /// Calendar days to the last expiry of the package.
    public var days_to_expiry: Int
    public var legs: [ArbitrageLeg]
    /// Cost of the package before fees, in dollars per share; negative for a credit.
    public var cost: Double
    /// Fees and the cost of trading the stock, in dollars per share of the package.
    public var fees: Double
    /// Present value of the package's worst payoff, less cost and fees, in dollars per share.
    public var profit: Double
    /// Packages that the quoted sizes allow; `nil` when none of the sizes is known.
    public var size: Int?
    /// Profit × 100 × size, in dollars; that of one package if the size is unknown.
    public var profit_dollars: Double
    /// Reasons that speak against it.
    public var against: [String]
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension ArbitrageCandidate {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(family, forKey: .family)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(quote_date, forKey: .quote_date)
        try box.encode(days_to_expiry, forKey: .days_to_expiry)
        try box.encode(legs, forKey: .legs)
        try box.encode(cost, forKey: .cost)
        try box.encode(fees, forKey: .fees)
        try box.encode(profit, forKey: .profit)
        try box.encode(size, forKey: .size)
        try box.encode(profit_dollars, forKey: .profit_dollars)
        try box.encode(against, forKey: .against)
    }
}

/// The candidates of one chain or several, most profitable first.
public struct ArbitrageReport: Codable, Sendable {
    public var as_of: Day
    public var candidates: [ArbitrageCandidate]
    /// Number of candidates in the quotes, including those that a caller left out of the list.
    public var found: Int
    /// Quotes examined, those rejected included.
    public var quotes: Int
    public var rejected: RejectionCounts
    /// Packages that pay more than their costs, but need more contracts than one of their quotes shows.
    public var too_small: Int
}
