import Foundation
public import MarketData

/// Ranks strategies over the chains of one day, at executable sides.
///
/// The result is exact: bounds only skip combinations that cannot enter the best k. Definitions: docs/analyses.md.
public struct StrategyScreen: Sendable {
    public var strategy: Strategy
    public var measure: StrategyMeasure
    public var settings: ScreenSettings
    /// Bought options may have a bid of 0.
    public var filter: QuoteFilter

    public init(_ strategy: Strategy, by measure: StrategyMeasure = .returnOnRisk, settings: ScreenSettings = ScreenSettings()) {
        self.strategy = strategy
        self.measure = measure
        self.settings = settings
        filter = QuoteFilter()
        filter.allowsZeroBids = true
    }

    /// The best combinations, most favourable first; equal ones by ticker, expiry and strike.
    public func best(_ k: Int, of chains: some Sequence<DayChain>, asOf day: Day) -> ScreenReport {
        var search = ScreenSearch(self, limit: k)
        for chain in chains.sorted(by: { $0.underlying < $1.underlying }) { search.add(filter.accept(chain)) }
        return ScreenReport(
            strategy: strategy, measure: measure, as_of: day, considered: search.considered, riskless: search.riskless,
            results: search.results, rejected: search.rejected,
            assumptions:
                "bought at the ask, sold at the bid, \(settings.feePerContract) dollars per contract; POP: lognormal at expiry with the at-the-money volatility of the expiry and a rate of \(settings.rate)"
        )
    }
}

/// A screen under way.
struct ScreenSearch {
    /// A combination; small, because there are millions.
    struct Candidate {
        var chain: Int
        var slice: Int
        /// Of the later expiry of a calendar.
        var far = 0
        var kind: OptionKind
        /// Positions within the sides of the slice; `short` and `long` of the calls of a condor come second.
        var short: Int
        var long: Int
        var callShort = 0
        var callLong = 0
    }

    private let screen: StrategyScreen
    private let settings: ScreenSettings
    private let measure: StrategyMeasure
    private var best: BestK<Candidate>
    private var chains: [(chain: QuoteFilter.Accepted, slices: [ExpirySlice])] = []
    private(set) var considered = 0
    private(set) var riskless = 0
    private(set) var rejected = RejectionCounts()

    init(_ screen: StrategyScreen, limit: Int) {
        self.screen = screen
        settings = screen.settings
        measure = screen.measure
        best = BestK(limit)
    }

    private var fee: Double { settings.feePerContract / 100 }

    mutating func add(_ chain: QuoteFilter.Accepted) {
        rejected += chain.rejected
        let days =
            screen.strategy == .calendar
            ? settings.days.lowerBound...max(settings.days.upperBound, settings.farthestExpiry) : settings.days
        let slices = ExpirySlice.slices(chain, settings, days: days)
        let number = chains.count
        chains.append((chain, slices))
        let needsClose = screen.strategy == .coveredCall || screen.strategy == .calendar || measure == .pop
        guard !needsClose || chain.close > 0 else { return }
        for (place, slice) in slices.enumerated() {
            switch screen.strategy {
            case .vertical: for kind in OptionKind.allCases { addVerticals(slice, kind, chain, number, place) }
            case .condor: addCondors(slice, chain, number, place)
            case .coveredCall: addShorts(slice, .call, chain, number, place)
            case .cashSecuredPut: addShorts(slice, .put, chain, number, place)
            case .calendar: addCalendars(slices, place, chain, number)
            }
        }
    }

    private func price(_ slice: ExpirySlice, _ chain: QuoteFilter.Accepted) -> LognormalPrice {
        LognormalPrice(spot: chain.close, volatility: slice.volatility, years: slice.years, rate: settings.rate)
    }

