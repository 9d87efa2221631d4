public import MarketData
public import Questions

/// A question and where to look for its answer.
public struct SearchRequest: Sendable {
    public var question: String
    /// Number of results; if `nil`, as many as the question says, otherwise 20.
    public var k: Int?
    /// Number of results if neither `k` nor the question says it.
    package var usualCount = 20
    /// Model keys; all models of the store when empty.
    public var models: [String]
    /// All years when empty.
    public var years: Set<Int>
    /// Hides every row after this day, and is what "today" means.
    public var asOf: Day?
    /// The only quote dates wanted, as if the question named them; all when `nil`.
    package var days: ClosedRange<Day>?
    /// Plain vector search: constraints are neither read from the question nor applied.
    public var semantic: Bool
    /// Lists only rows that meet every constraint.
    public var isStrict: Bool
    /// Orders of results, in place of the question's; none when empty.
    public var order: [Ordering]
    /// What to group by, in place of the question's; none when empty.
    public var group: [Grouping]
    /// Days of events, for questions such as "before earnings".
    public var calendar: EventCalendar?
    /// Which greeks and implied volatilities constraints, orders and measures use.
    public var greeks: GreeksSource
    /// Whether the answer says how many rows meet every constraint.
    public var countsMatches: Bool
    /// Maximum number of rows to read for the count.
    package var countLimit = 250_000
    /// Constraints of correct rows: the answer says how many of its results satisfy them, and how many rows of the store do.
    package var judge: ConstraintTree?

    public init(
        question: String, k: Int? = nil, models: [String] = [], years: Set<Int> = [], asOf: Day? = nil,
        semantic: Bool = false, isStrict: Bool = false, order: [Ordering] = [], group: [Grouping] = [], calendar: EventCalendar? = nil,
        greeks: GreeksSource = .solved, countsMatches: Bool = false
    ) {
        self.question = question
        self.k = k
        self.models = models
        self.years = years
        self.asOf = asOf
        self.semantic = semantic
        self.isStrict = isStrict
        self.order = order
        self.group = group
        self.calendar = calendar
        self.greeks = greeks
        self.countsMatches = countsMatches
    }
}

/// Where the greeks and implied volatilities of contracts come from.
public enum GreeksSource: String, CaseIterable, Codable, Hashable, Sendable {
    /// Solved from the mid price, in one convention for all years; the source's volatility if there is no solution.
    case solved
    /// The source's own columns, in its conventions.
    case vendor

    /// The field that questions mean by a field of a contract.
    func field(_ field: Field) -> Field {
        guard self == .vendor else { return field }
        switch field {
        case .impliedVolatility: return .vendorImpliedVolatility
        case .delta: return .vendorDelta
        case .signedDelta: return .vendorSignedDelta
        case .gamma: return .vendorGamma
        case .theta: return .vendorTheta
        case .vega: return .vendorVega
        default: return field
        }
    }
}

extension Query {
    /// The query with its greeks taken from another source. Categories of implied volatility stay those of descriptions.
    func using(_ source: GreeksSource) -> Query {
        guard source == .vendor else { return self }
        var query = self
        query.constraints = constraints.mapped { condition in
            switch condition {
            case .number(let field, let bounds): .number(source.field(field), bounds)
            case .ratio(let over, let under, let bounds): .ratio(source.field(over), source.field(under), bounds)
            default: condition
            }
        }
        for index in query.order.indices {
            query.order[index].field = source.field(query.order[index].field)
            query.order[index].under = query.order[index].under.map(source.field)
        }
        for index in query.measures.indices { query.measures[index].field = query.measures[index].field.map(source.field) }
        return query
    }
}
