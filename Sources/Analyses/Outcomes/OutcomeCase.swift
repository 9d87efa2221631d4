public import MarketData

/// The quote of a contract and the close of its underlying on a session after the entry.
public struct LaterQuote: Hashable, Sendable {
    public var day: Day
    /// Dollars a share; NaN when unknown.
    public var bid: Double
    public var ask: Double
    /// Of the underlying, unadjusted; NaN when unknown.
    public var close: Double
    /// The underlying split on the day: neither strikes nor closes compare across it.
    public var isSplitDay: Bool

    public init(day: Day, bid: Double = .nan, ask: Double = .nan, close: Double = .nan, isSplitDay: Bool = false) {
        self.day = day
        self.bid = bid
        self.ask = ask
        self.close = close
        self.isSplitDay = isSplitDay
    }
}

/// A contract entered at the close of a session, and its later quotes.
public struct OutcomeCase: Sendable {
    public var underlying: String
    /// The entry's session.
    public var day: Day
    public var quote: OptionQuote
    /// The underlying's close at entry, in dollars; NaN when unknown.
    public var close: Double
    /// Later sessions in any order; sessions without a row are absent.
    public var later: [LaterQuote]

    public init(underlying: String, day: Day, quote: OptionQuote, close: Double, later: [LaterQuote]) {
        self.underlying = underlying
        self.day = day
        self.quote = quote
        self.close = close
        self.later = later
    }
}

/// The status of a case at a horizon.
public enum OutcomeStatus: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    /// Sold, or bought back, at a two-sided quote.
    case quoted
    /// The market has an ask and a bid of 0: a bought contract is worth nothing to its holder.
    case noBid = "no_bid"
    /// Settled out of the money at or before the horizon.
    case expiredWorthless = "expired_worthless"
    /// Settled for its intrinsic value at the close of its last trading day, at or before the horizon.
    case expiredInTheMoney = "expired_in_the_money"
    /// No row, no two-sided quote, or a crossed one; for an expired contract, no close of the underlying on its last trading day.
    case noLaterQuote = "no_later_quote"
    /// The underlying split since the entry.
    case split
    /// No two-sided quote at entry: nobody could trade it.
    case noEntry = "no_entry"
    /// An adjusted, mini or AM-settled contract.
    case notPlain = "not_plain"
}

/// The outcome of one case at one horizon.
public struct Outcome: Codable, Hashable, Sendable {
    public var contract: OptionContract
    public var underlying: String
    public var quote_date: Day
    /// Sessions ahead.
    public var horizon: Int
    public var status: OutcomeStatus
    /// The session of the exit: the horizon's, or the last trading day.
    public var exit_date: Day
    /// Price at entry and exit, at executable sides, in dollars per share.
    public var entry: Double?
    public var exit: Double?
    /// Return of buying at the ask and selling at the bid, as a share of the ask; for a sold contract, the share of the credit that is
    /// kept.
    public var executable_return: Double?
    /// Mid over mid − 1, which nobody could trade.
    public var mid_return: Double?
    /// Close over close − 1.
    public var underlying_return: Double?
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension Outcome {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(contract, forKey: .contract)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(quote_date, forKey: .quote_date)
        try box.encode(horizon, forKey: .horizon)
        try box.encode(status, forKey: .status)
        try box.encode(exit_date, forKey: .exit_date)
        try box.encode(entry, forKey: .entry)
        try box.encode(exit, forKey: .exit)
        try box.encode(executable_return, forKey: .executable_return)
        try box.encode(mid_return, forKey: .mid_return)
        try box.encode(underlying_return, forKey: .underlying_return)
    }
}

/// Distribution of the returns of a set of outcomes. Intervals are 95 %, by a block bootstrap over quote dates.
public struct OutcomeDistribution: Codable, Hashable, Sendable {
    public struct Interval: Codable, Hashable, Sendable {
        public var low: Double
        public var high: Double
    }

    /// Outcomes with an executable return.
    public var count: Int
    /// Different quote dates among them.
    public var dates: Int
    /// Returns above 0.
    public var gains: Int
    public var gain_share: Double?
    public var gain_share_interval: Interval?
    public var mean: Double?
    public var mean_interval: Interval?
    public var median: Double?
    /// Of the median.
    public var interval: Interval?
    public var quartiles: [Double]?
    /// Means of the labelled mid returns, and of the underlying's.
    public var mid_mean: Double?
    public var underlying_mean: Double?
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension OutcomeDistribution {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(count, forKey: .count)
        try box.encode(dates, forKey: .dates)
        try box.encode(gains, forKey: .gains)
        try box.encode(gain_share, forKey: .gain_share)
        try box.encode(gain_share_interval, forKey: .gain_share_interval)
        try box.encode(mean, forKey: .mean)
        try box.encode(mean_interval, forKey: .mean_interval)
        try box.encode(median, forKey: .median)
        try box.encode(interval, forKey: .interval)
        try box.encode(quartiles, forKey: .quartiles)
        try box.encode(mid_mean, forKey: .mid_mean)
        try box.encode(underlying_mean, forKey: .underlying_mean)
    }
}

/// The outcomes of one horizon.
public struct OutcomeSummary: Codable, Hashable, Sendable {
    public var horizon: Int
    /// Cases, those without a return included.
    public var cases: Int
    public var distribution: OutcomeDistribution
    /// Cases by status, every status named.
    public var statuses: [OutcomeStatus: Int]
    public var no_later_quote: Int
    public var expired: Int
    /// The same over random rows.
    public var baseline: OutcomeDistribution?

    private enum CodingKeys: String, CodingKey { case horizon, cases, statuses, no_later_quote, expired, baseline }

    public init(
        horizon: Int, cases: Int, distribution: OutcomeDistribution, statuses: [OutcomeStatus: Int], baseline: OutcomeDistribution? = nil
    ) {
        self.horizon = horizon
        self.cases = cases
        self.distribution = distribution
        self.statuses = statuses
        no_later_quote = statuses[.noLaterQuote] ?? 0
        expired = (statuses[.expiredWorthless] ?? 0) + (statuses[.expiredInTheMoney] ?? 0)
        self.baseline = baseline
    }

    /// The distribution's members stand beside the others.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            horizon: try box.decode(Int.self, forKey: .horizon), cases: try box.decode(Int.self, forKey: .cases),
            distribution: try OutcomeDistribution(from: decoder), statuses: try box.decode([OutcomeStatus: Int].self, forKey: .statuses),
            baseline: try box.decodeIfPresent(OutcomeDistribution.self, forKey: .baseline))
    }

    public func encode(to encoder: any Encoder) throws {
        try distribution.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(horizon, forKey: .horizon)
        try box.encode(cases, forKey: .cases)
        try box.encode(statuses, forKey: .statuses)
        try box.encode(no_later_quote, forKey: .no_later_quote)
        try box.encode(expired, forKey: .expired)
        try box.encodeIfPresent(baseline, forKey: .baseline)
    }
}

/// Outcomes by case and horizon, and a summary a horizon.
public struct OutcomeReport: Codable, Sendable {
    /// By case, then horizon.
    public var results: [Outcome]
    /// By horizon, ascending.
    public var summary: [OutcomeSummary]
}
