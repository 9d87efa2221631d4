/// Numbers of a stock on a day, from bars of that day and earlier ones only.
///
/// A number is `nil` if the history is too short. Prices before a suspected split are adjusted to the day's basis by the
/// split's ratio.
public struct UnderlyingContext: Hashable, Sendable {
    public var day: Day
    /// As traded, dollars.
    public var open: Float
    public var high: Float
    public var low: Float
    public var close: Float
    /// Shares; NaN when unknown.
    public var volume: Double

    /// The close of the session before; `nil` when that session has no bar.
    public var previousClose: Float?
    /// New shares for one old, if this looks like the day of a split (7 for 7:1, 0.125 for 1:8); see `Split`.
    public var suspectedSplit: Float?
    /// Close over previous close − 1. Not on a suspected split day.
    public var move: Float?
    /// Open over previous close − 1. Not on a suspected split day.
    public var gap: Float?
    /// (High − low) over previous close. Not on a suspected split day.
    public var range: Float?
    /// Standard deviation of the last 20 daily log returns, annualised with 252 sessions; 1.00 = 100 %.
    public var realisedVolatility: Float?
    /// Rank of `realisedVolatility` among those of its trailing year: the share of the others that are lower (equal ones count
    /// half), 0 … 1. Needs 60 observations.
    public var volatilityPercentile: Float?
    /// Volume over the median of the 20 sessions before; needs 10 known volumes.
    public var relativeVolume: Float?
    /// Close over the close 20 sessions before − 1.
    public var trend: Float?
    /// 1 − close over the highest price of the trailing year (252 sessions, today's included); needs 60 sessions.
    public var drawdown: Float?
}
