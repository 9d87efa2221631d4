import Foundation
public import MarketData

/// Finds packages of options whose worst case is a profit, in the quotes of one day.
///
/// Only executable sides count: bought legs pay the ask, sold legs get the bid. Bounds hold for American exercise; European contracts use
/// their own bounds where these are tighter. docs/arbitrage.md derives them. Each family takes O(n) after the quotes are sorted: running
/// extremes cover pairs, a lower convex hull of asks covers triples. For each leg sold (each upper strike of a box), the report has the
/// best partner only.
///
/// Sources: Merton, Theory of Rational Option Pricing, 1973; Hull, Options, Futures, and Other Derivatives, chapters 11 and 12.
public struct ArbitrageFinder: Sendable {
    public var settings: ArbitrageSettings
    public var filter: QuoteFilter

    public init(settings: ArbitrageSettings = ArbitrageSettings(), filter: QuoteFilter = QuoteFilter()) {
        self.settings = settings
        self.filter = filter
    }

    /// Searches the chains of one day.
    /// - Parameter chains: of different underlyings; each is searched separately.
    public func find(in chains: some Sequence<DayChain>, asOf day: Day) -> ArbitrageReport {
        var report = ArbitrageReport(as_of: day, candidates: [], found: 0, quotes: 0, rejected: RejectionCounts(), too_small: 0)
        for chain in chains {
            let one = find(in: chain)
            report.candidates += one.candidates
            report.found += one.found
            report.quotes += one.quotes
            report.rejected += one.rejected
            report.too_small += one.too_small
        }
        report.candidates.sort(by: Self.isBetter)
        return report
    }

    /// Searches one chain.
    public func find(in chain: DayChain) -> ArbitrageReport {
        let accepted = filter.accept(chain)
        var search = ArbitrageSearch(accepted, settings)
        search.run()
        return ArbitrageReport(
            as_of: chain.day, candidates: search.candidates.sorted(by: Self.isBetter), found: search.candidates.count,
            quotes: chain.quotes.count, rejected: accepted.rejected, too_small: search.tooSmall)
    }

    /// Sort by profit, then by family and legs, so that the order does not depend on the input's.
    private static func isBetter(_ left: ArbitrageCandidate, _ right: ArbitrageCandidate) -> Bool {
        if left.profit != right.profit { return left.profit > right.profit }
        if left.underlying != right.underlying { return left.underlying < right.underlying }
        if left.family != right.family { return left.family.rawValue < right.family.rawValue }
        let (a, b) = (left.legs.compactMap(\.contract), right.legs.compactMap(\.contract))
        return a.lexicographicallyPrecedes(b)
    }
}

/// The search of one chain.
struct ArbitrageSearch {
    private let chain: QuoteFilter.Accepted
    private let settings: ArbitrageSettings
    private let quotes: [OptionQuote]
    private(set) var candidates: [ArbitrageCandidate] = []
    private(set) var tooSmall = 0

    init(_ chain: QuoteFilter.Accepted, _ settings: ArbitrageSettings) {
        self.chain = chain
        self.settings = settings
        quotes = chain.quotes
    }

    /// Fee of one contract, in dollars per share.
    private var fee: Double { settings.feePerContract / 100 }

    mutating func run() {
        var start = 0
        var root: (range: Range<Int>, name: String)?
        while start < quotes.count {
            let (name, expiry) = (quotes[start].contract.root, quotes[start].expiry)
            var end = start
            while end < quotes.count, quotes[end].expiry == expiry, quotes[end].contract.root == name { end += 1 }
            searchExpiry(start..<end)
            if let current = root, current.name == name {
                root = (current.range.lowerBound..<end, name)
            } else {
                if let root { searchCalendars(root.range) }
                root = (start..<end, name)
            }
            start = end
        }
        if let root { searchCalendars(root.range) }
    }

    // MARK: One expiry

    /// Both options of a strike: positions in `quotes`.
    private struct Pair {
        var call: Int
        var put: Int
    }

