public import MarketData

/// A contract's trading on a day, with its own past.
public struct FlowContract: Sendable {
    public var quote: OptionQuote
    /// Signed Black–Scholes delta; NaN when unknown.
    public var delta: Double
    /// Volumes of the 20 sessions before, the latest last; -1 where unknown. Sessions before the contract's listing are left out.
    public var trailing: [Int]
    /// Whether it was first listed on this day, with a strike that no other expiry had before.
    public var isNewStrike: Bool

    public init(quote: OptionQuote, delta: Double = .nan, trailing: [Int] = [], isNewStrike: Bool = false) {
        self.quote = quote
        self.delta = delta
        self.trailing = trailing
        self.isNewStrike = isNewStrike
    }
}

/// The trading in the options of an underlying on a day.
public struct FlowDay: Sendable {
    public var underlying: String
    public var day: Day
    /// The underlying's close, in dollars; NaN when unknown.
    public var close: Double
    public var contracts: [FlowContract]
    /// Option volumes of the underlying in the 20 sessions before, the latest last; -1 where unknown.
    public var trailing: [Int]

    public init(underlying: String, day: Day, close: Double, contracts: [FlowContract], trailing: [Int]) {
        self.underlying = underlying
        self.day = day
        self.close = close
        self.contracts = contracts
        self.trailing = trailing
    }
}

/// What a part of a score measures.
public enum FlowPartName: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    case volumeOverOpenInterest = "volume_over_open_interest"
    case volumeOverOwn = "volume_over_own_20"
    case volumeOverUnderlying = "volume_over_underlying_20"
    case notional
    case newStrike = "new_strike"
    case deltaImbalance = "delta_imbalance"
    case expiryCluster = "expiry_cluster"
}

/// A part of a score, which is the sum of the points.
public struct FlowPart: Codable, Hashable, Sendable {
    public var name: FlowPartName
    /// The value in its own unit: a ratio, dollars, or a share.
    public var value: Double
    public var points: Double
}

/// Unusual trading in a contract, or in all options of an underlying.
public struct FlowEvent: Codable, Hashable, Sendable {
    public var underlying: String
    /// `nil` for an underlying as a whole.
    public var contract: OptionContract?
    public var quote_date: Day
    public var volume: Int
    /// At the previous close; `nil` when unknown.
    public var open_interest: Int?
    /// Volume × mid × 100, in dollars; `nil` without a mid.
    public var notional: Double?
    public var score: Double
    public var parts: [FlowPart]
    /// The parts in words.
    public var reasons: [String]
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension FlowEvent {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(contract, forKey: .contract)
        try box.encode(quote_date, forKey: .quote_date)
        try box.encode(volume, forKey: .volume)
        try box.encode(open_interest, forKey: .open_interest)
        try box.encode(notional, forKey: .notional)
        try box.encode(score, forKey: .score)
        try box.encode(parts, forKey: .parts)
        try box.encode(reasons, forKey: .reasons)
    }
}

/// The events of a day, the highest score first.
public struct FlowReport: Codable, Sendable {
    public var as_of: Day
    public var results: [FlowEvent]
    /// Number of contracts examined, and of those left out because their volume is unknown or they are adjusted, mini or AM-settled.
    public var contracts: Int
    public var volume_unknown: Int
    public var not_plain: Int
    public var caveat: String
}
