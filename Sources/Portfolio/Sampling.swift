import Base
public import MarketData

/// Random subsets that depend only on a seed, a trial and a day, not on the order of inputs, calls or threads.
public struct SubsetSampler: Sendable {
    private let seed: UInt64

    /// - Parameter trial: from 0 on.
    public init(seed: Int, trial: Int) {
        self.seed = SplitMix64.mix(SplitMix64.mix(UInt64(bitPattern: Int64(seed))) ^ UInt64(trial))
    }

    /// A number derived from a ticker's name.
    public static func key(_ ticker: String) -> UInt64 {
        // FNV-1a, mixed.
        SplitMix64.mix(ticker.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// Draws some of the candidates of a day.
    /// - Parameters:
    ///   - keys: of the candidates, by `key`.
    ///   - draw: distinguishes several draws of one day.
    /// - Returns: positions of `count` of them, ascending; all if there are fewer.
    public func draw(_ count: Int, of keys: [UInt64], on day: Day, draw: Int = 0) -> [Int] {
        guard count < keys.count else { return Array(keys.indices) }
        let salt = SplitMix64.mix(seed ^ UInt64(UInt32(bitPattern: day.rawValue)) ^ (UInt64(draw) << 32))
        let marks = keys.map { SplitMix64.mix($0 ^ salt) }
        return keys.indices.sorted { marks[$0] != marks[$1] ? marks[$0] < marks[$1] : $0 < $1 }.prefix(count).sorted()
    }
}
