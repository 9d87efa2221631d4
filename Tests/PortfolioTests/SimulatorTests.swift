import Foundation
import MarketData
import Portfolio
import Testing

@Suite("Portfolios")
struct SimulatorTests {
    private struct Rule: Decodable {
        let filter: Double?
        let percentile: Double
        let rank: String
        let top_k, horizon, lag: Int
        let buy, sell, delisting: Double
    }

    private struct Own: Decodable {
        struct Trade: Decodable {
            let decision: Int
            let tickers: [Int32]
            let bought, sold: Double
        }

        let rule: Rule
        let trades: [Trade]
        let equity: [Double]
        let sharpe, max_drawdown, cvar95: Double
    }

    private struct Original: Decodable {
        struct Trade: Decodable {
            let session: Int
            let tickers: [Int]
            let returned: Double
        }

        let horizon, top_k: Int
        let percentile, sharpe: Double
        let history: [Trade]
    }

    private struct Market: Decodable {
        let prices: [[Float?]]
        let expected, confidence, distance: [[Float]]
        let own: [Own]
        let original: [Original]

        static let first = Day(rawValue: 19_000)

        var table: PriceTable {
            PriceTable(
                tickers: prices.indices.map { "T\($0)" }, sessions: prices[0].indices.map { Self.first.adding(days: $0) },
                values: prices.flatMap { $0.map { $0 ?? .nan } })
        }

        /// The signals of a session, the same number at every horizon.
        func signals(_ session: Int, _ table: PriceTable, order: [Int]? = nil) -> DaySignals {
            var signals = DaySignals(session: session)
            for ticker in order ?? Array(prices.indices) where table.trades(ticker, session) {
                signals.append(
                    ticker, expected: [Float](repeating: expected[session][ticker], count: 4),
                    confidence: [Float](repeating: confidence[session][ticker], count: 4),
                    place: .init(cluster: 0, distance: distance[session][ticker], bestDistance: distance[session][ticker], isInBest: true),
                    isHit: true)
            }
            return signals
        }
    }

    private static func load() throws -> Market { try JSONDecoder().decode(Market.self, from: Golden.data("backtest_bruteforce")) }

    private static func decisions(_ market: Market, _ rule: Rule, _ table: PriceTable) -> [PortfolioSimulator.Decision] {
        let hold = DaySignals.horizons[rule.horizon]
        let selection = SelectionRule(
            filter: rule.filter.map { .nearest($0) } ?? .off, confidencePercentile: rule.percentile,
            ranking: rule.rank == "return" ? .expectedReturn : .returnTimesConfidence, topK: rule.top_k, horizon: rule.horizon)
        return stride(from: 5, through: table.sessions.count - 1 - rule.lag - hold, by: hold).map { session in
            let signals = market.signals(session, table)
            return PortfolioSimulator.Decision(session: session, tickers: selection.order(signals).prefix(rule.top_k).map { signals.tickers[$0] })
        }
    }

