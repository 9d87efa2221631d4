extension TradingCalendar {
    /// Whether options expiring on a day are of the monthly cycle: the third Friday, or the session before it when the exchange
    /// is closed on that day; until January 2015 they were listed under the Saturday after it (OCC).
    public func isMonthlyExpiration(_ day: Day) -> Bool {
        let (year, month, dayOfMonth) = day.civil
        switch day.weekday {
        case 6: return (16...22).contains(dayOfMonth) && (year, month) <= (2015, 1)
        case 5: return (15...21).contains(dayOfMonth)
        case 4: return (14...20).contains(dayOfMonth) && !isSession(day.adding(days: 1))
        default: return false
        }
    }

    /// Whether options expiring on a day are quarterlies: the last session of a quarter.
    public func isQuarterlyExpiration(_ day: Day) -> Bool {
        let month = day.month
        return month % 3 == 0 && isSession(day) && next(after: day).month != month
    }
}
