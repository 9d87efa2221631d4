import Foundation

/// A European option on an underlying with a continuous dividend yield: price and sensitivities after Black, Scholes and
/// Merton (1973).
///
/// One option at a time; `BlackScholesColumns` does the same for columns.
public struct BlackScholes: Hashable, Sendable {
    public var kind: OptionKind
    /// Price of the underlying, in dollars.
    public var spot: Double
    /// In dollars.
    public var strike: Double
    /// Time to expiry; see `years(from:to:)`.
    public var years: Double
    /// Annual, 0.2 for 20 %.
    public var volatility: Double
    /// Annual and continuously compounded, 0.05 for 5 %.
    public var rate: Double
    /// Annual and continuous.
    public var dividendYield: Double

    public init(
        kind: OptionKind, spot: Double, strike: Double, years: Double, volatility: Double, rate: Double = 0,
        dividendYield: Double = 0
    ) {
        self.kind = kind
        self.spot = spot
        self.strike = strike
        self.years = years
        self.volatility = volatility
        self.rate = rate
        self.dividendYield = dividendYield
    }

    /// The year fraction of every formula here: calendar days / 365. Zero from the expiry on.
    public static func years(from quote: Day, to expiry: Day) -> Double {
        Double(max(0, quote.days(to: expiry))) / 365
    }

    /// The value in dollars; without time or volatility, the discounted intrinsic value.
    public var price: Double {
        let sign = kind == .call ? 1.0 : -1.0
        guard isAlive else { return max(0, sign * (presentSpot - presentStrike)) }
        return sign * (presentSpot * probability(sign * d1) - presentStrike * probability(sign * d2))
    }

    /// All sensitivities; without time or volatility, the delta of the intrinsic value, and zeros.
    public var greeks: Greeks {
        let sign = kind == .call ? 1.0 : -1.0
        let carry = exp(-dividendYield * years)
        guard isAlive else {
            let exercised = sign * (presentSpot - presentStrike) > 0
            return Greeks(delta: exercised ? sign * carry : 0, gamma: 0, theta: 0, vega: 0, rho: 0)
        }
        let root = years.squareRoot()
        let density = exp(-d1 * d1 / 2) / (2 * Double.pi).squareRoot()
        let (n1, n2) = (probability(sign * d1), probability(sign * d2))
        let decay =
            -presentSpot * density * volatility / (2 * root)
            + sign * (dividendYield * presentSpot * n1 - rate * presentStrike * n2)
        return Greeks(
            delta: sign * carry * n1,
            gamma: carry * density / (spot * volatility * root),
            theta: decay / 365,
            vega: presentSpot * density * root / 100,
            rho: sign * presentStrike * years * n2 / 100)
    }

    private var isAlive: Bool { years > 0 && volatility > 0 }
    /// S e^(−qT).
    private var presentSpot: Double { spot * exp(-dividendYield * max(0, years)) }
    /// K e^(−rT).
    private var presentStrike: Double { strike * exp(-rate * max(0, years)) }
    private var d1: Double { d2 + volatility * years.squareRoot() }
    private var d2: Double {
        let deviation = volatility * years.squareRoot()
        return log(presentSpot / presentStrike) / deviation - deviation / 2
    }

    /// The normal distribution function, computed with `erfc`, which keeps small tails exact.
    private func probability(_ d: Double) -> Double { erfc(-d / 2.0.squareRoot()) / 2 }
}