    /// The value to rank by, except for POP.
    @inline(__always)
    private func value(credit: Double, profit: Double, loss: Double, days: Int) -> Double {
        switch measure {
        case .credit: credit
        case .maxProfit: profit
        case .maxLoss: -loss
        case .returnOnRisk: profit / loss
        case .annualised: profit / loss * 365 / Double(days)
        case .pop: .nan
        }
    }

    // MARK: Verticals

    private mutating func addVerticals(_ slice: ExpirySlice, _ kind: OptionKind, _ chain: QuoteFilter.Accepted, _ number: Int, _ place: Int) {
        let side = slice[kind]
        let count = side.places.count
        guard count > 1 else { return }
        considered += count * (count - 1)
        let fees = 2 * fee
        let isCall = kind == .call
        let prices = price(slice, chain)
        // The probability beyond each strike bounds that of every vertical which has its breakeven on the near side of it.
        let scores = measure == .pop ? side.strikes.map(prices.score) : []
        side.strikes.withUnsafeBufferPointer { strikes in
            side.bids.withUnsafeBufferPointer { bids in
                side.asks.withUnsafeBufferPointer { asks in
                    for short in 0..<count where bids[short] > 0 {
                        let (bid, strike) = (bids[short], strikes[short])
                        for long in 0..<count where long != short {
                            let net = bid - asks[long] - fees
                            let width = abs(strikes[long] - strike)
                            // A credit spread if the short option is worth more: the call of the lower strike, the put of the higher one.
                            let isCredit = (long > short) == isCall
                            let profit = isCredit ? net : width + net
                            let loss = width - profit
                            guard profit > 0 else { continue }
                            guard loss > 0 else {
                                riskless += 1
                                continue
                            }
                            let value: Double
                            if measure == .pop {
                                // Calls sold for credit and puts bought gain below their breakeven, the others above.
                                let gainsAbove = isCredit != isCall
                                let bound = gainsAbove ? scores[min(short, long)] : -scores[max(short, long)]
                                guard bound > best.threshold else { continue }
                                let breakeven = Self.breakeven(isCall, isCredit, short: strike, long: strikes[long], net: net)
                                value = prices.score(breakeven) * (gainsAbove ? 1 : -1)
                            } else {
                                value = self.value(credit: net, profit: profit, loss: loss, days: slice.days)
                            }
                            best.add(value, Candidate(chain: number, slice: place, kind: kind, short: short, long: long))
                        }
                    }
                }
            }
        }
    }

    /// Price at which a vertical neither gains nor loses. `net` is the credit after fees.
    private static func breakeven(_ isCall: Bool, _ isCredit: Bool, short: Double, long: Double, net: Double) -> Double {
        let anchor = isCredit ? short : long
        return isCall ? anchor + abs(net) : anchor - abs(net)
    }

    // MARK: Covered calls and cash-secured puts

    private mutating func addShorts(_ slice: ExpirySlice, _ kind: OptionKind, _ chain: QuoteFilter.Accepted, _ number: Int, _ place: Int) {
        let side = slice[kind]
        considered += side.places.count
        let prices = price(slice, chain)
        for short in side.places.indices where side.bids[short] > 0 {
            let net = side.bids[short] - fee
            let outlay = (kind == .call ? chain.close : side.strikes[short]) - net
            let profit = side.strikes[short] - outlay
            guard profit > 0 else { continue }
            guard outlay > 0 else {
                riskless += 1
                continue
            }
            let value =
                measure == .pop
                ? prices.score(outlay) : value(credit: net, profit: profit, loss: outlay, days: slice.days)
            best.add(value, Candidate(chain: number, slice: place, kind: kind, short: short, long: short))
        }
    }

    // MARK: Condors

    /// A credit spread of a condor.
    private struct Wing {
        var short: Int
        var long: Int
        var strike: Double
        var width: Double
        /// Before fees; may be negative.
        var credit: Double
    }

