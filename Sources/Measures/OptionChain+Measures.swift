import Foundation
import MarketData

extension UnderlyingDayRows {
    /// Adds the measures of a chain to its underlying's day.
    public mutating func append(_ chain: OptionChain, ticker number: UInt32) {
        let expirations = chain.expirations()
        let smiles = expirations.filter { $0.days >= 1 }.map { Smile($0, close: chain.close) }
        ticker.append(number)
        quoteDate.append(chain.day.rawValue)
        contracts.append(Int32(clamping: chain.contracts.count))
        let days = expirations.filter { $0.days >= 0 }.map { chain.day.adding(days: $0.days) }
        let monthlies = days.filter(TradingCalendar.unitedStates.isMonthlyExpiration)
        func place(_ list: [Day], _ index: Int) -> Int32 { list.indices.contains(index) ? list[index].rawValue : -1 }
        expiry1.append(place(days, 0))
        expiry2.append(place(days, 1))
        expiry3.append(place(days, 2))
        monthly1.append(place(monthlies, 0))
        monthly2.append(place(monthlies, 1))
        close.append(Float(chain.close))
        let nearest = smiles.filter { !$0.forward.isNaN }.min { (abs($0.days - 30), $0.days) < (abs($1.days - 30), $1.days) }
        forward.append(Float(nearest?.forward ?? .nan))
        let atTheMoney = [30, 60, 90].map { Smile.volatility(of: smiles, days: $0, \.atTheMoney) }
        iv30.append(Float(atTheMoney[0]))
        iv60.append(Float(atTheMoney[1]))
        iv90.append(Float(atTheMoney[2]))
        let put = Smile.volatility(of: smiles, days: 30, \.put25)
        let call = Smile.volatility(of: smiles, days: 30, \.call25)
        skew.append(Float(put - call))
        fly.append(Float((put + call) / 2 - atTheMoney[0]))
        expectedMove.append(Float(smiles.lazy.map(\.straddle).first { !$0.isNaN } ?? .nan))
        appendFlow(chain)
        maxPain.append(Float(expirations.lazy.compactMap(\.maxPain).first ?? .nan))
        gammaExposure.append(Float(chain.gammaExposure))
        callWall.append(Float(chain.wall(puts: false)))
        putWall.append(Float(chain.wall(puts: true)))
    }

    private mutating func appendFlow(_ chain: OptionChain) {
        var (volumes, interests, premium) = ([Int64](repeating: 0, count: 2), [Int64](repeating: 0, count: 2), 0.0)
        for contract in chain.contracts {
            let side = contract.isPut ? 1 : 0
            volumes[side] += max(0, contract.volume)
            interests[side] += max(0, contract.openInterest)
            if contract.volume > 0, !contract.mid.isNaN { premium += Double(contract.volume) * contract.mid * 100 }
        }
        callVolume.append(volumes[0])
        putVolume.append(volumes[1])
        callOpenInterest.append(interests[0])
        putOpenInterest.append(interests[1])
        premiumTraded.append(Float(premium))
    }
}

/// The volatilities of one expiration by strike.
struct Smile {
    let days: Int
    /// From put-call parity at the strike where call and put cost most nearly the same, at a rate of 0; the close if no strike
    /// has both.
    let forward: Double
    /// At the forward, linear between the strikes around it.
    let atTheMoney: Double
    /// Of the out-of-the-money options whose absolute delta is 0.25, linear in delta between the contracts around it.
    let put25: Double
    let call25: Double
    /// Mid of call and put at the strike nearest to the forward.
    let straddle: Double

