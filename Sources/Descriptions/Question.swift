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
    /// The quotes of an option, dollars.
    case bid, ask
}
