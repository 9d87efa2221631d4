import Foundation
import MarketData
import Portfolio
import Testing

@Suite("Figures of returns")
struct MetricsTests {
    private struct Golden: Decodable {
        let cases: [Case]
        let distributions: [String: [[Double]]]
        let ranks: Ranks
    }

    private struct Ranks: Decodable {
        let left, right: [Double]
        let spearman: Double
    }

    private struct Case: Decodable {
        let name: String
        let returns, benchmark: [Double]
        let total_return, cagr, volatility, sharpe, sortino, calmar, max_drawdown, var95, cvar95, tail_ratio, profit_factor, beta, alpha, skew,
            kurtosis: Double?
    }

    private static func load() throws -> Golden { try JSONDecoder().decode(Golden.self, from: PortfolioTests.Golden.data("performance_metrics")) }

    /// scripts/golden/performance_metrics.py.
    @Test func figuresAreThoseOfEmpyrical() throws {
        for one in try Self.load().cases {
            let metrics = PerformanceMetrics(returns: one.returns, benchmark: one.benchmark)
            func same(_ value: Double?, _ expected: Double?, _ name: String) {
                guard let expected else {
                    #expect(value == nil, "\(one.name): \(name) \(String(describing: value))")
                    return
                }
                guard let value else {
                    Issue.record("\(one.name): no \(name)")
                    return
                }
                #expect(abs(value - expected) <= 1e-10 * max(1, abs(expected)), "\(one.name): \(name) \(value), not \(expected)")
            }
            same(metrics.total_return, one.total_return, "total return")
            same(metrics.cagr, one.cagr, "CAGR")
            same(metrics.volatility, one.volatility, "volatility")
            same(metrics.sharpe, one.sharpe, "Sharpe")
            // empyrical divides by 0 if nothing is lost, and gives a number if the sum only rounds to 0.
            if one.returns.contains(where: { $0 < 0 }) { same(metrics.sortino, one.sortino, "Sortino") }
            same(metrics.calmar, one.calmar, "Calmar")
            same(metrics.max_drawdown, one.max_drawdown, "drawdown")
            same(metrics.var95, one.var95, "VaR")
            same(metrics.cvar95, one.cvar95, "CVaR")
            same(metrics.tail_ratio, one.tail_ratio, "tail ratio")
            same(metrics.profit_factor, one.profit_factor, "profit factor")
            same(metrics.beta, one.beta, "beta")
            same(metrics.alpha, one.alpha, "alpha")
            same(metrics.skew, one.skew, "skew")
            same(metrics.kurtosis, one.kurtosis, "kurtosis")
        }
    }

    @Test func distributionsAreThoseOfSciPy() throws {
        let golden = try Self.load()
        for row in golden.distributions["normal"] ?? [] { #expect(abs(Statistics.normal(row[0]) - row[1]) < 1e-14) }
        for row in golden.distributions["quantile"] ?? [] { #expect(abs(Statistics.normalQuantile(row[0]) - row[1]) < 1e-9) }
        for row in golden.distributions["student"] ?? [] {
            #expect(abs(Statistics.studentTail(row[0], degrees: row[1]) - row[2]) < 1e-11, "\(row)")
        }
        for row in golden.distributions["student quantile"] ?? [] {
            #expect(abs(Statistics.studentQuantile(row[0], degrees: row[1]) - row[2]) < 1e-8, "\(row)")
        }
        let found = try #require(Statistics.rankCorrelation(golden.ranks.left, golden.ranks.right))
        #expect(abs(found - golden.ranks.spearman) < 1e-12)
    }

    @Test func flatReturnsHaveNoRatios() {
        let metrics = PerformanceMetrics(returns: [0.01, 0.01, 0.01])
        #expect(metrics.sharpe == nil && metrics.sortino == nil && metrics.calmar == nil && metrics.profit_factor == nil)
        let empty = PerformanceMetrics(returns: [])
        #expect(empty.total_return == 0 && empty.cagr == nil && empty.volatility == nil && empty.var95 == nil)
    }

    @Test func drawdownsHaveALengthAndARecovery() {
        let metrics = PerformanceMetrics(returns: [0.1, -0.1, -0.1, 0.05, 0.3, 0])
        #expect(abs(metrics.max_drawdown + 0.19) < 1e-12)
        #expect(metrics.drawdown_sessions == 2 && metrics.recovery_sessions == 2)
        #expect(PerformanceMetrics(returns: [0.1, -0.5]).recovery_sessions == nil)
    }

    @Test func monthsAreCompounded() throws {
        let days = ["2024-01-30", "2024-01-31", "2024-02-01"].compactMap { Day(iso: $0) }
        let table = MonthReturn.table(days, [0.1, 0.1, -0.5])
        #expect(table.map(\.month) == [1, 2])
        #expect(abs(table[0].value - 0.21) < 1e-12 && table[1].value == -0.5)
    }

    @Test func moreTrialsDeflateMore() throws {
        var random = PythonRandom(seed: 3)
        func noise(_ mean: Double) -> [Double] { (0..<250).map { _ in mean + (random.nextDouble() - 0.5) / 50 } }
        let best = noise(0.001)
        let few = (0..<5).map { _ in Statistics.sessionSharpe(noise(0)) }, many = (0..<200).map { _ in Statistics.sessionSharpe(noise(0)) }
        let alone = try #require(Statistics.probabilisticSharpe(best))
        let deflated = try #require(Statistics.deflatedSharpe(best, among: few))
        let further = try #require(Statistics.deflatedSharpe(best, among: many))
        #expect(alone > deflated && deflated > further)
        #expect(Statistics.deflatedSharpe(best, among: [1]) == alone)
        // Of worthless strategies, the best of one half is no better than the median of the other half half of the time.
        let overfitting = try #require(Statistics.backtestOverfitting((0..<40).map { _ in noise(0) }))
        #expect(overfitting > 0.2 && overfitting < 0.9)
        let worthy = try #require(Statistics.backtestOverfitting((0..<20).map { _ in noise(0) } + [noise(0.005)]))
        #expect(worthy == 0)
    }

    @Test func falseDiscoveriesAreCounted() {
        // Benjamini and Hochberg 1995, by hand.
        let rates = Statistics.falseDiscoveryRates([0.01, 0.04, 0.03, 0.5])
        #expect(zip(rates, [0.04, 0.16 / 3, 0.16 / 3, 0.5]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