    init(_ expiration: OptionChain.Expiration, close: Double) {
        days = expiration.days
        let strikes = expiration.strikes
        let paired = strikes.filter { !$0.call.mid.isNaN && !$0.put.mid.isNaN }
        let parity = paired.min { abs($0.call.mid - $0.put.mid) < abs($1.call.mid - $1.put.mid) }
        let forward = parity.map { $0.strike + $0.call.mid - $0.put.mid } ?? close
        self.forward = forward
        let nearest = paired.min { abs($0.strike - forward) < abs($1.strike - forward) }
        straddle = nearest.map { $0.call.mid + $0.put.mid } ?? .nan
        let years = Double(days) / 365
        // The out-of-the-money side trades more, so its quotes are better.
        let points = strikes.compactMap { strike -> (strike: Double, volatility: Double)? in
            let (first, second) = strike.strike < forward ? (strike.put, strike.call) : (strike.call, strike.put)
            let volatility = first.volatility.isNaN ? second.volatility : first.volatility
            return volatility > 0 ? (strike.strike, volatility) : nil
        }
        atTheMoney = Self.interpolated(points.map { ($0.strike, $0.volatility) }, at: forward)
        func delta(_ strike: Double, _ volatility: Double, _ isPut: Bool) -> Double {
            let spread = volatility * years.squareRoot()
            let d1 = log(forward / strike) / spread + spread / 2
            return erfc((isPut ? d1 : -d1) / 2.0.squareRoot()) / 2
        }
        let puts = strikes.filter { $0.strike <= forward && $0.put.volatility > 0 }.map {
            (delta($0.strike, $0.put.volatility, true), $0.put.volatility)
        }
        let calls = strikes.filter { $0.strike >= forward && $0.call.volatility > 0 }.map {
            (delta($0.strike, $0.call.volatility, false), $0.call.volatility)
        }
        put25 = Self.interpolated(puts, at: 0.25)
        call25 = Self.interpolated(calls.reversed(), at: 0.25)
    }

    /// The value at `x`, linear between the two neighbouring points around it; NaN outside them.
    private static func interpolated(_ points: [(x: Double, y: Double)], at x: Double) -> Double {
        for (left, right) in zip(points, points.dropFirst()) where left.x <= x && x <= right.x && left.x < right.x {
            return left.y + (right.y - left.y) * (x - left.x) / (right.x - left.x)
        }
        return points.first { $0.x == x }?.y ?? .nan
    }

    /// The volatility of a tenor: total variance is linear in time between the expirations around it; NaN outside them.
    static func volatility(of smiles: [Smile], days: Int, _ value: KeyPath<Smile, Double>) -> Double {
        let known = smiles.filter { !$0[keyPath: value].isNaN }
        guard let before = known.last(where: { $0.days <= days }), let after = known.first(where: { $0.days >= days }) else { return .nan }
        func variance(_ smile: Smile) -> Double { smile[keyPath: value] * smile[keyPath: value] * Double(smile.days) }
        guard before.days < after.days else { return before[keyPath: value] }
        let share = Double(days - before.days) / Double(after.days - before.days)
        return ((variance(before) + (variance(after) - variance(before)) * share) / Double(days)).squareRoot()
    }
}

extension OptionChain.Expiration {
    /// The strike with the lowest total payout of open contracts; the lowest of several. `nil` without open interest.
    var maxPain: Double? {
        guard days >= 0, strikes.contains(where: { $0.call.openInterest > 0 || $0.put.openInterest > 0 }) else { return nil }
        // The payout changes by slope × distance from strike to strike, so two sums over ascending strikes suffice.
        var best: (strike: Double, payout: Double)?
        let putsTotal = strikes.reduce(0) { $0 + Double($1.put.openInterest) }
        var payout = strikes.reduce(0) { $0 + Double($1.put.openInterest) * ($1.strike - strikes[0].strike) }
        var slope = -putsTotal
        for (index, strike) in strikes.enumerated() {
            if index > 0 { payout += slope * (strike.strike - strikes[index - 1].strike) }
            slope += Double(strike.call.openInterest) + Double(strike.put.openInterest)
            if payout < best?.payout ?? .infinity { best = (strike.strike, payout) }
        }
        return best?.strike
    }
}

extension OptionChain {
    /// Σ Γ · open interest · 100 · S² · 0.01: calls count positive, puts negative. NaN without a close, or if no open contract has a
    /// volatility.
    var gammaExposure: Double {
        guard close > 0 else { return .nan }
        var sum = 0.0
        var isKnown = false
        for contract in contracts where contract.openInterest > 0 && contract.volatility > 0 && contract.expiry > day.rawValue {
            let years = Double(contract.expiry - day.rawValue) / 365
            let spread = contract.volatility * years.squareRoot()
            let d1 = log(close / contract.strike) / spread + spread / 2
            let gamma = exp(-d1 * d1 / 2) / (2 * Double.pi).squareRoot() / (close * spread)
            isKnown = true
            sum += (contract.isPut ? -1 : 1) * gamma * Double(contract.openInterest) * 100 * close * close * 0.01
        }
        return isKnown ? sum : .nan
    }

    /// The strike with the largest open interest over all expirations; the lowest of several. NaN without any.
    func wall(puts: Bool) -> Double {
        var interest: [Double: Int64] = [:]
        for contract in contracts where contract.isPut == puts && contract.openInterest > 0 {
            interest[contract.strike, default: 0] += contract.openInterest
        }
        return interest.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? .nan
    }
}
