import Foundation
import MarketData
import Testing
import TestSupport

/// Against QuantLib (`scripts/golden/black_scholes.py`), and implied volatilities there and back.
@Suite struct PricingGoldenTests {
    /// A number in [0, 1).
    private func uniform(_ random: inout SplitMix) -> Double { Double(random.next() >> 11) / Double(1 << 53) }

    /// The contracts of `black_scholes.py`.
    private func contract(_ random: inout SplitMix) -> BlackScholes {
        let isCall = uniform(&random) < 0.5
        let spot = (500 + 50_000 * uniform(&random)).rounded(.down) / 100
        let strike = (spot * (0.5 + uniform(&random)) * 100 + 1).rounded(.down) / 100
        let days = 1 + (1000 * uniform(&random)).rounded(.down)
        let volatility = (50 + 1450 * uniform(&random)).rounded(.down) / 1000
        let rate = (80 * uniform(&random)).rounded(.down) / 1000
        let dividendYield = (60 * uniform(&random)).rounded(.down) / 1000
        return BlackScholes(
            kind: isCall ? .call : .put, spot: spot, strike: strike, years: days / 365, volatility: volatility, rate: rate,
            dividendYield: dividendYield)
    }

    @Test func pricesAndGreeksAreQuantLibs() throws {
        let url = try #require(Bundle.module.url(forResource: "black_scholes", withExtension: "bin", subdirectory: "Golden"))
        let bytes = try Data(contentsOf: url)
        let count = bytes.count / 48
        #expect(count == 10_000)
        let golden = bytes.withUnsafeBytes { bytes in
            (0..<count * 6).map { Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))) }
        }
        var random = SplitMix(state: 20_140_609)
        var worst = [Double](repeating: 0, count: 6)
        for row in 0..<count {
            let option = contract(&random)
            let greeks = option.greeks
            let found = [option.price, greeks.delta, greeks.gamma, greeks.theta, greeks.vega, greeks.rho]
            for column in 0..<6 { worst[column] = max(worst[column], abs(found[column] - golden[row * 6 + column])) }
        }
        print("largest differences from QuantLib: price, delta, gamma, theta, vega, rho: \(worst)")
        for (column, name) in ["price", "delta", "gamma", "theta", "vega", "rho"].enumerated() { #expect(worst[column] <= 1e-8, "\(name)") }
    }

    /// A million random contracts: the price of the implied volatility of a price is that price, to 1e-9 dollars of as many
    /// as 560. Prices that say nothing about volatility have none; those are few.
    @Test func impliedVolatilitiesGiveTheirPriceBack() {
        var random = SplitMix(state: 20_140_610)
        let (batch, batches) = (50_000, 20)
        var (solved, unsolved, worst) = (0, 0, 0.0)
        var columns = BlackScholesColumns()
        for _ in 0..<batches {
            var kinds: [UInt8] = []
            var (spots, strikes, years, given): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
            for _ in 0..<batch {
                let option = contract(&random)
                kinds.append(option.kind.rawValue)
                spots.append(option.spot)
                strikes.append(option.strike)
                years.append(option.years)
                given.append(option.volatility)
            }
            columns.compute(
                kinds: kinds.span, spots: spots.span, strikes: strikes.span, years: years.span, volatilities: given.span, rate: 0.03,
                dividendYield: 0.01)
            let (prices, vegas) = (columns.prices, columns.vegas)
            var found = [Double](repeating: 0, count: batch)
            var span = found.mutableSpan
            ImpliedVolatility.solve(
                kinds: kinds.span, prices: prices.span, spots: spots.span, strikes: strikes.span, years: years.span, rate: 0.03,
                dividendYield: 0.01, into: &span)
            columns.compute(
                kinds: kinds.span, spots: spots.span, strikes: strikes.span, years: years.span, volatilities: found.span, rate: 0.03,
                dividendYield: 0.01)
            for row in 0..<batch {
                if found[row].isNaN {
                    unsolved += 1
                    // Only where a whole point of volatility changes the price by less than a thousandth of it.
                    if vegas[row] >= 1e-3 * max(prices[row], 1) {
                        Issue.record("\(kinds[row]) \(spots[row]) \(strikes[row]) \(years[row]) \(given[row]) has no solution")
                    }
                } else {
                    solved += 1
                    worst = max(worst, abs(columns.prices[row] - prices[row]))
                }
            }
        }
        print("implied volatilities of \(solved) prices, \(unsolved) without one; largest difference in price \(worst)")
        #expect(solved + unsolved == batch * batches)
        #expect(worst <= 1e-9)
        #expect(Double(unsolved) <= 0.05 * Double(batch * batches))
    }
}
