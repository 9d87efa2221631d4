import Foundation

/// SplitMix64 (Steele, Lea and Flood, 2014): random numbers from a seed, the same ones on every machine.
public struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    public init(state: UInt64) { self.state = state }

    /// Other numbers in every run: prints its seed, which `TAPEDECK_TEST_SEED` repeats.
    public init(printing test: String) {
        let seed = ProcessInfo.processInfo.environment["TAPEDECK_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
        print("\(test): TAPEDECK_TEST_SEED=\(seed)")
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
