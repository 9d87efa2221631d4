import Foundation
public import MarketData

/// Greeks, dollar exposures and scenarios of a portfolio.
///
/// Options are valued by Black–Scholes–Merton without early exercise; scenarios reprice them at once, without time passing.
public struct RiskAnalysis: Sendable {
    /// Annual, continuously compounded.
    public var rate = 0.0
    public var dividendYield = 0.0
    /// Moves in daily standard deviations.
    public var sigmas: [Double] = [-3, -2, -1, 0, 1, 2, 3]
    /// Relative changes of implied volatilities.
    public var volatilityChanges: [Double] = [-0.2, 0, 0.2]

    public init() {}

    /// Values every position and every scenario. Positions that cannot be valued are listed with the reason, and do not count.
    public func run(_ positions: [RiskPosition], asOf day: Day) -> RiskReport {
        var report = RiskReport(
            as_of: day, positions: [], total: Exposure(), by_underlying: [:], scenarios: [], not_priced: [],
            assumptions:
                "Black–Scholes without early exercise, rate \(rate), dividend yield \(dividendYield); all underlyings move by the same number of their own daily standard deviations, and all volatilities by the same share"
        )
        var priced: [(position: RiskPosition, volatility: Double)] = []
        for position in positions {
            if let reason = problem(position, day) {
                report.not_priced.append(RiskReport.NotPriced(contract: position.contract, underlying: position.underlying, reason: reason))
                continue
            }
            let volatility = volatility(position, day)
            priced.append((position, volatility))
            let risk = risk(position, volatility, day)
            report.positions.append(risk)
            report.total += risk.exposure
            report.by_underlying[position.underlying, default: Exposure()] += risk.exposure
        }
        for move in sigmas.sorted() {
            for change in volatilityChanges.sorted() {
                let profit = priced.reduce(0) { $0 + self.change($1.position, $1.volatility, day, sigmas: move, volatilityChange: change) }
                report.scenarios.append(Scenario(sigmas: move, volatility_change: change, profit: profit))
            }
        }
        return report
    }

    /// Why a position cannot be valued; `nil` if it can.
    private func problem(_ position: RiskPosition, _ day: Day) -> String? {
        guard position.spot > 0 else { return "no close of \(position.underlying) on \(day)" }
        guard position.quantity.isFinite else { return "invalid quantity" }
        guard let contract = position.contract else {
            return position.dailyDeviation > 0 ? nil : "no volatility of \(position.underlying): scenarios need 20 sessions before \(day)"
        }
        guard contract.lastTradingDay > day else { return "expired on \(contract.lastTradingDay)" }
        let series = ContractSeries(root: contract.root, underlying: position.underlying, expiry: contract.expiry)
        guard series != .adjusted, series != .mini else { return "\(series.rawValue) contract: it does not deliver 100 shares" }
        guard !volatility(position, day).isNaN else { return "no implied volatility on \(day), and none that gives its mid" }
        return nil
    }

    /// The stated volatility, or that of the mid.
    private func volatility(_ position: RiskPosition, _ day: Day) -> Double {
        guard let contract = position.contract, !(position.volatility > 0) else { return position.volatility }
        return ImpliedVolatility.solve(
            kind: contract.kind, price: position.mid, spot: position.spot, strike: contract.strike, years: years(contract, day), rate: rate,
            dividendYield: dividendYield) ?? .nan
    }

    private func years(_ contract: OptionContract, _ day: Day) -> Double { BlackScholes.years(from: day, to: contract.lastTradingDay) }

    private func option(_ position: RiskPosition, _ contract: OptionContract, _ volatility: Double, _ day: Day) -> BlackScholes {
        BlackScholes(
            kind: contract.kind, spot: position.spot, strike: contract.strike, years: years(contract, day), volatility: volatility, rate: rate,
            dividendYield: dividendYield)
    }

    private func risk(_ position: RiskPosition, _ volatility: Double, _ day: Day) -> PositionRisk {
        var exposure = Exposure()
        guard let contract = position.contract else {
            exposure.market_value = position.quantity * position.spot
            exposure.delta = exposure.market_value
            return PositionRisk(
                underlying: position.underlying, quantity: position.quantity, underlying_close: position.spot, exposure: exposure,
                vector: [position.quantity < 0 ? -1 : 1, 0, 0, 0, 0, 0])
        }
        let option = option(position, contract, volatility, day)
        let greeks = option.greeks
        let shares = position.quantity * 100
        exposure.market_value = shares * (position.mid.isNaN ? option.price : position.mid)
        exposure.delta = shares * greeks.delta * position.spot
        exposure.gamma = shares * greeks.gamma * position.spot * position.spot * 0.01
        exposure.theta = shares * greeks.theta
        exposure.vega = shares * greeks.vega
        exposure.rho = shares * greeks.rho
        // Longer options have less gamma and theta and more vega, whatever their size, so only the sign of the quantity counts.
        let side = position.quantity < 0 ? -1.0 : 1.0
        return PositionRisk(
            contract: contract, underlying: position.underlying, quantity: position.quantity, underlying_close: position.spot,
            implied_volatility: volatility, delta: greeks.delta, gamma: greeks.gamma, theta: greeks.theta, vega: greeks.vega,
            exposure: exposure,
            vector: [
                side * greeks.delta, side * greeks.gamma * position.spot * 0.01, side * greeks.vega / position.spot,
                side * greeks.theta / position.spot, log(contract.strike / position.spot), option.years.squareRoot(),
            ])
    }

    private func change(_ position: RiskPosition, _ volatility: Double, _ day: Day, sigmas: Double, volatilityChange: Double) -> Double {
        let deviation = position.dailyDeviation > 0 ? position.dailyDeviation : volatility / 252.0.squareRoot()
        let spot = position.spot * exp(sigmas * deviation)
        guard let contract = position.contract else { return position.quantity * (spot - position.spot) }
        let before = option(position, contract, volatility, day)
        var after = before
        after.spot = spot
        after.volatility = volatility * (1 + volatilityChange)
        return position.quantity * 100 * (after.price - before.price)
    }
}
