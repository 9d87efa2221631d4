public import Descriptions
import MarketData

/// The constraint of a question on rows: conditions under and, or, not.
///
/// A row that lacks the input of a condition does not satisfy it, nor its opposite.
public indirect enum ConstraintTree: Hashable, Codable, Sendable {
    case test(Condition)
    /// All of these; if empty, every row.
    case all([ConstraintTree])
    /// At least one of these.
    case any([ConstraintTree])
    case not(ConstraintTree)

    /// No constraint at all.
    public static let everything = ConstraintTree.all([])

    /// The conditions of the tree, from left to right.
    public var conditions: [Condition] {
        switch self {
        case .test(let condition): [condition]
        case .all(let parts), .any(let parts): parts.flatMap(\.conditions)
        case .not(let inner): inner.conditions
        }
    }

    /// The tree with a function applied to every condition.
    package func mapped(_ change: (Condition) -> Condition) -> ConstraintTree {
        switch self {
        case .test(let condition): .test(change(condition))
        case .all(let parts): .all(parts.map { $0.mapped(change) })
        case .any(let parts): .any(parts.map { $0.mapped(change) })
        case .not(let inner): .not(inner.mapped(change))
        }
    }
}

/// One test of a row.
public enum Condition: Hashable, Codable, Sendable {
    /// The underlying is one of these tickers.
    case symbols([String])
    /// The row is one of these kinds.
    case kinds([InstrumentKind])
    /// The row is in one of these categories of the lexicon, by their codes (1 is the first), ascending.
    case category(Attribute, [Int])
    /// A number is within bounds.
    case number(Field, Bounds)
    /// The quotient of two numbers is within bounds: volume over open interest.
    case ratio(Field, Field, Bounds)
    /// The quote date or the expiration is within an interval.
    case dates(DateField, DayInterval)
    /// The quote date or the expiration falls on one of these weekdays (0 is Sunday).
    case weekdays(DateField, [Int])
    /// The expiration's cycle is one of these.
    case expiryClass([ExpiryClass])
    /// The quote date lies that many sessions from a calendar event of the underlying: −10…−1 is before it.
    case event(String, sessions: ClosedRange<Int>)

    /// The subject of the condition: conditions on one subject can be merged, listed and contradict each other.
    var slot: Slot {
        switch self {
        case .symbols: .symbol
        case .kinds: .kind
        case .category(let attribute, _): .category(attribute)
        case .number(let field, _): .number(field)
        case .ratio(let over, let under, _): .ratio(over, under)
        case .dates(let field, _): .dates(field)
        case .weekdays(let field, _): .weekdays(field)
        case .expiryClass: .expiryClass
        case .event: .event
        }
    }
}

/// The subject of a condition.
enum Slot: Hashable, Sendable {
    case symbol, kind
    case category(Attribute)
    case number(Field)
    case ratio(Field, Field)
    case dates(DateField)
    case weekdays(DateField)
    case expiryClass
    case event
    /// Several subjects under one "or".
    case mixed
}
