import Clusters
import EmbeddingCache
import Encoders
import Foundation
import MarketData
import ModelFiles
import Portfolio
import StockFeatures

/// The original system's backtest, faults included: which rows form a window, which days are dropped, how stocks are chosen and
/// at which price they are sold. docs/backtest.md lists the faults.
struct OriginalBacktest: Sendable {
    let configuration: BacktestConfiguration

    init(_ configuration: BacktestConfiguration) { self.configuration = configuration }

    func run(progress: @escaping @Sendable (BacktestProgress) -> Void) async throws -> BacktestResult {
        try configuration.check()
        let clock = Stopwatch()
        progress(BacktestProgress(stage: .loading))
        let market = try OriginalMarket(configuration)
        clock.lap("features")
        let models = try OriginalModels(configuration)
        clock.lap("model")
        let filter = try OriginalFilter.make(configuration, models: models)
        clock.lap("clusters")
        let horizon = DaySignals.horizons[configuration.selection.horizon]
        let days = OriginalRules.rebalanceDays(market.tradingDays, horizon: horizon)
        var outcomes: [OriginalRules.Outcome] = []
        var counts = ["days": 0, "candidates": 0, "passed": 0]
        var statistics = OriginalCounts()
        for trial in 0..<configuration.trials {
            var random = PythonRandom(seed: configuration.seed + trial)
            var capital = configuration.capital
            var trades: [OriginalRules.Trade] = []
            for (place, day) in days.enumerated() {
                try Task.checkCancellation()
                let subset =
                    configuration.subsetSize < market.pool.count ? random.sample(market.pool, configuration.subsetSize) : market.pool
                var candidates = try market.candidates(subset, on: day, rows: models.rows)
                if let filter, !candidates.isEmpty {
                    let (kept, found) = try await filter.filter(candidates, on: day, models: models)
                    statistics.add(found)
                    // A day on which nothing was found in the cache is dropped.
                    if trial == 0 {
                        counts["days", default: 0] += 1
                        counts["candidates", default: 0] += candidates.count
                        counts["passed", default: 0] += kept.count
                    }
                    candidates = kept
                }
                let predicted = try await models.predict(candidates)
                progress(
                    BacktestProgress(stage: .deciding, days: trial * days.count + place + 1, totalDays: configuration.trials * days.count))
                guard let last = predicted.last else { continue }
                let chosen = try OriginalRules.select(
                    predicted, percentile: configuration.selection.confidencePercentile, topK: configuration.selection.topK)
                guard !chosen.isEmpty else { continue }
                let trade = try OriginalRules.trade(chosen, on: day, capital: capital, last: last) {
                    try market.laterPrice($0, from: day, sessions: horizon, preloads: configuration.preloads)
                }
                trades.append(trade)
                capital = trade.returned
            }
            outcomes.append(OriginalRules.Outcome(initialCapital: configuration.capital, trades: trades))
        }
        clock.lap("simulation")
        return result(outcomes, market, models, filter, counts, statistics, clock.laps)
    }

    private func warnings(_ filter: OriginalFilter?) -> [String] {
        var warnings: [String] = []
        if let prices = configuration.prices, !FileManager.default.fileExists(atPath: prices) {
            warnings.append("\(prices): there is no such price file; column 0 of the features is the price, as in the original")
        }
        for cache in configuration.caches where filter != nil && !FileManager.default.fileExists(atPath: cache) {
            warnings.append("\(cache): there is no such cache; everything is encoded, as in the original")
        }
        warnings.append(
            "the original's rules: no lag, costs on the whole book, a ticker that stops trading is sold for what it cost, ranking in effect by "
                + "confidence; remove --compat for realistic figures")
        return warnings
    }

