public import MarketData
import Portfolio

/// An earlier day whose state was similar to a given one.
public struct AnalogDay: Codable, Hashable, Sendable {
    public var day: Day
    /// Root mean square difference of standardised components.
    public var distance: Double
    /// Close-to-close returns by horizon in sessions; a horizon that ends after the reference day is absent.
    public var followed: [Int: Double]
}

/// Returns after the analog days at one horizon, and after any day.
public struct AnalogSummary: Codable, Hashable, Sendable {
    public var horizon: Int
    public var count: Int
    public var gains: Int
    public var mean: Double?
    public var median: Double?
    /// The same over all earlier days.
    public var baseline_count: Int
    public var baseline_gains: Int
    public var baseline_mean: Double?
    public var baseline_median: Double?
}

/// Encodes missing numbers as `null`, so that every row has the same keys.
extension AnalogSummary {
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(horizon, forKey: .horizon)
        try box.encode(count, forKey: .count)
        try box.encode(gains, forKey: .gains)
        try box.encode(mean, forKey: .mean)
        try box.encode(median, forKey: .median)
        try box.encode(baseline_count, forKey: .baseline_count)
        try box.encode(baseline_gains, forKey: .baseline_gains)
        try box.encode(baseline_mean, forKey: .baseline_mean)
        try box.encode(baseline_median, forKey: .baseline_median)
    }
}

/// The analog days of a day, the nearest first.
public struct AnalogReport: Codable, Sendable {
    public var as_of: Day
    public var results: [AnalogDay]
    public var summary: [AnalogSummary]
}

/// Finds earlier days similar to a given one.
public struct AnalogDays: Sendable {
    /// Minimum number of sessions between chosen days, and from the reference.
    public var separation = 10
    /// Sessions.
    public var horizons = [1, 5, 10, 20]

    public init() {}

    /// The nearest earlier days, standardised by the days up to the reference only. Of days nearer to each other than `separation`
    /// sessions, the nearest to the reference stays.
    /// - Returns: `nil` if the series has no such day, or less than half of its state is known.
    public func find(_ k: Int, like day: Day, in series: StateSeries) -> AnalogReport? {
        let known = series.through(day)
        let last = known.days.count - 1
        guard last >= 0, known.days[last] == day else { return nil }
        let rows = known.standardisedByLast()
        guard 2 * rows[last].count(where: { !$0.isNaN }) >= max(1, rows[last].count) else { return nil }
        let candidates = (0..<max(0, last - separation + 1)).map { (row: $0, distance: stateDistance(rows[$0], rows[last])) }
            .filter { !$0.distance.isNaN }
            .sorted { $0.distance != $1.distance ? $0.distance < $1.distance : $0.row > $1.row }
        var chosen: [(row: Int, distance: Double)] = []
        for candidate in candidates where chosen.count < max(0, k) {
            if chosen.allSatisfy({ abs($0.row - candidate.row) >= separation }) { chosen.append(candidate) }
        }
        func change(_ row: Int, _ horizon: Int) -> Double? {
            guard row + horizon <= last, known.closes[row] > 0, known.closes[row + horizon] > 0 else { return nil }
            return known.closes[row + horizon] / known.closes[row] - 1
        }
        let results = chosen.map { one in
            var followed: [Int: Double] = [:]
            for horizon in horizons where horizon > 0 { followed[horizon] = change(one.row, horizon) }
            return AnalogDay(day: known.days[one.row], distance: one.distance, followed: followed)
        }
        let summary = Set(horizons.filter { $0 > 0 }).sorted().map { horizon in
            let found = results.compactMap { $0.followed[horizon] }
            let all = (0..<last).compactMap { change($0, horizon) }
            func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
            return AnalogSummary(
                horizon: horizon, count: found.count, gains: found.count { $0 > 0 }, mean: mean(found),
                median: PerformanceMetrics.percentile(found.sorted(), 0.5), baseline_count: all.count, baseline_gains: all.count { $0 > 0 },
                baseline_mean: mean(all), baseline_median: PerformanceMetrics.percentile(all.sorted(), 0.5))
        }
        return AnalogReport(as_of: day, results: results, summary: summary)
    }
}

/// Nearest neighbours among standardised vectors, for positions with the same risk.
public enum NearestVectors {
    /// The nearest of some vectors to a reference, each component divided by the candidates' standard deviation.
    ///
    /// - Parameters:
    ///   - candidates: of the reference's width; NaN where unknown. Components that are known in fewer than 20 of them do not count.
    /// - Returns: positions and root mean square distances, nearest first; of equal distances, the first comes first.
    public static func find(_ k: Int, like reference: [Double], among candidates: [[Double]]) -> [(place: Int, distance: Double)] {
        var moments = [RunningMoments](repeating: RunningMoments(), count: reference.count)
        for candidate in candidates { for component in reference.indices { moments[component].add(candidate[component]) } }
        func standardised(_ vector: [Double]) -> [Double] { vector.indices.map { moments[$0].standardise(vector[$0]) } }
        let target = standardised(reference)
        var found: [(place: Int, distance: Double)] = []
        for (place, candidate) in candidates.enumerated() {
            let distance = stateDistance(standardised(candidate), target)
            if !distance.isNaN { found.append((place, distance)) }
        }
        found.sort { $0.distance != $1.distance ? $0.distance < $1.distance : $0.place < $1.place }
        return Array(found.prefix(max(0, k)))
    }
}