    private mutating func searchExpiry(_ range: Range<Int>) {
        var (calls, puts, pairs) = ([Int](), [Int](), [Pair]())
        for place in range {
            if quotes[place].kind == .call {
                calls.append(place)
            } else {
                puts.append(place)
                if let call = calls.last, quotes[call].contract.strikeThousandths == quotes[place].contract.strikeThousandths {
                    pairs.append(Pair(call: call, put: place))
                }
            }
        }
        let first = quotes[range.lowerBound]
        let years = BlackScholes.years(from: chain.day, to: first.contract.lastTradingDay)
        let discounts = discounts(pairs, years: years)
        let terms = Terms(
            discount: discounts.received, owed: discounts.owed, dividends: dividends(pairs, years: years, discount: discounts.received),
            isEuropean: quotes[range].allSatisfy { $0.style == .european })
        let expected = expectedParities(pairs)
        searchParity(pairs, terms, expected)
        searchBoxes(pairs, terms, expected)
        searchVerticals(calls, isCall: true, terms)
        searchVerticals(puts, isCall: false, terms)
        searchButterflies(calls, terms)
        searchButterflies(puts, terms)
    }

    private struct Terms {
        /// e^(−rT) for amounts received at expiry, at most 1 for American options, because a negative rate would make early exercise the
        /// worst case.
        var discount: Double
        /// e^(−rT) for amounts owed: at expiry for European options, at once for American ones.
        var owed: Double
        /// Upper bound of the dividends that a short seller pays until expiry, in dollars per share: by yield alone, and the bound to use.
        var dividends: (yield: Double, most: Double)
        var isEuropean: Bool

        init(discount: Double, owed: Double, dividends: (yield: Double, most: Double), isEuropean: Bool) {
            self.discount = isEuropean ? discount : min(1, discount)
            self.owed = isEuropean ? owed : 1
            self.dividends = dividends
            self.isEuropean = isEuropean
        }
    }

    /// e^(−rT) of an expiry: if the rate is an estimate, low for amounts received and high for amounts owed.
    private func discounts(_ pairs: [Pair], years: Double) -> (received: Double, owed: Double) {
        switch settings.rate {
        case .fixed(let rate): return (exp(-rate * years), exp(-rate * years))
        case .implied(let fallback):
            guard years > 0 else { return (1, 1) }
            // Too few strikes to imply a rate: discount amounts received at the highest one, and do not discount amounts owed.
            guard pairs.count >= Self.leastPairs else { return (exp(-Self.highestRate * years), 1) }
            let box = boxDiscount(pairs)
            // Without an estimate, do not discount amounts owed.
            let owed = min(1, box?.high ?? 1)
            return (min(owed, exp(-rate(pairs, box: box?.low, years: years, fallback: fallback) * years)), owed)
        }
    }

    /// The annual rate of an expiry, high rather than low.
    private func rate(_ pairs: [Pair], box: Double?, years: Double, fallback: Double) -> Double {
        var discount = box ?? exp(-fallback * years)
        // At most the value that other strikes imply: K e^(−rT) ≤ S − (C − P), by mids, so that a conversion at any of them loses its own
        // half spread and costs. One of them may be out of line. A larger margin would hide violations smaller than the widest spreads of
        // the chain.
        let usable = pairs.filter { quotes[$0.call].strike <= 1.25 * chain.close }
        if usable.count > 1 {
            let carries = usable.map { (chain.close - forwardValue($0)) / quotes[$0.call].strike }.sorted()
            discount = min(discount, carries[1])
        }
        return discount > 0 ? min(Self.highestRate, max(0, -log(discount) / years)) : fallback
    }

    /// The highest implied rate, per year.
    private static let highestRate = 0.2
    /// Strikes with both options that an estimate from other strikes needs.
    private static let leastPairs = 4

