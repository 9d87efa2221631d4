public import MarketData
import Portfolio

/// A quote with its nearest neighbours.
public struct ComparedQuote: Sendable {
    public var underlying: String
    public var day: Day
    /// The underlying's close, in dollars.
    public var close: Double
    /// The underlying split on the day.
    public var isSplitDay: Bool
    public var quote: OptionQuote
    /// Positions of its nearest neighbours in the same array, by embedding and numeric distance, nearest first; without itself.
    public var neighbours: [Int]

    public init(underlying: String, day: Day, close: Double, isSplitDay: Bool = false, quote: OptionQuote, neighbours: [Int]) {
        self.underlying = underlying
        self.day = day
        self.close = close
        self.isSplitDay = isSplitDay
        self.quote = quote
        self.neighbours = neighbours
    }
}

/// A contract whose volatility is out of line with its neighbours', beyond its spread. Not riskless: it pays only if the volatility
/// returns.
public struct RelativeValueCandidate: Codable, Hashable, Sendable {
    public var contract: OptionContract
    public var underlying: String
    public var quote_date: Day
    /// `sell` if it is more expensive than its neighbours, `buy` if it is cheaper.
    public var side: ArbitrageLeg.Side
    /// Annual volatility of the mid, and the median of the neighbours'.
    public var implied_volatility: Double
    public var expected_volatility: Double
    /// Implied less expected.
    public var residual: Double
    /// The 99th percentile of the neighbours' own residuals, in absolute value.
    public var threshold: Double
    /// The bid or ask, and the value at the expected volatility, in dollars per share.
    public var price: Double
    public var value: Double
    /// Advantage of the price over the value, after the fee, in dollars per share.
    public var edge: Double
    /// Neighbours with a volatility.
    public var neighbours: Int
    public var against: [String]
}

/// Finds contracts that are expensive or cheap relative to similar ones.
public struct RelativeValue: Sendable {
    /// Minimum number of neighbours with a volatility.
    public var leastNeighbours = 8
    /// Dollars a contract.
    public var feePerContract = 0.65
    /// Annual, continuously compounded, as the volatilities were solved with.
    public var rate = 0.0
    public var filter = QuoteFilter()

    public init() {}

    /// The candidates, largest edge first. Rejected quotes are neither candidates nor neighbours.
    ///
    /// A residual counts if its absolute value is above the 99th percentile of the neighbours' residuals, and if the bid (or ask) is better
    /// than the Black–Scholes value at the neighbours' median volatility by more than the fee.
    public func find(_ quotes: [ComparedQuote]) -> (candidates: [RelativeValueCandidate], rejected: RejectionCounts) {
        var rejected = RejectionCounts()
        var contracts: Set<OptionContract> = []
        let volatilities = quotes.map { one -> Double in
            let isDuplicate = !contracts.insert(one.quote.contract).inserted
            if let reason = rejection(one, isDuplicate: isDuplicate) {
                rejected.add(reason)
                return .nan
            }
            if one.quote.impliedVolatility > 0 { return one.quote.impliedVolatility }
            return ImpliedVolatility.solve(
                kind: one.quote.kind, price: one.quote.mid, spot: one.close, strike: one.quote.strike, years: years(one), rate: rate) ?? .nan
        }
        let known = quotes.map { one in one.neighbours.filter { !volatilities[$0].isNaN } }
        let expected = known.map { places -> Double in
            guard places.count >= leastNeighbours else { return .nan }
            return PerformanceMetrics.percentile(places.map { volatilities[$0] }.sorted(), 0.5) ?? .nan
        }
        let residuals = quotes.indices.map { volatilities[$0] - expected[$0] }
        var candidates: [RelativeValueCandidate] = []
        for (place, one) in quotes.enumerated() where !residuals[place].isNaN {
            let others = known[place].map { abs(residuals[$0]) }.filter { !$0.isNaN }.sorted()
            guard others.count >= leastNeighbours, let threshold = PerformanceMetrics.percentile(others, 0.99),
                abs(residuals[place]) > threshold
            else { continue }
            let value = BlackScholes(
                kind: one.quote.kind, spot: one.close, strike: one.quote.strike, years: years(one), volatility: expected[place], rate: rate
            ).price
            let isDear = residuals[place] > 0
            let price = isDear ? one.quote.bid : one.quote.ask
            let edge = (isDear ? price - value : value - price) - feePerContract / 100
            guard edge > 0 else { continue }
            candidates.append(
                RelativeValueCandidate(
                    contract: one.quote.contract, underlying: one.underlying, quote_date: one.day, side: isDear ? .sell : .buy,
                    implied_volatility: volatilities[place], expected_volatility: expected[place], residual: residuals[place],
                    threshold: threshold, price: price, value: value, edge: edge, neighbours: known[place].count,
                    against: reasons(one, quotes, known[place])))
        }
        candidates.sort { $0.edge != $1.edge ? $0.edge > $1.edge : $0.contract < $1.contract }
        return (candidates, rejected)
    }

    private func years(_ one: ComparedQuote) -> Double { BlackScholes.years(from: one.day, to: one.quote.contract.lastTradingDay) }

    private func rejection(_ one: ComparedQuote, isDuplicate: Bool) -> QuoteRejection? {
        if one.isSplitDay { return .splitDay }
        return switch ContractSeries(root: one.quote.contract.root, underlying: one.underlying, expiry: one.quote.expiry) {
        case .adjusted: .adjusted
        case .mini: .mini
        case .amSettled: .amSettled
        case .otherRoot: .otherRoot
        case .plain: isDuplicate ? .duplicate : filter.rejection(one.quote, day: one.day, close: one.close)
        }
    }

    private func reasons(_ one: ComparedQuote, _ quotes: [ComparedQuote], _ neighbours: [Int]) -> [String] {
        var reasons = ["not riskless: it pays only if the volatility returns to its neighbours'"]
        if one.quote.volume <= 0 { reasons.append(one.quote.volume == 0 ? "not traded that day" : "volume unknown") }
        let own = neighbours.count { quotes[$0].underlying == one.underlying }
        if 2 * own < neighbours.count {
            reasons.append("\(neighbours.count - own) of \(neighbours.count) neighbours are of other underlyings, which may have other events ahead")
        }
        if one.quote.ask - one.quote.bid > max(0.1, 0.2 * one.quote.mid) { reasons.append("wide market, whose mid says little about volatility") }
        return reasons
    }
}
