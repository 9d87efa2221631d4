/// Days on which the New York Stock Exchange is closed, or closes early.
///
/// Source: NYSE Rule 7.2 and its predecessor Rule 51, and the exchange's list of special closings.
enum MarketHolidays {
    /// Why the exchange is closed on that day, apart from weekends; `nil` if it is open.
    static func name(on day: Day) -> String? {
        let (year, month, dayOfMonth) = day.civil
        if let special = specialClosings[day] { return special }
        switch month {
        case 1:
            // A New Year's Day on a Saturday has no substitute, because the year's books close on the Friday.
            if dayOfMonth == 1 || (dayOfMonth == 2 && day.weekday == 1) { return "New Year's Day" }
            if year >= 1998, isNth(3, weekday: 1, day) { return "Martin Luther King Jr. Day" }
        case 2:
            if isNth(3, weekday: 1, day) { return "Presidents' Day" }
        case 3, 4:
            if day == goodFriday(year) { return "Good Friday" }
        case 5:
            if day.weekday == 1, dayOfMonth > 24 { return "Memorial Day" }
        case 6:
            if year >= 2022, isObserved(19, day) { return "Juneteenth" }
        case 7:
            if isObserved(4, day) { return "Independence Day" }
        case 9:
            if isNth(1, weekday: 1, day) { return "Labor Day" }
        case 11:
            if isNth(4, weekday: 4, day) { return "Thanksgiving Day" }
        case 12:
            if isObserved(25, day) { return "Christmas Day" }
        default: break
        }
        return nil
    }

    /// Whether a session on that day is scheduled to close early.
    static func closesEarly(_ day: Day) -> Bool {
        let (year, month, dayOfMonth) = day.civil
        switch (month, dayOfMonth) {
        case (7, 3):
            // Before 2013 an Independence Day on a Thursday shortened the Friday after it instead.
            return switch day.weekday {
            case 1, 2, 4: year >= 1995
            case 3: year >= 2013
            default: false
            }
        case (7, 5): return (1995...2012).contains(year) && day.weekday == 5
        case (11, 23...29): return year >= 1992 && day.weekday == 5
        case (12, 24): return (1...4).contains(day.weekday)
        default: return specialEarlyClosings.contains(day)
        }
    }

    static func isWeekend(_ day: Day) -> Bool { day.weekday == 0 || day.weekday == 6 }

    /// A date known to exist.
    static func day(_ year: Int, _ month: Int, _ day: Int) -> Day {
        guard let date = Day(year: year, month: month, day: day) else {
            preconditionFailure("\(year)-\(month)-\(day) is not a date")
        }
        return date
    }

    private static func isNth(_ n: Int, weekday: Int, _ day: Day) -> Bool {
        day.weekday == weekday && (day.dayOfMonth - 1) / 7 == n - 1
    }

    /// A holiday on a Saturday is observed on the Friday, one on a Sunday on the Monday.
    private static func isObserved(_ holiday: Int, _ day: Day) -> Bool {
        switch day.weekday {
        case 5: day.dayOfMonth == holiday || day.dayOfMonth == holiday - 1
        case 1: day.dayOfMonth == holiday || day.dayOfMonth == holiday + 1
        default: day.dayOfMonth == holiday
        }
    }

    /// Two days before Easter Sunday. Source: the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8).
    private static func goodFriday(_ year: Int) -> Day? {
        let a = year % 19
        let (b, c) = (year / 100, year % 100)
        let (d, e) = (b / 4, b % 4)
        let g = (8 * b + 13) / 25
        let h = (19 * a + b - d - g + 15) % 30
        let (i, k) = (c / 4, c % 4)
        let l = (32 + 2 * e + 2 * i - h - k) % 7
        let m = (a + 11 * h + 19 * l) / 433
        let month = (h + l - 7 * m + 90) / 25
        let day = (h + l - 7 * m + 33 * month + 19) % 32
        return Day(year: year, month: month, day: day)?.adding(days: -2)
    }

    private static let specialClosings: [Day: String] = [
        day(1994, 4, 27): "funeral of Richard Nixon",
        day(2001, 9, 11): "attacks of 11 September",
        day(2001, 9, 12): "attacks of 11 September",
        day(2001, 9, 13): "attacks of 11 September",
        day(2001, 9, 14): "attacks of 11 September",
        day(2004, 6, 11): "funeral of Ronald Reagan",
        day(2007, 1, 2): "funeral of Gerald Ford",
        day(2012, 10, 29): "Hurricane Sandy",
        day(2012, 10, 30): "Hurricane Sandy",
        day(2018, 12, 5): "funeral of George H. W. Bush",
        day(2025, 1, 9): "funeral of Jimmy Carter",
    ]

    private static let specialEarlyClosings: Set<Day> = [day(1997, 12, 26), day(1999, 12, 31), day(2003, 12, 26)]
}