    /// e^(−rT) as the slope of C − P per dollar of strike, at strikes up to the close, where early exercise of puts is worth least.
    ///
    /// The median of slopes over half the range (after Theil and Sen), minus and plus two of its standard errors: with too low a rate, long
    /// boxes look free; with too high a rate, short European boxes do.
    private func boxDiscount(_ pairs: [Pair]) -> (low: Double, high: Double)? {
        let near = pairs.filter { quotes[$0.call].strike > 0.7 * chain.close && quotes[$0.call].strike <= chain.close }
        let gap = near.count / 2
        guard gap >= 2 else { return nil }
        let slopes = (0..<near.count - gap).map { place in
            let (low, high) = (near[place], near[place + gap])
            return (forwardValue(low) - forwardValue(high)) / (quotes[high.call].strike - quotes[low.call].strike)
        }.sorted()
        let median = slopes[slopes.count / 2]
        let deviations = slopes.map { abs($0 - median) }.sorted()
        let error = 1.2533 * 1.4826 * deviations[deviations.count / 2] / Double(slopes.count).squareRoot()
        return (median - 2 * error, median + 2 * error)
    }

    /// Upper bounds on dividends until an expiry, in dollars per share: by yield alone, and the one to use. Infinite without a close.
    private func dividends(_ pairs: [Pair], years: Double, discount: Double) -> (yield: Double, most: Double) {
        guard chain.close > 0 else { return (.infinity, .infinity) }
        func bound(_ yield: Double) -> Double { yield * chain.close * (years + 0.25) }
        switch settings.dividends {
        case .yield(let yield): return (bound(yield), bound(yield))
        case .implied(let yield):
            let usable = dividendPairs(pairs)
            guard usable.count >= Self.leastPairs else { return (bound(yield), bound(yield)) }
            let implied = usable.map { chain.close - discount * quotes[$0.call].strike - forwardValue($0) }.sorted()
            // At least the value that other strikes imply. One of them may be out of line.
            return (bound(yield), min(bound(yield), max(0, implied[implied.count - 2]) + halfSpread(usable)))
        }
    }

    /// The strikes that imply dividends: at lower ones, early exercise of calls recovers them.
    private func dividendPairs(_ pairs: [Pair]) -> [Pair] { pairs.filter { quotes[$0.call].strike >= 0.75 * chain.close } }

    /// Estimates of P − C at each strike from the nearest strikes, by mids; `nil` if fewer than four strikes have both options.
    ///
    /// P − C rises by e^(−rT) per dollar of strike, and by early exercise, which no implied rate separates. Where P − C is convex or concave, it
    /// lies between the lines through the two strikes below, the two above, and one on each side. At the ends, which have neighbours on one
    /// side only, a parabola replaces the missing lines.
    private func expectedParities(_ pairs: [Pair]) -> [ClosedRange<Double>]? {
        guard pairs.count >= Self.leastPairs else { return nil }
        let strikes = pairs.map { quotes[$0.call].strike }
        let values = pairs.map { -forwardValue($0) }
        /// The line through two places at a third, and the parabola through three at a fourth (Neville).
        func line(_ a: Int, _ b: Int, at place: Int) -> Double {
            values[a] + (values[b] - values[a]) * (strikes[place] - strikes[a]) / (strikes[b] - strikes[a])
        }
        func parabola(_ a: Int, _ b: Int, _ c: Int, at place: Int) -> Double {
            let share = (strikes[place] - strikes[a]) / (strikes[c] - strikes[a])
            return (1 - share) * line(a, b, at: place) + share * line(b, c, at: place)
        }
        let last = pairs.count - 1
        return pairs.indices.map { place in
            let middle =
                switch place {
                case 0: parabola(1, 2, 3, at: 0)
                case last: parabola(last - 3, last - 2, last - 1, at: last)
                default: line(place - 1, place + 1, at: place)
                }
            let left = place >= 2 ? line(place - 2, place - 1, at: place) : middle
            let right = place + 2 <= last ? line(place + 1, place + 2, at: place) : middle
            return min(left, middle, right)...max(left, middle, right)
        }
    }

    /// Whether the rate is an estimate from the quotes.
    private var estimatesRate: Bool { if case .implied = settings.rate { true } else { false } }

    /// Whether the dividends are.
    private var estimatesDividends: Bool { if case .implied = settings.dividends { true } else { false } }

    /// C − P by mids.
    private func forwardValue(_ pair: Pair) -> Double { quotes[pair.call].mid - quotes[pair.put].mid }

