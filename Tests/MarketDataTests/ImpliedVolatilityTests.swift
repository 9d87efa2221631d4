import Base
import CKernels
import MarketData
import Testing
import TestSupport

@Suite struct ImpliedVolatilityTests {
    @Test func solvesAPublishedExample() throws {
        // Hull, chapter 15: a call at 1.875 implies 23.5 % a year.
        let volatility = try #require(
            ImpliedVolatility.solve(kind: .call, price: 1.875, spot: 21, strike: 20, years: 0.25, rate: 0.1))
        #expect(abs(volatility - 0.235) < 0.0005)
    }

    @Test func hasNoSolutionOutsideTheBounds() {
        func solve(_ kind: OptionKind, _ price: Double, years: Double = 0.5) -> Double? {
            ImpliedVolatility.solve(kind: kind, price: price, spot: 100, strike: 80, years: years, rate: 0.05)
        }
        let intrinsic = 100 - 80 * 0.97530991202833262
        #expect(solve(.call, intrinsic - 0.01) == nil)
        #expect(solve(.call, intrinsic) == nil)
        #expect(solve(.call, intrinsic + 0.01) != nil)
        #expect(solve(.call, 99.9) != nil)
        #expect(solve(.call, 100) == nil)
        #expect(solve(.call, 200) == nil)
        #expect(solve(.put, 0) == nil)
        #expect(solve(.put, -1) == nil)
        #expect(solve(.put, 79) == nil)
        #expect(solve(.put, 5, years: 0) == nil)
        #expect(solve(.put, .nan) == nil)
        #expect(solve(.put, .infinity) == nil)
        #expect(ImpliedVolatility.solve(kind: .put, price: 1, spot: 0, strike: 80, years: 1) == nil)
        #expect(ImpliedVolatility.solve(kind: .put, price: 1, spot: 100, strike: -80, years: 1) == nil)
        #expect(ImpliedVolatility.solve(kind: .put, price: 1, spot: .infinity, strike: 80, years: 1) == nil)
    }

    /// A wide grid: strikes from a 50th to 50 times the spot, an hour to 30 years, 1 % to 2000 % of volatility.
    private func grid() -> (kinds: [UInt8], prices: [Double], spots: [Double], strikes: [Double], years: [Double]) {
        var kinds: [UInt8] = []
        var (prices, spots, strikes, years): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for spot in [0.8, 100, 4500] {
            for ratio in [0.02, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999, 1, 1.0001, 1.02, 1.1, 1.3, 2, 5, 50] {
                for time in [1.0 / 8760, 1.0 / 365, 0.02, 0.1, 0.5, 2, 30] {
                    for volatility in [0.01, 0.05, 0.15, 0.4, 1, 3, 8, 20] {
                        for kind in OptionKind.allCases {
                            let option = BlackScholes(
                                kind: kind, spot: spot, strike: spot * ratio, years: time, volatility: volatility,
                                rate: 0.03, dividendYield: 0.01)
                            kinds.append(kind.rawValue)
                            prices.append(option.price)
                            spots.append(spot)
                            strikes.append(spot * ratio)
                            years.append(time)
                        }
                    }
                }
            }
        }
        // And realistic quotes.
        for price in [Double.nan, .infinity, -1, 0, 1e-300, 1e300, 99.9999999, 50] {
            for (spot, strike, time) in [
                (100.0, 100.0, 1.0), (0, 100, 1), (100, 0, 1), (100, 100, 0), (.nan, 1, 1), (1, .infinity, 1), (100, 100, -1),
            ] {
                for kind in OptionKind.allCases {
                    kinds.append(kind.rawValue)
                    prices.append(price)
                    spots.append(spot)
                    strikes.append(strike)
                    years.append(time)
                }
            }
        }
        return (kinds, prices, spots, strikes, years)
    }

    @Test func columnsAgreeWithTheBracketedSolver() {
        let (kinds, prices, spots, strikes, years) = grid()
        var volatilities = [Double](repeating: -1, count: kinds.count)
        var span = volatilities.mutableSpan
        ImpliedVolatility.solve(
            kinds: kinds.span, prices: prices.span, spots: spots.span, strikes: strikes.span, years: years.span,
            rate: 0.03, dividendYield: 0.01, into: &span)
        var solved = 0
        for i in kinds.indices {
            let kind = OptionKind(rawValue: kinds[i])!
            let expected = ImpliedVolatility.solve(
                kind: kind, price: prices[i], spot: spots[i], strike: strikes[i], years: years[i], rate: 0.03,
                dividendYield: 0.01)
            let context = "\(kind) \(prices[i]) \(spots[i]) \(strikes[i]) \(years[i])"
            guard let expected else {
                #expect(volatilities[i].isNaN, "\(context)")
                continue
            }
            // Below this a price is an accident of rounding.
            guard prices[i] > 1e-140 else { continue }
            // The rounding of the price itself, in volatility.
            let vega =
                BlackScholes(
                    kind: kind, spot: spots[i], strike: strikes[i], years: years[i], volatility: expected, rate: 0.03,
                    dividendYield: 0.01
                ).greeks.vega * 100
            let rounding = 1e-15 * max(spots[i], strikes[i]) / vega
            #expect(abs(volatilities[i] - expected) <= 1e-8 * expected + rounding, "\(context)")
            solved += 1
        }
        #expect(solved > 2000)
    }

    @Test func everyInstructionSetGivesTheSameBitsForEveryBatch() {
        let (kinds, prices, spots, strikes, years) = grid()
        let count = kinds.count
        var reference = [Double](repeating: 0, count: count)
        InstructionSet.all[0].limitingThread {
            tk_implied_volatility(count, spots, strikes, years, kinds, prices, 0.03, 0.01, &reference)
        }
        for set in InstructionSet.all {
            var result = [Double](repeating: 0, count: count)
            set.limitingThread { tk_implied_volatility(count, spots, strikes, years, kinds, prices, 0.03, 0.01, &result) }
            #expect(zip(result, reference).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(set)")
            for i in stride(from: 0, to: count, by: 37) {
                var one = 0.0
                set.limitingThread {
                    tk_implied_volatility(1, [spots[i]], [strikes[i]], [years[i]], [kinds[i]], [prices[i]], 0.03, 0.01, &one)
                }
                #expect(one == reference[i] || (one.isNaN && reference[i].isNaN))
            }
        }
    }

    @Test func columnsOfFloatsAreTheSameWithinTheirPrecision() {
        // Quotes as they come: prices in cents.
        var generator = SplitMix(state: 6)
        let count = 2001
        var kinds: [UInt8] = []
        var (prices, spots, strikes, years): ([Float], [Float], [Float], [Float]) = ([], [], [], [])
        for _ in 0..<count {
            let kind: OptionKind = Bool.random(using: &generator) ? .call : .put
            let spot = (Double.random(in: 5...900, using: &generator) * 100).rounded() / 100
            let strike = (spot * Double.random(in: 0.7...1.4, using: &generator)).rounded()
            let time = Double(Int.random(in: 3...700, using: &generator)) / 365
            let volatility = Double.random(in: 0.1...0.9, using: &generator)
            let option = BlackScholes(kind: kind, spot: spot, strike: strike, years: time, volatility: volatility)
            kinds.append(kind.rawValue)
            prices.append(Float((option.price * 100).rounded() / 100))
            spots.append(Float(spot))
            strikes.append(Float(strike))
            years.append(Float(time))
        }
        var volatilities = [Float](repeating: -1, count: count)
        var span = volatilities.mutableSpan
        ImpliedVolatility.solve(
            kinds: kinds.span, prices: prices.span, spots: spots.span, strikes: strikes.span, years: years.span, into: &span)
        for i in 0..<count {
            let expected = ImpliedVolatility.solve(
                kind: OptionKind(rawValue: kinds[i])!, price: Double(prices[i]), spot: Double(spots[i]),
                strike: Double(strikes[i]), years: Double(years[i]))
            if let expected {
                #expect(abs(Double(volatilities[i]) - expected) < 1e-6 * (1 + expected))
            } else {
                #expect(volatilities[i].isNaN)
            }
        }
    }
}
