/// Progress of a run at points in time, in bounded memory.
package struct RateHistory: Codable, Hashable, Sendable {
    package struct Point: Codable, Hashable, Sendable {
        /// Seconds since the run started.
        package var at: Double
        /// Bytes of input read since the run started.
        package var bytes: Int
        /// Rows read since the run started.
        package var rows: Int
        /// Texts encoded since the run started.
        package var texts: Int
        /// Memory of the process in bytes; 0 if unknown.
        package var memory: Int
    }

    /// What happens when there are too many points.
    package enum Overflow: String, Codable, Sendable {
        /// Drop the oldest point, keeping a window of the recent past.
        case slides
        /// Drop every other point, keeping the whole run with decreasing resolution.
        case thins
    }

    package private(set) var points: [Point] = []
    /// Minimum number of seconds between two points.
    private var spacing: Double
    private let capacity: Int
    private let overflow: Overflow

    init(spacing: Double, capacity: Int, overflow: Overflow) {
        self.spacing = spacing
        self.capacity = capacity
        self.overflow = overflow
    }

    mutating func add(_ point: Point) {
        if let last = points.last, point.at < last.at + spacing { return }
        points.append(point)
        guard points.count > capacity else { return }
        switch overflow {
        case .slides: points.removeFirst()
        case .thins:
            points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            spacing *= 2
        }
    }

    /// Mean rate per second from the first point to the last, and its standard error, estimated from the spread of the
    /// intervals between points. `nil` with fewer than three intervals.
    func rate(_ value: KeyPath<Point, Int>) -> (mean: Double, error: Double)? {
        guard points.count > 3, let first = points.first, let last = points.last, last.at > first.at else { return nil }
        let mean = Double(last[keyPath: value] - first[keyPath: value]) / (last.at - first.at)
        let intervals = zip(points, points.dropFirst()).map { earlier, later in
            (seconds: later.at - earlier.at, amount: Double(later[keyPath: value] - earlier[keyPath: value]))
        }
        // Intervals are weighted by their length.
        let variance = intervals.reduce(0) { sum, interval in
            let deviation = interval.amount / interval.seconds - mean
            return sum + interval.seconds / (last.at - first.at) * deviation * deviation
        }
        return (mean, (variance / Double(intervals.count - 1)).squareRoot())
    }
}
