import MarketData
import Questions
import Testing

/// Questions about events, with and without a calendar.
@Suite struct CalendarQuestionTests {
    private func reading(_ text: String, events: Set<String> = ["earnings", "dividend"], asOf: Day? = nil) throws -> Reading {
        try QuestionReader(context: testContext(asOf: asOf, calendarEvents: events)).read(text)
    }

    @Test(arguments: [
        ("AAPL puts before earnings", "and(earnings=-10..-1, kind=put, symbol=AAPL)"),
        ("AAPL puts after earnings", "and(earnings=1..10, kind=put, symbol=AAPL)"),
        ("AAPL puts around earnings", "and(earnings=-5..5, kind=put, symbol=AAPL)"),
        ("IBM calls the day before earnings", "and(earnings=-1..-1, kind=call, symbol=IBM)"),
        ("IBM calls the day after the earnings report", "and(earnings=1..1, kind=call, symbol=IBM)"),
        ("IBM calls within a week before earnings", "and(earnings=-5..-1, kind=call, symbol=IBM)"),
        ("IBM calls two weeks before earnings", "and(earnings=-10..-1, kind=call, symbol=IBM)"),
        ("GE calls ahead of the ex-dividend date", "and(dividend=-10..-1, kind=call, symbol=GE)"),
        ("GE calls before earnings with delta above 0.5", "and(delta>0.5, earnings=-10..-1, kind=call, symbol=GE)"),
        ("IBM calls or GE puts before earnings", "and(earnings=-10..-1, or(and(kind=call, symbol=IBM), and(kind=put, symbol=GE)))"),
    ])
    func eventsOfTheCalendarAreConditions(_ text: String, _ tree: String) throws {
        let reading = try reading(text)
        #expect(TreeText.normalised(reading.query.constraints.compactText) == TreeText.normalised(tree))
        #expect(reading.notUnderstood.isEmpty)
        #expect(!reading.diagnostics.contains { $0.caseName == "needsCalendar" })
    }

    @Test(arguments: [
        "AAPL puts before earnings", "AAPL puts around the FOMC meeting", "AAPL puts ahead of CPI", "AAPL calls before the ex-dividend date",
    ])
    func withoutTheEventTheAnswerSaysSo(_ text: String) throws {
        let reading = try reading(text, events: [])
        #expect(reading.diagnostics.contains { $0.caseName == "needsCalendar" })
        #expect(reading.query.constraints.conditions.count == 2)
    }

    /// A calendar of earnings does not answer questions about the FOMC.
    @Test func onlyTheCalendarsOwnEventsAreConditions() throws {
        let reading = try reading("AAPL puts before the FOMC meeting", events: ["earnings"])
        #expect(reading.diagnostics.contains { $0.caseName == "needsCalendar" })
    }

    @Test(arguments: [
        ("AAPL calls yesterday", "and(date=2014-06-11, kind=call, symbol=AAPL)"),
        ("AAPL calls today", "and(date=2014-06-12, kind=call, symbol=AAPL)"),
        ("AAPL calls last week", "and(date=2014-06-02..2014-06-08, kind=call, symbol=AAPL)"),
        ("AAPL calls last Friday", "and(date=2014-06-06, kind=call, symbol=AAPL)"),
        ("AAPL calls in the last 10 days", "and(date=2014-06-02..2014-06-12, kind=call, symbol=AAPL)"),
    ])
    func relativeDaysCountFromTheDayAskedOn(_ text: String, _ tree: String) throws {
        let reading = try reading(text, asOf: Day(iso: "2014-06-12"))
        #expect(TreeText.normalised(reading.query.constraints.compactText) == TreeText.normalised(tree))
    }
}

/// Terms that end-of-day data cannot answer are refused with a reason and a proxy, in every spelling.
@Suite struct RefusedTermTests {
    @Test(arguments: [
        "sweeps", "put sweeps", "golden sweeps", "call sweepers", "block trades", "large prints", "bought at the ask", "sold on the bid",
        "trades at the ask", "traded at the offer", "lifting the offer", "hit the bid", "ask-side volume", "filled near the bid", "buyer initiated",
        "bullish flow", "bearish order flow", "smart money", "call buying", "net premium flow", "dark pool prints", "off-exchange volume",
        "lit exchange volume", "at 10am", "premarket", "iron condors", "bull put verticals", "call spreads", "straddles", "takeover rumors",
        "short interest",
        "bought to open",
    ])
    func everyRefusalHasItsProxy(_ term: String) throws {
        let reader = try SharedReader.reader.get()
        for text in ["\(term) in AAPL", "AAPL \(term)", "show me AAPL \(term) in June 2014"] {
            let reading = reader.read(text)
            let isRefused = reading.diagnostics.contains {
                if case .cannotKnow(_, let reason, let proxy) = $0 { !reason.isEmpty && !proxy.isEmpty } else { false }
            }
            #expect(isRefused, "\(text): \(reading.query.constraints.compactText), left \(reading.notUnderstood)")
            #expect(reading.query.constraints.conditions.allSatisfy { if case .number = $0 { false } else { true } }, "\(text)")
        }
    }
}
