import MarketData

/// A question and where to look for its answer.
public struct SearchRequest: Sendable {
    public var question: String
    /// How many results are wanted.
    public var k: Int
    /// Model keys; all models of the store when empty.
    public var models: [String]
    /// All years when empty.
    public var years: Set<Int>
    /// Hides every row after this day.
    public var asOf: Day?
    /// Plain vector search: constraints are neither read from the question nor applied.
    public var semantic: Bool

    public init(
        question: String, k: Int = 20, models: [String] = [], years: Set<Int> = [], asOf: Day? = nil,
        semantic: Bool = false
    ) {
        self.question = question
        self.k = k
        self.models = models
        self.years = years
        self.asOf = asOf
        self.semantic = semantic
    }
}