    /// Half the median spread of both options of a strike.
    private func halfSpread(_ pairs: [Pair]) -> Double {
        let spreads = pairs.map { quotes[$0.call].ask - quotes[$0.call].bid + quotes[$0.put].ask - quotes[$0.put].bid }.sorted()
        return spreads[spreads.count / 2] / 2
    }

    // MARK: Parity

    private mutating func searchParity(_ pairs: [Pair], _ terms: Terms, _ expected: [ClosedRange<Double>]?) {
        guard chain.close > 0 else { return }
        let costs = 2 * fee + settings.stockCost
        let usable = dividendPairs(pairs)
        let margin = usable.isEmpty ? 0 : halfSpread(usable)
        let first = candidates.count
        for (place, pair) in pairs.enumerated() {
            let (call, put) = (quotes[pair.call], quotes[pair.put])
            // Stock, put and short call together pay the strike, at expiry or earlier, and dividends, which are at least 0.
            var received = call.strike * terms.discount
            if estimatesRate, let expected { received = min(received, chain.close + expected[place].lowerBound) }
            add(.conversion, [(.sell, pair.call, 1), (.buy, pair.put, 1)], stock: .buy, payoff: received, costs: costs, terms)
            // An assigned put costs the strike at once, or at expiry if it cannot be exercised before; the short seller pays dividends.
            let owed = put.strike * terms.owed
            var terms = terms
            if estimatesDividends, let expected {
                terms.dividends.most = min(
                    terms.dividends.yield, max(terms.dividends.most, chain.close + expected[place].upperBound - owed + margin))
            }
            add(
                .reversal, [(.buy, pair.call, 1), (.sell, pair.put, 1)], stock: .sell, payoff: -owed - terms.dividends.most, costs: costs, terms)
        }
        for family in [ArbitrageFamily.conversion, .reversal] {
            let found = candidates[first...].indices.filter { candidates[$0].family == family }
            guard found.count > 2, 2 * found.count > pairs.count else { continue }
            for index in found {
                candidates[index].against.insert(
                    "\(found.count) of \(pairs.count) strikes of the expiry show it: the close, the rate or the cost of borrowing is probably wrong",
                    at: 0)
            }
        }
    }

    // MARK: Boxes

    private mutating func searchBoxes(_ pairs: [Pair], _ terms: Terms, _ expected: [ClosedRange<Double>]?) {
        let discount = terms.discount
        let expected = estimatesRate ? expected : nil
        /// Present value of the payoff of a long box between two places of `pairs`, by the rate and by the nearest strikes.
        func payoff(_ low: Int, _ high: Int) -> Double {
            let byRate = discount * (quotes[pairs[high].call].strike - quotes[pairs[low].call].strike)
            return expected.map { min(byRate, $0[high].lowerBound - $0[low].upperBound) } ?? byRate
        }
        func profit(_ low: Int, _ high: Int) -> Double {
            let (below, above) = (pairs[low], pairs[high])
            return payoff(low, high) - quotes[below.call].ask + quotes[below.put].bid + quotes[above.call].bid - quotes[above.put].ask
        }
        // The profit of a box is a term of its upper strike minus a term of its lower strike, so the best lower strike so far suffices.
        var long: (place: Int, value: Double)?
        var short: (place: Int, value: Double)?
        for (place, pair) in pairs.enumerated() {
            let (call, put) = (quotes[pair.call], quotes[pair.put])
            if let low = long, discount * call.strike - put.ask + call.bid - low.value > 4 * fee {
                // The best lower strike by the rate need not be the best by the nearest strikes.
                let best = expected == nil ? low.place : (0..<place).max { profit($0, place) < profit($1, place) } ?? low.place
                let lower = pairs[best]
                add(
                    .longBox, [(.buy, lower.call, 1), (.sell, lower.put, 1), (.sell, pair.call, 1), (.buy, pair.put, 1)],
                    payoff: payoff(best, place), costs: 4 * fee, terms)
            }
            if let low = short, low.value - (call.strike * terms.owed + call.ask - put.bid) > 4 * fee {
                let lower = pairs[low.place]
                add(
                    .shortBox, [(.sell, lower.call, 1), (.buy, lower.put, 1), (.buy, pair.call, 1), (.sell, pair.put, 1)],
                    payoff: -owedByShortBox(from: quotes[lower.call].strike, to: call.strike, terms), costs: 4 * fee, terms)
            }
            let buy = discount * call.strike + call.ask - put.bid
            if long.map({ buy < $0.value }) ?? true { long = (place, buy) }
            let sell = -owedByShortBox(from: call.strike, to: 0, terms) + call.bid - put.ask
            if short.map({ sell > $0.value }) ?? true { short = (place, sell) }
        }
    }

