public import MarketData

/// A strategy that a screen ranks.
public enum Strategy: String, CaseIterable, Codable, Hashable, Sendable {
    /// Two options of one kind and expiry: credit and debit spreads, bullish and bearish.
    case vertical
    /// A put credit spread below a call credit spread of the same expiry (iron condor); with equal short strikes, an iron butterfly.
    case condor
    /// 100 shares and a short call.
    case coveredCall = "covered-call"
    /// A short put and its strike in cash.
    case cashSecuredPut = "cash-secured-put"
    /// A short option and a long one of the same strike and kind that expires later.
    case calendar
}

/// The measure that a screen ranks by, most favourable first.
public enum StrategyMeasure: String, CaseIterable, Codable, Hashable, Sendable {
    /// Highest credit, or lowest debit.
    case credit
    case maxProfit = "max_profit"
    /// Lowest first.
    case maxLoss = "max_loss"
    case returnOnRisk = "return_on_risk"
    case pop
    /// Return on risk × 365 / days to the first expiry.
    case annualised

    /// The number of a result; NaN for an unknown POP.
    public func value(of result: StrategyResult) -> Double {
        switch self {
        case .credit: result.credit
        case .maxProfit: result.max_profit
        case .maxLoss: result.max_loss
        case .returnOnRisk: result.return_on_risk
        case .pop: result.pop ?? .nan
        case .annualised: result.annualised
        }
    }
}

/// One leg of a strategy.
public struct StrategyLeg: Codable, Hashable, Sendable {
    public var side: ArbitrageLeg.Side
    /// `nil` for shares.
    public var contract: OptionContract?
    /// Dollars per share: the ask of bought options, the bid of sold ones, the close for shares.
    public var price: Double
    /// `call`, `put` or `stock`.
    public var kind: String
    public var strike: Double?
    public var expiration: Day?
    /// Annual volatility of the quote or of its mid; `nil` if there is none.
    public var implied_volatility: Double?
}

/// A strategy at executable prices. Amounts are dollars per share, after fees.
public struct StrategyResult: Codable, Hashable, Sendable {
    public var strategy: Strategy
    /// `bull put`, `bear call`, `bull call`, `bear put` for verticals; otherwise the strategy.
    public var name: String
    public var underlying: String
    public var quote_date: Day
    /// Calendar days to the first expiry.
    public var days_to_expiry: Int
    public var underlying_close: Double
    public var legs: [StrategyLeg]
    /// Credit at entry, before fees; negative for a debit.
    public var credit: Double
    public var max_profit: Double
    public var max_loss: Double
    public var return_on_risk: Double
    public var annualised: Double
    /// Prices of the underlying at the first expiry with neither profit nor loss, ascending.
    public var breakevens: [Double]
    /// Probability of a profit at the first expiry, lognormal with `volatility` and the rate as drift; `nil` without a volatility.
    public var pop: Double?
    /// Annual, at the money, of the first expiry.
    public var volatility: Double?
    /// Of a covered call whose stock stays where it is, annualised.
    public var static_annualised: Double?
    /// Whether maximum profit, breakevens and POP depend on a model: for a calendar, they value its long option at its present volatility.
    public var is_modelled: Bool
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension StrategyResult {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(strategy, forKey: .strategy)
        try box.encode(name, forKey: .name)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(quote_date, forKey: .quote_date)
        try box.encode(days_to_expiry, forKey: .days_to_expiry)
        try box.encode(underlying_close, forKey: .underlying_close)
        try box.encode(legs, forKey: .legs)
        try box.encode(credit, forKey: .credit)
        try box.encode(max_profit, forKey: .max_profit)
        try box.encode(max_loss, forKey: .max_loss)
        try box.encode(return_on_risk, forKey: .return_on_risk)
        try box.encode(annualised, forKey: .annualised)
        try box.encode(breakevens, forKey: .breakevens)
        try box.encode(pop, forKey: .pop)
        try box.encode(volatility, forKey: .volatility)
        try box.encode(static_annualised, forKey: .static_annualised)
        try box.encode(is_modelled, forKey: .is_modelled)
    }
}

/// The best results of a screen.
public struct ScreenReport: Codable, Sendable {
    public var strategy: Strategy
    public var measure: StrategyMeasure
    public var as_of: Day
    /// Number of combinations in the screen's range, including those without profit or risk.
    public var considered: Int
    /// Combinations that cannot lose at these prices: `arbitrage` examines them.
    public var riskless: Int
    public var results: [StrategyResult]
    public var rejected: RejectionCounts
    public var assumptions: String
}

/// The range of a screen.
public struct ScreenSettings: Hashable, Sendable, Codable {
    /// Calendar days to the first expiry.
    public var days = 1...60
    /// Calendar days to the later expiry of a calendar.
    public var farthestExpiry = 365
    /// Maximum number of listed strikes from the short to the long option of a condor's spreads.
    public var widestWing = 10
    /// Dollars per contract, for each option.
    public var feePerContract = 0.65
    /// Contracts; unknown counts are 0. Apply to every option.
    public var leastVolume = 0
    public var leastOpenInterest = 0
    /// Maximum of (ask − bid) / mid of every option.
    public var widestSpread = Double.infinity
    /// Annual, continuously compounded; of the drift, as the volatilities were solved with.
    public var rate = 0.0

    public init() {}
}
