import MarketData
import Questions

extension ExpiryClass {
    /// The listing cycle that an expiration belongs to. Monthly options expire on the third Friday, or on the session before it
    /// when the exchange is closed on that day; until January 2015 they were listed under the Saturday after it (OCC).
    init(of expiry: Day, calendar: TradingCalendar = .unitedStates) {
        let (year, month, dayOfMonth) = expiry.civil
        if expiry.weekday == 6, (16...22).contains(dayOfMonth), (year, month) <= (2015, 1) {
            self = .monthly
        } else if expiry.weekday == 5, (15...21).contains(dayOfMonth) {
            self = .monthly
        } else if expiry.weekday == 4, (14...20).contains(dayOfMonth), !calendar.isSession(expiry.adding(days: 1)) {
            self = .monthly
        } else if month % 3 == 0, calendar.isSession(expiry), calendar.next(after: expiry).month != month {
            self = .quarterly
        } else {
            self = .weekly
        }
    }
}