    private func result(
        _ outcomes: [OriginalRules.Outcome], _ market: OriginalMarket, _ models: OriginalModels, _ filter: OriginalFilter?,
        _ counts: [String: Int], _ statistics: OriginalCounts, _ seconds: [String: Double]
    ) -> BacktestResult {
        let horizon = DaySignals.horizons[configuration.selection.horizon]
        let first = outcomes[0]
        func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
        func figures(_ outcome: OriginalRules.Outcome) -> [String: Double?] {
            let metrics = outcome.metrics
            return [
                "initial_capital": metrics.initialCapital, "final_capital": finite(metrics.finalCapital),
                "total_return_pct": finite(metrics.totalReturnPercent), "num_trades": Double(metrics.trades), "win_rate": metrics.winRate,
                "avg_return_pct": finite(metrics.averageReturnPercent), "std_return_pct": finite(metrics.deviationPercent),
                "sharpe_ratio": metrics.sharpe(horizon: horizon), "max_drawdown_pct": metrics.maxDrawdownPercent,
            ]
        }
        func trades(_ outcome: OriginalRules.Outcome) -> [BacktestResult.Trade] {
            outcome.trades.map { trade in
                BacktestResult.Trade(
                    date: trade.day, fill_date: trade.day, exit_date: nil, capital_invested: finite(trade.invested),
                    capital_returned: finite(trade.returned), net_return: finite(trade.returnPercent / 100), turnover: nil,
                    candidates: 0, passed: 0, unfilled: [],
                    positions: trade.holdings.map { holding in
                        BacktestResult.Position(
                            ticker: holding.ticker, weight: 1 / Double(trade.holdings.count), buy_price: holding.buyPrice,
                            sell_price: holding.sellPrice.flatMap(finite), expected_return: holding.expectedValue,
                            logged_expected_return: holding.loggedExpectedValue, confidence: holding.confidence,
                            gross_return: finite(holding.gross - 1), cluster: nil, distance: nil, cache_hit: nil,
                            delisted: holding.sellPrice == nil, stale: false)
                    })
            }
        }
        func equity(_ outcome: OriginalRules.Outcome) -> [BacktestResult.EquityPoint] {
            var peak = 0.0
            return zip([market.tradingDays.first ?? Day(rawValue: 0)] + outcome.trades.map(\.day), outcome.capital).map { day, value in
                peak = max(peak, value)
                return BacktestResult.EquityPoint(
                    date: day, value: finite(value), drawdown: finite(value / peak - 1), exposure: nil, benchmark: nil)
            }
        }
        let trialFigures = outcomes.map(figures)
        return BacktestResult(
            rules: configuration.rules.rawValue, trades: trades(first), equity: equity(first), metrics: figures(first), monthly: [], benchmarks: [],
            costs: [], signal_quality: [],
            cache: BacktestResult.CacheReport(
                hits: statistics.hits, misses: statistics.misses, misses_by_cause: ["not in the cache": statistics.misses],
                hit_rate: statistics.hits + statistics.misses > 0
                    ? Double(statistics.hits) / Double(statistics.hits + statistics.misses) : nil,
                encoded: statistics.encoded, encode_seconds: statistics.seconds,
                encode_seconds_saved: statistics.encoded > 0 ? statistics.seconds / Double(statistics.encoded) * Double(statistics.hits) : nil,
                bytes_read: statistics.hits * models.dimension * 4),
            certificate: BacktestResult.Certificate(
                checked_days: [], checked_windows: 0, passed: false, failures: [],
                reason: "the original's rules fill at the close that the decision knows, and its clusters know the test's days"),
            trial_metrics: trialFigures, trials: outcomes.count > 1 ? PreparedBacktest.summarise(trialFigures) : [],
            trial_runs: outcomes.enumerated().dropFirst().map { trial, outcome in
                BacktestResult.TrialRun(trial: trial, trades: trades(outcome), equity: equity(outcome))
            }, filter: counts, missing: [:],
            warnings: warnings(filter),
            settings: [
                "data": configuration.data, "model": configuration.models.joined(separator: ","), "prices": configuration.prices ?? "",
                "rules": configuration.rules.rawValue, "pool": "\(market.pool.count)", "subset_size": "\(configuration.subsetSize)",
                "top_k": "\(configuration.selection.topK)", "horizon": "\(horizon)", "seed": "\(configuration.seed)",
                "trials": "\(configuration.trials)", "window": "\(models.rows)",
            ], fingerprints: filter.map { ["clusters": $0.digest] } ?? [:], seconds: seconds)
    }
}

/// Vectors that were found and encoded.
struct OriginalCounts: Sendable {
    var hits = 0
    var misses = 0
    var encoded = 0
    var seconds = 0.0

    mutating func add(_ other: OriginalCounts) {
        hits += other.hits
        misses += other.misses
        encoded += other.encoded
        seconds += other.seconds
    }
}