    /// The highest cost of a short box, in present value.
    ///
    /// European: the width at expiry. American: if the put of the upper strike is assigned, its stock covers the call of the lower one, and
    /// the lower strike comes at expiry in the worst case; if that call is assigned first, the short stock pays dividends until the put is.
    private func owedByShortBox(from low: Double, to high: Double, _ terms: Terms) -> Double {
        guard !terms.isEuropean else { return terms.owed * (high - low) }
        // Dividends implied by strikes depend on the close and the rate: they bound reversals, which use the same close, but not boxes.
        return high - low + max(terms.dividends.yield, low * (1 - terms.discount))
    }

    // MARK: Verticals

    private mutating func searchVerticals(_ places: [Int], isCall: Bool, _ terms: Terms) {
        // In the order from the most to the least valuable: calls by ascending strike, puts by descending.
        let width = terms.owed
        var cheapest: Int?
        var dearest: (place: Int, value: Double)?
        for place in isCall ? places : places.reversed() {
            let quote = quotes[place]
            let strike = isCall ? quote.strike : -quote.strike
            if let other = cheapest, quote.bid - quotes[other].ask > 2 * fee {
                add(.vertical, [(.buy, other, 1), (.sell, place, 1)], payoff: 0, costs: 2 * fee, terms)
            }
            if let other = dearest, other.value - quote.ask - width * strike > 2 * fee {
                add(
                    .verticalWidth, [(.sell, other.place, 1), (.buy, place, 1)],
                    payoff: -width * abs(quotes[other.place].strike - quote.strike), costs: 2 * fee, terms)
            }
            if cheapest.map({ quote.ask < quotes[$0].ask }) ?? true { cheapest = place }
            let value = quote.bid + width * strike
            if dearest.map({ value > $0.value }) ?? true { dearest = (place, value) }
        }
    }

    // MARK: Butterflies

    private mutating func searchButterflies(_ places: [Int], _ terms: Terms) {
        guard places.count > 2 else { return }
        // The lower convex hull of asks (Andrew's monotone chain): no two strikes replace the one between them for less than its value there.
        var hull: [Int] = []
        for place in places {
            while hull.count > 1 {
                let (a, b) = (quotes[hull[hull.count - 2]], quotes[hull[hull.count - 1]])
                let c = quotes[place]
                if (b.ask - a.ask) * (c.strike - a.strike) >= (c.ask - a.ask) * (b.strike - a.strike) { hull.removeLast() } else { break }
            }
            hull.append(place)
        }
        var segment = 0
        for place in places {
            while segment + 2 < hull.count, quotes[hull[segment + 1]].strike <= quotes[place].strike { segment += 1 }
            let (low, high) = (hull[segment], hull[segment + 1])
            let (left, body, right) = (quotes[low], quotes[place], quotes[high])
            guard left.strike < body.strike, body.strike < right.strike else { continue }
            let share = (right.strike - body.strike) / (right.strike - left.strike)
            guard body.bid - share * left.ask - (1 - share) * right.ask > 2 * fee else { continue }
            addButterfly(low, place, high, terms)
        }
    }

