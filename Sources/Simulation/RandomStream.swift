import Base
import Foundation

/// Random numbers. Each random quantity has its own short stream, so that nothing depends on the order in which threads
/// reach it.
struct RandomStream {
    private var state: SplitMix64

    /// The stream for a purpose and for the numbers that identify its subject.
    init(_ seed: UInt64, _ purpose: Purpose, _ a: Int = 0, _ b: Int = 0) {
        var state = SplitMix64.mix(seed ^ (UInt64(purpose.rawValue) << 56))
        state = SplitMix64.mix(state ^ UInt64(truncatingIfNeeded: a))
        self.state = SplitMix64(state: SplitMix64.mix(state ^ UInt64(truncatingIfNeeded: b) &* 0x9E37_79B9_7F4A_7C15))
    }

    enum Purpose: UInt8 {
        case profile = 1, market, path, quotes, contracts, rowQuirks, fileQuirks, stockQuirks, days
    }

    mutating func next() -> UInt64 { state.next() }

    /// Uniform in 0..<1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform in 0..<`bound`; `bound` must be positive.
    mutating func below(_ bound: Int) -> Int { Int(((next() >> 32) &* UInt64(bound)) >> 32) }

    /// Standard normal, by Marsaglia's polar method.
    mutating func normal() -> Double {
        while true {
            let u = 2 * uniform() - 1
            let v = 2 * uniform() - 1
            let square = u * u + v * v
            if square > 0, square < 1 { return u * (-2 * log(square) / square).squareRoot() }
        }
    }

    /// Student's t with 5 degrees of freedom, scaled to unit variance, which has the tails of daily returns.
    mutating func heavyTailed() -> Double {
        var squares = 0.0
        for _ in 0..<5 {
            let x = normal()
            squares += x * x
        }
        return normal() * (3 / squares).squareRoot()
    }
}
