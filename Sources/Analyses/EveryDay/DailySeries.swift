public import Drawing
public import MarketData
import Portfolio

/// The numbers of a measure over the matches of a day.
public struct DailyMeasure: Codable, Hashable, Sendable {
    /// Matches with the number.
    public var count: Int
    public var mean: Double?
    public var median: Double?

    public init(_ values: [Double]) {
        let known = values.filter { !$0.isNaN }.sorted()
        count = known.count
        mean = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        median = PerformanceMetrics.percentile(known, 0.5)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(count, forKey: .count)
        try box.encode(mean, forKey: .mean)
        try box.encode(median, forKey: .median)
    }
}

/// Outcomes of a day's matches at a horizon.
public struct DailyOutcome: Codable, Hashable, Sendable {
    /// Sessions ahead.
    public var horizon: Int
    /// Number of followed matches, including those without a return.
    public var cases: Int
    /// Those with a return.
    public var count: Int
    /// Returns above 0.
    public var gains: Int
    public var mean: Double?
    public var median: Double?

    /// - Parameter returns: `nil` without a return.
    public init(horizon: Int, returns: [Double?]) {
        let known = returns.compactMap(\.self).sorted()
        self.horizon = horizon
        cases = returns.count
        count = known.count
        gains = known.count { $0 > 0 }
        mean = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        median = PerformanceMetrics.percentile(known, 0.5)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(horizon, forKey: .horizon)
        try box.encode(cases, forKey: .cases)
        try box.encode(count, forKey: .count)
        try box.encode(gains, forKey: .gains)
        try box.encode(mean, forKey: .mean)
        try box.encode(median, forKey: .median)
    }
}

/// A question or a screen on one day.
public struct DailyRow: Codable, Hashable, Sendable {
    public var day: Day
    /// Rows that meet every constraint, or combinations in the range of a screen.
    public var matches: Int
    /// By name.
    public var measures: [String: DailyMeasure]
    /// By horizon, ascending; empty if not requested.
    public var outcomes: [DailyOutcome]

    public init(day: Day, matches: Int, measures: [String: DailyMeasure], outcomes: [DailyOutcome] = []) {
        self.day = day
        self.matches = matches
        self.measures = measures
        self.outcomes = outcomes
    }
}

/// A question or a screen on every stored day.
public struct DailySeries: Codable, Sendable {
    /// The last day.
    public var as_of: Day?
    /// Ascending.
    public var results: [DailyRow]
    /// All days together, by horizon.
    public var summary: [DailyOutcome]
    /// Assumptions behind the numbers.
    public var assumptions: String

    public init(results: [DailyRow], summary: [DailyOutcome], assumptions: String) {
        as_of = results.last?.day
        self.results = results
        self.summary = summary
        self.assumptions = assumptions
    }

    /// Names of the measures, sorted.
    public var measures: [String] { Set(results.flatMap(\.measures.keys)).sorted() }

    /// A header and a line per day. An unknown number is empty.
    public var csv: String {
        let (measures, horizons) = (self.measures, summary.map(\.horizon))
        var header = ["day", "matches"]
        for name in measures { header += ["\(name)_count", "\(name)_mean", "\(name)_median"] }
        for horizon in horizons { header += ["cases", "count", "gains", "mean", "median"].map { "after_\(horizon)_\($0)" } }
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        let lines = results.map { row in
            var cells = [row.day.description, String(row.matches)]
            for name in measures {
                let measure = row.measures[name]
                cells += [String(measure?.count ?? 0), text(measure?.mean), text(measure?.median)]
            }
            for horizon in horizons {
                let outcome = row.outcomes.first { $0.horizon == horizon }
                cells += [String(outcome?.cases ?? 0), String(outcome?.count ?? 0), String(outcome?.gains ?? 0)]
                cells += [text(outcome?.mean), text(outcome?.median)]
            }
            return cells.joined(separator: ",")
        }
        return ([header.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    /// The median return at the first horizon by day; without outcomes the median of the first measure, otherwise the matches.
    /// - Parameter title: the question or screen.
    public func chart(title: String) -> Chart {
        func series(_ name: String, _ mark: Chart.Mark, _ value: (DailyRow) -> Double?) -> Chart.Series {
            Chart.Series(name, mark, results.map { (x: Double($0.day.rawValue), y: value($0)) })
        }
        let x = Axis("session", .days)
        if let horizon = summary.first?.horizon {
            return Chart(
                title: title, x: x, y: Axis("median return after \(horizon) sessions", .percent, includesZero: true),
                series: [series("", .dots) { row in row.outcomes.first { $0.horizon == horizon }?.median }])
        }
        if let name = measures.first {
            return Chart(title: title, x: x, y: Axis("median \(name)"), series: [series("", .line) { $0.measures[name]?.median }])
        }
        return Chart(title: title, x: x, y: Axis("matches", includesZero: true), series: [series("", .line) { Double($0.matches) }])
    }
}
