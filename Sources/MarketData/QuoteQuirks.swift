import CKernels

/// Data quirks of option rows that are kept, counted by name. A row may count under several.
public struct QuoteQuirks: Codable, Hashable, Sendable {
    /// Neither bid nor ask.
    public var noQuote = 0
    /// Only one of bid and ask.
    public var oneSided = 0
    /// A bid of 0.
    public var zeroBid = 0
    /// An ask of 0.
    public var zeroAsk = 0
    /// A bid above the ask.
    public var crossed = 0
    /// None of the four greeks and no implied volatility.
    public var emptyGreeks = 0
    /// An implied volatility of 500 % or more.
    public var extremeImpliedVolatility = 0
    /// One implied volatility on at least 8 rows, and on at least a twentieth of those that have one, in an unbroken run of
    /// rows of one underlying: a default value of the vendor.
    public var sharedImpliedVolatility = 0
    /// An empty volume, which is not 0.
    public var emptyVolume = 0
    /// A last line that ends without a line break, but seems complete.
    public var noLastLineBreak = 0

    public init() {}

    /// Counts by name, in the order in which a report should give them.
    public var named: [(name: String, count: Int)] {
        [
            ("no quote", noQuote), ("one-sided", oneSided), ("zero bid", zeroBid), ("zero ask", zeroAsk),
            ("crossed", crossed), ("empty greeks", emptyGreeks),
            ("implied volatility of 500 % or more", extremeImpliedVolatility),
            ("shared implied volatility", sharedImpliedVolatility), ("empty volume", emptyVolume),
            ("no line break at the end", noLastLineBreak),
        ]
    }

    public static func += (left: inout QuoteQuirks, right: QuoteQuirks) {
        left.noQuote += right.noQuote
        left.oneSided += right.oneSided
        left.zeroBid += right.zeroBid
        left.zeroAsk += right.zeroAsk
        left.crossed += right.crossed
        left.emptyGreeks += right.emptyGreeks
        left.extremeImpliedVolatility += right.extremeImpliedVolatility
        left.sharedImpliedVolatility += right.sharedImpliedVolatility
        left.emptyVolume += right.emptyVolume
        left.noLastLineBreak += right.noLastLineBreak
    }

    /// From the parser's counters (`TK_QUIRKS` numbers).
    init(counters: UnsafePointer<UInt64>) {
        noQuote = Int(counters[TK_QUIRK_NO_QUOTE])
        oneSided = Int(counters[TK_QUIRK_ONE_SIDED])
        zeroBid = Int(counters[TK_QUIRK_ZERO_BID])
        zeroAsk = Int(counters[TK_QUIRK_ZERO_ASK])
        crossed = Int(counters[TK_QUIRK_CROSSED])
        emptyGreeks = Int(counters[TK_QUIRK_EMPTY_GREEKS])
        extremeImpliedVolatility = Int(counters[TK_QUIRK_EXTREME_VOLATILITY])
        sharedImpliedVolatility = Int(counters[TK_QUIRK_SHARED_VOLATILITY])
        emptyVolume = Int(counters[TK_QUIRK_EMPTY_VOLUME])
        noLastLineBreak = Int(counters[TK_QUIRK_NO_LAST_LINE_BREAK])
    }
}
