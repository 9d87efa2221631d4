import Foundation
import MarketData

/// The quotes of one expiry of a chain, by kind and strike, as columns.
struct ExpirySlice {
    /// One kind: strikes ascending.
    struct Side {
        /// Positions in the chain's accepted quotes.
        var places: [Int] = []
        var strikes: [Double] = []
        var bids: [Double] = []
        var asks: [Double] = []
    }

    var root: String
    var expiry: Day
    /// Calendar days from the quote date.
    var days: Int
    /// To the last trading day.
    var years: Double
    var calls = Side()
    var puts = Side()
    /// Annual, at the money; NaN when no option near the close has one.
    var volatility = Double.nan

    subscript(kind: OptionKind) -> Side { kind == .call ? calls : puts }

    /// The expiries of a chain in a range of days.
    static func slices(_ chain: QuoteFilter.Accepted, _ settings: ScreenSettings, days: ClosedRange<Int>) -> [ExpirySlice] {
        var slices: [ExpirySlice] = []
        var start = 0
        let quotes = chain.quotes
        while start < quotes.count {
            let contract = quotes[start].contract
            var end = start
            while end < quotes.count, quotes[end].expiry == contract.expiry, quotes[end].contract.root == contract.root { end += 1 }
            let left = chain.day.days(to: contract.expiry)
            if days.contains(left) {
                var slice = ExpirySlice(
                    root: contract.root, expiry: contract.expiry, days: left,
                    years: BlackScholes.years(from: chain.day, to: contract.lastTradingDay))
                for place in start..<end where isLiquid(quotes[place], settings) {
                    let quote = quotes[place]
                    func append(_ side: inout Side) {
                        side.places.append(place)
                        side.strikes.append(quote.strike)
                        side.bids.append(quote.bid)
                        side.asks.append(quote.ask)
                    }
                    if quote.kind == .call { append(&slice.calls) } else { append(&slice.puts) }
                }
                slice.volatility = atTheMoney(quotes[start..<end], chain, rate: settings.rate)
                slices.append(slice)
            }
            start = end
        }
        return slices
    }

    private static func isLiquid(_ quote: OptionQuote, _ settings: ScreenSettings) -> Bool {
        max(0, quote.volume) >= settings.leastVolume && max(0, quote.openInterest) >= settings.leastOpenInterest
            && quote.ask - quote.bid <= settings.widestSpread * quote.mid
    }

    /// The volatility at the close: linear between the out-of-the-money options of the strikes around it; the nearer one's if only one side
    /// has any.
    private static func atTheMoney(_ quotes: ArraySlice<OptionQuote>, _ chain: QuoteFilter.Accepted, rate: Double) -> Double {
        let close = chain.close
        guard close > 0 else { return .nan }
        var below: (strike: Double, volatility: Double)?
        for quote in quotes.reversed() where quote.strike <= close && quote.kind == .put {
            if let value = quote.volatility(chain, rate: rate) {
                below = (quote.strike, value)
                break
            }
        }
        for quote in quotes where quote.strike >= close && quote.kind == .call {
            guard let value = quote.volatility(chain, rate: rate) else { continue }
            guard let below else { return value }
            guard quote.strike > below.strike else { return (value + below.volatility) / 2 }
            return below.volatility + (value - below.volatility) * (close - below.strike) / (quote.strike - below.strike)
        }
        return below?.volatility ?? .nan
    }
}

extension OptionQuote {
    /// The stated volatility, or that of the mid; `nil` when no volatility gives it.
    func volatility(_ chain: QuoteFilter.Accepted, rate: Double) -> Double? {
        guard !(impliedVolatility > 0) else { return impliedVolatility }
        return ImpliedVolatility.solve(
            kind: kind, price: mid, spot: chain.close, strike: strike, years: BlackScholes.years(from: chain.day, to: contract.lastTradingDay),
            rate: rate)
    }
}

/// The underlying's price at an expiry: lognormal, with the risk-neutral drift (Hull, section 15.1).
struct LognormalPrice {
    var spot: Double
    /// (r − σ²/2) T.
    private let drift: Double
    /// σ √T.
    private let deviation: Double

    init(spot: Double, volatility: Double, years: Double, rate: Double) {
        self.spot = spot
        drift = (rate - volatility * volatility / 2) * years
        deviation = volatility * years.squareRoot()
    }

    /// The probability that the price ends above a level.
    func above(_ level: Double) -> Double {
        guard level > 0 else { return deviation.isNaN ? .nan : 1 }
        return erfc(-score(level) / 2.0.squareRoot()) / 2
    }

    /// Its normal quantile, which orders levels like the probability and is cheaper.
    func score(_ level: Double) -> Double { level > 0 ? (log(spot / level) + drift) / deviation : deviation.isNaN ? .nan : .infinity }
}
