import Analyses
import Drawing
import Foundation
import MarketData
import TestSupport
import Testing

/// Writes the pictures to the folder `TAPEDECK_TEST_PICTURES`, if set, for inspection.
@Suite struct PictureTests {
    private let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)

    private func keep(_ name: String, _ svg: String) throws {
        #expect(svg.hasPrefix("<svg") && !svg.contains("nothing to draw") && !svg.contains("\"nan\"") && !svg.contains("\"inf\""), "\(name)")
        guard let folder = ProcessInfo.processInfo.environment["TAPEDECK_TEST_PICTURES"] else { return }
        try svg.write(toFile: "\(folder)/\(name).svg", atomically: true, encoding: .utf8)
    }

    @Test func everyAnalysisHasAPicture() throws {
        var chains = SimulatedChains(SplitMix(state: 4))
        var chain = try chains.chain(strikes: 30, expiries: 6)
        for place in chain.quotes.indices {
            let quote = chain.quotes[place]
            chain.quotes[place].impliedVolatility =
                ImpliedVolatility.solve(
                    kind: quote.kind, price: quote.mid, spot: chain.close, strike: quote.strike,
                    years: BlackScholes.years(from: day, to: quote.expiry)) ?? .nan
        }
        let accepted = QuoteFilter().accept(chain)
        try keep("skew", accepted.skewChart().svg)
        try keep("term-structure", accepted.termStructureChart.svg)
        for strategy in Strategy.allCases {
            let result = try #require(StrategyScreen(strategy, by: .pop).best(1, of: [chain], asOf: day).results.first)
            let chart = result.payoffChart(fees: 0.0065 * Double(result.legs.count { $0.contract != nil }))
            try keep("payoff-\(strategy.rawValue)", chart.svg)
            // At a break-even the first series crosses zero.
            for point in result.breakevens {
                let near = chart.series[0].points.min { abs($0.x - point) < abs($1.x - point) }
                #expect(abs(near?.y ?? 99) <= abs((near?.x ?? 0) - point) + 1e-9)
            }
        }
        let risk = RiskAnalysis().run(
            accepted.quotes.filter { $0.impliedVolatility > 0 }.prefix(5).map {
                RiskPosition(contract: $0.contract, underlying: "T", quantity: -2, spot: chain.close, volatility: $0.impliedVolatility)
            }, asOf: day)
        try keep("scenarios", #require(risk.heatMap).svg)
        #expect(RiskAnalysis().run([], asOf: day).heatMap == nil)

        let sessions = TradingCalendar.unitedStates.sessions(in: day.adding(days: -300)...day)
        var level = 0.2
        let values = sessions.indices.map { row -> [Double] in
            level = 0.9 * level + 0.1 * (row / 60 % 2 == 0 ? 0.2 : 0.45) + 0.01 * (chains.unit() - 0.5)
            return [level, chains.unit()]
        }
        let series = StateSeries(names: ["iv30", "noise"], days: sessions, values: values, closes: values.map { _ in 100 })
        var detector = RegimeDetector()
        detector.clusters = 2
        try keep("regimes", detector.detect(series, asOf: day).timeline(of: series, format: .percent).svg)

        let cases = try sessions.suffix(200).map { day in
            OutcomeCase(
                underlying: "T", day: day, quote: OptionQuote(contract: try OptionContract(parsing: "T150117C00100000"), bid: 2, ask: 2.1),
                close: 100,
                later: [
                    LaterQuote(day: TradingCalendar.unitedStates.session(5, after: day), bid: 4 * chains.unit() * chains.unit(), ask: 5, close: 101)
                ])
        }
        try keep("outcomes", OutcomeStudy().run(cases).histogram(horizon: 5).svg)
        #expect(OutcomeStudy().run([]).histogram(horizon: 5).svg.contains("nothing to draw"))
    }
}
