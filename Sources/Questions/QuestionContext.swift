public import Descriptions
public import MarketData

/// The context of a question: the store's names and days, and the day of the question.
public struct QuestionContext: Sendable {
    /// Tickers of the store.
    public var symbols: Set<String>
    /// Names of companies and funds.
    public var aliases: AliasTable
    /// First and last quote day of the store.
    public var days: ClosedRange<Day>?
    /// The day that "today" means (`--as-of`).
    public var asOf: Day?
    /// Split days by ticker, as detected in the store.
    public var splits: [String: [Day]]
    /// Kinds of events that the user's calendar has: "earnings".
    public var calendarEvents: Set<String>
    public var calendar: TradingCalendar

    public init(
        symbols: Set<String>, aliases: AliasTable, days: ClosedRange<Day>? = nil, asOf: Day? = nil, splits: [String: [Day]] = [:],
        calendarEvents: Set<String> = [], calendar: TradingCalendar = .unitedStates
    ) {
        self.symbols = symbols
        self.aliases = aliases
        self.days = days
        self.asOf = asOf
        self.splits = splits
        self.calendarEvents = calendarEvents
        self.calendar = calendar
    }

    /// The day from which a missing year and relative days are counted: the day asked on, else the last with data.
    var reference: Day? { asOf ?? days?.upperBound }
}
