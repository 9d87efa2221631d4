import Dispatch
import Foundation
public import Portfolio

/// Many parameter sets over the same windows, predictions and assignments.
public struct BacktestSweep: Sendable {
    public let configuration: BacktestConfiguration
    public let axes: [Axis]

    /// A parameter and its values.
    public struct Axis: Sendable, Equatable {
        public let name: String
        public let values: [Double]

        /// Names that are varied.
        public static let names = ["top-k", "horizon", "confidence-percentile", "cluster-top-k-percent", "cost-bps"]

        /// Reads "top-k=5,10,20".
        /// - Throws: `BacktestError` naming the invalid part.
        public init(_ text: String) throws(BacktestError) {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, Self.names.contains(String(parts[0])) else {
                throw BacktestError(
                    .invalidInput, "'\(text)' is not a sweep; write NAME=VALUE,VALUE with one of \(Self.names.joined(separator: ", "))")
            }
            name = String(parts[0])
            let values = parts[1].split(separator: ",").map { Double($0) }
            let isWhole = name == "top-k" || name == "horizon"
            let known = values.compactMap(\.self)
            guard !values.isEmpty, known.count == values.count,
                known.allSatisfy({ $0.isFinite && $0 >= 0 && (!isWhole || $0 == $0.rounded() && $0 > 0) })
            else { throw BacktestError(.invalidInput, "'\(text)': the values must be \(isWhole ? "whole " : "")numbers\(isWhole ? " above 0" : "")") }
            if name == "horizon", let wrong = known.first(where: { !DaySignals.horizons.contains(Int($0)) }) {
                throw BacktestError(.invalidInput, "'\(text)': the horizon must be 1, 5, 10 or 20, not \(Int(wrong))")
            }
            self.values = known
        }
    }

    /// One parameter set.
    public struct Row: Sendable, Encodable {
        public var parameters: [String: Double]
        public var total_return: Double
        public var sharpe: Double?
        public var volatility: Double?
        public var max_drawdown: Double
        public var turnover: Double
        public var trades: Int
        /// The probability that the true Sharpe ratio is above 0, given how many sets were tried.
        public var deflated_sharpe: Double?
        let returns: [Double]

        enum CodingKeys: String, CodingKey {
            case parameters, total_return, sharpe, volatility, max_drawdown, turnover, trades, deflated_sharpe
        }
    }

    /// All of them.
    public struct Result: Sendable, Encodable {
        /// Highest Sharpe ratio first.
        public var rows: [Row]
        public var sets: Int
        /// The expected annual Sharpe ratio of the best of as many worthless sets.
        public var expected_best_sharpe: Double
        /// The probability that the best set of one half of the time is below the median in the other.
        public var backtest_overfitting: Double?
        public var cache: BacktestResult.CacheReport
        public var warnings: [String]
        /// Seconds of loading, and of all parameter sets together.
        public var load_seconds: Double
        public var sweep_seconds: Double
    }

    /// - Throws: `BacktestError` for a repeated axis, or the original's rules.
    public init(_ configuration: BacktestConfiguration, axes: [Axis]) throws(BacktestError) {
        guard configuration.rules == .own else { throw BacktestError(.invalidInput, "a sweep uses the rules of this program; remove --compat") }
        guard Set(axes.map(\.name)).count == axes.count, !axes.isEmpty else {
            throw BacktestError(.invalidInput, "a parameter is named twice in the sweep; give all its values together")
        }
        guard axes.reduce(1, { $0 * $1.values.count }) <= 1_000_000 else {
            throw BacktestError(.invalidInput, "a sweep of more than 1,000,000 parameter sets")
        }
        (self.configuration, self.axes) = (configuration, axes)
    }

    /// Runs all parameter sets.
    public func run(progress: @escaping @Sendable (BacktestProgress) -> Void = { _ in }) async throws -> Result {
        let clock = ContinuousClock()
        var start = clock.now
        let sets = try self.sets()
        let holds = Set(sets.map { DaySignals.horizons[$0.rule.horizon] })
        let prepared = try await PreparedBacktest.load(configuration, holds: holds, progress: progress)
        let loading = Double((clock.now - start) / .microseconds(1)) / 1e6
        start = clock.now
        var rows = prepared.sweep(sets)
        // Sets with longer holding periods end on other sessions, so compare them over their common sessions.
        let shared = rows.map(\.returns.count).min() ?? 0
        let sharpes = rows.map { Statistics.sessionSharpe($0.returns) }
        for place in rows.indices { rows[place].deflated_sharpe = Statistics.deflatedSharpe(rows[place].returns, among: sharpes) }
        let expected = rows.count > 1 ? Statistics.expectedMaximumSharpe(trials: rows.count, deviation: Self.deviation(sharpes)) : 0
        let overfitting =
            rows.count > 1 && rows.count <= 2000 && shared > 0
            ? Statistics.backtestOverfitting(rows.map { Array($0.returns.prefix(shared)) }) : nil
        let order = rows.indices.sorted { left, right in
            let (a, b) = (rows[left].sharpe ?? -.infinity, rows[right].sharpe ?? -.infinity)
            return a != b ? a > b : left < right
        }
        let seconds = Double((clock.now - start) / .microseconds(1)) / 1e6
        return Result(
            rows: order.map { rows[$0] }, sets: rows.count, expected_best_sharpe: expected * PerformanceMetrics.sessionsPerYear.squareRoot(),
            backtest_overfitting: overfitting,
            cache: BacktestResult.CacheReport(prepared.statistics, isCached: !configuration.caches.isEmpty), warnings: prepared.warnings,
            load_seconds: loading, sweep_seconds: seconds)
    }

