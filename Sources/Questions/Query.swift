public import MarketData

/// A parsed question as typed values, shared by the command line, the library and the HTTP API.
public struct Query: Hashable, Codable, Sendable {
    public var intent: Intent
    public var subject: Subject
    public var constraints: ConstraintTree
    /// Measures to compute, such as "average IV" and "how many".
    public var measures: [Measure]
    public var order: [Ordering]
    /// The requested number of results.
    public var limit: Int?
    public var group: [Grouping]
    /// The contract that "similar to …" refers to.
    public var reference: OptionContract?
    /// Horizon of an outcome, in sessions.
    public var horizon: Int?

    public init(
        intent: Intent = .find, subject: Subject = .options, constraints: ConstraintTree = .everything,
        measures: [Measure] = [], order: [Ordering] = [], limit: Int? = nil, group: [Grouping] = [],
        reference: OptionContract? = nil, horizon: Int? = nil
    ) {
        self.intent = intent
        self.subject = subject
        self.constraints = constraints
        self.measures = measures
        self.order = order
        self.limit = limit
        self.group = group
        self.reference = reference
        self.horizon = horizon
    }

    /// The quote dates that a matching row can have, as far as the constraints bound them.
    public var time: DayInterval { constraints.quoteDates }
}

/// The kind of answer that a question asks for.
public enum Intent: String, CaseIterable, Codable, Hashable, Sendable {
    case find, rank, aggregate, similar, evolution, outcome, compare
    case arbitrage, flow, regimes, similarDays, risk
    case alert
}

/// What an answer's rows are.
public enum Subject: String, CaseIterable, Codable, Hashable, Sendable {
    /// Option rows.
    case options
    /// Stock rows.
    case stocks
    /// Option and stock rows.
    case rows
    /// Underlyings on days.
    case nameDays
}

/// A number to compute over rows or over name-days.
public struct Measure: Hashable, Codable, Sendable {
    public enum Function: String, CaseIterable, Codable, Hashable, Sendable {
        case value, count, average, median, sum, minimum, maximum
    }

    public var function: Function
    /// `nil` for counts of rows.
    public var field: Field?

    public init(_ function: Function, _ field: Field? = nil) {
        self.function = function
        self.field = field
    }
}

/// An order of results.
public struct Ordering: Hashable, Codable, Sendable {
    public var field: Field
    public var isDescending: Bool
    /// Set when results are ordered by their distance from a value: "closest to 0.30 delta".
    public var nearest: Double?
    /// Set when results are ordered by a ratio: the divisor of the field ("the highest volume to open interest").
    public var under: Field?

    public init(_ field: Field, under: Field? = nil, isDescending: Bool, nearest: Double? = nil) {
        self.field = field
        self.under = under
        self.isDescending = isDescending
        self.nearest = nearest
    }

    /// The numbers that the order uses.
    public var fields: [Field] { [field] + (under.map { [$0] } ?? []) }
}

/// What rows are grouped by.
public enum Grouping: String, CaseIterable, Codable, Hashable, Sendable {
    case day, week, month, quarter, year, weekday
    case underlying, expiry, strike, kind, contract, moneyness, tenor
}