/// One ticker of a day with its window.
struct OriginalCandidate: Sendable {
    let ticker: String
    let price: Double
    /// Rows x width.
    let window: [Float]
    let width: Int
}

/// Features and prices, with the original's look-ups.
struct OriginalMarket {
    /// Tickers to draw from, in alphabetical order.
    let pool: [String]
    /// The days of the test.
    let tradingDays: [Day]
    private let features: [String: TickerFeatures]
    private let prices: [String: PriceSeries]
    /// The calendar of the pool's first ticker, by which every ticker's rows are counted.
    private let places: [Day: Int]
    private let allDays: [Day]
    private let isTrading: Set<Day>

    init(_ configuration: BacktestConfiguration) throws {
        let file = try FeatureFile(configuration.data, dates: .sort)
        let wanted = configuration.tickers.map { Set($0) }
        let all = file.tickers.filter { wanted?.contains($0) ?? true }
        pool = Array(all.suffix(configuration.poolSize ?? 2000))
        guard let first = pool.first else { throw BacktestError(.empty, "\(configuration.data): holds none of the tickers named") }
        var features: [String: TickerFeatures] = [:]
        for ticker in pool { features[ticker] = try file.features(of: ticker) }
        self.features = features
        allDays = features[first]?.days ?? []
        places = Dictionary(uniqueKeysWithValues: allDays.enumerated().map { ($1, $0) })
        var prices: [String: PriceSeries] = [:]
        var calendar = allDays
        if let path = configuration.prices, FileManager.default.fileExists(atPath: path) {
            let file = try PriceFile(path)
            let known = Set(file.tickers)
            for ticker in pool where known.contains(ticker) { prices[ticker] = try file.prices(of: ticker) }
            if let leader = file.tickers.first { calendar = try file.days(of: leader) }
        }
        self.prices = prices
        if let start = configuration.start { calendar = calendar.filter { $0 >= start } }
        if let end = configuration.end { calendar = calendar.filter { $0 <= end } }
        tradingDays = Array(calendar.suffix(configuration.start == nil ? OriginalRules.sessionsPerMonth * configuration.months : calendar.count))
        isTrading = Set(tradingDays)
    }

    /// The row at the first ticker's position of this day.
    private func row(_ day: Day, of ticker: TickerFeatures, rows: Int) -> Int? {
        guard let place = places[day], place < ticker.days.count, place + 1 >= rows else { return nil }
        return place
    }

    func candidates(_ tickers: [String], on day: Day, rows: Int) throws -> [OriginalCandidate] {
        try tickers.compactMap { name in
            guard let own = features[name], let last = row(day, of: own, rows: rows) else { return nil }
            let range = last + 1 - rows..<last + 1
            let window = try own.rows(range).values(range, width: own.width)
            let price: Double
            if let series = prices[name] {
                guard let place = series.index(of: day) else { return nil }
                price = Double(series.prices[place])
            } else {
                price = Double(window[(rows - 1) * own.width])
            }
            guard price > 0 else { return nil }
            return OriginalCandidate(ticker: name, price: price, window: window, width: own.width)
        }
    }

    /// The price a number of sessions later; `nil` if there is none.
    func laterPrice(_ name: String, from day: Day, sessions: Int, preloads: Bool) throws -> Double? {
        if let series = prices[name] {
            guard let place = series.index(of: day), place + sessions < series.prices.count else { return nil }
            return Double(series.prices[place + sessions])
        }
        guard let own = features[name], let place = places[day], place + sessions < allDays.count, place + sessions < own.days.count else {
            return nil
        }
        // A preloaded run knows only the days of the test.
        guard !preloads || isTrading.contains(allDays[place + sessions]) else { return nil }
        let row = place + sessions
        return Double(try own.rows(row..<row + 1).values(row..<row + 1, width: own.width)[0])
    }
}

/// The models of a run, one or an ensemble.
struct OriginalModels: Sendable {
    let rows: Int
    let dimension: Int
    private let encoders: [StockEncoder]
    private let middles: [Float]
    private let horizon: Int
    private let batchSize: Int

