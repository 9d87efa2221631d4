import Descriptions
import Foundation
import MarketData
import Questions

/// Numbers of a contract that are computed from its stored columns, for all rows of a block at once. Definitions:
/// docs/questions.md.
enum ContractNumbers {
    static let fields: Set<Field> = [
        .daysToExpiry, .delta, .signedDelta, .gamma, .theta, .vega, .mid, .spread, .spreadDollars, .moneyness, .distance,
        .distanceDollars, .outOfTheMoney, .outOfTheMoneyDollars, .strikeOverSpot, .strikeMinusSpot, .probabilityInTheMoney,
        .probabilityOfProfit, .probabilityOfTouch, .extrinsic, .intrinsic, .parityMargin, .breakEven, .breakEvenDistance, .leverage,
        .premiumTraded, .contractPremium, .vendorDelta, .coveredCallReturn, .coveredCallReturnCalled, .cashSecuredPutReturn, .quoteDate,
    ]

    /// - Returns: `nil` if it is not one of `fields`, or if the rows are not contracts.
    static func numbers(_ field: Field, of rows: RowBlock) -> [Double]? {
        if field == .quoteDate { return rows.quoteDates.map(Double.init) }
        guard let expiries = rows.expiries, fields.contains(field) else { return nil }
        func each(_ one: Field, _ compute: (Int, Double) -> Double) -> [Double]? {
            guard let a = rows.numbers(one) else { return nil }
            return (0..<rows.count).map { compute($0, a[$0]) }
        }
        func each(_ one: Field, _ two: Field, _ compute: (Int, Double, Double) -> Double) -> [Double]? {
            guard let a = rows.numbers(one), let b = rows.numbers(two) else { return nil }
            return (0..<rows.count).map { compute($0, a[$0], b[$0]) }
        }
        func isPut(_ row: Int) -> Bool { rows.keys[row].kind == .put }
        /// +1 for calls, −1 for puts.
        func side(_ row: Int) -> Double { isPut(row) ? -1 : 1 }
        /// `numerator / denominator`, NaN unless the denominator is positive.
        func quotient(_ numerator: Double, _ denominator: Double) -> Double { denominator > 0 ? numerator / denominator : .nan }

        switch field {
        case .daysToExpiry: return (0..<rows.count).map { Double(expiries[$0] - rows.quoteDates[$0]) }
        case .mid: return each(.bid, .ask) { ($1 + $2) / 2 }
        case .spreadDollars: return each(.bid, .ask) { $2 - $1 }
        case .spread: return each(.spreadDollars, .mid) { quotient($1, $2) }
        case .moneyness: return each(.close, .strike) { isPut($0) ? quotient($2, $1) : quotient($1, $2) }
        case .strikeOverSpot: return each(.close, .strike) { quotient($2, $1) - 1 }
        case .strikeMinusSpot: return each(.close, .strike) { $2 - $1 }
        case .distance: return each(.strikeOverSpot) { abs($1) }
        case .distanceDollars: return each(.strikeMinusSpot) { abs($1) }
        case .outOfTheMoney: return each(.strikeOverSpot) { side($0) * $1 }
        case .outOfTheMoneyDollars: return each(.strikeMinusSpot) { side($0) * $1 }
        case .intrinsic: return each(.strikeMinusSpot) { $1.isNaN ? .nan : max(0, -side($0) * $1) }
        case .extrinsic: return each(.mid, .intrinsic) { $1 - $2 }
        case .parityMargin: return each(.ask, .intrinsic) { $1 - $2 }
        case .breakEven: return each(.strike, .mid) { $1 + side($0) * $2 }
        case .breakEvenDistance: return each(.breakEven, .close) { side($0) * (quotient($1, $2) - 1) }
        case .contractPremium: return each(.mid) { 100 * $1 }
        case .premiumTraded: return each(.contractPremium, .volume) { $1 * $2 }
        case .vendorDelta: return each(.vendorSignedDelta) { abs($1) }
        case .delta: return each(.signedDelta) { abs($1) }
        case .signedDelta: return rows.greeks?.deltas
        case .gamma: return rows.greeks?.gammas
        case .theta: return rows.greeks?.thetas
        case .vega: return rows.greeks?.vegas
        case .leverage:
            guard let close = rows.numbers(.close) else { return nil }
            return each(.signedDelta, .mid) { quotient($1 * close[$0], $2) }
        case .probabilityInTheMoney, .probabilityOfProfit: return probabilities(rows, expiries)
        case .probabilityOfTouch: return each(.probabilityInTheMoney) { $1.isNaN ? .nan : min(1, 2 * $1) }
        case .coveredCallReturn, .coveredCallReturnCalled:
            guard let close = rows.numbers(.close), let strike = rows.numbers(.strike) else { return nil }
            return each(.mid, .daysToExpiry) { row, premium, days in
                guard !isPut(row), days > 0 else { return .nan }
                let gain = premium + (field == .coveredCallReturnCalled ? strike[row] - close[row] : 0)
                return quotient(gain, close[row] - premium) * 365 / days
            }
        case .cashSecuredPutReturn:
            guard let strike = rows.numbers(.strike) else { return nil }
            return each(.mid, .daysToExpiry) { row, credit, days in
                guard isPut(row), days > 0 else { return .nan }
                return quotient(credit, strike[row] - credit) * 365 / days
            }
        default: return nil
        }
    }

    /// The option of a row, `nil` when an input is missing or it has expired.
    private static func options(_ rows: RowBlock, _ expiries: [Int32]) -> [BlackScholes?]? {
        guard let close = rows.numbers(.close), let strike = rows.numbers(.strike), let volatility = rows.numbers(.impliedVolatility)
        else { return nil }
        return (0..<rows.count).map { row in
            guard strike[row] > 0, close[row] > 0, !volatility[row].isNaN, rows.quoteDates[row] < expiries[row] else { return nil }
            return BlackScholes(
                kind: rows.keys[row].kind == .put ? .put : .call, spot: close[row], strike: strike[row],
                years: BlackScholes.years(from: Day(rawValue: rows.quoteDates[row]), to: Day(rawValue: expiries[row])),
                volatility: volatility[row], rate: Double(OptionDescriber.rate), dividendYield: Double(OptionDescriber.dividendYield))
        }
    }

    /// N(d2) for calls, N(−d2) for puts: the risk-neutral probability of ending in the money (Hull, section 15.8).
    private static func probabilities(_ rows: RowBlock, _ expiries: [Int32]) -> [Double]? {
        options(rows, expiries)?.map { option in
            guard let option, option.volatility > 0 else { return .nan }
            let spread = option.volatility * option.years.squareRoot()
            let drift = (option.rate - option.dividendYield - option.volatility * option.volatility / 2) * option.years
            let d2 = (log(option.spot / option.strike) + drift) / spread
            return erfc((option.kind == .call ? -d2 : d2) / 2.0.squareRoot()) / 2
        }
    }
}
