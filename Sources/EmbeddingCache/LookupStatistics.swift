/// Counts of cache lookups and their results.
public struct LookupStatistics: Sendable, Equatable {
    /// Number of lookups, each of one day.
    public private(set) var lookups = 0
    /// Vectors found.
    public private(set) var hits = 0
    /// Vectors not found, by cause.
    public private(set) var misses: [MissCause: Int] = [:]
    /// Bytes of the vectors found, as stored.
    public private(set) var bytes = 0
    /// Windows encoded after a miss.
    public private(set) var encoded = 0
    /// Time spent on encoding windows, in seconds.
    public private(set) var encodingSeconds = 0.0

    package init() {}

    /// Vectors not found.
    public var missCount: Int { misses.values.reduce(0, +) }

    /// Share of requested vectors that were found, 0 to 1; nil when none was requested.
    public var hitRate: Double? { hits + missCount > 0 ? Double(hits) / Double(hits + missCount) : nil }

    /// Time that the hits would have cost, in seconds.
    /// - Parameter secondsPerEncoding: cost of one encoding; by default the mean cost of the misses. The result is nil if
    ///   neither is known.
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

    /// Adds the counts of another cache.
    package mutating func add(_ other: LookupStatistics) {
        lookups += other.lookups
        hits += other.hits
        misses.merge(other.misses) { $0 + $1 }
        bytes += other.bytes
        encoded += other.encoded
        encodingSeconds += other.encodingSeconds
    }

    mutating func addMisses(_ cause: MissCause, _ count: Int) { misses[cause, default: 0] += count }

    mutating func addEncoding(_ windows: Int, seconds: Double) {
        encoded += windows
        encodingSeconds += seconds
    }
}
