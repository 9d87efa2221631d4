import Clusters
import EmbeddingCache
import Encoders
import Foundation
import MarketData
import ModelFiles
package import Portfolio
import StockFeatures
import Synchronization

/// The inputs of decisions: the market, the pool, and the signals of every decision day.
package struct PreparedBacktest: Sendable {
    let configuration: BacktestConfiguration
    package let market: Market
    let simulator: PortfolioSimulator
    /// Of the tickers of the market, in their order.
    let keys: [UInt64]
    /// By decision session, for each trial.
    let signals: [Int: [DaySignals]]
    /// Candidates drawn, with and without a vector, by decision session, for each trial.
    let drawn: [Int: [Int]]
    /// Candidates of any trial without a vector, by cause.
    let missing: [String: Int]
    /// Candidates of any trial, with and without a vector.
    let candidateCount: Int
    /// The models and the clusters that produce the signals.
    let source: SignalSource
    let features: FeatureFile
    let prices: PriceFile
    let clusters: ClusterModel?
    /// Last day whose prices were used to choose the best clusters.
    let rankedThrough: Day?
    let warnings: [String]
    let seconds: [String: Double]

    /// The first model, whose vectors are clustered.
    var model: BacktestModel { source.models[0] }

    /// Lookups of all models.
    var statistics: [LookupStatistics] { source.models.map(\.vectors.statistics) }

    /// Columns of the original's features that are correlated with the return of their own day.
    private static let leakingColumns: Set = [225, 229, 254]

    /// Sessions on which decisions are made, for a holding period.
    func decisionSessions(hold: Int) -> [Int] { Self.decisionSessions(market, lag: configuration.lag, hold: hold) }

    static func decisionSessions(_ market: Market, lag: Int, hold: Int) -> [Int] {
        let last = market.test.upperBound - 1 - lag - hold
        guard market.test.lowerBound <= last else { return [] }
        return Array(stride(from: market.test.lowerBound, through: last, by: hold))
    }

    /// The candidates of a decision: tickers with a close on the day, and a random subset of them.
    package static func candidates(_ market: Market, keys: [UInt64], session: Int, sampler: SubsetSampler, size: Int) -> [Int] {
        let members = market.table.tickers.indices.filter { market.table.trades($0, session) }
        return sampler.draw(size, of: members.map { keys[$0] }, on: market.table.sessions[session]).map { members[$0] }
    }

    // MARK: Loading

    /// - Parameters:
    ///   - holds: holding periods of the planned runs, in sessions.
    ///   - progress: called with the current stage and its progress.
    package static func load(
        _ configuration: BacktestConfiguration, holds: Set<Int>, progress: @escaping @Sendable (BacktestProgress) -> Void
    ) async throws -> PreparedBacktest {
        try configuration.check()
        let clock = Stopwatch()
        guard let path = configuration.prices else { throw BacktestError(.invalidInput, "a backtest needs prices") }
        progress(BacktestProgress(stage: .loading))
        let features = try FeatureFile(configuration.data, dates: .sort)
        let prices = try PriceFile(path)
        let pool = try Self.pool(configuration, features: features, prices: prices)
        clock.lap("features")
        let market = try Market.load(
            prices, tickers: pool, calendar: configuration.calendar, start: configuration.start, end: configuration.end,
            months: configuration.months)
        clock.lap("prices")
        let models = try Self.models(configuration, features, clock)
        var warnings = Self.warnings(configuration, models, market)
        let (clusters, assigner, ranked) = try Self.clusters(configuration, models[0].vectors.fingerprint, &warnings)
        let source = SignalSource(models: models, assigner: assigner)

        let keys = pool.map { SubsetSampler.key($0) }
        let samplers = (0..<configuration.trials).map { SubsetSampler(seed: configuration.seed, trial: $0) }
        let sessions = Set(holds.flatMap { decisionSessions(market, lag: configuration.lag, hold: $0) }).sorted()
        guard let first = sessions.first else {
            throw BacktestError(
                .empty,
                "no decision can be filled and sold within the test's \(market.test.count) sessions, with a lag of \(configuration.lag) and "
                    + "\(holds.min() ?? 1) sessions held; give more --test-months")
        }
        if let through = clusters?.provenance.fitted_through, through >= market.table.sessions[first] {
            warnings.append(
                "look-ahead: the clusters were fitted on days through \(through), and the first decision is made on "
                    + "\(market.table.sessions[first]); fit them with --fitted-through an earlier day")
        }
        if let ranked, ranked >= market.table.sessions[first] {
            warnings.append(
                "look-ahead: the best clusters were chosen by prices through \(ranked), and the first decision is made on "
                    + "\(market.table.sessions[first]); rank them with --through an earlier day")
        }
        var signals: [Int: [DaySignals]] = [:]
        var counts: [Int: [Int]] = [:]
        var candidateCount = 0
        var missing: [String: Int] = [:]
        // Process as many days at a time as fit their vectors into 64 MB.
        let perDay = max(1, min(pool.count, configuration.subsetSize * configuration.trials)) * models.reduce(0) { $0 + $1.vectors.dimension } * 4
        let step = max(1, (64 << 20) / perDay)
        var done = 0
        for start in stride(from: 0, to: sessions.count, by: step) {
            try Task.checkCancellation()
            let chunk = sessions[start..<min(start + step, sessions.count)]
            let drawn = chunk.map { session in
                samplers.map { candidates(market, keys: keys, session: session, sampler: $0, size: configuration.subsetSize) }
            }
            let unions = drawn.map { Set($0.joined()).sorted() }
            candidateCount += unions.reduce(0) { $0 + $1.count }
            let requests = zip(chunk, unions).map { session, union in
                CellVectors.DayRequest(day: market.table.sessions[session], tickers: union.map { pool[$0] })
            }
            let total = sessions.count, before = done
            var vectors: [[CellVectors.DayVectors]] = []
            for model in models {
                vectors.append(
                    try await model.vectors.read(requests) { encoded, wanted in
                        progress(BacktestProgress(stage: .encoding, done: encoded, total: wanted, days: before, totalDays: total))
                    })
            }
            clock.lap("vectors")
            let found = try source.signals(
                zip(chunk, unions).enumerated().map { index, day in
                    SignalSource.DayCandidates(session: day.0, candidates: day.1, vectors: vectors.map { $0[index] })
                }, clock)
            for (index, session) in chunk.enumerated() {
                let all = found[index].signals
                for cause in found[index].missing { missing[cause.words, default: 0] += 1 }
                counts[session] = drawn[index].map(\.count)
                signals[session] = drawn[index].map { candidates in
                    if candidates.count == all.count { return all.sealed() }
                    let own = Set(candidates.map { Int32($0) })
                    return all.keeping((0..<all.count).filter { own.contains(all.tickers[$0]) }).sealed()
                }
            }
            done += chunk.count
            progress(BacktestProgress(stage: .deciding, days: done, totalDays: sessions.count))
            clock.lap("signals")
        }
        guard signals.values.contains(where: { $0.contains { $0.count > 0 } }) else {
            throw BacktestError(
                .empty,
                "no candidate has a vector: " + missing.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
                    + "; do the features (\(configuration.data)) and the prices (\(path)) cover the same days?")
        }
        let simulator = PortfolioSimulator(prices: market.table, delistingReturn: configuration.delistingReturn, lag: configuration.lag)
        clock.lap("signals")
        return PreparedBacktest(
            configuration: configuration, market: market, simulator: simulator, keys: keys, signals: signals, drawn: counts, missing: missing,
            candidateCount: candidateCount,
            source: source, features: features, prices: prices, clusters: clusters, rankedThrough: ranked, warnings: warnings, seconds: clock.laps)
    }

    /// Tickers that have features and prices, in ascending order of their bytes.
    private static func pool(_ configuration: BacktestConfiguration, features: FeatureFile, prices: PriceFile) throws(BacktestError) -> [String] {
        let priced = Set(prices.tickers)
        var pool = features.tickers
        if let named = configuration.tickers {
            let known = Set(pool)
            let unknown = named.filter { !known.contains($0) || !priced.contains($0) }
            guard unknown.isEmpty else {
                throw BacktestError(
                    .invalidInput,
                    "these tickers have no features or no prices: " + unknown.prefix(5).joined(separator: ", ")
                        + (unknown.count > 5 ? " and \(unknown.count - 5) more" : ""))
            }
            let wanted = Set(named)
            pool = pool.filter { wanted.contains($0) }
        }
        pool = pool.filter { priced.contains($0) }
        if let size = configuration.poolSize, size < pool.count {
            switch configuration.poolRule {
            case .last: pool = Array(pool.suffix(size))
            case .random:
                let keys = pool.map { SubsetSampler.key($0) }
                pool = SubsetSampler(seed: configuration.seed, trial: 0xFFFF).draw(size, of: keys, on: Day(rawValue: 0)).map { pool[$0] }
            }
        }
        guard !pool.isEmpty else {
            throw BacktestError(.empty, "no ticker has both features (\(features.path)) and prices (\(prices.path))")
        }
        return pool
    }

    // MARK: Models

    private static func models(
        _ configuration: BacktestConfiguration, _ features: FeatureFile, _ clock: Stopwatch
    ) throws -> [BacktestModel] {
        let edges = try configuration.binEdges.map { try StockBinEdges(path: $0) }
        let workers = WorkerPool(threads: configuration.threads)
        let files = try configuration.models.map { try StockModelFile(path: $0, heads: configuration.heads) }
        let caches = try Self.caches(configuration, files)
        let predictors = try files.map { try StockPredictor(file: $0, binEdges: edges, pool: workers) }
        clock.lap("model")
        let models = try zip(zip(files, predictors), caches).map { model, cache in
            let file = model.0
            let precision = try Self.precision(configuration, cache)
            let fingerprint = CacheFingerprint(
                model: try StockEncoder.fingerprint(of: file, precision: precision), mode: .window,
                rows: try Self.rows(configuration, cache, file), widthRule: cache?.fingerprint.widthRule ?? .strict,
                zeroedColumns: configuration.zeroedColumns ?? cache?.fingerprint.zeroedColumns ?? [])
            try fingerprint.checkColumns()
            let vectors = try CellVectors(
                cache: cache, fingerprint: fingerprint, dimension: file.configuration.hidden, features: features,
                batchSize: configuration.batchSize
            ) { try StockEncoder(file: file, binEdges: edges, precision: precision, pool: workers) }
            return BacktestModel(file: file, vectors: vectors, predictor: model.1)
        }
        clock.lap("fingerprint")
        return models
    }

    /// The cache files of each model, identified by the weights that they name.
    private static func caches(_ configuration: BacktestConfiguration, _ files: [StockModelFile]) throws -> [EmbeddingCache?] {
        guard !configuration.caches.isEmpty else { return files.map { _ in nil } }
        if files.count == 1 { return [try EmbeddingCache.open(configuration.caches)] }
        let weights = try files.map { try $0.weightsDigest() }
        var paths = [[String]](repeating: [], count: files.count)
        for path in configuration.caches {
            let own = try CacheFile(path).fingerprint.model.weightsSHA256
            guard let model = weights.firstIndex(of: own) else {
                throw BacktestError(
                    .mismatch, "\(path): holds vectors of none of the \(files.count) models; give a cache of one of them, or leave it out")
            }
            paths[model].append(path)
        }
        return try paths.map { $0.isEmpty ? nil : try EmbeddingCache.open($0) }
    }

    private static func precision(_ configuration: BacktestConfiguration, _ cache: EmbeddingCache?) throws(BacktestError) -> Precision {
        if let precision = configuration.precision { return precision }
        guard let name = cache?.fingerprint.model.precision else { return .f32 }
        guard let precision = Precision(rawValue: name) else {
            throw BacktestError(
                .mismatch,
                "the cache does not say in which precision its vectors were made ('\(name)'); with vectors that the original made, "
                    + "give --compat original, or build a cache with 'tapedeck cache build'")
        }
        return precision
    }

    private static func rows(
        _ configuration: BacktestConfiguration, _ cache: EmbeddingCache?, _ file: StockModelFile
    ) throws(BacktestError) -> Int {
        if let cache, cache.fingerprint.mode != .window {
            throw BacktestError(
                .mismatch,
                "\(cache.files.first?.path ?? "the cache") holds vectors of one row repeated \(cache.fingerprint.rows) times, which the model's "
                    + "predictions are not made of; build a cache of windows ('tapedeck cache build'), or give --compat original")
        }
        return configuration.rows ?? cache?.fingerprint.rows ?? file.trainedRows ?? 60
    }

    private static func clusters(
        _ configuration: BacktestConfiguration, _ fingerprint: CacheFingerprint, _ warnings: inout [String]
    ) throws -> (ClusterModel?, ClusterAssigner?, ranked: Day?) {
        guard let folder = configuration.clusters else { return (nil, nil, nil) }
        let clusters = try ClusterFile.open(folder)
        guard clusters.dimension == fingerprint.model.hidden else {
            throw BacktestError(
                .mismatch, "\(folder): clusters vectors of \(clusters.dimension) numbers, and the model gives \(fingerprint.model.hidden)")
        }
        if let text = clusters.provenance.fingerprint {
            guard let own = try? JSONDecoder().decode(CacheFingerprint.self, from: Data(text.utf8)) else {
                throw BacktestError(.malformed, "\(folder): its fingerprint cannot be read; fit the clusters again")
            }
            guard own == fingerprint else {
                throw BacktestError(
                    .mismatch,
                    "\(folder): was fitted on vectors of another model or other windows: it has " + own.differences(from: fingerprint)
                        + "; fit the clusters again with this model")
            }
        } else {
            warnings.append(
                "\(folder) does not say which vectors it was fitted on; clusters of the original are of one row repeated 2000 times, "
                    + "which are not comparable with windows")
        }
        if clusters.provenance.fitted_through == nil {
            warnings.append("look-ahead cannot be excluded: \(folder) does not say through which day the clusters were fitted")
        }
        var best = BestClusters()
        if let path = configuration.bestClusters {
            best = try ClusterLists.readBest(path)
            if let digest = best.digest, digest != clusters.digest {
                throw BacktestError(.mismatch, "\(path): belongs to other clusters than \(folder); rank the clusters again")
            }
            if best.digest == nil {
                warnings.append("\(path) does not name its clusters; 'tapedeck clusters rank' writes lists that do")
            } else if best.through == nil {
                warnings.append("look-ahead cannot be excluded: \(path) does not say through which day the clusters were ranked; rank them again")
            }
            guard !best.ids.isEmpty || configuration.selection.filter == .off else {
                throw BacktestError(
                    .invalidInput, "\(path): names no clusters, so no stock would ever pass; rank with more coverage, or give --cluster-mode off"
                )
            }
        }
        return (clusters, try ClusterAssigner(clusters, best: best.ids), best.through)
    }

    private static func warnings(_ configuration: BacktestConfiguration, _ models: [BacktestModel], _ market: Market) -> [String] {
        var warnings = market.unread.prefix(5).map { "no prices are used: \($0)" }
        if market.unread.count > 5 { warnings.append("and of \(market.unread.count - 5) more tickers no prices are used") }
        if configuration.selection.confidencePercentile > 0 || configuration.selection.ranking == .returnTimesConfidence {
            for model in models where !model.file.confidenceIsTrained {
                warnings.append(
                    "\(model.file.path): its confidence head was never trained, so that confidences are random; rank by return and leave the "
                        + "confidence cut out")
            }
        }
        let last = market.table.sessions.count - 1
        let ended = market.table.tickers.indices.count { ticker in
            !(max(0, last - 5)...last).contains { market.table.trades(ticker, $0) }
        }
        if ended == 0, market.table.tickers.count > 20 {
            warnings.append(
                "survivorship: none of the \(market.table.tickers.count) tickers stops trading before the end of the prices, which suggests that "
                    + "delisted stocks were left out; this makes results look better than they are")
        }
        if configuration.poolSize != nil, configuration.poolRule == .last {
            warnings.append("the pool is the end of the alphabet, which is no hold-out: the model was trained on all tickers")
        }
        if configuration.lag == 0 { warnings.append("look-ahead: with a lag of 0, decisions are filled at the close that they use") }
        if models[0].file.configuration.features == 1123 {
            warnings.append("look-ahead: features normalised over a ticker's whole history contain its future")
            let zeroed = Set(models[0].vectors.fingerprint.zeroedColumns ?? [])
            if !zeroed.isSuperset(of: Self.leakingColumns) {
                warnings.append(
                    "look-ahead: columns 225, 229 and 254 of the original's 1123 features follow the same day's return; "
                        + "--zero-columns 225,229,254 sets them to 0")
            }
        }
        return warnings
    }
}

/// How far a backtest is.
public struct BacktestProgress: Sendable {
    /// What is being done.
    public enum Stage: Sendable { case loading, encoding, deciding }

    public var stage: Stage
    /// Windows encoded, and to be encoded with them.
    public var done = 0
    public var total = 0
    /// Decision days that are finished, and all of them.
    public var days = 0
    public var totalDays = 0
}

/// Seconds by stage.
final class Stopwatch: @unchecked Sendable {
    // Used from one run at a time.
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant
    private(set) var laps: [String: Double] = [:]

    init() { last = clock.now }

    /// Ends a stage.
    func lap(_ stage: String) {
        let now = clock.now
        laps[stage, default: 0] += Double((now - last) / .microseconds(1)) / 1e6
        last = now
    }
}