    private func wings(_ side: ExpirySlice.Side, _ kind: OptionKind) -> [Wing] {
        var wings: [Wing] = []
        for short in side.places.indices where side.bids[short] > 0 {
            for step in 1...max(1, settings.widestWing) {
                let long = kind == .call ? short + step : short - step
                guard side.places.indices.contains(long) else { break }
                wings.append(
                    Wing(
                        short: short, long: long, strike: side.strikes[short], width: abs(side.strikes[long] - side.strikes[short]),
                        credit: side.bids[short] - side.asks[long]))
            }
        }
        return wings
    }

    private mutating func addCondors(_ slice: ExpirySlice, _ chain: QuoteFilter.Accepted, _ number: Int, _ place: Int) {
        let puts = wings(slice.puts, .put)
        var calls = wings(slice.calls, .call)
        guard !puts.isEmpty, !calls.isEmpty else { return }
        let fees = 4 * fee
        let prices = price(slice, chain)
        // Call spreads that could rank with a put spread come first; the first one that cannot ends the loop.
        calls.sort { $0.credit != $1.credit ? $0.credit > $1.credit : ($0.short, $0.long) < ($1.short, $1.long) }
        let mostCall = calls[0].credit
        let mostPut = puts.map(\.credit).max() ?? 0
        let callBounds = measure == .pop ? calls.map { 1 - Self.probabilityAbove($0, net: $0.credit + mostPut - fees, prices) } : []
        let narrowest = calls.map(\.width).min() ?? 0
        for put in puts {
            // Combinations that cannot lose are counted separately, because the search below stops at combinations that cannot rank.
            for call in calls {
                let net = put.credit + call.credit - fees
                guard net >= put.width else { break }
                if net > 0, put.strike <= call.strike, max(put.width, call.width) - net <= 0 { riskless += 1 }
            }
            let putBound = measure == .pop ? 1 - Self.probabilityBelow(put, net: put.credit + mostCall - fees, prices) : 0
            for (index, call) in calls.enumerated() {
                let net = put.credit + call.credit - fees
                // Credits only fall from here.
                guard net > 0 else { break }
                let threshold = best.threshold
                let least = max(put.width, narrowest) - net
                let isBeaten =
                    switch measure {
                    case .credit, .maxProfit: net <= threshold
                    case .maxLoss: -least <= threshold
                    case .returnOnRisk: least > 0 && net / least <= threshold
                    case .annualised: least > 0 && net / least * 365 / Double(slice.days) <= threshold
                    case .pop: putBound <= threshold
                    }
                if isBeaten { break }
                guard put.strike <= call.strike else { continue }
                if measure == .pop, putBound + callBounds[index] - 1 <= threshold { continue }
                let loss = max(put.width, call.width) - net
                guard loss > 0 else { continue }
                let value =
                    measure == .pop
                    ? 1 - Self.probabilityBelow(put, net: net, prices) - Self.probabilityAbove(call, net: net, prices)
                    : value(credit: net, profit: net, loss: loss, days: slice.days)
                best.add(
                    value,
                    Candidate(
                        chain: number, slice: place, kind: .put, short: put.short, long: put.long, callShort: call.short, callLong: call.long))
            }
        }
        considered += puts.count * calls.count
    }

    /// The probability of a loss below the put spread of a condor: none if the credit exceeds its width.
    private static func probabilityBelow(_ put: Wing, net: Double, _ prices: LognormalPrice) -> Double {
        net > put.width ? 0 : 1 - prices.above(put.strike - net)
    }

    /// The probability of a loss above the call spread.
    private static func probabilityAbove(_ call: Wing, net: Double, _ prices: LognormalPrice) -> Double {
        net > call.width ? 0 : prices.above(call.strike + net)
    }

    // MARK: Calendars