    init(_ configuration: BacktestConfiguration) throws {
        let pool = WorkerPool(threads: configuration.threads)
        encoders = try configuration.models.map { path in
            try StockEncoder(
                file: try StockModelFile(path: path, heads: configuration.heads), precision: configuration.precision ?? .f32, pool: pool)
        }
        dimension = encoders[0].dimension
        rows = configuration.rows ?? 60
        horizon = configuration.selection.horizon
        batchSize = configuration.batchSize
        let kinds = Set(encoders.map(\.configuration.prediction))
        guard kinds.count == 1 else {
            throw BacktestError(.originalFault, "models with different prediction heads cannot be averaged; the original fails, too")
        }
        guard kinds.first == .classification else {
            middles = []
            return
        }
        // Never the checkpoint's own edges: the original does not read them.
        guard let path = configuration.binEdges else {
            throw BacktestError(
                .invalidInput,
                "with the original's rules, expected returns are computed with the edges of a file: give --bin-edges; the original "
                    + "computes and overwrites a missing one from column 0 of the features")
        }
        let file = try TorchFile(path: path)
        guard let tensor = file.root.tensor else { throw BacktestError(.malformed, "\(path): holds \(file.root.kind) instead of a tensor") }
        let edges = try file.floats(tensor)
        guard edges.count == StockModelConfiguration.bins + 1 else {
            throw BacktestError(.malformed, "\(path): has \(edges.count) edges instead of \(StockModelConfiguration.bins + 1)")
        }
        middles = zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 }
    }

    /// The first model's vectors of some windows, which must have its width.
    func encode(_ candidates: [OriginalCandidate]) async throws -> [Float] {
        guard let model = encoders.first else { return [] }
        var batch = WindowBatch(features: model.features, rows: rows)
        for candidate in candidates {
            guard batch.append(candidate.window) else {
                throw BacktestError(
                    .originalFault,
                    "\(candidate.ticker) has \(candidate.width) features and the model reads \(model.features): the original's filter fails on it")
            }
        }
        return batch.count > 0 ? try await model.encode(batch) : []
    }

    /// 1 + r and confidence of the candidates whose windows have the models' width; others are left out, as in the original.
    func predict(_ candidates: [OriginalCandidate]) async throws -> [OriginalRules.Candidate] {
        let fitting = candidates.filter { candidate in encoders.allSatisfy { $0.features == candidate.width } }
        guard !fitting.isEmpty else { return [] }
        let horizons = StockModelConfiguration.horizons.count
        var values = [[Float]](repeating: [], count: fitting.count)
        var confidences = [Float](repeating: 0, count: fitting.count)
        for encoder in encoders {
            var batch = WindowBatch(features: encoder.features, rows: rows)
            for candidate in fitting { batch.append(candidate.window) }
            let found = try await encoder.predict(batch)
            let width = encoder.configuration.predictionWidth
            for index in fitting.indices {
                let scores = found.scores[index * width..<(index + 1) * width]
                let own = middles.isEmpty ? [scores[scores.startIndex + horizon]] : Self.softmax(scores, horizon: horizon, horizons: horizons)
                values[index] = values[index].isEmpty ? own : zip(values[index], own).map(+)
                confidences[index] += found.confidences.isEmpty ? 0 : found.confidences[index * horizons + horizon]
            }
        }
        let count = Float(encoders.count)
        return fitting.indices.map { index in
            let mean = values[index].map { $0 / count }
            let expected = middles.isEmpty ? mean[0] : Float(zip(mean, middles).reduce(0) { $0 + Double($1.0) * Double($1.1) })
            return OriginalRules.Candidate(
                ticker: fitting[index].ticker, expectedValue: 1 + expected, confidence: confidences[index] / count, price: fitting[index].price)
        }
    }

    private static func softmax(_ scores: ArraySlice<Float>, horizon: Int, horizons: Int) -> [Float] {
        let own = stride(from: scores.startIndex + horizon, to: scores.endIndex, by: horizons).map { Double(scores[$0]) }
        let largest = own.max() ?? 0
        let weights = own.map { exp($0 - largest) }
        let total = weights.reduce(0, +)
        return weights.map { Float($0 / total) }
    }
}

/// The original's filter by clusters.
struct OriginalFilter: Sendable {
    private let model: ClusterModel
    private let best: [Int]
    private let mode: SelectionRule.Filter
    private let cache: EmbeddingCache?

    var digest: String { model.digest }

