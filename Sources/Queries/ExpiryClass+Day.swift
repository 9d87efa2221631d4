import MarketData
import Questions

extension ExpiryClass {
    /// The listing cycle that an expiration belongs to.
    init(of expiry: Day, calendar: TradingCalendar = .unitedStates) {
        self = calendar.isMonthlyExpiration(expiry) ? .monthly : calendar.isQuarterlyExpiration(expiry) ? .quarterly : .weekly
    }
}
