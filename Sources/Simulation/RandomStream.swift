internal import Base
import Foundation

/// Random numbers: one short stream for each thing that is random, so that nothing depends on the
/// order in which threads get to it.
struct RandomStream {
    private var state: SplitMix64

    /// The stream of a purpose, and of the things that tell it from others of the same purpose.
    init(_ seed: UInt64, _ purpose: Purpose, _ a: Int = 0, _ b: Int = 0) {
        var state = SplitMix64.mix(seed ^ (UInt64(purpose.rawValue) << 56))
        state = SplitMix64.mix(state ^ UInt64(truncatingIfNeeded: a))
        self.state = SplitMix64(state: SplitMix64.mix(state ^ UInt64(truncatingIfNeeded: b) &* 0x9E37_79B9_7F4A_7C15))
    }

    enum Purpose: UInt8 {
        case profile = 1, market, path, quotes, contracts, rowQuirks, fileQuirks, stockQuirks, days
    }

    mutating func next() -> UInt64 { state.next() }

    /// From 0, below 1.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// From 0, below `bound`, which must be positive.
    mutating func below(_ bound: Int) -> Int { Int(((next() >> 32) &* UInt64(bound)) >> 32) }

    /// Standard normal, by the polar method of Marsaglia.
    mutating func normal() -> Double {
        while true {
            let u = 2 * uniform() - 1
            let v = 2 * uniform() - 1
            let square = u * u + v * v
            if square > 0, square < 1 { return u * (-2 * log(square) / square).squareRoot() }
        }
    }

    /// Student's t with 5 degrees of freedom, scaled to unit variance: the tails of daily returns.
    mutating func heavyTailed() -> Double {
        var squares = 0.0
        for _ in 0..<5 {
            let x = normal()
            squares += x * x
        }
        return normal() * (3 / squares).squareRoot()
    }
}
