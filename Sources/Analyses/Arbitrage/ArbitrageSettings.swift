/// Costs and bounds of the search for arbitrage.
public struct ArbitrageSettings: Hashable, Sendable, Codable {
    /// Where the rate of an expiry comes from.
    public enum Rate: Hashable, Sendable, Codable {
        /// Annual, continuously compounded.
        case fixed(Double)
        /// Implied by call minus put over strikes of the expiry, between 0 and 20 %; the fallback if fewer than four strikes between 70 %
        /// and 100 % of the close are quoted; 20 % if fewer than four strikes have both options. Conversions and long boxes must also earn a
        /// profit by the parity that the nearest strikes imply.
        case implied(fallback: Double)
    }

    /// Upper bound on the dividends that a short seller of the stock pays until an expiry; the lower bound is 0.
    public enum Dividends: Hashable, Sendable, Codable {
        /// This share of the close per year, plus a quarter of a year, because the first dividend may be due on the next day.
        case yield(Double)
        /// Implied by other strikes from three quarters of the close on, by parity, plus half a median spread, so that a reversal at any
        /// other strike earns nothing; at least the value that the nearest strikes imply. At most this yield; by yield if fewer than four
        /// strikes are quoted. Includes fees for borrowing the stock, which lower calls like dividends.
        case implied(most: Double)
    }

    public var rate = Rate.implied(fallback: 0.02)
    /// Dollars per contract bought or sold.
    public var feePerContract = 0.65
    /// Cost of buying or selling the underlying at its close, in dollars per share: half its spread and commission.
    public var stockCost = 0.01
    public var dividends = Dividends.implied(most: 0.08)
    /// Minimum profit to report, in dollars per share of the package, after all costs.
    public var minimumProfit = 0.0001
    /// Maximum number of contracts of a butterfly's body. A longer exact ratio is replaced by the best shorter one.
    public var largestRatio = 12

    public init() {}
}
