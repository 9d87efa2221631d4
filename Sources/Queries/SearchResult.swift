import Descriptions
import MarketData

/// One row that answers a question. Encodes to the object that `tapedeck search --json` prints.
public struct SearchResult: Sendable, Encodable {
    /// Where the row stands in the source.
    public struct Source: Sendable, Encodable {
        public var key: String
        /// The header is line 1.
        public var line: Int
    }

    /// The contract's one spelling, for options; `symbol` names a stock.
    public var contract: String?
    public var symbol: String?
    public var underlying: String
    /// `call`, `put` or `stock`.
    public var kind: String
    /// Dollars.
    public var strike: Double?
    public var expiration: Day?
    public var quoteDate: Day
    public var year: Int
    /// Calendar days.
    public var daysToExpiry: Int?
    /// Cosine between question and description, of the only model or the first one asked for.
    public var similarity: Float
    public var similarities: [String: Float]
    /// Dollars.
    public var bid: Double?
    public var ask: Double?
    public var volume: Int64?
    public var openInterest: Int?
    /// Solved from the mid where both sides are quoted and a solution exists, otherwise the vendor's. 1.0 = 100 %.
    public var impliedVolatility: Double?
    /// Recomputed from that volatility and the underlying's close.
    public var delta: Double?
    public var underlyingClose: Double?
    public var description: String
    /// The question's constraints that the row meets, and those it does not.
    public var satisfies: [String]
    public var misses: [String]
    public var source: Source

    private enum Key: String, CodingKey {
        case contract, symbol, underlying, kind, strike, expiration
        case quoteDate = "quote_date"
        case year
        case daysToExpiry = "days_to_expiry"
        case similarity, similarities, bid, ask, volume
        case openInterest = "open_interest"
        case impliedVolatility = "implied_volatility"
        case delta
        case underlyingClose = "underlying_close"
        case description, satisfies, misses, source
    }

    /// Missing numbers become `null`, so that every result has the same keys; only `contract` or `symbol` is absent.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encodeIfPresent(contract, forKey: .contract)
        try box.encodeIfPresent(symbol, forKey: .symbol)
        try box.encode(underlying, forKey: .underlying)
        try box.encode(kind, forKey: .kind)
        try box.encode(strike, forKey: .strike)
        try box.encode(expiration, forKey: .expiration)
        try box.encode(quoteDate, forKey: .quoteDate)
        try box.encode(year, forKey: .year)
        try box.encode(daysToExpiry, forKey: .daysToExpiry)
        try box.encode(similarity, forKey: .similarity)
        try box.encode(similarities, forKey: .similarities)
        try box.encode(bid, forKey: .bid)
        try box.encode(ask, forKey: .ask)
        try box.encode(volume, forKey: .volume)
        try box.encode(openInterest, forKey: .openInterest)
        try box.encode(impliedVolatility, forKey: .impliedVolatility)
        try box.encode(delta, forKey: .delta)
        try box.encode(underlyingClose, forKey: .underlyingClose)
        try box.encode(description, forKey: .description)
        try box.encode(satisfies, forKey: .satisfies)
        try box.encode(misses, forKey: .misses)
        try box.encode(source, forKey: .source)
    }
}

/// A question's answer. Encodes to the one object that `tapedeck search --json` prints.
public struct SearchAnswer: Sendable, Encodable {
    public var question: String
    /// The constraints read from the question, in words.
    public var constraints: [String]
    /// What no constraint came from: these words took part in the similarity only.
    public var notUnderstood: [String]
    public var elapsedMilliseconds: Double
    /// Best first; at most `k`.
    public var results: [SearchResult]

    private enum CodingKeys: String, CodingKey {
        case question, constraints
        case notUnderstood = "not_understood"
        case elapsedMilliseconds = "elapsed_ms"
        case results
    }
}
