/// What was asked of a cache, and what it had.
public struct LookupStatistics: Sendable, Equatable {
    /// Days asked for, each time counted.
    public private(set) var lookups = 0
    public private(set) var hits = 0
    public private(set) var misses: [MissCause: Int] = [:]
    /// Of the vectors found, as they are stored.
    public private(set) var bytes = 0
    /// Windows encoded after a miss, and the time that took.
    public private(set) var encoded = 0
    public private(set) var encodingSeconds = 0.0

    public var missCount: Int { misses.values.reduce(0, +) }

    /// Share of the vectors asked for that were found, 0 to 1; nil when none was asked for.
    public var hitRate: Double? { hits + missCount > 0 ? Double(hits) / Double(hits + missCount) : nil }

    /// Time that the hits would have cost.
    /// - Parameter secondsPerEncoding: by default what the misses cost; nil when that is not known either.
    public func secondsSaved(secondsPerEncoding: Double? = nil) -> Double? {
        let each = secondsPerEncoding ?? (encoded > 0 ? encodingSeconds / Double(encoded) : nil)
        return each.map { $0 * Double(hits) }
    }

    mutating func add(_ found: DayEmbeddings) {
        lookups += 1
        for index in found.places.indices {
            if let cause = found.cause(at: index) { misses[cause, default: 0] += 1 } else { hits += 1 }
        }
        bytes += found.byteCount
    }

    mutating func addMisses(_ cause: MissCause, _ count: Int) { misses[cause, default: 0] += count }

    mutating func addEncoding(_ windows: Int, seconds: Double) {
        encoded += windows
        encodingSeconds += seconds
    }
}