    private mutating func addCalendars(_ slices: [ExpirySlice], _ near: Int, _ chain: QuoteFilter.Accepted, _ number: Int) {
        let slice = slices[near]
        guard settings.days.contains(slice.days) else { return }
        for far in slices.indices where far > near && slices[far].root == slice.root && slices[far].days > slice.days {
            for kind in OptionKind.allCases {
                let (sold, bought) = (slice[kind], slices[far][kind])
                var long = 0
                for short in sold.places.indices where sold.bids[short] > 0 {
                    while long < bought.strikes.count, bought.strikes[long] < sold.strikes[short] { long += 1 }
                    guard long < bought.strikes.count, bought.strikes[long] == sold.strikes[short] else { continue }
                    considered += 1
                    let candidate = Candidate(chain: number, slice: near, far: far, kind: kind, short: short, long: long)
                    let net = sold.bids[short] - bought.asks[long] - 2 * fee
                    guard net < 0 else {
                        riskless += 1
                        continue
                    }
                    guard let curve = CalendarCurve(chain, slice, slices[far], candidate, rate: settings.rate) else { continue }
                    let profit = curve.value(at: sold.strikes[short]) + net
                    guard profit > 0 else { continue }
                    let value =
                        measure == .pop
                        ? curve.probability(price(slice, chain), net: net)
                        : value(credit: net, profit: profit, loss: -net, days: slice.days)
                    best.add(value, candidate)
                }
            }
        }
    }

    // MARK: Results

    var results: [StrategyResult] { best.sorted.map(result) }

    private func result(_ candidate: Candidate) -> StrategyResult {
        let (chain, slices) = chains[candidate.chain]
        let slice = slices[candidate.slice]
        let side = slice[candidate.kind]
        let prices = price(slice, chain)
        let isCall = candidate.kind == .call
        func leg(_ sideOfTrade: ArbitrageLeg.Side, _ side: ExpirySlice.Side, _ place: Int) -> StrategyLeg {
            let quote = chain.quotes[side.places[place]]
            return StrategyLeg(
                side: sideOfTrade, contract: quote.contract, price: sideOfTrade == .buy ? quote.ask : quote.bid, kind: quote.kind.word,
                strike: quote.strike, expiration: quote.expiry, implied_volatility: quote.volatility(chain, rate: settings.rate))
        }
        let short = leg(.sell, side, candidate.short)
        var result = StrategyResult(
            strategy: screen.strategy, name: screen.strategy.rawValue, underlying: chain.underlying, quote_date: chain.day,
            days_to_expiry: slice.days, underlying_close: chain.close, legs: [short], credit: short.price, max_profit: 0, max_loss: 0,
            return_on_risk: 0, annualised: 0, breakevens: [], pop: nil, volatility: slice.volatility.isNaN ? nil : slice.volatility,
            is_modelled: false)
        let strike = side.strikes[candidate.short]
        var pop = Double.nan
        switch screen.strategy {
        case .vertical:
            let long = leg(.buy, side, candidate.long)
            result.legs.append(long)
            result.credit -= long.price
            let net = result.credit - 2 * fee
            let isCredit = (candidate.long > candidate.short) == isCall
            let width = abs(side.strikes[candidate.long] - strike)
            result.name = "\(isCredit == isCall ? "bear" : "bull") \(candidate.kind.word)"
            result.max_profit = isCredit ? net : width + net
            result.max_loss = width - result.max_profit
            result.breakevens = [Self.breakeven(isCall, isCredit, short: strike, long: side.strikes[candidate.long], net: net)]
            let above = prices.above(result.breakevens[0])
            pop = isCredit == isCall ? 1 - above : above
        case .condor:
            let calls = slice.calls
            result.legs += [
                leg(.buy, side, candidate.long), leg(.sell, calls, candidate.callShort), leg(.buy, calls, candidate.callLong),
            ]
            result.credit = result.legs.reduce(0) { $0 + ($1.side == .sell ? $1.price : -$1.price) }
            let net = result.credit - 4 * fee
            func wing(_ side: ExpirySlice.Side, _ short: Int, _ long: Int) -> Wing {
                Wing(
                    short: short, long: long, strike: side.strikes[short], width: abs(side.strikes[long] - side.strikes[short]),
                    credit: side.bids[short] - side.asks[long])
            }
            let (put, call) = (
                wing(side, candidate.short, candidate.long), wing(calls, candidate.callShort, candidate.callLong)
            )
            result.max_profit = net
            result.max_loss = max(put.width, call.width) - net
            result.breakevens = (net > put.width ? [] : [put.strike - net]) + (net > call.width ? [] : [call.strike + net])
            pop = 1 - Self.probabilityBelow(put, net: net, prices) - Self.probabilityAbove(call, net: net, prices)
        case .coveredCall, .cashSecuredPut:
            let outlay = (isCall ? chain.close : strike) - (short.price - fee)
            if isCall { result.legs.insert(StrategyLeg(side: .buy, price: chain.close, kind: "stock"), at: 0) }
            result.max_profit = strike - outlay
            result.max_loss = outlay
            result.breakevens = [outlay]
            pop = prices.above(outlay)
            if isCall { result.static_annualised = (min(chain.close, strike) - outlay) / outlay * 365 / Double(slice.days) }
        case .calendar:
            let later = slices[candidate.far]
            let long = leg(.buy, later[candidate.kind], candidate.long)
            result.legs.append(long)
            result.credit -= long.price
            let net = result.credit - 2 * fee
            result.max_loss = -net
            result.is_modelled = true
            if let curve = CalendarCurve(chain, slice, later, candidate, rate: settings.rate) {
                result.max_profit = curve.value(at: strike) + net
                result.breakevens = curve.breakevens(net: net)
                pop = curve.probability(prices, net: net)
            }
        }
        result.return_on_risk = result.max_profit / result.max_loss
        result.annualised = result.return_on_risk * 365 / Double(slice.days)
        result.pop = pop.isNaN ? nil : pop
        return result
    }
}

