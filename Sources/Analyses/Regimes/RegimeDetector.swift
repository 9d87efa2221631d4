public import Clusters
import Foundation
public import MarketData

/// A day on which the level of the state changed.
public struct ChangePoint: Codable, Hashable, Sendable {
    /// A component's means before and after.
    public struct Shift: Codable, Hashable, Sendable {
        public var name: String
        public var before: Double
        public var after: Double
        /// Of the difference.
        public var standard_errors: Double
    }

    /// The first session of the new level.
    public var day: Day
    /// The session at whose close the change was detected.
    public var known_on: Day
    /// Root mean square of the components' shifts, in standard errors.
    public var strength: Double
    /// Largest first, in the components' own units.
    public var shifts: [Shift]
}

/// A kind of day: the days of one k-means label.
public struct Regime: Codable, Hashable, Sendable {
    public var label: Int
    public var days: Int
    public var share: Double
    /// Means of the components in their own units, by name; unknown ones are absent.
    public var averages: [String: Double]
    public var first_day: Day
    public var last_day: Day
}

/// The regimes of a series.
public struct RegimeReport: Codable, Sendable {
    public var as_of: Day
    public var change_points: [ChangePoint]
    public var regimes: [Regime]
    /// The label of each day, in its order; `nil` where less than half of the state is known.
    public var labels: [Int?]
    public var days: [Day]
}

/// Change points and kinds of days, using only data known on each day.
public struct RegimeDetector: Sendable {
    /// Standard errors that a change must exceed.
    public var sensitivity = 2.0
    /// Sessions that establish a new level, and the shortest regime.
    public var window = 10
    /// Kinds of days.
    public var clusters = 4
    /// Random seed of k-means.
    public var seed = 42

    public init() {}

    /// - Throws: `ClusterError` when there are fewer known days than clusters.
    public func detect(_ series: StateSeries, asOf day: Day) throws(ClusterError) -> RegimeReport {
        let known = series.through(day)
        let standardised = known.standardised
        let (labels, regimes) = try label(known, standardised)
        return RegimeReport(as_of: day, change_points: changePoints(known), regimes: regimes, labels: labels, days: known.days)
    }

    /// Days whose level differs from that of the regime before. A change is known when the last `window` sessions differ by `sensitivity`
    /// standard errors from the sessions since the previous change.
    ///
    /// A component's standard error is √(s² (1 + ρ) / (1 − ρ) (1/n + 1/m)): s² its variance within both parts, ρ its first autocorrelation
    /// there, from 0 to 0.9, because states of neighbouring days are similar (Bartlett, 1946).
    public func changePoints(_ series: StateSeries) -> [ChangePoint] {
        var found: [ChangePoint] = []
        var start = 0
        var last = 2 * window - 1
        while last < series.days.count {
            let split = last - window + 1
            if let change = change(series, start..<split, split..<last + 1), change.strength > sensitivity {
                found.append(change)
                start = split
                last = split + 2 * window - 1
            } else {
                last += 1
            }
        }
        return found
    }

    private func change(_ series: StateSeries, _ before: Range<Int>, _ after: Range<Int>) -> ChangePoint? {
        var shifts: [ChangePoint.Shift] = []
        for (component, name) in series.names.enumerated() {
            let old = before.map { series.values[$0][component] }.filter { !$0.isNaN }
            let new = after.map { series.values[$0][component] }.filter { !$0.isNaN }
            guard 2 * old.count >= window, 2 * new.count >= window else { continue }
            let (first, second) = (old.reduce(0, +) / Double(old.count), new.reduce(0, +) / Double(new.count))
            let (a, b) = (old.map { $0 - first }, new.map { $0 - second })
            let squares = a.reduce(0) { $0 + $1 * $1 } + b.reduce(0) { $0 + $1 * $1 }
            let degrees = Double(a.count + b.count - 2)
            guard degrees > 0, squares > 1e-24 * (first * first + second * second) else { continue }
            let products = zip(a, a.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } + zip(b, b.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
            let correlation = min(0.9, max(0, products / squares))
            let error =
                (squares / degrees * (1 + correlation) / (1 - correlation) * (1 / Double(a.count) + 1 / Double(b.count))).squareRoot()
            shifts.append(ChangePoint.Shift(name: name, before: first, after: second, standard_errors: (second - first) / error))
        }
        guard !shifts.isEmpty, 2 * shifts.count >= series.names.count else { return nil }
        let strength = (shifts.reduce(0) { $0 + $1.standard_errors * $1.standard_errors } / Double(shifts.count)).squareRoot()
        return ChangePoint(
            day: series.days[after.lowerBound], known_on: series.days[after.upperBound - 1], strength: strength,
            shifts: shifts.sorted {
                abs($0.standard_errors) != abs($1.standard_errors) ? abs($0.standard_errors) > abs($1.standard_errors) : $0.name < $1.name
            })
    }

    /// Labels by k-means of standardised states, 0 having the lowest mean of the first component.
    private func label(_ series: StateSeries, _ standardised: [[Double]]) throws(ClusterError) -> ([Int?], [Regime]) {
        let width = series.names.count
        let usable = standardised.indices.filter { row in 2 * standardised[row].count { !$0.isNaN } >= max(1, width) }
        guard !usable.isEmpty else { return (series.days.map { _ in nil }, []) }
        // An unknown component is an average one.
        let points = usable.flatMap { row in standardised[row].map { $0.isNaN ? 0 : Float(max(-10, min(10, $0))) } }
        var means = KMeans(clusters: clusters)
        means.seed = seed
        let fit = try means.fit(points, dimension: width)
        var members = [[Int]](repeating: [], count: clusters)
        for (place, row) in usable.enumerated() { members[Int(fit.labels[place])].append(row) }
        func average(_ rows: [Int], _ component: Int) -> Double? {
            let known = rows.map { series.values[$0][component] }.filter { !$0.isNaN }
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
        let order = members.indices.filter { !members[$0].isEmpty }.sorted {
            let (a, b) = (average(members[$0], 0) ?? .infinity, average(members[$1], 0) ?? .infinity)
            return a != b ? a < b : members[$0][0] < members[$1][0]
        }
        var labels = [Int?](repeating: nil, count: series.days.count)
        var regimes: [Regime] = []
        for (label, cluster) in order.enumerated() {
            let rows = members[cluster]
            for row in rows { labels[row] = label }
            var averages: [String: Double] = [:]
            for (component, name) in series.names.enumerated() { averages[name] = average(rows, component) }
            regimes.append(
                Regime(
                    label: label, days: rows.count, share: Double(rows.count) / Double(usable.count), averages: averages,
                    first_day: series.days[rows[0]], last_day: series.days[rows[rows.count - 1]]))
        }
        return (labels, regimes)
    }
}
