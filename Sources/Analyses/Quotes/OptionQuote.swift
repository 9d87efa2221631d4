public import MarketData

/// Whether a contract can be exercised before its expiry.
public enum ExerciseStyle: String, Codable, Hashable, Sendable {
    case american
    case european
}

/// The quote of one contract at the close of one session: the input of every analysis of a chain.
///
/// Missing numbers are NaN and missing counts -1, as in stored columns.
public struct OptionQuote: Hashable, Sendable {
    public var contract: OptionContract
    public var style: ExerciseStyle
    /// Dollars a share.
    public var bid: Double
    public var ask: Double
    /// Contracts.
    public var bidSize: Int
    public var askSize: Int
    /// Contracts traded that session. -1 (unknown) is not 0.
    public var volume: Int
    /// Contracts open at the previous close: a day's own open interest is published on the next morning.
    public var openInterest: Int
    /// Annual, 1.0 = 100 %.
    public var impliedVolatility: Double
    /// `true` if `QuoteHistory.isUnchanged` found the quote frozen while the underlying moved.
    public var isUnchanged: Bool

    public init(
        contract: OptionContract, style: ExerciseStyle = .american, bid: Double = .nan, ask: Double = .nan, bidSize: Int = -1, askSize: Int = -1,
        volume: Int = -1, openInterest: Int = -1, impliedVolatility: Double = .nan, isUnchanged: Bool = false
    ) {
        self.contract = contract
        self.style = style
        self.bid = bid
        self.ask = ask
        self.bidSize = bidSize
        self.askSize = askSize
        self.volume = volume
        self.openInterest = openInterest
        self.impliedVolatility = impliedVolatility
        self.isUnchanged = isUnchanged
    }

    /// Mean of bid and ask, in dollars per share; not executable. NaN without both.
    public var mid: Double { (bid + ask) / 2 }
    /// Dollars a share.
    public var strike: Double { contract.strike }
    public var kind: OptionKind { contract.kind }
    public var expiry: Day { contract.expiry }

    /// The value at exercise, in dollars per share.
    /// - Parameter spot: price of the underlying, in dollars.
    public func intrinsic(_ spot: Double) -> Double { max(0, kind == .call ? spot - strike : strike - spot) }
}

/// The option quotes of one underlying at the close of one session.
public struct DayChain: Sendable {
    public var underlying: String
    public var day: Day
    /// The underlying's unadjusted close, in dollars; NaN when it is unknown.
    public var close: Double
    /// `true` if `UnderlyingContext.suspectedSplit` has a ratio on this day.
    public var isSplitDay: Bool
    /// In any order.
    public var quotes: [OptionQuote]

    public init(underlying: String, day: Day, close: Double, isSplitDay: Bool = false, quotes: [OptionQuote]) {
        self.underlying = underlying
        self.day = day
        self.close = close
        self.isSplitDay = isSplitDay
        self.quotes = quotes
    }
}