    /// scripts/golden/backtest_bruteforce.py.
    @Test func ownRulesAreThoseOfBruteForce() throws {
        let market = try Self.load(), table = market.table
        for own in market.own {
            let rule = own.rule
            let simulator = PortfolioSimulator(prices: table, delistingReturn: rule.delisting, lag: rule.lag)
            let course = simulator.run(
                Self.decisions(market, rule, table), hold: DaySignals.horizons[rule.horizon], costs: TradingCosts(buy: rule.buy, sell: rule.sell),
                capital: 100_000)
            #expect(course.periods.map(\.tickers) == own.trades.map(\.tickers))
            #expect(course.periods.map(\.decision) == own.trades.map(\.decision))
            for (index, (period, trade)) in zip(course.periods, own.trades).enumerated() {
                #expect(abs(period.bought - trade.bought) < 1e-12)
                let sold = index == own.trades.count - 1 ? period.sold - course.closingSale : period.sold
                #expect(abs(sold - trade.sold) < 1e-12)
            }
            #expect(course.equity.count == own.equity.count)
            for (value, expected) in zip(course.equity, own.equity) { #expect(abs(value - expected) < 1e-9 * max(1, expected)) }
            let metrics = PerformanceMetrics(returns: course.returns)
            #expect(abs((metrics.sharpe ?? .nan) - own.sharpe) < 1e-9)
            #expect(abs(metrics.max_drawdown - own.max_drawdown) < 1e-10)
            #expect(abs((metrics.cvar95 ?? .nan) - own.cvar95) < 1e-10)
            // Net returns of the periods compound to the whole.
            let growth = course.periods.reduce(1) { $0 * (1 + $1.netReturn) }
            #expect(abs(growth * 100_000 - (course.equity.last ?? 0)) < 1e-6)
        }
    }

    @Test func theOriginalsRulesAreThoseOfBruteForce() throws {
        let market = try Self.load(), table = market.table
        for run in market.original {
            let hold = DaySignals.horizons[run.horizon]
            var capital = 100_000.0
            var trades: [OriginalRules.Trade] = []
            let sessions = OriginalRules.rebalanceDays(Array(5..<table.sessions.count), horizon: hold)
            #expect(sessions == run.history.map(\.session))
            for (session, recorded) in zip(sessions, run.history) {
                let candidates = market.prices.indices.filter { table.trades($0, session) }.map { ticker in
                    OriginalRules.Candidate(
                        ticker: "\(ticker)", expectedValue: 1 + market.expected[session][ticker], confidence: market.confidence[session][ticker],
                        price: Double(table.price(ticker, session)))
                }
                let chosen = try OriginalRules.select(candidates, percentile: run.percentile, topK: run.top_k)
                #expect(chosen.map(\.ticker) == recorded.tickers.map { "\($0)" })
                let last = try #require(candidates.last)
                let trade = OriginalRules.trade(chosen, on: table.sessions[session], capital: capital, last: last) { ticker in
                    let number = Int(ticker) ?? 0
                    let days = (session..<table.sessions.count).filter { table.trades(number, $0) }
                    return days.count > hold ? Double(table.price(number, days[hold])) : nil
                }
                #expect(trade.returned == recorded.returned)
                trades.append(trade)
                capital = trade.returned
            }
            let metrics = OriginalRules.Outcome(initialCapital: 100_000, trades: trades).metrics
            #expect(abs(metrics.sharpe(horizon: hold) - run.sharpe) < 1e-10)
        }
    }

    @Test func moreCostsNeverEarnMore() throws {
        let market = try Self.load(), table = market.table
        for own in market.own {
            let simulator = PortfolioSimulator(prices: table, delistingReturn: own.rule.delisting, lag: own.rule.lag)
            let decisions = Self.decisions(market, own.rule, table)
            func end(_ buy: Double, _ sell: Double) -> Double {
                simulator.run(decisions, hold: DaySignals.horizons[own.rule.horizon], costs: TradingCosts(buy: buy, sell: sell), capital: 1).equity
                    .last ?? 0
            }
            for (less, more) in zip([0.0, 1, 10, 50], [1.0, 10, 50, 300]) {
                #expect(end(less, less) > end(more, more))
                #expect(end(less, 5) > end(more, 5) && end(5, less) > end(5, more))
            }
            let course = simulator.run(
                decisions, hold: DaySignals.horizons[own.rule.horizon], costs: TradingCosts(buy: 0, sell: 0), capital: 1)
            if let multiple = simulator.breakEven(course, costs: TradingCosts(buy: 4, sell: 4)) {
                #expect(abs(end(4 * multiple, 4 * multiple) - 1) < 1e-9)
            } else {
                #expect(end(0, 0) <= 1)
            }
        }
    }

    @Test func edgesOfSelection() {
        var signals = DaySignals(session: 0)
        for ticker in 0..<4 {
            signals.append(
                ticker, expected: [Float](repeating: 0.01, count: 4), confidence: [Float](repeating: Float(ticker) / 10, count: 4),
                place: .init(cluster: 0, distance: 1, bestDistance: .infinity, isInBest: false), isHit: false)
        }
        // Equal scores keep the order of tickers; a cut of 1 keeps the most confident, one of 0 everything.
        #expect(SelectionRule(filter: .off).order(signals) == [0, 1, 2, 3])
        #expect(SelectionRule(filter: .off, confidencePercentile: 1).order(signals) == [3])
        #expect(SelectionRule(filter: .off, confidencePercentile: 0.5).order(signals) == [2, 3])
        // No best cluster: nobody passes.
        #expect(SelectionRule(filter: .hard).order(signals).isEmpty)
        #expect(SelectionRule(filter: .nearest(0.5)).order(signals).isEmpty)
        #expect(SelectionRule(filter: .off).order(DaySignals(session: 0)).isEmpty)
    }

    @Test func edgesOfSimulation() {
        let sessions = (0..<6).map { Day(rawValue: Int32($0)) }
        func run(_ prices: [[Float]], delisting: Double = 0, _ tickers: [Int32] = [0]) -> PortfolioSimulator.Course {
            let table = PriceTable(tickers: prices.indices.map { "T\($0)" }, sessions: sessions, values: prices.flatMap { $0 })
            return PortfolioSimulator(prices: table, delistingReturn: delisting).run(
                [.init(session: 0, tickers: tickers)], hold: 3, costs: TradingCosts(buy: 0, sell: 0), capital: 100)
        }
        // One ticker, which doubles after the fill.
        #expect(run([[1, 1, 2, 2, 2, 2]]).equity == [100, 100, 200, 200, 200])
        // It stops trading: the last close, or less.
        #expect(run([[1, 1, 2, .nan, .nan, .nan]]).equity.last == 200)
        #expect(run([[1, 1, 2, .nan, .nan, .nan]], delisting: -1).equity.last == 0)
        // A gap is not a delisting.
        #expect(run([[1, 1, 2, .nan, 3, 3]], delisting: -1).equity == [100, 100, 200, 200, 300])
        // Nothing to buy at the fill, and nobody chosen: cash.
        #expect(run([[1, .nan, 2, 2, 2, 2]]).equity == [100, 100, 100, 100, 100])
        #expect(run([[1, .nan, 2, 2, 2, 2]]).periods[0].unfilled == [0])
        #expect(run([[1, 1, 2, 2, 2, 2]], []).equity.last == 100)
        // No session left.
        let table = PriceTable(tickers: ["A"], sessions: Array(sessions.prefix(1)), values: [1])
        #expect(
            PortfolioSimulator(prices: table).run([.init(session: 0, tickers: [0])], hold: 1, costs: TradingCosts(buy: 1, sell: 1), capital: 1).equity
                .isEmpty)
    }

    @Test func drawsDependOnNothingButTheirNames() throws {
        let names = (0..<200).map { "T\($0)" }
        let day = try #require(Day(iso: "2024-05-06"))
        let sampler = SubsetSampler(seed: 42, trial: 0)
        let drawn = Set(sampler.draw(20, of: names.map { SubsetSampler.key($0) }, on: day).map { names[$0] })
        let turned = Array(names.reversed())
        #expect(Set(sampler.draw(20, of: turned.map { SubsetSampler.key($0) }, on: day).map { turned[$0] }) == drawn)
        #expect(Set(SubsetSampler(seed: 42, trial: 1).draw(20, of: names.map { SubsetSampler.key($0) }, on: day).map { names[$0] }) != drawn)
        #expect(Set(sampler.draw(20, of: names.map { SubsetSampler.key($0) }, on: day.adding(days: 1)).map { names[$0] }) != drawn)
        #expect(sampler.draw(300, of: names.map { SubsetSampler.key($0) }, on: day).count == 200)
    }
}
