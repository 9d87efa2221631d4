import Foundation

/// Implied volatility by strike and time. The term structure goes from today's level to the long-run level, with a bump
/// before earnings; the skew has wings.
struct VolatilitySurface {
    /// Current annual variance.
    let variance: Double
    /// Long-run annual variance.
    let longRunVariance: Double
    /// Negative: out-of-the-money puts cost more than calls.
    let skew: Double

    /// Volatility at the money forward, for a time to expiry and the variance that earnings reports add until then
    /// (absolute, not annual).
    func atTheMoney(years: Double, earningsVariance: Double) -> Double {
        // Variance reverts with a half-life of about two months; options cost a tenth more than realised volatility.
        let decay = 4.0 * years
        let share = decay < 1e-6 ? 1 : (1 - exp(-decay)) / decay
        let average = longRunVariance + (variance - longRunVariance) * share
        return 1.1 * (average + earningsVariance / years).squareRoot()
    }

    /// Factor for the at-the-money volatility at `k` standard deviations of log(strike / forward).
    func smile(_ k: Double) -> Double {
        let distance = abs(k)
        return 1 + skew * k / (1 + 0.15 * distance) + 0.02 * k * k / (1 + 0.3 * distance)
    }
}
