import Foundation
public import MarketData

/// The state of an underlying, or of the market, by session. Regimes and analog days compare it.
public struct StateSeries: Sendable {
    /// Names of the components, such as `iv30`.
    public var names: [String]
    /// Sessions, ascending.
    public var days: [Day]
    /// By day, then component; NaN where unknown.
    public var values: [[Double]]
    /// Of the underlying, adjusted for splits; NaN where unknown.
    public var closes: [Double]

    /// - Parameter values: one row per day, one column per name.
    public init(names: [String], days: [Day], values: [[Double]], closes: [Double]) {
        precondition(values.count == days.count && closes.count == days.count, "rows of different numbers")
        precondition(values.allSatisfy { $0.count == names.count }, "rows of different widths")
        self.names = names
        self.days = days
        self.values = values
        self.closes = closes
    }

    /// The sessions up to a day.
    public func through(_ day: Day) -> StateSeries {
        let count = days.firstIndex { $0 > day } ?? days.count
        return StateSeries(names: names, days: Array(days[..<count]), values: Array(values[..<count]), closes: Array(closes[..<count]))
    }

    /// Minimum number of known values for a standardisation.
    public static let leastKnown = 20

    /// Each day's values minus the mean, divided by the standard deviation, of the days up to and including it. NaN if fewer than 20
    /// values were known, or all were equal.
    public var standardised: [[Double]] {
        var moments = [RunningMoments](repeating: RunningMoments(), count: names.count)
        return values.map { row in
            row.indices.map { component in
                moments[component].add(row[component])
                return moments[component].standardise(row[component])
            }
        }
    }

    /// All days, standardised by the mean and deviation of all days.
    func standardisedByLast() -> [[Double]] {
        var moments = [RunningMoments](repeating: RunningMoments(), count: names.count)
        for row in values { for component in row.indices { moments[component].add(row[component]) } }
        return values.map { row in row.indices.map { moments[$0].standardise(row[$0]) } }
    }
}

/// Mean and deviation of known values, one at a time (Welford, 1962).
struct RunningMoments {
    private(set) var count = 0
    private(set) var mean = 0.0
    private var squares = 0.0

    mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        count += 1
        let gap = value - mean
        mean += gap / Double(count)
        squares += gap * (value - mean)
    }

    /// Of a sample.
    var deviation: Double { count > 1 ? (squares / Double(count - 1)).squareRoot() : .nan }

    func standardise(_ value: Double) -> Double {
        guard count >= StateSeries.leastKnown, deviation > 1e-12 * max(1, abs(mean)) else { return .nan }
        return (value - mean) / deviation
    }
}

/// Root mean square of the differences of components that both have; NaN if they share fewer than half.
func stateDistance(_ one: [Double], _ other: [Double]) -> Double {
    var (sum, count) = (0.0, 0)
    for (a, b) in zip(one, other) where !a.isNaN && !b.isNaN {
        sum += (a - b) * (a - b)
        count += 1
    }
    return count > 0 && 2 * count >= one.count ? (sum / Double(count)).squareRoot() : .nan
}
