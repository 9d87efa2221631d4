/// Costs and bounds of the search for arbitrage.
public struct ArbitrageSettings: Hashable, Sendable, Codable {
    /// Where the rate of an expiry comes from.
    public enum Rate: Hashable, Sendable, Codable {
        /// Annual, continuously compounded.
        case fixed(Double)
        /// What call less put over strikes of the expiry implies, between 0 and 20 %; the fallback where fewer than four strikes between 70 %
        /// and 100 % of the close are quoted; 20 % where fewer than four in all have both options. Conversions and long boxes must also earn a
        /// profit by what the nearest strikes imply.
        case implied(fallback: Double)
    }

    /// Upper bound on the dividends that a short seller of the stock pays until an expiry; the lower bound is 0.
    public enum Dividends: Hashable, Sendable, Codable {
        /// This share of the close a year, and a quarter's more, because the first can come on the next day.
        case yield(Double)
        /// What other strikes from three quarters of the close on imply by parity, and half a median spread: a reversal at any other strike
        /// earns nothing; and at least what the strikes beside the reversal's imply. At most this yield; by yield where fewer than four strikes
        /// are quoted. Fees for borrowing the stock lower calls as dividends do, and are in it.
        case implied(most: Double)
    }

    public var rate = Rate.implied(fallback: 0.02)
    /// Dollars a contract, for each that is bought or sold.
    public var feePerContract = 0.65
    /// Dollars a share that buying or selling the underlying costs against its close: half its spread and commission.
    public var stockCost = 0.01
    public var dividends = Dividends.implied(most: 0.08)
    /// Dollars a share of the package, after all costs. Less than this is not reported.
    public var minimumProfit = 0.0001
    /// Contracts of the body of a butterfly in its smallest package. A longer exact ratio is replaced by the best shorter one.
    public var largestRatio = 12

    public init() {}
}
