import Base
import CKernels
import MarketData
import Testing
import TestSupport

@Suite struct BlackScholesTests {
    private func close(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
        abs(value - expected) <= tolerance
    }

    /// Hull, Options, Futures and Other Derivatives, chapter 15; Haug, The Complete Guide to Option Pricing Formulas,
    /// second edition, chapter 1.
    @Test func pricesArePublishedOnes() {
        let hull = BlackScholes(kind: .call, spot: 42, strike: 40, years: 0.5, volatility: 0.2, rate: 0.1)
        #expect(close(hull.price, 4.76, 0.005))
        var put = hull
        put.kind = .put
        #expect(close(put.price, 0.81, 0.005))
        let haug = BlackScholes(kind: .call, spot: 60, strike: 65, years: 0.25, volatility: 0.3, rate: 0.08)
        #expect(close(haug.price, 2.1334, 0.00005))
        let merton = BlackScholes(
            kind: .put, spot: 100, strike: 95, years: 0.5, volatility: 0.2, rate: 0.1, dividendYield: 0.05)
        #expect(close(merton.price, 2.4648, 0.00005))
    }

    /// The same sources: Hull, chapter 19 (20 weeks, delta 0.522, theta −4.31 a year, gamma 0.066, vega 12.1, rho 8.91);
    /// Haug, chapter 2.
    @Test func greeksArePublishedOnes() {
        let hull = BlackScholes(kind: .call, spot: 49, strike: 50, years: 0.3846, volatility: 0.2, rate: 0.05).greeks
        #expect(close(hull.delta, 0.522, 0.0005))
        #expect(close(hull.gamma, 0.066, 0.0005))
        #expect(close(hull.theta * 365, -4.31, 0.005))
        #expect(close(hull.vega * 100, 12.1, 0.05))
        #expect(close(hull.rho * 100, 8.91, 0.005))

        // Futures: the yield is the rate.
        let futures = BlackScholes(
            kind: .put, spot: 105, strike: 100, years: 0.5, volatility: 0.36, rate: 0.1, dividendYield: 0.1)
        #expect(close(futures.greeks.delta, -0.3566, 0.00005))
        let gamma = BlackScholes(kind: .call, spot: 55, strike: 60, years: 0.75, volatility: 0.3, rate: 0.1)
        #expect(close(gamma.greeks.gamma, 0.0278, 0.00005))
        let theta = BlackScholes(
            kind: .put, spot: 430, strike: 405, years: 0.0833, volatility: 0.2, rate: 0.07, dividendYield: 0.05)
        #expect(close(theta.greeks.theta * 365, -31.1924, 0.005))
        let vega = BlackScholes(
            kind: .call, spot: 55, strike: 60, years: 0.75, volatility: 0.3, rate: 0.105, dividendYield: 0.0355)
        #expect(close(vega.greeks.vega * 100, 18.5027, 0.0005))
        let rho = BlackScholes(kind: .call, spot: 72, strike: 75, years: 1, volatility: 0.19, rate: 0.09)
        #expect(close(rho.greeks.rho * 100, 38.7325, 0.0005))
    }

    @Test func greeksAreDerivativesAndParityHolds() {
        var generator = SplitMix(state: 4)
        for _ in 0..<500 {
            let call = BlackScholes(
                kind: .call, spot: .random(in: 5...500, using: &generator), strike: 0,
                years: .random(in: 0.02...2, using: &generator), volatility: .random(in: 0.1...1, using: &generator),
                rate: .random(in: -0.01...0.08, using: &generator),
                dividendYield: .random(in: 0...0.05, using: &generator))
            var option = call
            option.strike = call.spot * .random(in: 0.7...1.4, using: &generator)
            var put = option
            put.kind = .put
            let forward =
                option.spot * exponential(-option.dividendYield * option.years)
                - option.strike * exponential(-option.rate * option.years)
            #expect(close(option.price - put.price, forward, 1e-10 * option.spot))
            for option in [option, put] {
                let greeks = option.greeks
                func slope(_ path: WritableKeyPath<BlackScholes, Double>, _ step: Double) -> Double {
                    var (up, down) = (option, option)
                    up[keyPath: path] += step
                    down[keyPath: path] -= step
                    return (up.price - down.price) / (2 * step)
                }
                #expect(close(greeks.delta, slope(\.spot, option.spot * 1e-5), 1e-5))
                #expect(close(greeks.vega, slope(\.volatility, 1e-5) / 100, 1e-5 * option.spot))
                #expect(close(greeks.theta, -slope(\.years, 1e-6) / 365, 1e-5 * option.spot))
                #expect(close(greeks.rho, slope(\.rate, 1e-6) / 100, 1e-5 * option.spot))
                var (up, down) = (option, option)
                up.spot *= 1.0001
                down.spot *= 0.9999
                let gamma = (up.greeks.delta - down.greeks.delta) / (option.spot * 0.0002)
                #expect(close(greeks.gamma, gamma, 1e-4 * (1 + greeks.gamma)))
            }
        }
    }

