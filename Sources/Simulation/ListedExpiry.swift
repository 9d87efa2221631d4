import MarketData

/// An expiry listed by the exchanges, by the rules of its year.
struct ListedExpiry: Hashable, Sendable {
    /// The expiry as printed: the Saturday after the third Friday for monthly options that expire before February 2015.
    let printed: Day
    let lastTrading: Day
    let listing: Day

    /// The expiries of an underlying that trade on any day of a period, by date.
    static func all(for profile: UnderlyingProfile, from first: Day, to last: Day) -> [ListedExpiry] {
        var found: [ListedExpiry] = []
        let start = first.year * 12 + first.month - 1
        let end = last.year * 12 + last.month - 1 + 34
        for month in start...end {
            let expiry = monthly(month, for: profile)
            if expiry.printed >= first, expiry.listing <= last { found.append(expiry) }
        }
        if profile.hasWeeklies {
            var friday = first.adding(days: (12 - first.weekday) % 7)
            while friday <= last.adding(days: 36) {
                if let expiry = weekly(friday), expiry.listing <= last { found.append(expiry) }
                friday = friday.adding(days: 7)
            }
        }
        return found.sorted { $0.printed < $1.printed }
    }

    /// - Parameter month: months since year 0.
    private static func monthly(_ month: Int, for profile: UnderlyingProfile) -> ListedExpiry {
        let friday = thirdFriday(month)
        let session = calendar.session(0, after: friday)
        let isJanuary = month % 12 == 0
        let ahead = isJanuary && profile.hasLeaps ? 32 : (month % 3 == profile.cycle ? 8 : 2)
        return ListedExpiry(
            printed: friday < fridayExpiries ? friday.adding(days: 1) : session, lastTrading: session,
            listing: thirdFriday(month - ahead).adding(days: 3))
    }

    private static func weekly(_ friday: Day) -> ListedExpiry? {
        guard friday >= weekliesBegin, !(15...21).contains(friday.dayOfMonth) else { return nil }
        let session = calendar.session(0, after: friday)
        return ListedExpiry(
            printed: session, lastTrading: session,
            listing: friday.adding(days: friday < weekliesRunFiveWeeks ? -8 : -36))
    }

    private static func thirdFriday(_ month: Int) -> Day {
        // Every month of the supported years has a 15th.
        guard let fifteenth = Day(year: month / 12, month: month % 12 + 1, day: 15) else { return Day(rawValue: 0) }
        return fifteenth.adding(days: (12 - fifteenth.weekday) % 7)
    }

    private static let calendar = TradingCalendar.unitedStates
    /// 2015-02-01, 2010-06-01 and 2012-06-01.
    private static let fridayExpiries = Day(rawValue: 16_467)
    private static let weekliesBegin = Day(rawValue: 14_761)
    private static let weekliesRunFiveWeeks = Day(rawValue: 15_492)

    /// Average number of expiries of an underlying on a day.
    static func typicalCount(for profile: UnderlyingProfile, on day: Day) -> Double {
        let weeklies = !profile.hasWeeklies || day < weekliesBegin ? 0 : day < weekliesRunFiveWeeks ? 1.0 : 4
        return 4 + (profile.hasLeaps ? 1.8 : 0) + weeklies
    }
}
