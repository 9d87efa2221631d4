import MarketData

/// Spans of days that words of a calendar name.
enum QuestionDates {
    /// A bare number in this range may be a year.
    static let plausibleYears = 1990...2040

    static let quarterNames = ["q1": 1, "q2": 2, "q3": 3, "q4": 4]
    static let halfNames = ["h1": 1...6, "h2": 7...12]
    static let ordinals = [
        "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4,
    ]
    /// Thirds of a year or month: "early 2014".
    static let thirds = ["early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2]

    static func year(_ year: Int) -> ClosedRange<Day>? { months(1...12, of: year) }

    static func month(_ month: Int, of year: Int) -> ClosedRange<Day>? {
        guard (1...12).contains(month) else { return nil }
        return months(month...month, of: year)
    }

    /// Quarter 1…4.
    static func quarter(_ quarter: Int, of year: Int) -> ClosedRange<Day>? {
        guard (1...4).contains(quarter) else { return nil }
        return months(quarter * 3 - 2...quarter * 3, of: year)
    }

    static func months(_ months: ClosedRange<Int>, of year: Int) -> ClosedRange<Day>? {
        guard let from = Day(year: year, month: months.lowerBound, day: 1),
            let next = months.upperBound == 12
                ? Day(year: year + 1, month: 1, day: 1) : Day(year: year, month: months.upperBound + 1, day: 1)
        else { return nil }
        return from...next.adding(days: -1)
    }
}