    private mutating func addButterfly(_ low: Int, _ body: Int, _ high: Int, _ terms: Terms) {
        let strikes = [low, body, high].map { Int(quotes[$0].contract.strikeThousandths) }
        let (left, right) = (strikes[2] - strikes[1], strikes[1] - strikes[0])
        let divisor = Self.greatestCommonDivisor(left, right)
        var ratio = (low: left / divisor, high: right / divisor)
        if ratio.low + ratio.high > settings.largestRatio {
            // The best short ratio; the shortfall of its wings is its worst case.
            var best: (ratio: (low: Int, high: Int), profit: Double)?
            for count in stride(from: 2, through: settings.largestRatio, by: 1) {
                let nearest = Double(count * left) / Double(left + right)
                for wing in Set([Int(nearest), Int(nearest) + 1]) where wing > 0 && wing < count {
                    let trial = (low: wing, high: count - wing)
                    let profit = butterflyProfit(low, body, high, trial) / Double(count)
                    if best.map({ profit > $0.profit }) ?? true { best = (trial, profit) }
                }
            }
            guard let best else { return }
            ratio = best.ratio
        }
        let count = ratio.low + ratio.high
        add(
            .butterfly, [(.buy, low, ratio.low), (.sell, body, count), (.buy, high, ratio.high)],
            payoff: butterflyPayoff(low, body, high, ratio), costs: 2 * Double(count) * fee, terms)
    }

    /// The lowest payoff of the wings minus the body, at any price of the underlying and any time of exercise.
    private func butterflyPayoff(_ low: Int, _ body: Int, _ high: Int, _ ratio: (low: Int, high: Int)) -> Double {
        // With as many long as short contracts, the value is constant beyond the wings, where all are in the money.
        let strikes = [low, body, high].map { Int(quotes[$0].contract.strikeThousandths) }
        let constant = (ratio.low + ratio.high) * strikes[1] - ratio.low * strikes[0] - ratio.high * strikes[2]
        return min(0, Double(quotes[body].kind == .call ? constant : -constant) / 1000)
    }

    private func butterflyProfit(_ low: Int, _ body: Int, _ high: Int, _ ratio: (low: Int, high: Int)) -> Double {
        let count = Double(ratio.low + ratio.high)
        return count * quotes[body].bid - Double(ratio.low) * quotes[low].ask - Double(ratio.high) * quotes[high].ask
            + butterflyPayoff(low, body, high, ratio) - 2 * count * fee
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }

    // MARK: Calendars

    private mutating func searchCalendars(_ range: Range<Int>) {
        guard let first = range.first, let last = range.last, quotes[first].expiry != quotes[last].expiry else { return }
        // An American option can do all that an earlier one can; a European one cannot.
        let order = range.filter { quotes[$0].style == .american }.sorted {
            let (a, b) = (quotes[$0].contract, quotes[$1].contract)
            if a.strikeThousandths != b.strikeThousandths { return a.strikeThousandths < b.strikeThousandths }
            if a.kind != b.kind { return a.kind == .call }
            return a.expiry < b.expiry
        }
        var dearest: Int?
        for place in order {
            let quote = quotes[place]
            if let near = dearest, quotes[near].kind != quote.kind || quotes[near].contract.strikeThousandths != quote.contract.strikeThousandths {
                dearest = nil
            }
            if let near = dearest, quotes[near].bid - quote.ask > 2 * fee {
                add(
                    .calendar, [(.sell, near, 1), (.buy, place, 1)], payoff: 0, costs: 2 * fee,
                    Terms(discount: 1, owed: 1, dividends: (0, 0), isEuropean: false))
            }
            if dearest.map({ quote.bid > quotes[$0].bid }) ?? true { dearest = place }
        }
    }

    // MARK: Candidates

    private typealias Leg = (side: ArbitrageLeg.Side, place: Int, ratio: Int)

