public import MarketData
public import Portfolio

/// The result of a backtest. Names are those of `backtest --json`.
public struct BacktestResult: Sendable, Encodable {
    /// A stock of one trade.
    public struct Position: Sendable, Encodable {
        public var ticker: String
        public var weight: Double
        public var buy_price: Double
        /// `nil` if unknown; the original then assumes the purchase price.
        public var sell_price: Double?
        /// The stock's own; 0 is no change. With the original's rules 1 + r.
        public var expected_return: Double
        /// As the original logs it: one value for all stocks of a day. Only with the original's rules.
        public var logged_expected_return: Double?
        public var confidence: Double?
        /// Predicted probability of a return above 0, and standard deviation of the predicted return; `nil` for models that predict one number.
        public var gain_probability: Double?
        public var predicted_deviation: Double?
        /// Sell price / buy price − 1, before costs.
        public var gross_return: Double?
        public var cluster: Int?
        public var distance: Double?
        /// Whether its vector came from the cache.
        public var cache_hit: Bool?
        /// The ticker stopped trading while it was held.
        public var delisted: Bool
        /// It had no close on the day of the sale, and the last one before was taken.
        public var stale: Bool
    }

    /// One decision and its result.
    public struct Trade: Sendable, Encodable {
        /// Of the decision.
        public var date: Day
        public var fill_date: Day
        public var exit_date: Day?
        public var capital_invested: Double?
        public var capital_returned: Double?
        public var net_return: Double?
        /// Value bought and sold at the fill, divided by the portfolio's value.
        public var turnover: Double?
        public var candidates: Int
        /// Number of candidates whose vector came from the cache, and of all other drawn candidates; `nil` with the original's rules.
        public var cache_hits: Int?
        public var cache_misses: Int?
        /// Number of candidates left by the filter and the confidence cut.
        public var passed: Int
        /// Chosen but not bought, for lack of a close on the day of the fill.
        public var unfilled: [String]
        public var positions: [Position]
    }

    /// A trial after the first.
    public struct TrialRun: Sendable, Encodable {
        /// From 1 on; `trades` and `equity` of the report are those of trial 0.
        public var trial: Int
        public var trades: [Trade]
        public var equity: [EquityPoint]
    }

    /// A session of the portfolio.
    public struct EquityPoint: Sendable, Encodable {
        public var date: Day
        public var value: Double?
        public var drawdown: Double?
        public var exposure: Double?
        /// Of the equal-weight pool, with the same capital and costs.
        public var benchmark: Double?
    }

    /// Another portfolio of the same candidates, days and costs.
    public struct Benchmark: Sendable, Encodable {
        public var name: String
        public var metrics: PerformanceMetrics
        public var turnover: Double
        /// Share of random portfolios with a lower total return than the strategy.
        public var strategy_rank: Double?
    }

    /// The strategy at a multiple of the costs.
    public struct CostLevel: Sendable, Encodable {
        public var multiple: Double
        public var buy_bps: Double
        public var sell_bps: Double
        public var total_return: Double
        public var sharpe: Double?
        public var final_capital: Double
    }

    /// How well predictions order returns at one horizon.
    public struct SignalQuality: Sendable, Encodable {
        public var horizon: Int
        public var days: Int
        /// Mean rank correlation of expected and realised returns.
        public var rank_ic: Double?
        public var ic_deviation: Double?
        /// Mean over deviation.
        public var ic_ratio: Double?
        /// Newey and West's, for days that overlap.
        public var ic_t: Double?
        public var positive_share: Double?
        /// Mean realised return of the fifths of the candidates, lowest expected return first.
        public var quantile_returns: [Double]
        /// Highest less lowest fifth.
        public var spread: Double?
        /// Mean share of the highest fifth that was not in the previous highest fifth, among stocks that are candidates on both days.
        public var top_turnover: Double?
    }

    /// Decay of the traded signal over time.
    public struct Decay: Sendable, Encodable {
        /// Sessions after the fill.
        public var sessions: Int
        public var days: Int
        /// Mean rank correlation of the traded expected returns with the returns from the fill to that session.
        public var rank_ic: Double?
    }

    /// What the cache had.
    public struct CacheReport: Sendable, Encodable {
        public var hits: Int
        public var misses: Int
        public var misses_by_cause: [String: Int]
        public var hit_rate: Double?
        public var encoded: Int
        public var encode_seconds: Double
        /// Encoding time saved by the hits, at the speed of the run and its certificate; `nil` if they encoded nothing.
        public var encode_seconds_saved: Double?
        public var bytes_read: Int
    }

    /// Whether decisions stay the same when the future is replaced by noise.
    public struct Certificate: Sendable, Encodable, Equatable {
        public var checked_days: [Day]
        /// Windows whose digests were compared.
        public var checked_windows: Int
        /// Windows that were encoded again.
        public var encoded_windows = 0
        public var passed: Bool
        /// What differed.
        public var failures: [String]
        /// Reason for a missing certificate; `nil` if there is one.
        public var reason: String?
    }

    /// Figures of all trials: they share the days, so an interval measures only the noise of the subsets.
    public struct TrialSummary: Sendable, Encodable {
        public var figure: String
        public var mean: Double?
        public var median: Double?
        public var deviation: Double?
        public var lowest: Double?
        public var highest: Double?
        /// Of the mean, by Student's distribution, 95 %.
        public var interval_low: Double?
        public var interval_high: Double?
    }

    public var simulated: Bool?
    public var rules: String
    public var trades: [Trade]
    public var equity: [EquityPoint]
    /// By name; `nil` if it cannot be computed.
    public var metrics: [String: Double?]
    public var monthly: [MonthReturn]
    public var benchmarks: [Benchmark]
    public var costs: [CostLevel]
    public var signal_quality: [SignalQuality]
    public var signal_decay: [Decay] = []
    public var cache: CacheReport
    public var certificate: Certificate
    /// Of each trial, by figure.
    public var trial_metrics: [[String: Double?]]
    public var trials: [TrialSummary]
    /// The trials after the first.
    public var trial_runs: [TrialRun] = []
    public var filter: [String: Int]
    public var missing: [String: Int]
    /// Share of the pool's tickers whose prices cannot be read, or of the candidates whose window could not be encoded, whichever is larger.
    public var failed_share = 0.0
    public var warnings: [String]
    /// What was run, by flag.
    public var settings: [String: String]
    public var fingerprints: [String: String]
    /// Seconds by stage.
    public var seconds: [String: Double]
}
