/// CPython's `random.Random`: the Mersenne Twister MT19937 with the methods that the original backtest uses.
///
/// The same seed gives the same draws as Python 3.2 and later. Source: Matsumoto and Nishimura, Mersenne Twister, 1998;
/// CPython, Lib/random.py and Modules/_randommodule.c.
public struct PythonRandom: Sendable {
    private var state: [UInt32]
    private var position = 624

    /// Like `random.seed(seed)` for a whole number.
    public init(seed: Int) {
        let magnitude = seed.magnitude
        let low = UInt32(truncatingIfNeeded: magnitude), high = UInt32(truncatingIfNeeded: magnitude >> 32)
        let key = high == 0 ? [low] : [low, high]
        var state = Self.expand(19_650_218)
        var i = 1, j = 0
        for _ in 0..<max(624, key.count) {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_664_525)) &+ key[j] &+ UInt32(j)
            i += 1
            j += 1
            if i >= 624 {
                state[0] = state[623]
                i = 1
            }
            if j >= key.count { j = 0 }
        }
        for _ in 0..<623 {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_566_083_941)) &- UInt32(i)
            i += 1
            if i >= 624 {
                state[0] = state[623]
                i = 1
            }
        }
        state[0] = 0x8000_0000
        self.state = state
    }

    private static func expand(_ seed: UInt32) -> [UInt32] {
        var state = [UInt32](repeating: seed, count: 624)
        for index in 1..<624 { state[index] = 1_812_433_253 &* (state[index - 1] ^ (state[index - 1] >> 30)) &+ UInt32(index) }
        return state
    }

    /// The next 32 random bits.
    public mutating func next() -> UInt32 {
        if position >= 624 {
            for index in 0..<624 {
                let bits = (state[index] & 0x8000_0000) | (state[(index + 1) % 624] & 0x7FFF_FFFF)
                state[index] = state[(index + 397) % 624] ^ (bits >> 1) ^ (bits & 1 == 0 ? 0 : 0x9908_B0DF)
            }
            position = 0
        }
        var value = state[position]
        position += 1
        value ^= value >> 11
        value ^= (value << 7) & 0x9D2C_5680
        value ^= (value << 15) & 0xEFC6_0000
        return value ^ (value >> 18)
    }

    /// Like `random.random()`: at least 0, below 1.
    public mutating func nextDouble() -> Double {
        let high = Double(next() >> 5), low = Double(next() >> 6)
        return (high * 67_108_864 + low) / 9_007_199_254_740_992
    }

    /// Like `random.randrange(limit)`.
    /// - Parameter limit: from 1 to 2^32 - 1.
    public mutating func below(_ limit: Int) -> Int {
        let width = UInt32(Int.bitWidth - limit.leadingZeroBitCount)
        while true {
            let value = Int(next() >> (32 - width))
            if value < limit { return value }
        }
    }

    /// Like `random.sample(population, count)`.
    /// - Parameter count: at most the size of the population, as in Python; a larger count takes all of it.
    public mutating func sample<Element>(_ population: [Element], _ count: Int) -> [Element] {
        let size = population.count, count = min(max(count, 0), size)
        var limit = 21
        if count > 5 {
            // 4 to the power of ceil(log4(3 count)).
            var power = 1
            while power < 3 * count { power *= 4 }
            limit += power
        }
        var result: [Element] = []
        result.reserveCapacity(count)
        if size <= limit {
            var pool = population
            for index in 0..<count {
                let place = below(size - index)
                result.append(pool[place])
                pool[place] = pool[size - index - 1]
            }
        } else {
            var taken: Set<Int> = []
            for _ in 0..<count {
                var place = below(size)
                while !taken.insert(place).inserted { place = below(size) }
                result.append(population[place])
            }
        }
        return result
    }
}
