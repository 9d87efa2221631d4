import Foundation
import MarketData

/// Quotes of one underlying's contracts in one session, by column. The arrays are reused for the next session.
struct OptionChain {
    private(set) var series: [Int] = []
    private(set) var kinds: [UInt8] = []
    private(set) var strikeCents: [Int] = []
    private(set) var bids: [Int] = []
    private(set) var asks: [Int] = []
    private(set) var volumes: [Int] = []
    private(set) var openInterests: [Int] = []
    private(set) var volatilities: [Double] = []
    /// Whether no volatility explains the middle of the quote.
    private(set) var isUnsolvable: [Bool] = []
    private(set) var columns = BlackScholesColumns()
    /// At-the-money volatility of the chain's nearest expiry.
    private(set) var nearVolatility = 0.0

    private var spots: [Double] = []
    private var strikes: [Double] = []
    private var years: [Double] = []
    private var moneyness: [Double] = []
    private var numbers: [Int] = []

    var count: Int { kinds.count }

    /// Quotes every contract of an underlying.
    mutating func quote(_ underlying: SimulatedUnderlying, session: Int, day: Day, configuration: SimulationConfiguration) {
        list(underlying, session: session, day: day, rate: configuration.rate)
        // Moved out and back, because a struct cannot lend one of its arrays while another changes.
        var computed = BlackScholesColumns()
        swap(&computed, &columns)
        computed.compute(
            kinds: kinds.span, spots: spots.span, strikes: strikes.span, years: years.span,
            volatilities: volatilities.span, rate: configuration.rate)
        columns = computed
        trade(underlying, session: session, day: day, configuration: configuration)
    }

    /// Determines the contracts and their volatilities.
    private mutating func list(_ underlying: SimulatedUnderlying, session: Int, day: Day, rate: Double) {
        series.removeAll(keepingCapacity: true)
        kinds.removeAll(keepingCapacity: true)
        strikeCents.removeAll(keepingCapacity: true)
        spots.removeAll(keepingCapacity: true)
        strikes.removeAll(keepingCapacity: true)
        years.removeAll(keepingCapacity: true)
        volatilities.removeAll(keepingCapacity: true)
        moneyness.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        nearVolatility = 0

        let bar = underlying.path.bars[session]
        let surface = VolatilitySurface(
            variance: bar.variance, longRunVariance: underlying.path.longRunVariance, skew: -0.07 * underlying.profile.beta)
        for index in underlying.active(on: session) {
            let listed = underlying.series[index]
            let days = max(Double(day.days(to: listed.expiry.printed)), 0.25)
            let time = days / 365
            let reports = UnderlyingPath.earnings(
                after: session, through: session + Int(days * 0.69), profile: underlying.profile)
            let atTheMoney = surface.atTheMoney(
                years: time, earningsVariance: Double(reports) * underlying.path.earningsVariance)
            if nearVolatility == 0 { nearVolatility = atTheMoney }
            let deviation = atTheMoney * time.squareRoot()
            let logForward = log(bar.close) + rate * time
            let firstRow = kinds.count
            var previous = 0
            for number in listed.strikes(on: session) {
                let cents = listed.strikeCents(number, shares: bar.shares)
                // Adjacent strikes can round to the same cent after a large split.
                guard cents > previous else { continue }
                previous = cents
                let strike = Double(cents) / 100
                let k = (log(strike) - logForward) / deviation
                series.append(index)
                kinds.append(OptionKind.call.rawValue)
                strikeCents.append(cents)
                spots.append(bar.close)
                strikes.append(strike)
                years.append(time)
                volatilities.append(atTheMoney * surface.smile(k))
                moneyness.append(k)
                numbers.append(number)
            }
            // Repeat the same strikes as puts.
            for row in firstRow..<kinds.count {
                series.append(index)
                kinds.append(OptionKind.put.rawValue)
                strikeCents.append(strikeCents[row])
                spots.append(bar.close)
                strikes.append(strikes[row])
                years.append(time)
                volatilities.append(volatilities[row])
                moneyness.append(moneyness[row])
                numbers.append(numbers[row])
            }
        }
    }

    /// Computes quotes, volume and open interest.
    private mutating func trade(_ underlying: SimulatedUnderlying, session: Int, day: Day, configuration: SimulationConfiguration) {
        bids.removeAll(keepingCapacity: true)
        asks.removeAll(keepingCapacity: true)
        volumes.removeAll(keepingCapacity: true)
        openInterests.removeAll(keepingCapacity: true)
        isUnsolvable.removeAll(keepingCapacity: true)

        let profile = underlying.profile
        let rules = QuoteRules(profile: profile, day: day)
        var random = RandomStream(configuration.seed, .quotes, profile.index, session)
        let bar = underlying.path.bars[session]
        let activity = exp(0.5 * random.normal()) * Double(bar.volume) / (profile.shareVolume * bar.shares)
        let base = 3 + 700 * profile.liquidity * profile.liquidity
        // Open interest uses the prices at the start of the last two weeks, so that it follows slowly and does not depend on
        // the future.
        let week = session / 5
        let weight = Double(session % 5) / 5
        let recent = log(underlying.adjustedClose(week * 5) / bar.shares)
        let earlier = log(underlying.adjustedClose(max(0, week - 1) * 5) / bar.shares)
        let anchor = weight * recent + (1 - weight) * earlier
        let shift = log(bar.close) - anchor

        var current = -1
        var volatilityRoot = 1.0
        var life = 0.0
        let isAmerican = profile.style == UInt8(ascii: "A")
        for row in kinds.indices {
            let listed = underlying.series[series[row]]
            if series[row] != current {
                current = series[row]
                let length = max(1, listed.expiry.listing.days(to: listed.expiry.printed))
                life = min(1, Double(max(0, listed.expiry.listing.days(to: day))) / Double(length))
                volatilityRoot = nearVolatility * years[row].squareRoot()
            }
            let isCall = kinds[row] == OptionKind.call.rawValue
            let strike = strikes[row]
            let intrinsic = max(0, isCall ? bar.close - strike : strike - bar.close)
            let fair = isAmerican ? max(columns.prices[row], intrinsic) : max(0, columns.prices[row])
            let (bid, ask) = rules.quote(fair: fair, vega: columns.vegas[row], at: random.uniform(0.3...0.7))
            bids.append(bid)
            asks.append(ask)
            let timeValue = Double(bid + ask) / 200 - intrinsic
            isUnsolvable.append(bid == 0 || timeValue < 0.005)

            let contract = ContractActivity(
                seed: configuration.seed,
                contract: UInt64(profile.index) << 48 | UInt64(series[row]) << 24 | UInt64(numbers[row] << 1) | UInt64(kinds[row]))
            let out = isCall ? moneyness[row] : -moneyness[row]
            volumes.append(
                contract.volume(k: out, years: years[row], base: base * activity, random: &random))
            let slow = moneyness[row] + shift / volatilityRoot
            openInterests.append(
                contract.openInterest(
                    k: isCall ? slow : -slow, life: life, isRoundStrike: numbers[row] % 5 == 0, base: base))
        }
    }
}
