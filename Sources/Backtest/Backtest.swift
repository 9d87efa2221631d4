import Base
import Clusters
import EmbeddingCache
import Foundation
import MarketData
import ModelFiles
package import Portfolio
import StockFeatures

/// Filters stocks by cluster, ranks them by a model's predictions, and simulates trading them.
///
///     let result = try await Backtest(configuration).run()
public struct Backtest: Sendable {
    public let configuration: BacktestConfiguration

    public init(_ configuration: BacktestConfiguration) { self.configuration = configuration }

    /// Runs it.
    /// - Parameter progress: called often, on any thread.
    /// - Throws: `BacktestError` and the errors of the files it reads.
    public func run(progress: @escaping @Sendable (BacktestProgress) -> Void = { _ in }) async throws -> BacktestResult {
        if configuration.rules == .original { return try await OriginalBacktest(configuration).run(progress: progress) }
        let hold = DaySignals.horizons[configuration.selection.horizon]
        let prepared = try await PreparedBacktest.load(configuration, holds: [hold], progress: progress)
        return try await prepared.report()
    }
}

extension PreparedBacktest {
    /// The decisions of a rule.
    package func decisions(_ rule: SelectionRule, trial: Int) -> [PortfolioSimulator.Decision] {
        decisionSessions(hold: DaySignals.horizons[rule.horizon]).compactMap { session in
            guard let signals = signals[session]?[trial] else { return nil }
            return PortfolioSimulator.Decision(
                session: session, tickers: rule.order(signals, limit: rule.topK).map { signals.tickers[$0] })
        }
    }

    func course(_ rule: SelectionRule, trial: Int = 0, costs: TradingCosts? = nil) -> PortfolioSimulator.Course {
        simulator.run(
            decisions(rule, trial: trial), hold: DaySignals.horizons[rule.horizon], costs: costs ?? configuration.costs,
            capital: configuration.capital)
    }

    /// Runs the rule of the configuration, its benchmarks and the other parts of a report.
    func report() async throws -> BacktestResult {
        let clock = Stopwatch()
        let rule = configuration.selection, hold = DaySignals.horizons[rule.horizon]
        let decisions = decisions(rule, trial: 0)
        let course = course(rule)
        guard course.equity.count > 1 else { throw BacktestError(.empty, "no decision could be filled before the last session") }
        clock.lap("simulation")
        let pool = benchmarkDecisions(rule) { signals, _ in signals.tickers }
        func run(_ decisions: [PortfolioSimulator.Decision]) -> PortfolioSimulator.Course {
            simulator.run(decisions, hold: hold, costs: configuration.costs, capital: configuration.capital)
        }
        let poolCourse = run(pool)
        let metrics = PerformanceMetrics(returns: course.returns, benchmark: poolCourse.returns)
        var benchmarks = [
            BacktestResult.Benchmark(
                name: "equal-weight pool", metrics: PerformanceMetrics(returns: poolCourse.returns), turnover: poolCourse.turnover)
        ]
        benchmarks += randomBenchmark(rule, against: metrics.total_return, run)
        let momentum = run(benchmarkDecisions(rule) { signals, session in self.momentum(signals, session, rule.topK) })
        benchmarks.append(
            BacktestResult.Benchmark(
                name: "momentum, 20 sessions", metrics: PerformanceMetrics(returns: momentum.returns), turnover: momentum.turnover))
        if rule.filter != .off {
            var open = rule
            open.filter = .off
            let unfiltered = self.course(open)
            benchmarks.append(
                BacktestResult.Benchmark(
                    name: "filter off", metrics: PerformanceMetrics(returns: unfiltered.returns), turnover: unfiltered.turnover))
        }
        clock.lap("benchmarks")
        let quality = signalQuality(hold: hold), decay = signalDecay(rule)
        clock.lap("signal quality")
        let (certificate, encoding) = try await certify(decisions, rule)
        clock.lap("certificate")
        var all = Self.values(metrics)
        let courses = [course] + (1..<configuration.trials).map { self.course(rule, trial: $0) }
        addFigures(&all, courses, metrics)
        let trials = courses.map { Self.trialFigures(PerformanceMetrics(returns: $0.returns), $0) }
        let (capacity, without) = try capacity(course)
        all["capacity"] = .some(capacity)
        var warnings = warnings
        if capacity != nil, without > 0 {
            warnings.append("the capacity leaves out \(without) purchases and sales of stocks without volumes in the price file")
        }
        if !certificate.passed { warnings.append("the look-ahead certificate failed; see certificate.failures") }
        var result = BacktestResult(
            simulated: isSimulated ? true : nil, rules: configuration.rules.rawValue, trades: trades(course, rule, trial: 0),
            equity: equity(course, poolCourse), metrics: all,
            monthly: MonthReturn.table(Array(market.table.sessions[(course.first + 1)..<(course.first + course.equity.count)]), course.returns),
            benchmarks: benchmarks, costs: costLevels(rule), signal_quality: quality, signal_decay: decay,
            cache: BacktestResult.CacheReport(statistics, isCached: !configuration.caches.isEmpty, also: encoding), certificate: certificate,
            trial_metrics: trials, trials: trials.count > 1 ? Self.summarise(trials) : [],
            trial_runs: courses.enumerated().dropFirst().map { trial, course in
                BacktestResult.TrialRun(trial: trial, trades: trades(course, rule, trial: trial), equity: equity(course, nil))
            }, filter: filterCounts(rule), missing: missing, failed_share: failedShare, warnings: warnings, settings: settings(),
            fingerprints: fingerprints(), seconds: seconds)
        clock.lap("report")
        for (stage, value) in clock.laps { result.seconds[stage, default: 0] += value }
        return result
    }