    private static func deviation(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot() : 0
    }

    struct ParameterSet: Sendable {
        var rule: SelectionRule
        var costs: TradingCosts
        var parameters: [String: Double]
    }

    /// The product of all axes.
    func sets() throws(BacktestError) -> [ParameterSet] {
        var sets = [ParameterSet(rule: configuration.selection, costs: configuration.costs, parameters: [:])]
        for axis in axes {
            var next: [ParameterSet] = []
            for set in sets {
                for value in axis.values {
                    var one = set
                    one.parameters[axis.name] = value
                    switch axis.name {
                    case "top-k": one.rule.topK = Int(value)
                    case "horizon": one.rule.horizon = DaySignals.horizons.firstIndex(of: Int(value)) ?? 0
                    case "confidence-percentile":
                        guard value <= 1 else { throw BacktestError(.invalidInput, "a confidence percentile must be from 0 to 1, not \(value)") }
                        one.rule.confidencePercentile = value
                    case "cluster-top-k-percent":
                        guard value > 0, value <= 1 else {
                            throw BacktestError(
                                .invalidInput, "a share of stocks nearest to the best clusters must be above 0 and at most 1, not \(value)")
                        }
                        one.rule.filter = .nearest(value)
                    default: one.costs = TradingCosts(buy: value, sell: value)
                    }
                    next.append(one)
                }
            }
            sets = next
        }
        if axes.contains(where: { $0.name == "cluster-top-k-percent" }), configuration.clusters == nil || configuration.bestClusters == nil {
            throw BacktestError(.invalidInput, "a sweep of cluster-top-k-percent needs --cluster-dir and --best-clusters-file")
        }
        return sets
    }
}

extension PreparedBacktest {
    /// Runs parameter sets in parallel. Sets that order the candidates equally share the orders.
    func sweep(_ sets: [BacktestSweep.ParameterSet]) -> [BacktestSweep.Row] {
        // The settings that the order depends on: all but the number of stocks.
        var groups: [SelectionRule: [Int]] = [:]
        for (place, set) in sets.enumerated() {
            var rule = set.rule
            rule.topK = 0
            groups[rule, default: []].append(place)
        }
        let rules = Array(groups)
        let rows = RowStore(count: sets.count)
        DispatchQueue.concurrentPerform(iterations: rules.count) { number in
            let (rule, places) = rules[number]
            let hold = DaySignals.horizons[rule.horizon]
            var widest = rule
            widest.topK = places.map { sets[$0].rule.topK }.max() ?? 0
            let orders = decisions(widest, trial: 0)
            for place in places {
                let set = sets[place]
                let decisions = orders.map {
                    PortfolioSimulator.Decision(session: $0.session, tickers: Array($0.tickers.prefix(set.rule.topK)))
                }
                let course = simulator.run(decisions, hold: hold, costs: set.costs, capital: configuration.capital)
                let returns = course.returns
                let metrics = PerformanceMetrics(returns: returns)
                rows.set(
                    place,
                    BacktestSweep.Row(
                        parameters: set.parameters, total_return: metrics.total_return, sharpe: metrics.sharpe, volatility: metrics.volatility,
                        max_drawdown: metrics.max_drawdown, turnover: course.turnover, trades: course.periods.count { !$0.tickers.isEmpty },
                        deflated_sharpe: nil, returns: returns))
            }
        }
        return rows.all
    }
}

/// Results written by several threads, each to its own element.
private final class RowStore: @unchecked Sendable {
    private let lock = NSLock()
    private var rows: [BacktestSweep.Row?]

    init(count: Int) { rows = [BacktestSweep.Row?](repeating: nil, count: count) }

    func set(_ place: Int, _ row: BacktestSweep.Row) { lock.withLock { rows[place] = row } }

    var all: [BacktestSweep.Row] { lock.withLock { rows.compactMap(\.self) } }
}
