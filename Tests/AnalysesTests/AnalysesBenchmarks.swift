import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

/// Prints the times of the analyses if `TAPEDECK_TEST_BENCHMARKS` is set. Checks nothing.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TAPEDECK_TEST_BENCHMARKS"] != nil), .serialized) struct AnalysesBenchmarks {
    private func time(_ name: String, _ body: () throws -> Int) rethrows {
        let clock = ContinuousClock()
        var count = 0
        let elapsed = try clock.measure { count = try body() }
        print("\(name): \(count), \(elapsed)")
    }

    @Test func chainsOfADay() throws {
        var chains = SimulatedChains(SplitMix(state: 9))
        let day = chains.day
        let market = try (0..<2000).map { number in
            var chain = try chains.chain(strikes: 40, expiries: 8)
            chain.underlying = "T"
            for place in chain.quotes.indices { chain.quotes[place].impliedVolatility = 0.3 + Double(number % 7) * 0.01 }
            return chain
        }
        for strategy in [Strategy.vertical, .coveredCall, .cashSecuredPut] {
            for measure in StrategyMeasure.allCases {
                time("\(strategy.rawValue) by \(measure.rawValue), 2,000 names") {
                    StrategyScreen(strategy, by: measure).best(20, of: market, asOf: day).considered
                }
            }
        }
        for measure in StrategyMeasure.allCases {
            time("condor by \(measure.rawValue), 100 names") {
                StrategyScreen(.condor, by: measure).best(20, of: market.prefix(100), asOf: day).considered
            }
        }
        time("arbitrage, 200 names") { ArbitrageFinder().find(in: market.prefix(200), asOf: day).quotes }
    }

    /// Packages in markets without arbitrage: American options on stocks with dividends, at the right rate and at the implied one.
    @Test func packagesOfAmericanQuotes() throws {
        for (seed, strikes, spread, million) in [
            (21, 16, 1, 1), (22, 16, 1, 1), (23, 16, 1, 1), (31, 16, 0.2, 1), (32, 40, 0.5, 0.5), (33, 5, 1, 0.5), (34, 8, 0.3, 0.5), (35, 4, 1, 0.5),
        ] {
            var chains = SimulatedChains(SplitMix(state: UInt64(seed)))
            var (quotes, atTheRate, implied) = (0, 0, [ArbitrageCandidate]())
            while Double(quotes) < 1e6 * million {
                let chain = try chains.americanChain(strikes: strikes, spread: spread)
                var finder = ArbitrageFinder()
                finder.settings.rate = .fixed(chains.rate)
                quotes += chain.quotes.count
                atTheRate += finder.find(in: chain).candidates.count
                implied += ArbitrageFinder().find(in: chain).candidates
            }
            print(
                "\(quotes) quotes, seed \(seed), \(strikes) strikes, spreads times \(spread): \(atTheRate) packages at the right rate,",
                "\(implied.count) at the implied one, of at most \(implied.map(\.profit).max() ?? 0) dollars per share")
        }
    }

    /// Packages in markets without arbitrage: European options on stocks with a dividend yield, at the implied rate.
    @Test func packagesOfEuropeanQuotes() throws {
        for (seed, strikes, spread, million) in [(5, 16, 1, 1), (6, 4, 1, 0.2), (7, 30, 0.3, 0.2)] {
            var chains = SimulatedChains(SplitMix(state: UInt64(seed)))
            var (quotes, implied) = (0, 0)
            while Double(quotes) < 1e6 * million {
                let chain = try chains.europeanChain(strikes: strikes, spread: spread)
                quotes += chain.quotes.count
                implied += ArbitrageFinder().find(in: chain).candidates.count
            }
            print("\(quotes) European quotes, seed \(seed), \(strikes) strikes, spreads times \(spread): \(implied) packages at the implied rate")
        }
    }

    @Test func outcomesAndRegimes() throws {
        var chains = SimulatedChains(SplitMix(state: 9))
        let first = try #require(Day(iso: "2013-01-02"))
        func cases(_ count: Int) throws -> [OutcomeCase] {
            try (0..<count).map { _ in
                let entry = TradingCalendar.unitedStates.session(Int(chains.unit() * 250), after: first)
                return OutcomeCase(
                    underlying: "T", day: entry, quote: OptionQuote(contract: try OptionContract(parsing: "T150117C00100000"), bid: 1, ask: 1.1),
                    close: 100,
                    later: (1...20).map {
                        LaterQuote(day: TradingCalendar.unitedStates.session($0, after: entry), bid: 2 * chains.unit(), ask: 3, close: 101)
                    })
            }
        }
        let (results, baseline) = (try cases(50), try cases(500))
        time("outcomes of 50 results, baseline of 500") { OutcomeStudy().run(results, baseline: baseline).results.count }
        let days = (0..<252).map { TradingCalendar.unitedStates.session($0, after: first) }
        let series = StateSeries(
            names: (0..<9).map { "c\($0)" }, days: days, values: days.map { _ in (0..<9).map { _ in chains.unit() } }, closes: days.map { _ in 100 })
        try time("regimes of a year") { try RegimeDetector().detect(series, asOf: days[251]).labels.count }
        time("analog days of a year") { AnalogDays().find(10, like: days[251], in: series)?.results.count ?? 0 }
    }
}
