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

    /// The packages found in a market without arbitrage: a million quotes of American options on stocks with dividends, at the right rate
    /// and at the one that their quotes imply.
    @Test func packagesOfAMillionAmericanQuotes() throws {
        var chains = SimulatedChains(SplitMix(state: 21))
        var (quotes, atTheRate, implied, most) = (0, 0, 0, 0.0)
        while quotes < 1_000_000 {
            let chain = try chains.americanChain()
            var finder = ArbitrageFinder()
            finder.settings.rate = .fixed(chains.rate)
            quotes += chain.quotes.count
            atTheRate += finder.find(in: chain).candidates.count
            let found = ArbitrageFinder().find(in: chain).candidates
            implied += found.count
            most = max(most, found.map(\.profit).max() ?? 0)
        }
        print("\(quotes) quotes: \(atTheRate) packages at the right rate, \(implied) at the implied one, of at most \(most) dollars a share")
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
