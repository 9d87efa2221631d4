import Foundation

/// Implied volatility by strike and time, with a term structure from today's level to the long-run one, a bump before
/// earnings, and a skew with wings.
struct VolatilitySurface {
    /// Annual variance now and in the long run.
    let variance: Double
    let longRunVariance: Double
    /// Below 0: out-of-the-money puts cost more than calls.
    let skew: Double

    /// At the money forward, for that time and the variance that earnings reports add until then (absolute, not annual).
    func atTheMoney(years: Double, earningsVariance: Double) -> Double {
        // Variance falls back with a half-life of about two months; options cost a tenth more than what is realised.
        let decay = 4.0 * years
        let share = decay < 1e-6 ? 1 : (1 - exp(-decay)) / decay
        let average = longRunVariance + (variance - longRunVariance) * share
        return 1.1 * (average + earningsVariance / years).squareRoot()
    }

    /// What the at-the-money volatility is multiplied by at `k` standard deviations of log(strike / forward).
    func smile(_ k: Double) -> Double {
        let distance = abs(k)
        return 1 + skew * k / (1 + 0.15 * distance) + 0.02 * k * k / (1 + 0.3 * distance)
    }
}
