import Base
import Foundation

/// Volume and open interest. Both are concentrated in contracts near the money and close to expiry; open interest is
/// persistent.
struct ContractActivity {
    /// Constant for the life of a contract; see `init`.
    private let hash: UInt64

    /// - Parameter contract: a number that is unique in the market.
    init(seed: UInt64, contract: UInt64) {
        hash = SplitMix64.mix(seed ^ contract)
    }

    /// Contracts traded in a session.
    /// - Parameters:
    ///   - k: standard deviations out of the money; negative in the money.
    ///   - base: contracts traded that day in the most active series of the underlying.
    func volume(k: Double, years: Double, base: Double, random: inout RandomStream) -> Int {
        let bits = random.next()
        let surprise = Self.heavyTail[Int(bits & 1023)] * Self.heavyTail[Int(bits >> 10 & 1023)]
        let own = Self.heavyTail[Int(hash & 1023)]
        let near = k - 0.3
        let money = 1 / (1 + near * near * 1.4)
        let expected = base * money * money / (1 + 9 * years) * own * surprise
        return Int(expected + Double(bits >> 40 & 1023) * (0.6 / 1024))
    }

    /// Open contracts after a session. Changes slowly, so that tomorrow's figure is close to today's.
    /// - Parameters:
    ///   - k: as for `volume`, smoothed over the past two weeks.
    ///   - life: elapsed share of the series' life, 0…1.
    func openInterest(k: Double, life: Double, isRoundStrike: Bool, base: Double) -> Int {
        let money = 1 / (1 + k * k * 0.5)
        let own = Self.heavyTail[Int(hash >> 10 & 1023)]
        let ramp = min(1, 0.05 + 1.6 * life)
        return Int(base * 7 * own * money * ramp * (isRoundStrike ? 2.5 : 1))
    }

    /// exp(1.15 z) at 1,024 equally likely normal z: a heavy tail for the cost of a look-up.
    private static let heavyTail: [Double] = (0..<1024).map { index in
        let probability = (Double(index) + 0.5) / 1024
        var (low, high) = (-6.0, 6.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < probability { low = middle } else { high = middle }
        }
        return exp(1.15 * low)
    }
}
