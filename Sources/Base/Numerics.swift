import CKernels

/// A seeded generator of random numbers: the same seed gives the same numbers everywhere.
///
/// Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    package var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        defer { state &+= Self.increment }
        return Self.mix(state)
    }

    /// The output for a state: a bijection whose every output bit depends on every input bit.
    package static func mix(_ state: UInt64) -> UInt64 {
        var z = state &+ increment
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
}

/// Half floats (IEEE 754 binary16), given as their bits, and single floats.
package enum HalfFloats {
    /// Rounds to nearest, ties to even.
    package static func halves(_ values: [Float]) -> [UInt16] {
        [UInt16](unsafeUninitializedCapacity: values.count) { halves, count in
            guard let base = halves.baseAddress else { return }
            tk_scan_f32_to_f16(values, values.count, base)
            count = values.count
        }
    }

    package static func floats(_ halves: [UInt16]) -> [Float] { halves.withUnsafeBytes { floats($0) } }

    /// Half floats as they lie in memory; an odd byte at the end is left out.
    package static func floats(_ halves: UnsafeRawBufferPointer) -> [Float] {
        [Float](unsafeUninitializedCapacity: halves.count / 2) { floats, count in
            guard let base = halves.baseAddress, let target = floats.baseAddress else { return }
            tk_scan_f16_to_f32(base, halves.count / 2, target)
            count = halves.count / 2
        }
    }
}
