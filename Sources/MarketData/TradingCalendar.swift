/// The sessions of the United States' stock and option exchanges, by rule.
///
/// Rules and one-off closings are those of the New York Stock Exchange for 1990 to 2035 (`coverage`). Days outside follow
/// the rules of the nearest covered year: reasonable for planning, not history, so check `coverage` where that matters.
public struct TradingCalendar: Sendable {
    /// The calendar; the tables behind it are built once.
    public static let unitedStates = TradingCalendar()

    /// 1990-01-01 to 2035-12-31: the days for which the calendar was checked.
    public let coverage: ClosedRange<Day>
    /// Every session of `coverage`, in order.
    private let sessions: [Day]
    /// For each day of `coverage`: how many sessions there were up to and including it.
    private let counts: [Int32]

    private init() {
        coverage = MarketHolidays.day(1990, 1, 1)...MarketHolidays.day(2035, 12, 31)
        var sessions: [Day] = []
        var counts: [Int32] = []
        for raw in coverage.lowerBound.rawValue...coverage.upperBound.rawValue {
            let day = Day(rawValue: raw)
            if !MarketHolidays.isWeekend(day), MarketHolidays.name(on: day) == nil { sessions.append(day) }
            counts.append(Int32(sessions.count))
        }
        self.sessions = sessions
        self.counts = counts
    }

    /// Whether the exchanges trade on that day, for a full or a half session.
    public func isSession(_ day: Day) -> Bool {
        guard coverage.contains(day) else {
            return !MarketHolidays.isWeekend(day) && MarketHolidays.name(on: day) == nil
        }
        let index = coverage.lowerBound.days(to: day)
        return counts[index] > (index == 0 ? 0 : counts[index - 1])
    }

    /// Whether the session was scheduled to close early (at 13:00, before 1993 at 14:00). Unscheduled early closings, as
    /// on 1997-10-27, are ordinary sessions.
    public func isHalfDay(_ day: Day) -> Bool {
        isSession(day) && MarketHolidays.closesEarly(day)
    }

    /// Why the exchanges are closed on a weekday; `nil` on sessions and on weekends.
    public func holiday(on day: Day) -> String? {
        MarketHolidays.isWeekend(day) ? nil : MarketHolidays.name(on: day)
    }

    /// The sessions among those days, both ends included, in order.
    public func sessions(in days: ClosedRange<Day>) -> [Day] {
        guard coverage.contains(days.lowerBound), coverage.contains(days.upperBound) else {
            return (days.lowerBound.rawValue...days.upperBound.rawValue).lazy.map(Day.init(rawValue:)).filter(isSession)
        }
        let first = count(before: days.lowerBound)
        let end = count(before: days.upperBound) + (isSession(days.upperBound) ? 1 : 0)
        return Array(sessions[first..<end])
    }

    /// How many of those days, both ends included, are sessions.
    public func sessionCount(in days: ClosedRange<Day>) -> Int {
        guard coverage.contains(days.lowerBound), coverage.contains(days.upperBound) else {
            return sessions(in: days).count
        }
        return Int(counts[coverage.lowerBound.days(to: days.upperBound)]) - count(before: days.lowerBound)
    }

    /// The `n`th session after a day: 1 is the next one. 0 is the latest session up to the day itself, −1 the one before.
    public func session(_ n: Int, after day: Day) -> Day {
        if coverage.contains(day) {
            let index = Int(counts[coverage.lowerBound.days(to: day)]) + n - 1
            if sessions.indices.contains(index) { return sessions[index] }
        }
        var found = day
        var left = n
        while !isSession(found) { found = found.adding(days: -1) }
        while left != 0 {
            let step = left > 0 ? 1 : -1
            repeat { found = found.adding(days: step) } while !isSession(found)
            left -= step
        }
        return found
    }

    /// The `n`th session before a day: 1 is the previous one. 0 is the first session from the day itself on.
    public func session(_ n: Int, before day: Day) -> Day {
        // Counted from the latest session up to the day, which is the day itself if it is a session; otherwise, one step back is already
        // done.
        isSession(day) ? session(-n, after: day) : session(1 - n, after: day)
    }

    /// The next session after a day.
    public func next(after day: Day) -> Day { session(1, after: day) }

    /// The last session before a day.
    public func previous(before day: Day) -> Day { session(1, before: day) }

    /// Sessions before a covered day.
    private func count(before day: Day) -> Int {
        let index = coverage.lowerBound.days(to: day)
        return index == 0 ? 0 : Int(counts[index - 1])
    }
}