    @Test func withoutTimeOrVolatilityItIsTheIntrinsicValue() {
        for (years, volatility) in [(0.0, 0.2), (1.0, 0.0), (0.0, 0.0), (-1.0, 0.2)] {
            let call = BlackScholes(kind: .call, spot: 110, strike: 100, years: years, volatility: volatility)
            #expect(call.price == 10)
            #expect(call.greeks == Greeks(delta: 1, gamma: 0, theta: 0, vega: 0, rho: 0))
            let put = BlackScholes(kind: .put, spot: 110, strike: 100, years: years, volatility: volatility)
            #expect(put.price == 0)
            #expect(put.greeks.delta == 0)
        }
        let day = Day(rawValue: 16_000)
        #expect(BlackScholes.years(from: day, to: day.adding(days: 73)) == 0.2)
        #expect(BlackScholes.years(from: day, to: day.adding(days: -1)) == 0)
    }

    @Test func columnsAgreeWithOneAtATimeAndWithEveryInstructionSet() {
        var generator = SplitMix(state: 5)
        let count = 1003
        let kinds = (0..<count).map { _ in UInt8.random(in: 0...1, using: &generator) }
        var years = (0..<count).map { _ in Double.random(in: 0.002...3, using: &generator) }
        years[7] = 0
        let spots = (0..<count).map { _ in Double.random(in: 0.5...5000, using: &generator) }
        let strikes = spots.map { $0 * Double.random(in: 0.2...5, using: &generator) }
        var volatilities = (0..<count).map { _ in Double.random(in: 0.02...4, using: &generator) }
        volatilities[8] = 0
        volatilities[1002] = .nan

        var columns = BlackScholesColumns()
        columns.compute(
            kinds: kinds.span, spots: spots.span, strikes: strikes.span, years: years.span,
            volatilities: volatilities.span, rate: 0.04, dividendYield: 0.015)
        for i in 0..<count where i != 1002 {
            let one = BlackScholes(
                kind: OptionKind(rawValue: kinds[i])!, spot: spots[i], strike: strikes[i], years: years[i],
                volatility: volatilities[i], rate: 0.04, dividendYield: 0.015)
            let scale = max(spots[i], strikes[i])
            #expect(close(columns.prices[i], one.price, 1e-13 * scale))
            let greeks = one.greeks
            #expect(close(columns.deltas[i], greeks.delta, 1e-12))
            #expect(close(columns.gammas[i], greeks.gamma, 1e-12 * (1 + greeks.gamma)))
            #expect(close(columns.thetas[i], greeks.theta, 1e-12 * scale))
            #expect(close(columns.vegas[i], greeks.vega, 1e-12 * scale))
            #expect(close(columns.rhos[i], greeks.rho, 1e-12 * scale))
        }
        #expect(columns.prices[1002].isNaN && columns.deltas[1002].isNaN && columns.vegas[1002].isNaN)

        for set in InstructionSet.all {
            var prices = [Double](repeating: 0, count: count)
            prices.withUnsafeMutableBufferPointer { prices in
                set.limitingThread {
                    tk_black_scholes(
                        count, spots, strikes, years, kinds, volatilities, 0.04, 0.015,
                        tk_greeks(price: prices.baseAddress, delta: nil, gamma: nil, theta: nil, vega: nil, rho: nil))
                }
            }
            #expect(prices.dropLast() == columns.prices.dropLast(), "\(set)")
        }
    }

    /// e^x without Foundation, as a check that does not share the library's.
    private func exponential(_ x: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for n in 1..<30 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }
}
