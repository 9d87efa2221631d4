import MarketData

/// A number between bounds; an absent bound is open.
struct QuestionBounds: Hashable, Sendable {
    var min: Double?
    var max: Double?

    func intersection(_ other: QuestionBounds) -> QuestionBounds? {
        let low = [min, other.min].compactMap(\.self).max()
        let high = [max, other.max].compactMap(\.self).min()
        if let low, let high, low > high { return nil }
        return QuestionBounds(min: low, max: high)
    }
}

/// Days between bounds; an absent bound is open.
struct QuestionDays: Hashable, Sendable {
    var from: Day?
    var to: Day?

    func intersection(_ other: QuestionDays) -> QuestionDays? {
        let low = [from, other.from].compactMap(\.self).max()
        let high = [to, other.to].compactMap(\.self).min()
        if let low, let high, low > high { return nil }
        return QuestionDays(from: low, to: high)
    }

    /// The two as one span, when no day lies between them.
    func joined(_ other: QuestionDays) -> QuestionDays? {
        guard let end = to, let start = other.from, end.adding(days: 1) >= start, start >= (from ?? start) else {
            return nil
        }
        return QuestionDays(from: from, to: other.to.map { max($0, end) })
    }
}

/// What one stretch of a question says.
struct QuestionFinding {
    enum Meaning {
        case underlyings([String])
        /// `isGeneric`: "options", which no negation in front of it means.
        case kinds([InstrumentKind], isGeneric: Bool)
        /// Category codes an attribute, for every attribute that the words could mean.
        case categories([(attribute: Attribute, codes: UInt8)])
        /// Any of the bounds.
        case number(NumericField, [QuestionBounds])
        case quoteDate(QuestionDays)
        case expiration(QuestionDays)
    }

    var meaning: Meaning
    /// The tokens from the first to the last.
    var span: Range<Int>
    var isNegated = false
    /// A date without a preposition.
    var isBareDate = false
    /// A month and a year.
    var isMonth = false
}
