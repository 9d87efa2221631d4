/// Why a quote takes no part in an analysis. A quote counts once, under the first reason that applies, in this order.
public enum QuoteRejection: String, CaseIterable, Codable, CodingKeyRepresentable, Hashable, Sendable {
    /// The underlying split on the day: strikes of old and new contracts do not compare.
    case splitDay = "split_day"
    case adjusted
    case mini
    case amSettled = "am_settled"
    case otherRoot = "other_root"
    /// The same contract occurs earlier in the chain.
    case duplicate
    /// Last traded on the quote date or before: nobody can trade it after the close.
    case expired
    /// Neither bid nor ask.
    case noQuote = "no_quote"
    /// Only one of bid and ask.
    case oneSided = "one_sided"
    /// An ask of 0, or a price that is negative or not finite.
    case invalidPrice = "invalid_price"
    case zeroBid = "zero_bid"
    /// A bid above the ask.
    case crossed
    /// A bid equal to the ask.
    case locked
    /// A quoted size of 0 on either side.
    case noSize = "no_size"
    /// Bid, ask and sizes unchanged for three sessions while the underlying moved 2 %.
    case unchanged
    /// Nothing traded, no size known, deep in the money and quoted around intrinsic value.
    case stale
}

/// How many quotes were rejected, by reason. Encodes to `{"reason": count}`.
public struct RejectionCounts: Hashable, Sendable, Codable {
    public private(set) var counts: [QuoteRejection: Int] = [:]

    public init() {}

    public subscript(reason: QuoteRejection) -> Int { counts[reason] ?? 0 }

    /// All rejected quotes.
    public var total: Int { counts.values.reduce(0, +) }

    public mutating func add(_ reason: QuoteRejection) { counts[reason, default: 0] += 1 }

    public static func += (left: inout Self, right: Self) { left.counts.merge(right.counts, uniquingKeysWith: +) }

    public init(from decoder: any Decoder) throws { counts = try [QuoteRejection: Int](from: decoder) }

    public func encode(to encoder: any Encoder) throws { try counts.encode(to: encoder) }
}
