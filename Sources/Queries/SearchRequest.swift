import MarketData
import Questions

/// A question and where to look for its answer.
public struct SearchRequest: Sendable {
    public var question: String
    /// How many results are wanted; as many as the question says, otherwise 20, when `nil`.
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
    /// Whether the answer says how many rows meet every constraint.
    public var countsMatches: Bool
    /// Rows that may be read to count those that match.
    package var countLimit = 250_000

    public init(
        question: String, k: Int? = nil, models: [String] = [], years: Set<Int> = [], asOf: Day? = nil,
        semantic: Bool = false, isStrict: Bool = false, order: [Ordering] = [], group: [Grouping] = [], calendar: EventCalendar? = nil,
        countsMatches: Bool = false
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
        self.countsMatches = countsMatches
    }
}