/// Value of a calendar at its first expiry, by the price of the underlying: its long option at its present volatility, minus the
/// intrinsic value of the short one.
struct CalendarCurve {
    private let kind: OptionKind
    private let strike: Double
    private let years: Double
    private let volatility: Double
    private let rate: Double

    /// `nil` when the long option has no volatility.
    init?(_ chain: QuoteFilter.Accepted, _ near: ExpirySlice, _ far: ExpirySlice, _ candidate: ScreenSearch.Candidate, rate: Double) {
        let quote = chain.quotes[far[candidate.kind].places[candidate.long]]
        kind = candidate.kind
        strike = quote.strike
        years = far.years - near.years
        self.rate = rate
        guard let solved = quote.volatility(chain, rate: rate), years > 0 else { return nil }
        volatility = solved
    }

    /// Dollars per share; highest at the strike.
    func value(at spot: Double) -> Double {
        let long = BlackScholes(kind: kind, spot: spot, strike: strike, years: years, volatility: volatility, rate: rate).price
        return long - max(0, kind == .call ? spot - strike : strike - spot)
    }

    /// The prices around the strike at which the value equals the cost, by bisection; a side without one is left out.
    func breakevens(net: Double) -> [Double] {
        guard value(at: strike) + net > 0 else { return [] }
        return [strike / 1024, strike * 1024].compactMap { end in
            guard value(at: end) + net < 0 else { return nil }
            var (inside, outside) = (log(strike), log(end))
            for _ in 0..<48 {
                let middle = (inside + outside) / 2
                if value(at: exp(middle)) + net > 0 { inside = middle } else { outside = middle }
            }
            return exp((inside + outside) / 2)
        }
    }

    func probability(_ prices: LognormalPrice, net: Double) -> Double {
        let bounds = breakevens(net: net)
        let low = bounds.first.flatMap { $0 < strike ? $0 : nil } ?? 0
        let high = bounds.last.flatMap { $0 > strike ? $0 : nil }
        return prices.above(low) - (high.map(prices.above) ?? 0)
    }
}