    var isSimulated: Bool {
        FileManager.default.fileExists(atPath: FileSystem.folder(of: configuration.data) + "/SIMULATED.md")
    }

    // MARK: Benchmarks

    private func benchmarkDecisions(
        _ rule: SelectionRule, _ choose: (DaySignals, Int) -> [Int32]
    ) -> [PortfolioSimulator.Decision] {
        decisionSessions(hold: DaySignals.horizons[rule.horizon]).compactMap { session in
            signals[session].map { PortfolioSimulator.Decision(session: session, tickers: choose($0[0], session)) }
        }
    }

    /// Candidates with the highest returns of the last 20 sessions.
    private func momentum(_ signals: DaySignals, _ session: Int, _ count: Int) -> [Int32] {
        guard session >= 20 else { return [] }
        let past = signals.tickers.compactMap { ticker -> (Int32, Float)? in
            let change = market.table.price(Int(ticker), session) / market.table.price(Int(ticker), session - 20)
            return change.isFinite ? (ticker, change) : nil
        }
        return past.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }.prefix(count).map(\.0)
    }

    private func randomBenchmark(
        _ rule: SelectionRule, against strategy: Double, _ run: ([PortfolioSimulator.Decision]) -> PortfolioSimulator.Course
    ) -> [BacktestResult.Benchmark] {
        guard configuration.randomDraws > 0 else { return [] }
        let sampler = SubsetSampler(seed: configuration.seed, trial: 0)
        let courses = (1...configuration.randomDraws).map { draw in
            run(
                benchmarkDecisions(rule) { signals, session in
                    sampler.draw(
                        rule.topK, of: signals.tickers.map { keys[Int($0)] }, on: market.table.sessions[session], draw: draw
                    ).map { signals.tickers[$0] }
                })
        }
        let totals = courses.map { PerformanceMetrics(returns: $0.returns).total_return }
        let length = courses.map(\.returns.count).min() ?? 0
        // The mean portfolio of all draws, rebalanced every session.
        var mean = [Double](repeating: 0, count: length)
        for session in 0..<length {
            var sum = 0.0
            for course in courses { sum += course.equity[session + 1] / course.equity[session] - 1 }
            mean[session] = sum / Double(courses.count)
        }
        return [
            BacktestResult.Benchmark(
                name: "random \(rule.topK), mean of \(courses.count)", metrics: PerformanceMetrics(returns: mean),
                turnover: courses.reduce(0) { $0 + $1.turnover } / Double(courses.count),
                strategy_rank: Double(totals.count { $0 < strategy }) / Double(totals.count))
        ]
    }

    private func costLevels(_ rule: SelectionRule) -> [BacktestResult.CostLevel] {
        [0, 1, 2].map { (multiple: Double) in
            let costs = configuration.costs.scaled(multiple), own = course(rule, costs: costs)
            let metrics = PerformanceMetrics(returns: own.returns)
            return BacktestResult.CostLevel(
                multiple: multiple, buy_bps: costs.buy, sell_bps: costs.sell, total_return: metrics.total_return, sharpe: metrics.sharpe,
                final_capital: own.equity.last ?? configuration.capital)
        }
    }

    // MARK: Figures

    /// By the names in JSON.
    static func values(_ metrics: PerformanceMetrics) -> [String: Double?] {
        [
            "total_return": metrics.total_return, "cagr": metrics.cagr, "volatility": metrics.volatility, "sharpe": metrics.sharpe,
            "sortino": metrics.sortino, "calmar": metrics.calmar, "max_drawdown": metrics.max_drawdown,
            "drawdown_sessions": Double(metrics.drawdown_sessions), "recovery_sessions": metrics.recovery_sessions.map { Double($0) },
            "var95": metrics.var95, "cvar95": metrics.cvar95, "skew": metrics.skew, "kurtosis": metrics.kurtosis,
            "profit_factor": metrics.profit_factor, "tail_ratio": metrics.tail_ratio, "beta": metrics.beta, "alpha": metrics.alpha,
            "sessions": Double(metrics.sessions),
        ]
    }

    /// - Parameter courses: of all trials; the figures are those of the first.
    private func addFigures(_ all: inout [String: Double?], _ courses: [PortfolioSimulator.Course], _ metrics: PerformanceMetrics) {
        let course = courses[0], returns = course.returns
        let held = course.periods.filter { !$0.tickers.isEmpty }
        all["initial_capital"] = configuration.capital
        all.merge(Self.trialFigures(metrics, course)) { _, new in new }
        all["average_trade_return"] = held.isEmpty ? nil : held.reduce(0) { $0 + $1.netReturn } / Double(held.count)
        all["exposure"] = course.exposure.reduce(0, +) / Double(course.exposure.count)
        all["turnover"] = course.turnover
        let free = self.course(configuration.selection, costs: TradingCosts(buy: 0, sell: 0))
        all["break_even_cost_multiple"] = simulator.breakEven(free, costs: configuration.costs)
        all["break_even_cost_bps"] = simulator.breakEven(free, costs: TradingCosts(buy: 1, sell: 1))
        all["probabilistic_sharpe"] = Statistics.probabilisticSharpe(returns)
        all["minimum_track_record_sessions"] = Statistics.minimumTrackRecord(returns)
        let sharpes = courses.map { Statistics.sessionSharpe($0.returns) }
        all["trials"] = Double(configuration.trials)
        all["deflated_sharpe"] = Statistics.deflatedSharpe(returns, among: sharpes)
        let seed = UInt64(bitPattern: Int64(configuration.seed))
        let sharpe = Statistics.bootstrapInterval(returns, seed: seed) { PerformanceMetrics.sharpe(of: $0) }
        let total = Statistics.bootstrapInterval(returns, seed: seed) { $0.reduce(1) { $0 * (1 + $1) } - 1 }
        all["sharpe_low"] = sharpe?.low
        all["sharpe_high"] = sharpe?.high
        all["total_return_low"] = total?.low
        all["total_return_high"] = total?.high
    }

    private static func trialFigures(_ metrics: PerformanceMetrics, _ course: PortfolioSimulator.Course) -> [String: Double?] {
        let held = course.periods.filter { !$0.tickers.isEmpty }
        return [
            "total_return": metrics.total_return, "sharpe": metrics.sharpe, "max_drawdown": metrics.max_drawdown,
            "win_rate": held.isEmpty ? nil : Double(held.count { $0.netReturn > 0 }) / Double(held.count), "trades": Double(held.count),
            "final_capital": course.equity.last,
        ]
    }

    static func summarise(_ trials: [[String: Double?]]) -> [BacktestResult.TrialSummary] {
        (trials.first?.keys.sorted() ?? []).map { figure in
            let values = trials.compactMap { $0[figure].flatMap { $0 } }.sorted()
            let count = Double(values.count)
            let mean = values.isEmpty ? nil : values.reduce(0, +) / count
            let deviation = mean.flatMap { mean in
                values.count > 1 ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot() : nil
            }
            let half = deviation.map { Statistics.studentQuantile(0.975, degrees: count - 1) * $0 / count.squareRoot() }
            let middle = values.count / 2
            return BacktestResult.TrialSummary(
                figure: figure, mean: mean,
                median: values.isEmpty ? nil : values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2,
                deviation: deviation, lowest: values.first, highest: values.last,
                interval_low: half.flatMap { half in mean.map { $0 - half } }, interval_high: half.flatMap { half in mean.map { $0 + half } })
        }
    }

    private func signalQuality(hold: Int) -> [BacktestResult.SignalQuality] {
        let sessions = decisionSessions(hold: hold), lag = configuration.lag
        return DaySignals.horizons.enumerated().map { index, horizon in
            var correlations: [Double] = []
            var fifths = [[Double]](repeating: [], count: 5)
            var previous: (all: Set<Int32>, top: Set<Int32>)?
            var changes: [Double] = []
            for session in sessions where session + lag + horizon < market.table.sessions.count {
                guard let day = signals[session]?[0] else { continue }
                var expected: [Double] = [], realised: [Double] = [], tickers: [Int32] = []
                for row in 0..<day.count {
                    let ticker = Int(day.tickers[row])
                    guard market.table.trades(ticker, session + lag) else { continue }
                    let change =
                        simulator.valuations.value(ticker, session + lag + horizon) / simulator.valuations.value(ticker, session + lag) - 1
                    let value = Double(day.expected[row * DaySignals.horizons.count + index])
                    guard change.isFinite, value.isFinite else { continue }
                    expected.append(value)
                    realised.append(change)
                    tickers.append(day.tickers[row])
                }
                guard let correlation = Statistics.rankCorrelation(expected, realised), expected.count >= 5 else { continue }
                correlations.append(correlation)
                let order = expected.indices.sorted { expected[$0] != expected[$1] ? expected[$0] < expected[$1] : $0 < $1 }
                for fifth in 0..<5 {
                    let part = order[order.count * fifth / 5..<order.count * (fifth + 1) / 5]
                    fifths[fifth].append(part.reduce(0) { $0 + realised[$1] } / Double(part.count))
                }
                let top = Set(order[order.count * 4 / 5..<order.count].map { tickers[$0] }), all = Set(tickers)
                if let previous {
                    let shared = top.filter { previous.all.contains($0) }
                    if !shared.isEmpty { changes.append(Double(shared.count { !previous.top.contains($0) }) / Double(shared.count)) }
                }
                previous = (all, top)
            }
            func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
            let average = mean(correlations)
            let deviation = average.flatMap { average in
                correlations.count > 1
                    ? (correlations.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(correlations.count - 1)).squareRoot() : nil
            }
            let returns = fifths.compactMap(mean)
            return BacktestResult.SignalQuality(
                horizon: horizon, days: correlations.count, rank_ic: average, ic_deviation: deviation,
                ic_ratio: deviation.flatMap { deviation in deviation > 0 ? average.map { $0 / deviation } : nil },
                ic_t: Statistics.neweyWestT(correlations, lags: max(0, (horizon + hold - 1) / hold - 1)),
                positive_share: correlations.isEmpty ? nil : Double(correlations.count { $0 > 0 }) / Double(correlations.count),
                quantile_returns: returns, spread: returns.count == 5 ? returns[4] - returns[0] : nil, top_turnover: mean(changes))
        }
    }

    /// Sessions after the fill at which the signal's decay is measured.
    private static let decaySessions = [1, 2, 3, 5, 10, 15, 20]

    /// Rank correlations of the traded expected returns with returns over increasing times.
    private func signalDecay(_ rule: SelectionRule) -> [BacktestResult.Decay] {
        let sessions = decisionSessions(hold: DaySignals.horizons[rule.horizon]), width = DaySignals.horizons.count
        return Self.decaySessions.map { ahead in
            let correlations = sessions.compactMap { session -> Double? in
                let fill = session + configuration.lag
                guard fill + ahead < market.table.sessions.count, let day = signals[session]?[0] else { return nil }
                var expected: [Double] = [], realised: [Double] = []
                for row in 0..<day.count {
                    let ticker = Int(day.tickers[row]), value = Double(day.expected[row * width + rule.horizon])
                    let change = simulator.valuations.value(ticker, fill + ahead) / simulator.valuations.value(ticker, fill) - 1
                    guard market.table.trades(ticker, fill), change.isFinite, value.isFinite else { continue }
                    expected.append(value)
                    realised.append(change)
                }
                return expected.count >= 5 ? Statistics.rankCorrelation(expected, realised) : nil
            }
            return BacktestResult.Decay(
                sessions: ahead, days: correlations.count,
                rank_ic: correlations.isEmpty ? nil : correlations.reduce(0, +) / Double(correlations.count))
        }
    }

    // MARK: Parts of the report

    /// Tickers without readable prices, or windows that could not be encoded: the larger share.
    private var failedShare: Double {
        max(
            Double(market.unread.count) / Double(market.table.tickers.count),
            candidateCount > 0 ? Double(missing[MissCause.failed.words] ?? 0) / Double(candidateCount) : 0)
    }

    private func trades(_ course: PortfolioSimulator.Course, _ rule: SelectionRule, trial: Int) -> [BacktestResult.Trade] {
        let table = market.table
        let hasConfidence = source.models.allSatisfy(\.file.configuration.hasConfidence)
        return course.periods.map { period in
            let day = signals[period.decision]?[trial] ?? DaySignals(session: period.decision)
            let hits = day.isHit.count { $0 }, drawn = drawn[period.decision]?[trial] ?? day.count
            let rows = Dictionary(uniqueKeysWithValues: day.tickers.enumerated().map { ($1, $0) })
            let width = DaySignals.horizons.count
            let positions = period.tickers.map { ticker -> BacktestResult.Position in
                let row = rows[ticker] ?? 0, number = Int(ticker)
                let buy = simulator.valuations.value(number, period.entry), sell = simulator.valuations.value(number, period.exit)
                let isDelisted = simulator.valuations.isDelisted(number, at: period.exit)
                return BacktestResult.Position(
                    ticker: table.tickers[number], weight: 1 / Double(period.tickers.count), buy_price: buy, sell_price: sell,
                    expected_return: Double(day.expected[row * width + rule.horizon]),
                    confidence: hasConfidence ? Double(day.confidence[row * width + rule.horizon]) : nil,
                    gain_probability: day.gainProbability.isEmpty ? nil : Double(day.gainProbability[row * width + rule.horizon]),
                    predicted_deviation: day.deviation.isEmpty ? nil : Double(day.deviation[row * width + rule.horizon]),
                    gross_return: sell / buy - 1, cluster: day.cluster[row] < 0 ? nil : Int(day.cluster[row]),
                    distance: day.distance[row].isFinite ? Double(day.distance[row]) : nil,
                    cache_hit: configuration.caches.isEmpty ? nil : day.isHit[row], delisted: isDelisted,
                    stale: !isDelisted && !table.trades(number, period.exit))
            }
            let invested = course.equity[period.entry - course.first]
            return BacktestResult.Trade(
                date: table.sessions[period.decision], fill_date: table.sessions[period.entry], exit_date: table.sessions[period.exit],
                capital_invested: invested, capital_returned: course.equity[period.exit - course.first], net_return: period.netReturn,
                turnover: period.bought + period.sold, candidates: day.count, cache_hits: hits, cache_misses: drawn - hits,
                passed: rule.order(day).count,
                unfilled: period.unfilled.map { table.tickers[Int($0)] }, positions: positions)
        }
    }

    private func equity(_ course: PortfolioSimulator.Course, _ pool: PortfolioSimulator.Course?) -> [BacktestResult.EquityPoint] {
        var peak = 0.0
        return course.equity.enumerated().map { index, value in
            peak = max(peak, value)
            return BacktestResult.EquityPoint(
                date: market.table.sessions[course.first + index], value: value, drawdown: value / peak - 1, exposure: course.exposure[index],
                benchmark: pool.flatMap { index < $0.equity.count ? $0.equity[index] : nil })
        }
    }

    private func filterCounts(_ rule: SelectionRule) -> [String: Int] {
        var counts = ["days": 0, "candidates": 0, "passed": 0, "days_without_stocks": 0]
        for session in decisionSessions(hold: DaySignals.horizons[rule.horizon]) {
            guard let day = signals[session]?[0] else { continue }
            let passed = rule.order(day).count
            counts["days", default: 0] += 1
            counts["candidates", default: 0] += day.count
            counts["passed", default: 0] += passed
            counts["days_without_stocks", default: 0] += passed == 0 ? 1 : 0
        }
        return counts
    }

    func settings() -> [String: String] {
        let c = configuration
        let filter =
            switch c.selection.filter {
            case .off: "off"
            case .hard: "hard"
            case .nearest(let share): "nearest \(share)"
            }
        var settings = [
            "data": c.data, "model": c.models.joined(separator: ","), "prices": c.prices ?? "", "rules": c.rules.rawValue,
            "pool": "\(market.table.tickers.count)", "subset_size": "\(c.subsetSize)", "top_k": "\(c.selection.topK)",
            "horizon": "\(DaySignals.horizons[c.selection.horizon])", "rank_by": c.selection.ranking.rawValue,
            "confidence_percentile": "\(c.selection.confidencePercentile)", "cluster_mode": filter, "lag": "\(c.lag)",
            "buy_bps": "\(c.costs.buy)", "sell_bps": "\(c.costs.sell)", "delisting_return": "\(c.delistingReturn)", "seed": "\(c.seed)",
            "trials": "\(c.trials)", "initial_capital": "\(c.capital)", "window": "\(model.vectors.fingerprint.rows)",
            "participation": "\(c.participation)",
            "sessions": c.calendar == nil ? "days on which half of the tickers have a close" : "given calendar",
            "missing_price": "not bought; valued and sold at the last close",
        ]
        settings["cluster_dir"] = c.clusters
        settings["best_clusters_file"] = c.bestClusters
        if let zeroed = model.vectors.fingerprint.zeroedColumns { settings["zero_columns"] = zeroed.map(String.init).joined(separator: ",") }
        if !c.caches.isEmpty { settings["embeddings_cache"] = c.caches.joined(separator: ",") }
        return settings
    }

    func fingerprints() -> [String: String] {
        let models = source.models.map(\.vectors.fingerprint.model)
        var prints = [
            "weights": models.map(\.weightsSHA256).joined(separator: ","),
            "precision": models.map(\.precision).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ","),
        ]
        if let clusters { prints["clusters"] = clusters.digest }
        if let through = clusters?.provenance.fitted_through { prints["clusters_fitted_through"] = through.description }
        return prints
    }
}

extension BacktestResult.CacheReport {
    /// - Parameters:
    ///   - all: of each model.
    ///   - encoding: windows that a certificate encoded, for the speed if nothing else was encoded.
    init(_ all: [LookupStatistics], isCached: Bool, also encoding: PreparedBacktest.Encoding = PreparedBacktest.Encoding()) {
        var statistics = LookupStatistics()
        for one in all { statistics.add(one) }
        var causes: [String: Int] = [:]
        for (cause, count) in statistics.misses { causes[isCached ? cause.words : "no cache", default: 0] += count }
        self.init(
            hits: statistics.hits, misses: statistics.missCount, misses_by_cause: causes, hit_rate: statistics.hitRate,
            encoded: statistics.encoded, encode_seconds: statistics.encodingSeconds,
            encode_seconds_saved: statistics.secondsSaved(
                secondsPerEncoding: encoding.windows > 0 ? encoding.seconds / Double(encoding.windows) : nil),
            bytes_read: statistics.bytes)
    }
}
