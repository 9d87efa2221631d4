import Foundation

/// Daily bars of one underlying, unadjusted as on the exchange, and their volatility.
struct UnderlyingPath: Sendable {
    struct Bar: Sendable {
        var open: Double
        var high: Double
        var low: Double
        var close: Double
        var volume: Int
        /// Number of shares that one share of the first session has become.
        var shares: Double
        /// Expected annual variance of returns for the next session, without earnings.
        var variance: Double
    }

    let bars: [Bar]
    /// Long-run annual variance.
    let longRunVariance: Double
    /// Variance that an earnings day adds to the year.
    let earningsVariance: Double

    init(profile: UnderlyingProfile, market: MarketPath, seed: UInt64) {
        var random = RandomStream(seed, .path, profile.index)
        let own = profile.ownDeviation
        let earningsDeviation = 2.5 * own
        earningsVariance = earningsDeviation * earningsDeviation
        let marketVariance = profile.beta * profile.beta * MarketPath.longRun * MarketPath.longRun
        longRunVariance = 252 * (marketVariance + own * own)

        // `level` is the log price without splits.
        let anchor = log(profile.firstPrice)
        var level = anchor
        var ownVariance = own * own
        var shares = 1.0
        func advance(_ marketReturn: Double, earnings: Bool) -> Double {
            let shock = ownVariance.squareRoot() * random.heavyTailed()
            ownVariance = 0.05 * own * own + 0.06 * min(shock * shock, 36 * ownVariance) + 0.89 * ownVariance
            let jump = earnings ? earningsDeviation * random.normal() : 0
            // A weak pull towards the anchor keeps decades of returns from ending at a cent or a million.
            return profile.beta * marketReturn + shock + jump - 0.0006 * (level - anchor)
        }
        for (marketReturn, _) in market.warmUp {
            let move = advance(marketReturn, earnings: false)
            level += move
        }
        level = anchor + 0.3 * (level - anchor)

        var bars: [Bar] = []
        bars.reserveCapacity(market.returns.count)
        var close = Self.rounded(exp(level) / shares)
        for session in market.returns.indices {
            var previous = close
            // Splits and reverse splits take effect at the open.
            if previous > profile.splitAbove, random.uniform() < 0.03 {
                let ratio = [2.0, 2, 2, 3, 4, 7][random.below(6)]
                shares *= ratio
                previous /= ratio
            } else if previous < 2, random.uniform() < 0.02 {
                shares /= 10
                previous *= 10
            }
            let isEarnings = (session + 63 - profile.firstEarnings) % 63 == 0
            let move = advance(market.returns[session], earnings: isEarnings)
            level += move
            let deviation = (profile.beta * market.deviations[session]).magnitude + ownVariance.squareRoot()
            let gap = (isEarnings ? 0.9 : 0.35) * move + 0.2 * deviation * random.normal()
            let exact = exp(level) / shares
            close = Self.rounded(exact)
            let open = Self.rounded(max(previous * exp(gap), 0.01))
            let high = Self.rounded(max(open, close) * exp(0.4 * deviation * abs(random.normal())))
            let low = Self.rounded(min(open, close) * exp(-0.4 * deviation * abs(random.normal())))
            let activity = exp(0.35 * random.normal() + 12 * min(abs(move), 0.15))
            let dailyVariance =
                profile.beta * profile.beta * market.deviations[session] * market.deviations[session] + ownVariance
            bars.append(
                Bar(
                    open: open, high: max(high, open, close), low: min(low, open, close), close: close,
                    volume: Int(profile.shareVolume * activity * shares), shares: shares, variance: 252 * dailyVariance))
        }
        self.bars = bars
    }

    /// Number of earnings reports after one session, up to and including another.
    static func earnings(after: Int, through: Int, profile: UnderlyingProfile) -> Int {
        func reports(_ session: Int) -> Int { (session + 63 - profile.firstEarnings) / 63 }
        return max(0, reports(through) - reports(after))
    }

    /// Rounds to cents; below a dollar, to hundredths of a cent.
    private static func rounded(_ price: Double) -> Double {
        let scale = price < 1 ? 10_000.0 : 100
        return max(1, (price * scale).rounded()) / scale
    }
}
