import MarketData

/// A question in plain words, read: the constraints found in it, and the words that were not understood.
public struct Question: Sendable {
    public var text: String
    /// In the order in which they stand in the question.
    public var constraints: [Constraint]
    /// Words or phrases that no constraint came from and that carry meaning: they take part in the similarity only.
    public var notUnderstood: [String]

    public init(text: String, constraints: [Constraint] = [], notUnderstood: [String] = []) {
        self.text = text
        self.constraints = constraints
        self.notUnderstood = notUnderstood
    }
}

/// One condition that a question puts on a row. A row that lacks the input does not satisfy it.
public enum Constraint: Hashable, Sendable {
    /// Any of these tickers.
    case underlyings([String])
    /// Any of these kinds.
    case kinds([InstrumentKind])
    /// Any of these categories: bit `code` is set for each category code that satisfies.
    case category(Attribute, codes: UInt8)
    /// A number between bounds, both inclusive; an absent bound is open.
    case number(NumericField, min: Double?, max: Double?)
    /// A quote date between bounds, both inclusive; an absent bound is open.
    case quoteDate(from: Day?, to: Day?)
    /// A contract's expiration between bounds, both inclusive; an absent bound is open.
    case expiration(from: Day?, to: Day?)
    /// The opposite of a constraint, on rows that have the input: "excluding Apple", "not in 2014".
    indirect case not(Constraint)
    /// At least one of these, all of one sort: "strikes 90 or 95".
    case any([Constraint])
}

/// What a question can ask of by number.
public enum NumericField: String, CaseIterable, Codable, Sendable {
    /// Dollars.
    case strike
    /// Calendar days.
    case daysToExpiry
    /// Absolute value, 0…1.
    case delta
    /// 1.0 = 100 %.
    case impliedVolatility
    /// Contracts, or shares for stock rows.
    case volume
    case openInterest
    /// S/K for calls, K/S for puts.
    case moneyness
    /// The quotes of an option, dollars; `mid` is the middle of both.
    case bid, ask, mid
    /// (ask − bid) / mid, 0.05 = 5 %.
    case spread
    /// The close of the underlying on the quote date; for stock rows their own. Dollars.
    case underlyingClose
}
