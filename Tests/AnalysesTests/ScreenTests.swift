import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct ScreenTests {
    /// A combination priced by paying out its legs, without any formula of a strategy.
    private struct Naive {
        var legs: [(sign: Double, quote: OptionQuote)]
        /// Shares held.
        var shares: Double = 0
        /// Cash kept for assignment does not count: profit and loss only.
        var outlay: Double

        /// Profit at expiry by the price of the underlying.
        func profit(_ spot: Double) -> Double { legs.reduce(shares * spot - outlay) { $0 + $1.sign * $1.quote.intrinsic(spot) } }
    }

    private func measures(_ naive: Naive, days: Int, prices: (Double) -> Double) -> [StrategyMeasure: Double]? {
        // Piecewise linear: extremes are at strikes, at 0 and far away, where the slope is 0 or the position is a covered one.
        let points = [0] + naive.legs.map(\.quote.strike).sorted()
        let values = (points + [1e5]).map(naive.profit)
        let (most, least) = (values.max() ?? 0, values.min() ?? 0)
        guard most > 1e-9, least < -1e-9 else { return nil }
        // The probability of a profit: add up the stretches between zero crossings.
        var pop = 0.0
        let all = (points + [1e5]).sorted()
        for (left, right) in zip(all, all.dropFirst()) where left < right {
            let (a, b) = (naive.profit(left), naive.profit(right))
            func zero() -> Double { left + (right - left) * a / (a - b) }
            let (from, to) = a > 0 ? (left, b > 0 ? right : zero()) : b > 0 ? (zero(), right) : (left, left)
            pop += prices(from) - (to >= 1e5 ? 0 : prices(to))
        }
        let credit = naive.legs.reduce(0) { $0 - $1.sign * ($1.sign > 0 ? $1.quote.ask : $1.quote.bid) } - 0.0065 * Double(naive.legs.count)
        return [
            .credit: credit, .maxProfit: most, .maxLoss: least, .returnOnRisk: most / -least, .annualised: most / -least * 365 / Double(days),
            .pop: pop,
        ]
    }

    private func chain(_ chains: inout SimulatedChains) throws -> DayChain {
        var chain = try chains.chain(strikes: 9, expiries: 3)
        for place in chain.quotes.indices { chain.quotes[place].impliedVolatility = 0.2 + 0.2 * chains.unit() }
        return chain
    }

    /// All values of a strategy over a chain, one map per combination.
    private func all(_ strategy: Strategy, _ chain: DayChain) -> [[StrategyMeasure: Double]] {
        var filter = QuoteFilter()
        filter.allowsZeroBids = true
        let quotes = filter.accept(chain).quotes
        var found: [[StrategyMeasure: Double]] = []
        for expiry in Set(quotes.map(\.expiry)) {
            let days = chain.day.days(to: expiry)
            let slice = quotes.filter { $0.expiry == expiry }
            let volatility = atTheMoney(slice, chain.close)
            let deviation = volatility * (Double(days) / 365).squareRoot()
            func above(_ level: Double) -> Double {
                level <= 0 ? 1 : erfc(-(log(chain.close / level) - deviation * deviation / 2) / deviation / 2.0.squareRoot()) / 2
            }
            func add(_ naive: Naive) { if let one = measures(naive, days: days, prices: above) { found.append(one) } }
            func cost(_ legs: [(sign: Double, quote: OptionQuote)]) -> Double {
                legs.reduce(0) { $0 + $1.sign * ($1.sign > 0 ? $1.quote.ask : $1.quote.bid) } + 0.0065 * Double(legs.count)
            }
            switch strategy {
            case .vertical:
                for short in slice where short.bid > 0 {
                    for long in slice where long.kind == short.kind && long.strike != short.strike {
                        let legs = [(-1.0, short), (1.0, long)]
                        add(Naive(legs: legs, outlay: cost(legs)))
                    }
                }
            case .condor:
                for put in slice where put.kind == .put && put.bid > 0 {
                    for low in slice where low.kind == .put && low.strike < put.strike {
                        for call in slice where call.kind == .call && call.strike >= put.strike && call.bid > 0 {
                            for high in slice where high.kind == .call && high.strike > call.strike {
                                let legs = [(-1.0, put), (1.0, low), (-1.0, call), (1.0, high)]
                                if cost(legs) < 0 { add(Naive(legs: legs, outlay: cost(legs))) }
                            }
                        }
                    }
                }
            case .coveredCall:
                for call in slice where call.kind == .call && call.bid > 0 {
                    add(Naive(legs: [(-1, call)], shares: 1, outlay: chain.close + cost([(-1, call)])))
                }
            case .cashSecuredPut:
                for put in slice where put.kind == .put && put.bid > 0 { add(Naive(legs: [(-1, put)], outlay: cost([(-1, put)]))) }
            case .calendar: break
            }
        }
        return found
    }

    private func atTheMoney(_ slice: [OptionQuote], _ close: Double) -> Double {
        let below = slice.filter { $0.kind == .put && $0.strike <= close }.max { $0.strike < $1.strike }
        let above = slice.filter { $0.kind == .call && $0.strike >= close }.min { $0.strike < $1.strike }
        guard let below else { return above?.impliedVolatility ?? .nan }
        guard let above else { return below.impliedVolatility }
        if above.strike == below.strike { return (above.impliedVolatility + below.impliedVolatility) / 2 }
        let share = (close - below.strike) / (above.strike - below.strike)
        return below.impliedVolatility + share * (above.impliedVolatility - below.impliedVolatility)
    }

    private func value(_ result: StrategyResult, _ measure: StrategyMeasure) -> Double {
        switch measure {
        case .credit: result.credit - 0.0065 * Double(result.legs.count { $0.contract != nil })
        case .maxProfit: result.max_profit
        case .maxLoss: -result.max_loss
        case .returnOnRisk: result.return_on_risk
        case .pop: result.pop ?? .nan
        case .annualised: result.annualised
        }
    }

    /// Compares the pruned search with every combination, paid out leg by leg: the same best values by every measure.
    @Test(arguments: [Strategy.vertical, .condor, .coveredCall, .cashSecuredPut]) func theBestAreThoseOfBruteForce(_ strategy: Strategy) throws {
        var chains = SimulatedChains(SplitMix(printing: "theBestAreThoseOfBruteForce \(strategy)"))
        for _ in 0..<(strategy == .condor ? 4 : 20) {
            let day = try (0..<2).map { number in
                var one = try chain(&chains)
                one.underlying = "T"
                if number == 1 { one.quotes.removeLast(20) }
                return one
            }
            let naive = day.flatMap { all(strategy, $0) }
            for measure in StrategyMeasure.allCases {
                let report = StrategyScreen(strategy, by: measure).best(25, of: day, asOf: chains.day)
                let expected = naive.compactMap { $0[measure] }.sorted(by: >).prefix(25)
                #expect(report.results.count == expected.count, "\(measure)")
                for (result, best) in zip(report.results, expected) {
                    // Scores far in a tail differ where probabilities no longer do.
                    #expect(abs(value(result, measure) - best) < 1e-9 * max(1, abs(best)), "\(measure): \(value(result, measure)), not \(best)")
                }
                for result in report.results {
                    let same = naive.contains { one in
                        StrategyMeasure.allCases.allSatisfy { abs((one[$0] ?? .nan) - value(result, $0)) < 1e-8 * max(1, abs(one[$0] ?? 0)) }
                    }
                    #expect(same, "\(result)")
                }
            }
        }
    }

    /// A day of chains, and its best combinations by strategy.
    private struct Case: Decodable {
        struct Chain: Decodable {
            var ticker: String
            var close: Double
            var quotes: [Quote]
        }
        struct Quote: Decodable {
            var days: Int
            var strike: Int
            var kind: String
            var bid: Double?
            var ask: Double?
            var volume: Int?
            var interest: Int?
            var volatility: Double?

            init(from decoder: any Decoder) throws {
                var box = try decoder.unkeyedContainer()
                days = try box.decode(Int.self)
                strike = try box.decode(Int.self)
                kind = try box.decode(String.self)
                bid = try box.decode(Double?.self)
                ask = try box.decode(Double?.self)
                volume = try box.decode(Int?.self)
                interest = try box.decode(Int?.self)
                volatility = try box.decode(Double?.self)
            }

            func option(_ ticker: String, _ day: Day) throws -> OptionQuote {
                OptionQuote(
                    contract: try OptionContract(
                        root: ticker, expiry: day.adding(days: days), kind: kind == "C" ? .call : .put, strikeThousandths: Int32(strike * 1000)),
                    bid: bid ?? .nan, ask: ask ?? .nan, volume: volume ?? -1, openInterest: interest ?? -1, impliedVolatility: volatility ?? .nan)
            }
        }
        struct Expected: Decodable {
            var measure: StrategyMeasure
            var considered: Int
            var riskless: Int
            var values: [Double]
            var rows: [Row]
        }
        struct Row: Decodable {
            var legs: [String]
            var credit: Double
            var max_profit: Double
            var max_loss: Double
            var return_on_risk: Double
            var annualised: Double
            var breakevens: [Double]
            var pop: Double?
            var volatility: Double?
            var static_annualised: Double?
        }
        var chains: [Chain]
        var days: [Int]
        var farthest: Int
        var widest_wing: Int
        var least_volume: Int
        var least_interest: Int
        var rate: Double
        var k: Int
        var expected: [String: Expected]
    }

    /// Every combination of random chains by the definitions, in Python (scripts/golden/screens_bruteforce.py): the same best ones, with the
    /// same numbers, and the same counts.
    @Test(arguments: Strategy.allCases) func strategiesAreThoseOfPython(_ strategy: Strategy) throws {
        let day = try #require(Day(iso: "2014-06-06"))
        let cases = try golden("screens", as: [Case].self)
        #expect(cases.count == 200)
        func same(_ one: Double?, _ other: Double?) -> Bool {
            guard let one, let other else { return one == nil && other == nil }
            return abs(one - other) < 1e-7 * max(1, abs(other))
        }
        var compared = 0
        for (number, one) in cases.enumerated() {
            let expected = try #require(one.expected[strategy.rawValue])
            var screen = StrategyScreen(strategy, by: expected.measure)
            screen.settings.days = one.days[0]...one.days[1]
            screen.settings.farthestExpiry = one.farthest
            screen.settings.widestWing = one.widest_wing
            screen.settings.leastVolume = one.least_volume
            screen.settings.leastOpenInterest = one.least_interest
            screen.settings.rate = one.rate
            let chains = try one.chains.map { chain in
                DayChain(underlying: chain.ticker, day: day, close: chain.close, quotes: try chain.quotes.map { try $0.option(chain.ticker, day) })
            }
            let report = screen.best(one.k, of: chains, asOf: day)
            #expect(
                report.considered == expected.considered && report.riskless == expected.riskless,
                "case \(number): \(report.considered), \(report.riskless)")
            #expect(report.results.count == expected.values.count, "case \(number)")
            for (result, best) in zip(report.results, expected.values) {
                #expect(same(value(result, expected.measure), best), "case \(number): \(value(result, expected.measure)), not \(best)")
                let legs = result.legs.compactMap { leg in leg.contract.map { (leg.side == .buy ? "+" : "-") + $0.description } }
                guard let row = expected.rows.first(where: { $0.legs == legs }) else {
                    Issue.record("case \(number): \(legs) is not among the best")
                    continue
                }
                let pairs = [
                    (result.credit, row.credit), (result.max_profit, row.max_profit), (result.max_loss, row.max_loss),
                    (result.return_on_risk, row.return_on_risk), (result.annualised, row.annualised), (result.pop, row.pop),
                    (result.volatility, row.volatility), (result.static_annualised, row.static_annualised),
                ]
                for (place, pair) in pairs.enumerated() {
                    #expect(same(pair.0, pair.1), "case \(number), \(legs), number \(place): \(pair.0 ?? .nan), not \(pair.1 ?? .nan)")
                }
                #expect(
                    result.breakevens.count == row.breakevens.count && zip(result.breakevens, row.breakevens).allSatisfy(same),
                    "case \(number), \(legs): \(result.breakevens), not \(row.breakevens)")
                compared += 1
            }
        }
        #expect(compared > 150)
    }

    @Test func calendarsHaveTheirModelValue() throws {
        let day = try #require(Day(iso: "2014-06-06"))
        func quote(_ symbol: String, _ bid: Double, _ ask: Double, _ volatility: Double) throws -> OptionQuote {
            OptionQuote(contract: try OptionContract(parsing: symbol), bid: bid, ask: ask, impliedVolatility: volatility)
        }
        let chain = DayChain(
            underlying: "T", day: day, close: 100,
            quotes: [
                try quote("T140711C00100000", 3.3, 3.4, 0.27), try quote("T140912C00100000", 5.8, 5.9, 0.28),
                try quote("T140912C00105000", 3, 3.1, 0.3),
            ])
        let report = StrategyScreen(.calendar).best(5, of: [chain], asOf: day)
        let result = try #require(report.results.first)
        #expect(report.results.count == 1 && report.considered == 1 && result.is_modelled)
        #expect(abs(result.max_loss - (2.6 + 0.013)) < 1e-12 && abs(result.credit + 2.6) < 1e-12)
        let years = 63.0 / 365
        func long(_ spot: Double) -> Double { BlackScholes(kind: .call, spot: spot, strike: 100, years: years, volatility: 0.28).price }
        #expect(abs(result.max_profit - (long(100) - 2.613)) < 1e-12)
        #expect(result.breakevens.count == 2 && result.breakevens[0] < 100 && result.breakevens[1] > 100)
        for spot in result.breakevens { #expect(abs(long(spot) - max(0, spot - 100) - 2.613) < 1e-9) }
        let pop = try #require(result.pop)
        #expect(pop > 0.3 && pop < 0.9)
        let byPOP = StrategyScreen(.calendar, by: .pop).best(5, of: [chain], asOf: day)
        #expect(byPOP.results.map(\.pop) == [pop])
    }

    @Test func limitsHoldAndRisklessCombinationsAreCounted() throws {
        let day = try #require(Day(iso: "2014-06-06"))
        func quote(_ symbol: String, _ bid: Double, _ ask: Double, volume: Int) throws -> OptionQuote {
            OptionQuote(contract: try OptionContract(parsing: symbol), bid: bid, ask: ask, volume: volume, openInterest: 600, impliedVolatility: 0.2)
        }
        let chain = DayChain(
            underlying: "T", day: day, close: 100,
            quotes: [
                try quote("T140711C00100000", 2, 2.1, volume: 200), try quote("T140711C00101000", 0.9, 1, volume: 200),
                try quote("T140711C00102000", 0.5, 0.6, volume: 0),
            ])
        let report = StrategyScreen(.vertical).best(100, of: [chain], asOf: day)
        // Selling 100 at 2 and buying 101 at 1 pays the width, less fees: a loss remains.
        #expect(report.riskless == 0 && report.considered == 6)
        var free = StrategyScreen(.vertical)
        free.settings.feePerContract = 0
        #expect(free.best(100, of: [chain], asOf: day).riskless == 1)
        var liquid = StrategyScreen(.vertical)
        liquid.settings.leastVolume = 100
        #expect(liquid.best(100, of: [chain], asOf: day).considered == 2)
        liquid.settings.days = 1...30
        #expect(liquid.best(100, of: [chain], asOf: day).considered == 0)
        #expect(StrategyScreen(.vertical).best(0, of: [chain], asOf: day).results.isEmpty)
        let json = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(ScreenReport.self, from: json).results == report.results)
    }

    @Test func theOrderOfChainsAndQuotesChangesNothing() throws {
        var chains = SimulatedChains(SplitMix(printing: "theOrderOfChainsAndQuotesChangesNothing"))
        var day = try (0..<3).map { number in
            var one = try chain(&chains)
            one.underlying = ["T", "T.", "T-"][number]
            return one
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for strategy in Strategy.allCases {
            let screen = StrategyScreen(strategy, by: .annualised)
            let one = try encoder.encode(screen.best(30, of: day, asOf: chains.day).results)
            day.shuffle(using: &chains.random)
            for place in day.indices { day[place].quotes.shuffle(using: &chains.random) }
            #expect(try encoder.encode(screen.best(30, of: day, asOf: chains.day).results) == one, "\(strategy)")
        }
    }
}
