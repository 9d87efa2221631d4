import Base
public import MarketData

/// Random subsets that follow from a seed, a trial and a day alone: not from the order of inputs, of calls or of threads.
public struct SubsetSampler: Sendable {
    private let seed: UInt64

    /// - Parameter trial: from 0 on.
    public init(seed: Int, trial: Int) {
        self.seed = SplitMix64.mix(SplitMix64.mix(UInt64(bitPattern: Int64(seed))) ^ UInt64(trial))
    }

    /// A number of a ticker's own, from its name.
    public static func key(_ ticker: String) -> UInt64 {
        // FNV-1a, mixed.
        SplitMix64.mix(ticker.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// Draws some of the candidates of a day.
    /// - Parameters:
    ///   - keys: of the candidates, by `key`.
    ///   - draw: tells several draws of one day apart.
    /// - Returns: places of `count` of them, ascending; all where there are no more.
    public func draw(_ count: Int, of keys: [UInt64], on day: Day, draw: Int = 0) -> [Int] {
        guard count < keys.count else { return Array(keys.indices) }
        let salt = SplitMix64.mix(seed ^ UInt64(UInt32(bitPattern: day.rawValue)) ^ (UInt64(draw) << 32))
        let marks = keys.map { SplitMix64.mix($0 ^ salt) }
        return keys.indices.sorted { marks[$0] != marks[$1] ? marks[$0] < marks[$1] : $0 < $1 }.prefix(count).sorted()
    }
}
