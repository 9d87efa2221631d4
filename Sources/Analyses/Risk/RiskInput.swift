public import MarketData

/// A position with the day's market: contracts or shares of one underlying.
public struct RiskPosition: Sendable {
    /// OCC contract; `nil` for shares.
    public var contract: OptionContract?
    public var underlying: String
    /// Contracts or shares; negative if sold.
    public var quantity: Double
    /// The underlying's close, in dollars.
    public var spot: Double
    /// Annual implied volatility; NaN when unknown.
    public var volatility: Double
    /// Mid of the day, in dollars per share; NaN when unknown.
    public var mid: Double
    /// The underlying's daily standard deviation, as a share of its price: realised over 20 sessions / √252. NaN: the implied one / √252.
    public var dailyDeviation: Double

    public init(
        contract: OptionContract?, underlying: String, quantity: Double, spot: Double, volatility: Double = .nan, mid: Double = .nan,
        dailyDeviation: Double = .nan
    ) {
        self.contract = contract
        self.underlying = underlying
        self.quantity = quantity
        self.spot = spot
        self.volatility = volatility
        self.mid = mid
        self.dailyDeviation = dailyDeviation
    }
}

/// Sensitivities of a position or of several, in dollars.
public struct Exposure: Codable, Hashable, Sendable {
    /// Quantity × mid × 100, or shares × close. Positions without a mid count at their Black–Scholes value.
    public var market_value = 0.0
    /// Value of the shares that move equally.
    public var delta = 0.0
    /// Change of `delta` for a move of 1 %.
    public var gamma = 0.0
    /// Change of value per calendar day.
    public var theta = 0.0
    /// Change of value per point of volatility.
    public var vega = 0.0
    /// Change of value per point of the rate.
    public var rho = 0.0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.market_value += right.market_value
        left.delta += right.delta
        left.gamma += right.gamma
        left.theta += right.theta
        left.vega += right.vega
        left.rho += right.rho
    }
}

/// The risk of one position.
public struct PositionRisk: Codable, Hashable, Sendable {
    public var contract: OptionContract?
    public var underlying: String
    public var quantity: Double
    public var underlying_close: Double
    public var implied_volatility: Double?
    /// Sensitivities of one contract per share, as `Greeks` defines them; `nil` for shares.
    public var delta: Double?
    public var gamma: Double?
    public var theta: Double?
    public var vega: Double?
    public var exposure: Exposure
    /// Components for comparing positions, by `names`: sensitivities per dollar of notional, moneyness and time.
    public var vector: [Double]

    /// Names of `vector`, in its order.
    public static let names = ["delta", "gamma", "vega", "theta", "log_moneyness", "root_years"]
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension PositionRisk {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(contract, forKey: .contract)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(quantity, forKey: .quantity)
        try box.encode(underlying_close, forKey: .underlying_close)
        try box.encode(implied_volatility, forKey: .implied_volatility)
        try box.encode(delta, forKey: .delta)
        try box.encode(gamma, forKey: .gamma)
        try box.encode(theta, forKey: .theta)
        try box.encode(vega, forKey: .vega)
        try box.encode(exposure, forKey: .exposure)
        try box.encode(vector, forKey: .vector)
    }
}

/// The change of the whole portfolio's value in one scenario, in dollars.
public struct Scenario: Codable, Hashable, Sendable {
    /// Moves of every underlying, in its own daily standard deviations.
    public var sigmas: Double
    /// Relative change of every implied volatility.
    public var volatility_change: Double
    public var profit: Double
}

/// The risk of a portfolio on a day.
public struct RiskReport: Codable, Sendable {
    public struct NotPriced: Codable, Hashable, Sendable {
        public var contract: OptionContract?
        public var underlying: String
        public var reason: String
    }

    public var as_of: Day
    public var positions: [PositionRisk]
    public var total: Exposure
    public var by_underlying: [String: Exposure]
    /// By move, then by volatility; all ascending.
    public var scenarios: [Scenario]
    public var not_priced: [NotPriced]
    public var assumptions: String
}