    /// Keeps a package if its worst case is a profit.
    /// - Parameters:
    ///   - payoff: present value of its worst payoff; negative for a debt.
    ///   - costs: fees and the stock's cost.
    private mutating func add(
        _ family: ArbitrageFamily, _ legs: [Leg], stock: ArbitrageLeg.Side? = nil, payoff: Double, costs: Double, _ terms: Terms
    ) {
        var cost = 0.0
        var size: Int?
        for leg in legs {
            let quote = quotes[leg.place]
            cost += Double(leg.ratio) * (leg.side == .buy ? quote.ask : -quote.bid)
            let quoted = leg.side == .buy ? quote.askSize : quote.bidSize
            if quoted >= 0 { size = min(size ?? .max, quoted / leg.ratio) }
        }
        if let stock { cost += stock == .buy ? chain.close : -chain.close }
        let profit = payoff - cost - costs
        guard profit > settings.minimumProfit else { return }
        guard size != 0 else {
            tooSmall += 1
            return
        }
        var described = legs.map { leg in
            let quote = quotes[leg.place]
            let quoted = leg.side == .buy ? quote.askSize : quote.bidSize
            return ArbitrageLeg(
                side: leg.side, contract: quote.contract, ratio: leg.ratio, price: leg.side == .buy ? quote.ask : quote.bid,
                quoted: quoted >= 0 ? quoted : nil, strike: quote.strike, expiration: quote.expiry, kind: quote.kind.word)
        }
        if let stock {
            described.append(ArbitrageLeg(side: stock, symbol: chain.underlying, ratio: 1, price: chain.close, kind: "stock"))
        }
        let days = legs.map { chain.day.days(to: quotes[$0.place].expiry) }.max() ?? 0
        candidates.append(
            ArbitrageCandidate(
                family: family, underlying: chain.underlying, quote_date: chain.day, days_to_expiry: days, legs: described, cost: cost,
                fees: costs, profit: profit, size: size, profit_dollars: profit * 100 * Double(size ?? 1),
                against: reasons(family, legs, profit: profit, terms)))
    }

    private static func dollars(_ value: Double) -> String {
        let cents = Int((value * 100).rounded(.up))
        return "$\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    private func reasons(_ family: ArbitrageFamily, _ legs: [Leg], profit: Double, _ terms: Terms) -> [String] {
        var reasons: [String] = []
        func symbols(_ matches: (Leg, OptionQuote) -> Bool) -> String? {
            let found = legs.filter { matches($0, quotes[$0.place]) }.map { quotes[$0.place].contract.description }
            return found.isEmpty ? nil : found.joined(separator: ", ")
        }
        if let found = symbols({ $1.volume == 0 }) { reasons.append("not traded that day: \(found)") }
        if let found = symbols({ $1.volume < 0 }) { reasons.append("volume unknown: \(found)") }
        if let found = symbols({ ($0.side == .buy ? $1.askSize : $1.bidSize) < 0 }) { reasons.append("quoted size unknown: \(found)") }
        if let found = symbols({ $1.ask - $1.bid > max(0.1, 0.2 * $1.mid) }) {
            reasons.append("wide market, whose quote may be a placeholder: \(found)")
        }
        if let found = symbols({ $1.intrinsic(chain.close) > 0.2 * $1.strike }) {
            reasons.append("deep in the money, where quotes lag the stock: \(found)")
        }
        if profit < 0.02 * Double(legs.map(\.ratio).max() ?? 1) { reasons.append("the profit is under two cents per share: one tick removes it") }
        let hasAmericanShort = legs.contains { $0.side == .sell && quotes[$0.place].style == .american }
        switch family {
        case .conversion:
            reasons.append("the stock's price is its close, not an ask at the time of the option quotes")
            if hasAmericanShort { reasons.append("the call may be assigned before a dividend, which then goes to its holder") }
        case .reversal:
            reasons.append("the stock's price is its close, not a bid at the time of the option quotes")
            reasons.append("the stock has to be borrowed; its fee reduces the profit")
            reasons.append("assumes dividends of at most \(Self.dollars(terms.dividends.most)) a share until expiry")
        case .longBox, .shortBox, .vertical, .verticalWidth, .butterfly:
            if hasAmericanShort { reasons.append("a short option may be assigned early; the others have to be exercised in time") }
        case .calendar:
            reasons.append("a short option may be assigned early; the later one has to be exercised in time, which gives up its time value")
        }
        reasons.append("end-of-day quotes of different contracts may be from different moments")
        return reasons
    }
}
