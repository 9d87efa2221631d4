import Foundation

/// The return that all underlyings share, session by session. Volatility clusters, rises more after falls than after gains,
/// and has turbulent periods.
struct MarketPath: Sendable {
    /// Log returns.
    let returns: [Double]
    /// Expected daily standard deviation for each session.
    let deviations: [Double]
    /// Long-run daily standard deviation.
    static let longRun = 0.010

    /// Number of sessions simulated before the first one that is written, so that the first day looks like any other.
    static let burnIn = 252

    init(seed: UInt64, sessions: Int) {
        var random = RandomStream(seed, .market)
        var returns: [Double] = []
        var deviations: [Double] = []
        var variance = Self.longRun * Self.longRun
        var turbulent = false
        for _ in 0..<(sessions + Self.burnIn) {
            turbulent = random.uniform() < (turbulent ? 0.985 : 0.003)
            // GJR-GARCH (Glosten, Jagannathan and Runkle, 1993), persistence 0.96, around the regime's level.
            let level = Self.longRun * (turbulent ? 2.2 : 0.8)
            let deviation = variance.squareRoot()
            let value = 0.0002 + deviation * random.heavyTailed()
            returns.append(value)
            deviations.append(deviation)
            let asymmetry = value < 0 ? 0.10 : 0.02
            variance = 0.04 * level * level + asymmetry * min(value * value, 36 * variance) + 0.90 * variance
        }
        self.returns = Array(returns.dropFirst(Self.burnIn))
        self.deviations = Array(deviations.dropFirst(Self.burnIn))
        warmUp = zip(returns, deviations).prefix(Self.burnIn).map { ($0, $1) }
    }

    /// Return and deviation of the sessions before the first one that is written.
    let warmUp: [(Double, Double)]
}
