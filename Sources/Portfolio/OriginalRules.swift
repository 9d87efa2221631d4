public import MarketData

/// The rules of the original backtest, faults included: `--compat original`.
///
/// Source: the compatibility contract (inference.backtest_simulation). Every function is pure; the caller supplies the data.
public enum OriginalRules {
    /// The original's prediction for one candidate.
    public struct Candidate: Sendable, Equatable {
        public var ticker: String
        /// 1 + r, in single precision as the original holds it.
        public var expectedValue: Float
        /// 0 to 1.
        public var confidence: Float
        /// The close of the decision day in dollars.
        public var price: Double

        public init(ticker: String, expectedValue: Float, confidence: Float, price: Double) {
            (self.ticker, self.expectedValue, self.confidence, self.price) = (ticker, expectedValue, confidence, price)
        }
    }

    /// A stock that was bought.
    public struct Holding: Sendable, Equatable {
        public let ticker: String
        public let buyPrice: Double
        /// `nil` if there is no later price; the original then sells at the purchase price.
        public let sellPrice: Double?
        /// As the original logs it: the value of the last candidate of the day, the same for every stock.
        public let loggedExpectedValue: Double
        /// The stock's own.
        public let expectedValue: Double
        public let confidence: Double
        /// Sell price over buy price, before costs.
        public let gross: Double
    }

    /// One rebalance.
    public struct Trade: Sendable {
        public let day: Day
        public let invested: Double
        public let returned: Double
        public let holdings: [Holding]

        public var returnPercent: Double { (returned / invested - 1) * 100 }
    }

    /// What a run leaves.
    public struct Outcome: Sendable {
        public let initialCapital: Double
        public let trades: [Trade]

        /// The capital before the first and after every trade.
        public var capital: [Double] { [initialCapital] + trades.map(\.returned) }
        public var metrics: Metrics { Metrics(self) }

        public init(initialCapital: Double, trades: [Trade]) {
            (self.initialCapital, self.trades) = (initialCapital, trades)
        }
    }

    /// Trading days of each month of `--test-months`.
    public static let sessionsPerMonth = 21
    /// Cost of each rebalance, as a share of the whole book.
    public static let costShare = 0.001

    /// The days of rebalances: every `horizon`-th day, without the last `horizon` days.
    public static func rebalanceDays<Session>(_ days: [Session], horizon: Int) -> [Session] {
        let usable = days.count - horizon
        return usable > 0 ? stride(from: 0, to: usable, by: horizon).map { days[$0] } : []
    }

    /// The candidates that are bought, best first.
    /// - Parameters:
    ///   - candidates: in the order of the day's draw.
    ///   - percentile: share of candidates that the confidence cut aims to remove.
    /// - Throws: `.originalFault` if the original ends with an IndexError: a percentile of 1.
    public static func select(
        _ candidates: [Candidate], percentile: Double, topK: Int
    ) throws(BacktestError) -> [Candidate] {
        guard !candidates.isEmpty else { return [] }
        let cut = Int(Double(candidates.count) * percentile)
        guard cut < candidates.count else {
            throw BacktestError(
                .originalFault,
                "confidence percentile \(percentile) of \(candidates.count) candidates: the original ends with an IndexError; "
                    + "give less than 1, or leave --compat out")
        }
        let threshold = candidates.map(\.confidence).sorted()[cut]
        let kept = candidates.filter { $0.confidence >= threshold }
        let scores = kept.map { Double($0.expectedValue) * Double($0.confidence) }
        // Stable, as Python's sort.
        let order = kept.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        return order.prefix(topK).map { kept[$0] }
    }

    /// Buys the chosen stocks in equal parts and sells them later.
    /// - Parameters:
    ///   - capital: in dollars.
    ///   - last: the day's last candidate, whose prediction the original logs for all.
    ///   - sellPrice: of a ticker, `horizon` sessions later; NaN is used unchanged, like in the original.
    public static func trade(
        _ chosen: [Candidate], on day: Day, capital: Double, last: Candidate, sellPrice: (String) throws -> Double?
    ) rethrows -> Trade {
        var returned = 0.0
        var holdings: [Holding] = []
        for stock in chosen {
            let later = try sellPrice(stock.ticker)
            let gross = later.map { $0 / stock.price } ?? 1
            returned += capital / Double(chosen.count) * (gross * (1 - costShare))
            holdings.append(
                Holding(
                    ticker: stock.ticker, buyPrice: stock.price, sellPrice: later, loggedExpectedValue: Double(last.expectedValue),
                    expectedValue: Double(stock.expectedValue), confidence: Double(stock.confidence), gross: gross))
        }
        return Trade(day: day, invested: capital, returned: returned, holdings: holdings)
    }

    /// Reorders the tickers by their distance to the best clusters and keeps the nearest: the filter's top-k% mode.
    /// - Returns: places in `distances`, nearest first.
    public static func nearest(_ distances: [Float], share: Double) -> [Int] {
        guard !distances.isEmpty else { return [] }
        let order = distances.indices.sorted { distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1 }
        return Array(order.prefix(max(1, Int(Double(distances.count) * share))))
    }

    /// The original's figures, in its units.
    public struct Metrics: Sendable, Equatable {
        public let initialCapital, finalCapital, totalReturnPercent: Double
        public let trades: Int
        /// Percent of trades that gained.
        public let winRate: Double
        public let averageReturnPercent: Double
        /// Of the population, not of a sample.
        public let deviationPercent: Double
        public let maxDrawdownPercent: Double

        init(_ outcome: Outcome) {
            let returns = outcome.trades.map(\.returnPercent)
            let capital = outcome.capital
            initialCapital = outcome.initialCapital
            finalCapital = capital[capital.count - 1]
            totalReturnPercent = (finalCapital / initialCapital - 1) * 100
            trades = returns.count
            let count = Double(returns.count)
            winRate = returns.isEmpty ? 0 : Double(returns.count { $0 > 0 }) / count * 100
            let mean = returns.isEmpty ? 0 : returns.reduce(0, +) / count
            averageReturnPercent = mean
            deviationPercent = returns.isEmpty ? 0 : (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
            // NaN never becomes a peak and never a drawdown, as with Python's comparisons.
            var peak = capital[0], worst = 0.0
            for value in capital {
                if value > peak { peak = value }
                let fall = (peak - value) / peak * 100
                if fall > worst { worst = fall }
            }
            maxDrawdownPercent = worst
        }

        /// Mean / deviation, for a year of 252 sessions; 0 if the deviation is too small, limited to ±100.
        public func sharpe(horizon: Int) -> Double {
            guard deviationPercent / 100 > 1e-6 else { return 0 }
            return min(100, max(-100, averageReturnPercent / deviationPercent * (252 / Double(horizon)).squareRoot()))
        }
    }
}