    /// - Returns: `nil` if the filter is off.
    static func make(_ configuration: BacktestConfiguration, models: OriginalModels) throws -> OriginalFilter? {
        guard configuration.selection.filter != .off, let folder = configuration.clusters, let list = configuration.bestClusters else { return nil }
        let model = try ClusterFile.open(folder)
        guard model.dimension == models.dimension else {
            throw BacktestError(.mismatch, "\(folder): clusters vectors of \(model.dimension) numbers, and the model gives \(models.dimension)")
        }
        let best = try ClusterLists.readBest(list).ids
        if let wrong = best.first(where: { $0 < 0 || $0 >= model.count }) {
            throw BacktestError(.mismatch, "\(list): names cluster \(wrong), and \(folder) has \(model.count)")
        }
        if best.isEmpty, configuration.selection.filter != .hard {
            throw BacktestError(.originalFault, "\(list): names no clusters, and the original ends with an exception; give --cluster-mode off")
        }
        let cache = try openCache(configuration.caches)
        if let cache, cache.dimension != models.dimension {
            throw BacktestError(.mismatch, "the cache holds vectors of \(cache.dimension) numbers, and the model gives \(models.dimension)")
        }
        return OriginalFilter(model: model, best: best, mode: configuration.selection.filter, cache: cache)
    }

    /// A cache of this program or of the original's layout; `nil` if there is no such file; the original continues without one.
    private static func openCache(_ paths: [String]) throws -> EmbeddingCache? {
        let present = paths.filter { FileManager.default.fileExists(atPath: $0) }
        guard !present.isEmpty else { return nil }
        do throws(CacheError) {
            return try EmbeddingCache.open(present)
        } catch {
            guard error.code == .malformed, present.count == 1 else { throw error }
            let copy = NSTemporaryDirectory() + "tapedeck-backtest-\(UUID().uuidString).h5"
            defer { unlink(copy) }
            // Vectors stay mapped after the name is gone.
            do { try OriginalLayout.read(present[0], to: copy, model: nil) } catch _ as CacheError { throw error }
            return try EmbeddingCache.open(copy)
        }
    }

    /// Candidates that pass, in their order.
    ///
    /// With a cache, missing vectors are encoded only on days of which the cache has some.
    func filter(
        _ candidates: [OriginalCandidate], on day: Day, models: OriginalModels
    ) async throws -> ([OriginalCandidate], OriginalCounts) {
        var counts = OriginalCounts()
        var vectors: [String: [Float]] = [:]
        if let cache {
            let found = cache.embeddings(on: day, tickers: candidates.map(\.ticker))
            for hit in found.hits { vectors[candidates[hit].ticker] = found.withVector(at: hit) { Array($0) } }
            counts.hits = vectors.count
            counts.misses = candidates.count - vectors.count
        }
        let missed = candidates.filter { vectors[$0.ticker] == nil }
        if cache == nil || !vectors.isEmpty, !missed.isEmpty {
            let clock = ContinuousClock(), start = clock.now
            let encoded = try await models.encode(missed)
            counts.seconds = Double((clock.now - start) / .microseconds(1)) / 1e6
            counts.encoded = missed.count
            for (index, candidate) in missed.enumerated() {
                vectors[candidate.ticker] = Array(encoded[index * models.dimension..<(index + 1) * models.dimension])
            }
        }
        let known = candidates.filter { vectors[$0.ticker] != nil }
        guard !known.isEmpty else { return ([], counts) }
        let points = model.transform(known.flatMap { vectors[$0.ticker] ?? [] })
        let width = model.spaceDimension
        func distance(_ row: Int, _ cluster: Int) -> Float {
            var sum = 0.0
            for column in 0..<width {
                let gap = Double(points[row * width + column]) - Double(model.centroids[cluster * width + column])
                sum += gap * gap
            }
            return Float(sum.squareRoot())
        }
        let kept: Set<Int>
        switch mode {
        case .off: kept = Set(known.indices)
        case .hard:
            let good = Set(best)
            kept = Set(
                known.indices.filter { row in
                    let all = (0..<model.count).map { distance(row, $0) }
                    return good.contains(all.indices.min { all[$0] != all[$1] ? all[$0] < all[$1] : $0 < $1 } ?? -1)
                })
        case .nearest(let share):
            let distances = known.indices.map { row in best.map { distance(row, $0) }.min() ?? .infinity }
            kept = Set(OriginalRules.nearest(distances, share: share))
        }
        return (known.indices.filter { kept.contains($0) }.map { known[$0] }, counts)
    }
}
