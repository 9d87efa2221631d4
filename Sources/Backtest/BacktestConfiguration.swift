public import Encoders
public import MarketData
public import Portfolio

/// Settings of a backtest. Optional parts are off if `nil`.
public struct BacktestConfiguration: Sendable {
    /// Whose rules decide.
    public enum Rules: String, Sendable, CaseIterable {
        /// Tapedeck's rules: a fill after the decision, costs on turnover, point in time.
        case own
        /// The original system's, faults included.
        case original
    }

    /// Which tickers make the pool when it is limited.
    public enum PoolRule: String, Sendable, CaseIterable {
        /// The last in alphabetical order, as in the original.
        case last
        /// Random ones, determined by the seed.
        case random
    }

    /// Feature file.
    public var data: String
    /// Checkpoint; the predictions of several are averaged, and the clusters are of the vectors of the first.
    public var models: [String]
    /// Price file; `nil` takes column 0 of the features, with the original's rules only.
    public var prices: String?
    /// Folder of clusters, or a cluster file; `nil` for no filter.
    public var clusters: String?
    /// List of the best clusters.
    public var bestClusters: String?
    /// Cache files; new vectors are added to the first of each model.
    public var caches: [String] = []
    /// `adaptive_bin_edges.pt`, for checkpoints without edges of their own.
    public var binEdges: String?
    /// Attention heads, for checkpoints that do not state them.
    public var heads: Int?
    /// Arithmetic of the model; by default the cache's, or f32.
    public var precision: Precision?
    /// Rows of a window; by default the cache's, the checkpoint's, or 60.
    public var rows: Int?
    /// Columns of the features that are set to 0, counted from 0; by default the cache's, or none.
    public var zeroedColumns: [Int]?
    public var batchSize = 32
    public var threads = 1

    public var rules = Rules.own
    /// Tickers to choose from; all when `nil`.
    public var tickers: [String]?
    /// Most tickers of the pool.
    public var poolSize: Int?
    public var poolRule = PoolRule.last
    /// Tickers drawn for each decision.
    public var subsetSize = 1024
    public var selection = SelectionRule(filter: .off)
    /// First and last day of the test; by default the last 21 sessions of each of `months`.
    public var start: Day?
    public var end: Day?
    public var months = 4
    /// Trading days; by default those on which at least half of the tickers that were trading at the time have a close.
    public var calendar: [Day]?
    /// Sessions from a decision to its fill.
    public var lag = 1
    public var costs = TradingCosts(buy: 10, sell: 10)
    /// Return of a position when its ticker stops trading: 0 pays the last close, -1 nothing.
    public var delistingReturn = 0.0
    public var capital = 100_000.0
    public var seed = 42
    public var trials = 1
    /// Draws of the random benchmark.
    public var randomDraws = 100
    /// Share of decisions that are checked for look-ahead; 0 for none.
    public var certificateShare = 0.05
    /// Whether the windows of those decisions are encoded again also where a cache has their vectors.
    public var certificateEncodes = false
    /// Share of a stock's mean dollar volume that a trade may take, for the capacity.
    public var participation = 0.05
    /// Whether to preload like the original, which affects the sale price of a ticker without prices.
    public var preloads = true

    public init(data: String, model: String) { (self.data, models) = (data, [model]) }

    /// - Throws: `BacktestError` for contradictory settings.
    func check() throws(BacktestError) {
        func fail(_ text: String) -> BacktestError { BacktestError(.invalidInput, text) }
        guard !models.isEmpty else { throw fail("no model was named") }
        guard selection.topK > 0, subsetSize > 0, poolSize ?? 1 > 0, months > 0, trials > 0, randomDraws >= 0, batchSize > 0 else {
            throw fail("top-k, subset size, pool size, months, trials and batch size must be positive")
        }
        guard capital > 0, capital.isFinite else { throw fail("the initial capital must be above 0, not \(capital)") }
        guard lag >= 0, lag <= 20 else { throw fail("the execution lag must be 0 to 20 sessions, not \(lag)") }
        guard costs.buy >= 0, costs.sell >= 0, costs.buy < 5000, costs.sell < 5000 else {
            throw fail("costs must be 0 to 5000 basis points per side")
        }
        guard (-1...0).contains(delistingReturn) else { throw fail("the delisting return must be from -1 to 0, not \(delistingReturn)") }
        guard DaySignals.horizons.indices.contains(selection.horizon) else { throw fail("the horizon must be 1, 5, 10 or 20 sessions") }
        guard (0...1).contains(selection.confidencePercentile), (0...1).contains(certificateShare) else {
            throw fail("the confidence percentile and the certificate's share must be from 0 to 1")
        }
        guard participation > 0, participation <= 1 else { throw fail("the participation must be above 0 and at most 1, not \(participation)") }
        if case .nearest(let share) = selection.filter, !(share > 0 && share <= 1) {
            throw fail("the share of stocks nearest to the best clusters must be above 0 and at most 1, not \(share)")
        }
        if selection.filter != .off {
            guard clusters != nil else { throw fail("the cluster filter needs --cluster-dir; without clusters, give --cluster-mode off") }
            guard bestClusters != nil else { throw fail("the cluster filter needs --best-clusters-file, which 'tapedeck clusters rank' writes") }
        }
        if rules == .own {
            guard Set(models).count == models.count else { throw fail("a model is named twice") }
            guard prices != nil else {
                throw fail("Tapedeck's rules need a price file (--prices); column 0 of the features is normalised, not a price")
            }
        } else {
            guard zeroedColumns == nil, calendar == nil else {
                throw fail("the original reads every column and has no calendar; leave --zero-columns and --calendar out, or --compat")
            }
        }
    }
}
