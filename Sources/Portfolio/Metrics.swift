import Foundation
public import MarketData

/// Figures of a series of session returns, for 252 sessions a year and without a risk-free rate.
///
/// The formulas are those of empyrical unless said otherwise; docs/backtest.md lists where empyrical differs. `nil` marks
/// figures that cannot be computed: a deviation of fewer than two returns, a ratio whose denominator is 0.
public struct PerformanceMetrics: Sendable, Equatable, Codable {
    /// Sessions.
    public var sessions: Int
    public var total_return: Double
    /// Annual rate that gives the same total return.
    public var cagr: Double?
    /// Annual standard deviation, of a sample.
    public var volatility: Double?
    public var sharpe: Double?
    public var sortino: Double?
    /// Annual rate divided by the largest drawdown.
    public var calmar: Double?
    /// Largest fall from a peak, 0 or negative.
    public var max_drawdown: Double
    /// Sessions from the peak to the lowest point, and from there to the next such peak; `nil` if it was not reached again.
    public var drawdown_sessions: Int
    public var recovery_sessions: Int?
    /// The 5th percentile of returns, with linear interpolation.
    public var var95: Double?
    /// Mean of the worst returns: those up to place floor(0.05 (n - 1)).
    public var cvar95: Double?
    /// Population skewness and excess kurtosis.
    public var skew: Double?
    public var kurtosis: Double?
    /// Sum of gains / sum of losses, by session.
    public var profit_factor: Double?
    /// 95th over 5th percentile, magnitudes.
    public var tail_ratio: Double?
    /// Regression of returns on those of a benchmark, if there is one.
    public var beta: Double?
    /// Annual, compounded.
    public var alpha: Double?

    public static let sessionsPerYear = 252.0

    /// - Parameters:
    ///   - returns: of each session, 0 is no change.
    ///   - benchmark: of the same sessions.
    public init(returns: [Double], benchmark: [Double]? = nil) {
        let count = Double(returns.count), year = Self.sessionsPerYear
        sessions = returns.count
        let growth = returns.reduce(1) { $0 * (1 + $1) }
        total_return = growth - 1
        let moments = Moments(returns)
        // A few good sessions can give an annual rate that overflows.
        func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
        cagr = returns.isEmpty ? nil : finite(pow(max(0, growth), year / count) - 1)
        volatility = moments.deviation.map { $0 * year.squareRoot() }
        sharpe = moments.deviation.flatMap { $0 > 1e-15 ? moments.mean / $0 * year.squareRoot() : nil }
        let downside = returns.isEmpty ? 0 : (returns.reduce(0) { $0 + min($1, 0) * min($1, 0) } / count * year).squareRoot()
        sortino = downside > 0 ? moments.mean * year / downside : nil
        let fall = Drawdown(returns)
        max_drawdown = fall.depth
        drawdown_sessions = fall.sessions
        recovery_sessions = fall.recovery
        calmar = fall.depth < 0 ? cagr.map { $0 / abs(fall.depth) } : nil
        let sorted = returns.sorted()
        var95 = Self.percentile(sorted, 0.05)
        cvar95 = sorted.isEmpty ? nil : Moments(Array(sorted[...Int(Double(sorted.count - 1) * 0.05)])).mean
        skew = moments.skew
        kurtosis = moments.kurtosis
        let losses = returns.reduce(0) { $0 - min($1, 0) }
        profit_factor = losses > 0 ? returns.reduce(0) { $0 + max($1, 0) } / losses : nil
        tail_ratio = Self.percentile(sorted, 0.05).flatMap { low in
            low != 0 ? Self.percentile(sorted, 0.95).map { abs($0) / abs(low) } : nil
        }
        if let benchmark, benchmark.count == returns.count, returns.count > 1 {
            let other = Moments(benchmark)
            var (covariance, variance) = (0.0, 0.0)
            for (value, reference) in zip(returns, benchmark) {
                covariance += (reference - other.mean) * value
                variance += (reference - other.mean) * (reference - other.mean)
            }
            if variance > 0 {
                let slope = covariance / variance
                beta = slope
                alpha = finite(pow(1 + (moments.mean - slope * other.mean), year) - 1)
            }
        }
    }

    /// The annual Sharpe ratio alone.
    package static func sharpe(of returns: [Double]) -> Double? {
        let moments = Moments(returns)
        return moments.deviation.flatMap { $0 > 1e-15 ? moments.mean / $0 * sessionsPerYear.squareRoot() : nil }
    }

    /// A percentile, with linear interpolation.
    package static func percentile(_ sorted: [Double], _ share: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let place = share * Double(sorted.count - 1), low = Int(place), part = place - Double(low)
        let next = sorted[min(low + 1, sorted.count - 1)]
        // Like NumPy, from the nearer neighbour.
        return part < 0.5 ? sorted[low] + (next - sorted[low]) * part : next - (next - sorted[low]) * (1 - part)
    }
}

/// Mean, deviation, skewness and kurtosis of numbers.
struct Moments {
    let mean: Double
    /// Of a sample: divided by n - 1.
    let deviation: Double?
    let skew: Double?
    /// In excess of the normal distribution's.
    let kurtosis: Double?

    init(_ values: [Double]) {
        let count = Double(values.count)
        let mean = values.isEmpty ? 0 : values.reduce(0, +) / count
        self.mean = mean
        var (second, third, fourth) = (0.0, 0.0, 0.0)
        for value in values {
            let gap = value - mean, square = gap * gap
            second += square
            third += square * gap
            fourth += square * square
        }
        deviation = values.count > 1 ? (second / (count - 1)).squareRoot() : nil
        let variance = second / count
        let isFlat = !(variance > 1e-30)
        skew = isFlat ? nil : third / count / pow(variance, 1.5)
        kurtosis = isFlat ? nil : fourth / count / (variance * variance) - 3
    }
}

/// The largest drawdown of a value with the given returns.
struct Drawdown {
    /// 0 or negative.
    let depth: Double
    let sessions: Int
    let recovery: Int?

    init(_ returns: [Double]) {
        var value = 1.0, peak = 1.0, peakPlace = 0
        var depth = 0.0, sessions = 0, bottom = 0, top = 1.0
        var values = [1.0]
        for (index, change) in returns.enumerated() {
            value *= 1 + change
            values.append(value)
            if value > peak { (peak, peakPlace) = (value, index + 1) }
            let fall = (value - peak) / peak
            if fall < depth { (depth, sessions, bottom, top) = (fall, index + 1 - peakPlace, index + 1, peak) }
        }
        self.depth = depth
        self.sessions = sessions
        recovery = depth < 0 ? values[bottom...].firstIndex { $0 >= top }.map { $0 - bottom } : 0
    }
}

/// A month's return.
public struct MonthReturn: Sendable, Equatable, Codable {
    public let year: Int
    public let month: Int
    public let value: Double

    enum CodingKeys: String, CodingKey {
        case year, month
        case value = "return"
    }

    /// Compounds the returns of sessions by month.
    public static func table(_ days: [Day], _ returns: [Double]) -> [MonthReturn] {
        var table: [(year: Int, month: Int, growth: Double)] = []
        for (day, change) in zip(days, returns) {
            if let last = table.last, last.year == day.year, last.month == day.month {
                table[table.count - 1].growth *= 1 + change
            } else {
                table.append((day.year, day.month, 1 + change))
            }
        }
        return table.map { MonthReturn(year: $0.year, month: $0.month, value: $0.growth - 1) }
    }
}
