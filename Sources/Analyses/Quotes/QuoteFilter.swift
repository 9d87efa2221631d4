public import MarketData

/// Separates tradable quotes from those that an analysis must not use.
public struct QuoteFilter: Sendable {
    /// Whether to accept quotes with a bid of 0, which can only be bought.
    public var allowsZeroBids = false
    /// An option is deep in the money if the underlying is beyond its strike by this share of the strike.
    public var deepInTheMoney = 0.2

    public init() {}

    /// The accepted quotes of a chain, by root, expiry, strike and kind (calls first).
    public struct Accepted: Sendable {
        public var underlying: String
        public var day: Day
        /// NaN when unknown.
        public var close: Double
        public var quotes: [OptionQuote]
        public var rejected: RejectionCounts
    }

    /// Sorts the quotes and counts those rejected. O(n log n); O(n) if they are in order.
    public func accept(_ chain: DayChain) -> Accepted {
        var accepted = Accepted(underlying: chain.underlying, day: chain.day, close: chain.close, quotes: [], rejected: RejectionCounts())
        accepted.quotes.reserveCapacity(chain.quotes.count)
        var series: (root: String, expiry: Day, kind: ContractSeries)?
        // Stable: of equal contracts, the first in the chain stays first.
        let quotes =
            chain.quotes.isOrdered
            ? chain.quotes
            : chain.quotes.enumerated().sorted {
                $0.element.precedes($1.element) || !$1.element.precedes($0.element) && $0.offset < $1.offset
            }.map(\.element)
        var previous: OptionContract?
        for quote in quotes {
            let contract = quote.contract
            if series.map({ $0.root != contract.root || $0.expiry != contract.expiry }) ?? true {
                series = (
                    contract.root, contract.expiry, ContractSeries(root: contract.root, underlying: chain.underlying, expiry: contract.expiry)
                )
            }
            let isDuplicate = contract == previous
            previous = contract
            let reason: QuoteRejection? =
                if chain.isSplitDay { .splitDay } else {
                    switch series?.kind ?? .plain {
                    case .adjusted: .adjusted
                    case .mini: .mini
                    case .amSettled: .amSettled
                    case .otherRoot: .otherRoot
                    case .plain: isDuplicate ? .duplicate : rejection(quote, day: chain.day, close: chain.close)
                    }
                }
            if let reason { accepted.rejected.add(reason) } else { accepted.quotes.append(quote) }
        }
        return accepted
    }

    /// Why a quote of a plain contract is rejected; `nil` if it is not.
    /// - Parameter close: of the underlying, in dollars; NaN when unknown.
    public func rejection(_ quote: OptionQuote, day: Day, close: Double) -> QuoteRejection? {
        if quote.contract.lastTradingDay <= day { return .expired }
        switch (quote.bid.isNaN, quote.ask.isNaN) {
        case (true, true): return .noQuote
        case (false, false): break
        default: return .oneSided
        }
        guard quote.bid >= 0, quote.ask > 0, quote.ask.isFinite, quote.bid.isFinite else { return .invalidPrice }
        if quote.bid == 0, !allowsZeroBids { return .zeroBid }
        if quote.bid > quote.ask { return .crossed }
        if quote.bid == quote.ask { return .locked }
        if quote.bidSize == 0 && quote.bid > 0 || quote.askSize == 0 { return .noSize }
        if quote.isUnchanged { return .unchanged }
        if quote.volume <= 0, quote.bidSize < 0, quote.askSize < 0, isAtIntrinsic(quote, close: close) { return .stale }
        return nil
    }

    /// Whether an option is deep in the money and its intrinsic value is between bid and ask.
    private func isAtIntrinsic(_ quote: OptionQuote, close: Double) -> Bool {
        let intrinsic = quote.intrinsic(close)
        guard intrinsic > deepInTheMoney * quote.strike else { return false }
        return quote.bid <= intrinsic && intrinsic <= quote.ask
    }
}

extension OptionContract {
    /// The last session on which the contract trades: its expiry, or the session before where the exchange is closed on it, as on the
    /// Saturdays of monthly contracts before February 2015.
    public var lastTradingDay: Day { TradingCalendar.unitedStates.session(0, after: expiry) }
}

extension OptionQuote {
    /// The order of analyses: root, expiry, strike, calls first.
    func precedes(_ other: OptionQuote) -> Bool {
        let (a, b) = (contract, other.contract)
        if a.root != b.root { return a.root < b.root }
        if a.expiry != b.expiry { return a.expiry < b.expiry }
        if a.strikeThousandths != b.strikeThousandths { return a.strikeThousandths < b.strikeThousandths }
        return a.kind.rawValue < b.kind.rawValue
    }
}

extension [OptionQuote] {
    fileprivate var isOrdered: Bool {
        for index in indices.dropFirst() where self[index].precedes(self[index - 1]) { return false }
        return true
    }
}

/// Tells quotes that nobody maintains.
public enum QuoteHistory {
    /// Whether bid, ask and known sizes are the same on the last three sessions while the underlying's close moved 2 % or more.
    ///
    /// - Parameters:
    ///   - quotes: of one contract on consecutive sessions, the day of the analysis last. Fewer than three are never unchanged.
    ///   - closes: of the underlying on the same sessions, unadjusted; NaN when unknown.
    public static func isUnchanged(_ quotes: some BidirectionalCollection<OptionQuote>, closes: some BidirectionalCollection<Double>) -> Bool {
        let (last, prices) = (Array(quotes.suffix(3)), Array(closes.suffix(3)))
        guard last.count == 3, prices.count == 3, prices.allSatisfy({ $0 > 0 }), let low = prices.min(), let high = prices.max(), high / low >= 1.02
        else { return false }
        return last.allSatisfy {
            $0.bid == last[2].bid && $0.ask == last[2].ask && $0.bidSize == last[2].bidSize && $0.askSize == last[2].askSize
        }
    }
}
