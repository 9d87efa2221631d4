import Foundation
import MarketData

/// Spread and tick size of quotes.
struct QuoteRules {
    /// Tick in cents below 3 dollars.
    let smallTick: Int
    /// Tick in cents from 3 dollars on.
    let largeTick: Int
    /// Width of quotes in volatility points.
    let volatilityPoints: Double
    /// Width of quotes as a share of the price.
    let share: Double

    init(profile: UnderlyingProfile, day: Day) {
        // The penny pilot of January 2007.
        let pennies = profile.isQuotedInPennies && day >= Day(rawValue: 13_539)
        smallTick = pennies ? 1 : 5
        largeTick = pennies ? 5 : 10
        let illiquid = 1 - profile.liquidity
        volatilityPoints = 0.4 + 2.5 * illiquid
        share = 0.003 + 0.015 * illiquid
    }

    /// Bid and ask in cents around a fair price in dollars; the bid is never above and the ask never below the fair price.
    func quote(fair: Double, vega: Double, at position: Double) -> (bid: Int, ask: Int) {
        let tick = fair < 3 ? smallTick : largeTick
        let width = Double(tick) + 100 * (vega * volatilityPoints + fair * share)
        let cents = fair * 100
        let bid = Int((cents - width * position).rounded(.down))
        let ask = Int((cents + width * (1 - position)).rounded(.up))
        return (max(0, bid - positiveRemainder(bid, tick)), ask + (tick - positiveRemainder(ask, tick)) % tick)
    }

    private func positiveRemainder(_ value: Int, _ tick: Int) -> Int {
        let rest = value % tick
        return rest < 0 ? rest + tick : rest
    }
}
