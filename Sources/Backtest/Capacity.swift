import MarketData
import Portfolio
import StockFeatures

extension PreparedBacktest {
    /// Sessions whose dollar volume is averaged.
    private static let volumeSessions = 20

    /// The initial capital at which 95 % of all purchases and sales take at most `participation` of the stock's mean dollar volume.
    ///
    /// The volume is that of the 20 sessions up to the decision, closes times shares; a session without a close counts as 0. The portfolio
    /// grows from the initial capital like the simulated one.
    /// - Returns: `nil` if the price file has volumes of none of the stocks traded, and the number of trades in stocks without volumes.
    /// - Throws: `FeatureFileError`.
    func capacity(_ course: PortfolioSimulator.Course) throws -> (dollars: Double?, without: Int) {
        var volumes: [Int32: [Double]?] = [:]
        func dollars(_ ticker: Int32, upTo session: Int) throws -> Double? {
            if volumes[ticker] == nil { volumes[ticker] = .some(try dollarVolumes(Int(ticker))) }
            guard let own = volumes[ticker] ?? nil, session >= 0 else { return nil }
            let past = own[max(0, session + 1 - Self.volumeSessions)...session]
            return past.reduce(0, +) / Double(past.count)
        }
        var limits: [Double] = []
        var without = 0
        let start = course.equity.first ?? 0
        for fill in simulator.fills(course) where course.equity[fill.session - course.first] > 0 {
            let growth = course.equity[fill.session - course.first] / start
            for trade in fill.trades where trade.share != 0 {
                guard let volume = try dollars(trade.ticker, upTo: fill.decision) else {
                    without += 1
                    continue
                }
                limits.append(configuration.participation * volume / abs(trade.share) / growth)
            }
        }
        return (PerformanceMetrics.percentile(limits.sorted(), 0.05), without)
    }

    /// A ticker's closes times shares traded on every session of the market; `nil` if the file has no volumes of it.
    private func dollarVolumes(_ ticker: Int) throws -> [Double]? {
        guard let series = try prices.volumes(of: market.table.tickers[ticker]) else { return nil }
        var own = [Double](repeating: 0, count: market.table.sessions.count)
        for (day, shares) in zip(series.days, series.prices) {
            guard let session = market.table.session(of: day), market.table.trades(ticker, session), shares > 0 else { continue }
            own[session] = Double(shares) * Double(market.table.price(ticker, session))
        }
        return own
    }
}
