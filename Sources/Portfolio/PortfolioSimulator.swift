/// Trading costs, in basis points of the value traded.
public struct TradingCosts: Sendable, Hashable {
    public var buy: Double
    public var sell: Double

    public init(buy: Double, sell: Double) { (self.buy, self.sell) = (buy, sell) }

    /// A multiple of the costs.
    public func scaled(_ factor: Double) -> TradingCosts { TradingCosts(buy: buy * factor, sell: sell * factor) }
}

/// Turns decisions into a portfolio's value, session by session.
///
/// A decision made at the close of session D is filled at the close of session D + lag. Stocks are bought in equal parts of the
/// portfolio's value and held until the next fill, which trades only the difference. Costs are charged on the value traded,
/// separately for purchases and sales, measured before the cost: a fill multiplies the value by 1 - buy x bought - sell x sold,
/// both as shares of it. The rest is cash, which earns nothing. The last decision's stocks are sold at the end.
public struct PortfolioSimulator: Sendable {
    public let prices: PriceTable
    public let valuations: Valuations
    /// Sessions from a decision to its fill.
    public let lag: Int

    public init(prices: PriceTable, delistingReturn: Double = 0, lag: Int = 1) {
        self.prices = prices
        valuations = prices.valuations(delistingReturn: delistingReturn)
        self.lag = lag
    }

    /// The stocks to hold after a decision.
    public struct Decision: Sendable {
        public let session: Int
        /// Positions in the price table, best first.
        public let tickers: [Int32]

        public init(session: Int, tickers: [Int32]) { (self.session, self.tickers) = (session, tickers) }
    }

    /// The stocks of one decision, from its fill to the next.
    public struct Period: Sendable {
        public let decision: Int
        public let entry: Int
        public let exit: Int
        /// Bought stocks, in the order of the decision.
        public let tickers: [Int32]
        /// Stocks not bought, for lack of a close at the fill.
        public let unfilled: [Int32]
        /// Value traded / portfolio value at the fill.
        public let bought: Double
        public let sold: Double
        /// Return of the portfolio from before the fill to before the next one, including costs.
        public internal(set) var netReturn: Double
    }

    /// A portfolio's course.
    public struct Course: Sendable {
        /// The first session of `equity`: that of the first decision.
        public let first: Int
        /// The portfolio's value at the close of each session, from the initial capital on.
        public let equity: [Double]
        /// Share of the value in stocks at the close of each session.
        public let exposure: [Double]
        public let periods: [Period]
        /// Value sold at the end, as a share of the final value; part of the last period's sales.
        public let closingSale: Double

        /// Return of each session after the first; 0 once nothing is left.
        public var returns: [Double] { zip(equity.dropFirst(), equity).map { $1 > 0 ? $0 / $1 - 1 : 0 } }
        /// Mean value traded per fill, bought and sold; the first purchase and the last sale count.
        public var turnover: Double {
            periods.isEmpty ? 0 : periods.reduce(0) { $0 + $1.bought + $1.sold } / Double(periods.count)
        }
    }

