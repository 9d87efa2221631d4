import Analyses
import Foundation
import MarketData
import TestSupport

/// Option chains without arbitrage, from models whose prices have none.
struct SimulatedChains {
    var random: SplitMix
    /// A Friday; so are the expiries.
    let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)
    private var number = 0

    init(_ random: SplitMix) { self.random = random }

    mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// American options on a stock without dividends at a rate of 0: mixtures of Black–Scholes prices with one mean, which have a smile and no
    /// arbitrage between strikes or expiries. Bids are rounded down, asks up.
    mutating func chain(strikes: Int = 40, expiries: Int = 8) throws -> DayChain {
        number += 1
        let spot = (10 + 300 * unit() * 100).rounded() / 100 + 10
        let weight = 0.2 + 0.6 * unit()
        let (calm, wild) = (0.1 + 0.3 * unit(), 0.3 + 0.6 * unit())
        // Means of the two states, whose average is the spot.
        let low = spot * (0.9 + 0.1 * unit())
        let high = (spot - (1 - weight) * low) / weight
        let step = max(0.5, (spot * 0.02 * 2).rounded() / 2)
        let first = max(1, Int(spot / step) - strikes / 2)
        let days = [7, 14, 21, 35, 56, 77, 105, 196, 231, 322, 595].prefix(expiries)
        var quotes: [OptionQuote] = []
        for days in days {
            let years = Double(days) / 365
            for index in 0..<strikes {
                let strike = Double(first + index) * step
                for kind in OptionKind.allCases {
                    func price(_ mean: Double, _ volatility: Double) -> Double {
                        BlackScholes(kind: kind, spot: mean, strike: strike, years: years, volatility: volatility).price
                    }
                    let mid = weight * price(high, calm) + (1 - weight) * price(low, wild)
                    quotes.append(try quote(mid, strike, kind, days, spread: 0.04 * unit() * mid + 0.02 * unit()))
                }
            }
        }
        return DayChain(underlying: "T", day: day, close: spot, quotes: quotes)
    }

    /// American options on a stock that pays dividends, at a positive rate: Cox, Ross and Rubinstein's tree with the dividends' present value
    /// taken off the stock.
    /// - Parameter spread: multiplies spreads, which are up to 3 % and 4 cents.
    mutating func americanChain(strikes: Int = 16, expiries: Int = 4, spread: Double = 1) throws -> DayChain {
        number += 1
        let spot = ((20 + 200 * unit()) * 100).rounded() / 100
        let (volatility, rate) = (0.15 + 0.4 * unit(), 0.06 * unit())
        let dividend = spot * 0.01 * unit()
        let firstDividend = 1 + Int(90 * unit())
        let step = max(1, (spot * 0.03).rounded())
        let first = max(1, Int(spot / step) - strikes / 2)
        var quotes: [OptionQuote] = []
        for days in [14, 35, 105, 196].prefix(expiries) {
            let payments = stride(from: firstDividend, to: days, by: 91).map { (Double($0) / 365, dividend) }
            for index in 0..<strikes {
                let strike = Double(first + index) * step
                for kind in OptionKind.allCases {
                    let mid = Self.american(
                        kind, spot: spot, strike: strike, years: Double(days) / 365, volatility: volatility, rate: rate, dividends: payments)
                    quotes.append(try quote(mid, strike, kind, days, spread: spread * (0.03 * unit() * mid + 0.02 + 0.02 * unit())))
                }
            }
        }
        // A stored rate, so that the caller can search with it.
        self.rate = rate
        return DayChain(underlying: "T", day: day, close: spot, quotes: quotes)
    }

    /// European options on a stock with a dividend yield, at a positive rate: Black–Scholes prices with spreads as in `americanChain`.
    mutating func europeanChain(strikes: Int = 16, spread: Double = 1) throws -> DayChain {
        let spot = ((20 + 200 * unit()) * 100).rounded() / 100
        let (volatility, rate, dividendYield) = (0.1 + 0.4 * unit(), 0.06 * unit(), 0.03 * unit())
        let step = max(1, (spot * 0.03).rounded())
        let first = max(1, Int(spot / step) - strikes / 2)
        var quotes: [OptionQuote] = []
        for days in [14, 35, 105, 196] {
            for index in 0..<strikes {
                let strike = Double(first + index) * step
                for kind in OptionKind.allCases {
                    let mid = BlackScholes(
                        kind: kind, spot: spot, strike: strike, years: Double(days) / 365, volatility: volatility, rate: rate,
                        dividendYield: dividendYield
                    ).price
                    var one = try quote(mid, strike, kind, days, spread: spread * (0.03 * unit() * mid + 0.02 + 0.02 * unit()))
                    one.style = .european
                    quotes.append(one)
                }
            }
        }
        return DayChain(underlying: "T", day: day, close: spot, quotes: quotes)
    }

    /// The rate of the last chain of `americanChain`.
    private(set) var rate = 0.0

    private mutating func quote(_ mid: Double, _ strike: Double, _ kind: OptionKind, _ days: Int, spread: Double) throws -> OptionQuote {
        OptionQuote(
            contract: try OptionContract(root: "T", expiry: day.adding(days: days), kind: kind, strikeThousandths: Int32((strike * 1000).rounded())),
            bid: ((mid - spread / 2) * 100).rounded(.down) / 100, ask: ((mid + spread / 2) * 100).rounded(.up) / 100,
            volume: Int(100 * unit()), impliedVolatility: .nan)
    }

    static func american(
        _ kind: OptionKind, spot: Double, strike: Double, years: Double, volatility: Double, rate: Double, dividends: [(at: Double, amount: Double)],
        steps: Int = 200
    ) -> Double {
        let step = years / Double(steps)
        let up = exp(volatility * step.squareRoot())
        let probability = (exp(rate * step) - 1 / up) / (up - 1 / up)
        let discount = exp(-rate * step)
        func owed(_ time: Double) -> Double { dividends.reduce(0) { $1.at > time ? $0 + $1.amount * exp(-rate * ($1.at - time)) : $0 } }
        let sign = kind == .call ? 1.0 : -1.0
        let start = spot - owed(0)
        var values = (0...steps).map { max(0, sign * (start * pow(up, Double(2 * $0 - steps)) - strike)) }
        for level in stride(from: steps - 1, through: 0, by: -1) {
            let extra = owed(Double(level) * step)
            var price = start * pow(up, Double(-level))
            for node in 0...level {
                let held = discount * (probability * values[node + 1] + (1 - probability) * values[node])
                values[node] = max(held, sign * (price + extra - strike))
                price *= up * up
            }
        }
        return values[0]
    }
}
