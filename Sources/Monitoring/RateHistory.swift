/// How far a run was at points in time, in bounded memory.
package struct RateHistory: Codable, Hashable, Sendable {
    package struct Point: Codable, Hashable, Sendable {
        /// Seconds since the run began.
        package var at: Double
        /// Bytes of input read, rows read, texts encoded, all since the run began.
        package var bytes: Int
        package var rows: Int
        package var texts: Int
        /// Bytes of memory taken at that time; 0 when not known.
        package var memory: Int
    }

    /// What is done when there are too many points.
    package enum Overflow: String, Codable, Sendable {
        /// The oldest goes: a window of the recent past.
        case slides
        /// Every other one goes: the whole run, ever more coarsely.
        case thins
    }

    package private(set) var points: [Point] = []
    /// Least seconds between two points.
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

    /// The mean of something a second from the first point to the last, and its standard error as the spread of the intervals
    /// between points has it; `nil` before there are three intervals.
    func rate(_ value: KeyPath<Point, Int>) -> (mean: Double, error: Double)? {
        guard points.count > 3, let first = points.first, let last = points.last, last.at > first.at else { return nil }
        let mean = Double(last[keyPath: value] - first[keyPath: value]) / (last.at - first.at)
        let intervals = zip(points, points.dropFirst()).map { earlier, later in
            (seconds: later.at - earlier.at, amount: Double(later[keyPath: value] - earlier[keyPath: value]))
        }
        // Intervals weigh by their length.
        let variance = intervals.reduce(0) { sum, interval in
            let deviation = interval.amount / interval.seconds - mean
            return sum + interval.seconds / (last.at - first.at) * deviation * deviation
        }
        return (mean, (variance / Double(intervals.count - 1)).squareRoot())
    }
}