    /// Runs decisions, in ascending order of their sessions.
    /// - Parameters:
    ///   - hold: sessions from one fill to the next; the last position is held as long.
    ///   - capital: in dollars.
    /// - Returns: an empty course if no decision can be filled before the last session.
    public func run(_ decisions: [Decision], hold: Int, costs: TradingCosts, capital: Double) -> Course {
        let last = prices.sessions.count - 1
        let usable = decisions.filter { $0.session + lag < last }
        guard let firstDecision = usable.first, let lastDecision = usable.last else {
            return Course(first: 0, equity: [], exposure: [], periods: [], closingSale: 0)
        }
        let first = firstDecision.session
        let end = min(last, lastDecision.session + lag + hold)
        var equity = [Double](repeating: capital, count: end - first + 1)
        var exposure = [Double](repeating: 0, count: end - first + 1)
        var periods: [Period] = []
        periods.reserveCapacity(usable.count)
        var value = capital
        // The portfolio before a fill: stocks, and the share of each.
        var held: [(ticker: Int32, share: Double)] = []
        let (buyRate, sellRate) = (costs.buy / 10_000, costs.sell / 10_000)
        for (index, decision) in usable.enumerated() {
            let entry = decision.session + lag
            let exit = index + 1 < usable.count ? usable[index + 1].session + lag : end
            let before = value
            var chosen: [Int32] = []
            var unfilled: [Int32] = []
            for ticker in decision.tickers {
                if prices.trades(Int(ticker), entry) { chosen.append(ticker) } else { unfilled.append(ticker) }
            }
            let share = chosen.isEmpty ? 0 : 1 / Double(chosen.count)
            var (bought, sold) = (0.0, 0.0)
            for position in held {
                let target = chosen.contains(position.ticker) ? share : 0
                bought += max(0, target - position.share)
                sold += max(0, position.share - target)
            }
            for ticker in chosen where !held.contains(where: { $0.ticker == ticker }) { bought += share }
            value *= 1 - buyRate * bought - sellRate * sold
            equity[entry - first] = value
            exposure[entry - first] = chosen.isEmpty ? 0 : 1
            let invested = value
            if !chosen.isEmpty {
                let units = chosen.map { share / valuations.value(Int($0), entry) }
                for session in entry + 1..<max(exit, entry) + 1 {
                    var sum = 0.0, stopped = 0.0
                    for (ticker, unit) in zip(chosen, units) {
                        let part = unit * valuations.value(Int(ticker), session)
                        sum += part
                        if valuations.isDelisted(Int(ticker), at: session) { stopped += part }
                    }
                    equity[session - first] = invested * sum
                    exposure[session - first] = sum > 0 ? (sum - stopped) / sum : 0
                }
                value = exit > entry ? equity[exit - first] : invested
                let total = exit > entry ? value / invested : 1
                held = zip(chosen, units).map { ticker, unit in
                    (ticker, total > 0 ? unit * valuations.value(Int(ticker), exit) / total : 0)
                }
            } else {
                if exit > entry { for session in entry + 1...exit { equity[session - first] = value } }
                held = []
            }
            periods.append(
                Period(
                    decision: decision.session, entry: entry, exit: exit, tickers: chosen, unfilled: unfilled, bought: bought, sold: sold,
                    netReturn: before > 0 ? value / before - 1 : 0))
        }
        // All is sold at the end.
        let rest = held.reduce(0) { $0 + $1.share }
        let before = value
        value *= 1 - sellRate * rest
        equity[end - first] = value
        exposure[end - first] = 0
        if let final = periods.popLast() {
            periods.append(
                Period(
                    decision: final.decision, entry: final.entry, exit: final.exit, tickers: final.tickers, unfilled: final.unfilled,
                    bought: final.bought, sold: final.sold + rest, netReturn: before > 0 ? (1 + final.netReturn) * value / before - 1 : -1))
        }
        // Between the first decision and its fill, the portfolio is cash; after a fill without stocks as well.
        return Course(first: first, equity: equity, exposure: exposure, periods: periods, closingSale: rest)
    }

    /// What a fill trades.
    public struct Fill: Sendable {
        /// The sessions of its decision and of the fill.
        public let decision: Int
        public let session: Int
        /// Value traded / portfolio value: above 0 bought, below 0 sold.
        public let trades: [(ticker: Int32, share: Double)]
    }

    /// The trades of every fill of a course, and the sale of the last positions, which belongs to the last decision.
    public func fills(_ course: Course) -> [Fill] {
        var held: [(ticker: Int32, share: Double)] = []
        var fills: [Fill] = []
        for period in course.periods {
            let target = period.tickers.isEmpty ? 0 : 1 / Double(period.tickers.count)
            let kept = held.map { ($0.ticker, (period.tickers.contains($0.ticker) ? target : 0) - $0.share) }
            let bought = period.tickers.filter { ticker in !held.contains { $0.ticker == ticker } }.map { ($0, target) }
            fills.append(Fill(decision: period.decision, session: period.entry, trades: kept + bought))
            let grown = period.tickers.map {
                (ticker: $0, share: target * valuations.value(Int($0), period.exit) / valuations.value(Int($0), period.entry))
            }
            let total = grown.reduce(0) { $0 + $1.share }
            held = grown.map { ($0.ticker, total > 0 ? $0.share / total : 0) }
        }
        if let last = course.periods.last, !held.isEmpty {
            fills.append(Fill(decision: last.decision, session: last.exit, trades: held.map { ($0.ticker, -$0.share) }))
        }
        return fills
    }

    /// The break-even multiple of the costs, at which the portfolio ends with its initial capital; `nil` if it loses without costs.
    /// - Parameter free: the course without costs.
    public func breakEven(_ free: Course, costs: TradingCosts) -> Double? {
        guard let start = free.equity.first, let end = free.equity.last, start > 0, end > start, costs.buy + costs.sell > 0 else { return nil }
        func growth(_ multiple: Double) -> Double {
            let (buy, sell) = (costs.buy / 10_000 * multiple, costs.sell / 10_000 * multiple)
            var value = end / start
            for (index, period) in free.periods.enumerated() {
                // The last position is sold separately.
                let closing = index == free.periods.count - 1 ? free.closingSale : 0
                value *= max(0, 1 - buy * period.bought - sell * (period.sold - closing)) * max(0, 1 - sell * closing)
            }
            return value
        }
        var (low, high) = (0.0, 1.0)
        while growth(high) > 1 {
            high *= 2
            // Nothing is traded on the side that costs.
            if high > 1_000_000 { return nil }
        }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if growth(middle) > 1 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
