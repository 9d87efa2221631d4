import MarketData

extension Evaluator {
    /// The days of a period, for a quote date or an expiration; `nil` for a date that does not exist.
    func resolve(_ period: Period, _ role: DateField) -> DayInterval? {
        var period = period
        var end = period.end.first
        // A missing year is that of the range's other end.
        if let other = end { (period, end) = Self.shareYear(period, other) }
        guard let start = interval(period, role) else { return nil }
        if end == nil, period.modifiers.last == .end, let last = start.to, period.relation == "before" || period.relation == "after" {
            // "before the end of June" is any day of June.
            return period.relation == "before" ? DayInterval(from: nil, to: last) : DayInterval(from: last.adding(days: 1), to: nil)
        }
        guard let end else { return related(start, period.relation) }
        guard var finish = interval(end, role) else { return nil }
        if case .calendar(nil, _) = end.base, let from = start.from, let to = finish.to, to < from {
            // "from November to February" ends in the next year.
            let (year, month, day) = to.civil
            finish.to = Day(year: year + 1, month: month, day: min(day, 28))
        }
        return related(DayInterval(from: start.from, to: finish.to), period.relation)
    }

    private static func shareYear(_ one: Period, _ other: Period) -> (Period, Period) {
        var (one, other) = (one, other)
        guard case .calendar(let first, let part) = one.base, case .calendar(let second, let otherPart) = other.base else { return (one, other) }
        if first == nil, let second {
            one.base = .calendar(year: second, part: part)
        } else if second == nil, let first {
            other.base = .calendar(year: first, part: otherPart)
        }
        return (one, other)
    }

    func related(_ interval: DayInterval, _ relation: String?) -> DayInterval {
        switch relation {
        case "from": DayInterval(from: interval.from, to: nil)
        case "after": DayInterval(from: interval.to?.adding(days: 1), to: nil)
        case "before": DayInterval(from: nil, to: interval.from?.adding(days: -1))
        case "through": DayInterval(from: nil, to: interval.to)
        default: interval
        }
    }

    private func interval(_ period: Period, _ role: DateField) -> DayInterval? {
        let base: DayInterval
        switch period.base {
        case .impossible: return nil
        case .fixed(let interval): base = interval
        case .calendar(let year?, let part):
            guard let days = Self.days(year, part) else { return nil }
            base = days
        case .calendar(nil, let part):
            guard let days = nearest(part, role) else { return nil }
            base = days
        }
        return period.modifiers.reduce(base) { modified($0, $1, role) }
    }

    /// The latest such period with quotes, or the next to expire.
    private func nearest(_ part: Period.Part, _ role: DateField) -> DayInterval? {
        guard let reference = context.reference else { return nil }
        let year = reference.year
        let candidates = (year - 4...year + 4).compactMap { Self.days($0, part) }
        switch role {
        case .quoteDate: return candidates.last { ($0.from ?? reference) <= reference }
        case .expiry: return candidates.first { ($0.to ?? reference) >= reference }
        }
    }

    private static func days(_ year: Int, _ part: Period.Part) -> DayInterval? {
        func months(_ first: Int, _ count: Int) -> DayInterval? {
            let next = first + count
            guard let from = Day(year: year, month: first, day: 1),
                let after = Day(year: next > 12 ? year + 1 : year, month: next > 12 ? next - 12 : next, day: 1)
            else { return nil }
            return DayInterval(from: from, to: after.adding(days: -1))
        }
        switch part {
        case .year: return months(1, 12)
        case .half(let half): return months(half * 6 - 5, 6)
        case .quarter(let quarter): return months(quarter * 3 - 2, 3)
        case .month(let month): return months(month, 1)
        case .day(let month, let day): return Day(year: year, month: month, day: day).map { DayInterval($0) }
        }
    }

    private func modified(_ interval: DayInterval, _ modifier: Period.Modifier, _ role: DateField) -> DayInterval {
        guard let from = interval.from, let to = interval.to else { return interval }
        switch modifier {
        case .firstDays(let count): return DayInterval(from: from, to: min(to, from.adding(days: count - 1)))
        case .lastDays(let count): return DayInterval(from: max(from, to.adding(days: 1 - count)), to: to)
        case .week: return RelativeDay.thisWeek.interval(from: from, calendar: context.calendar)
        case .weekEnding: return DayInterval(from: to.adding(days: -6), to: to)
        case .end: return Self.third(2, from, to)
        case .third(let third): return Self.third(third, from, to)
        case .half(let half): return half == 1 ? DayInterval(from: from, to: from.adding(days: 14)) : DayInterval(from: from.adding(days: 15), to: to)
        case .firstSessions(let count): return sessions(from, to) { Array($0.prefix(count)) }
        case .lastSessions(let count): return sessions(from, to) { Array($0.suffix(count)) }
        case .session(let ordinal):
            return sessions(from, to) { ordinal < 0 ? Array($0.suffix(1)) : Array($0.dropFirst(ordinal - 1).prefix(1)) }
        case .weekday(let ordinal, let weekday): return nthWeekday(ordinal, weekday, from, to, role)
        }
    }

    /// The selected sessions of a period; the whole period if there are none.
    private func sessions(_ from: Day, _ to: Day, _ picked: ([Day]) -> [Day]) -> DayInterval {
        let days = picked(context.calendar.sessions(in: from...to))
        guard let first = days.first, let last = days.last else { return DayInterval(from: from, to: to) }
        return DayInterval(from: first, to: last)
    }

    private static func third(_ third: Int, _ from: Day, _ to: Day) -> DayInterval {
        let length = from.days(to: to) + 1
        if length > 3000 {
            // Of a decade: four years, three, three.
            let first = from.year + [0, 4, 7][third]
            let last = from.year + [3, 6, 9][third]
            return DayInterval(from: Day(year: first, month: 1, day: 1), to: Day(year: last, month: 12, day: 31))
        }
        if length > 200 {
            let first = Day(year: from.year, month: from.month + third * 4, day: 1) ?? from
            let next = third == 2 ? to.adding(days: 1) : Day(year: from.year, month: from.month + third * 4 + 4, day: 1) ?? to
            return DayInterval(from: first, to: next.adding(days: -1))
        }
        let size = length / 3
        return DayInterval(from: from.adding(days: third * size), to: third == 2 ? to : from.adding(days: third * size + size - 1))
    }

    /// The n-th weekday; as an expiration, monthlies before February 2015 are listed on the Saturday after the Friday.
    private func nthWeekday(_ ordinal: Int, _ weekday: Int, _ from: Day, _ to: Day, _ role: DateField) -> DayInterval {
        var day = ordinal > 0 ? from : to
        let step = ordinal > 0 ? 1 : -1
        while day.weekday != weekday { day = day.adding(days: step) }
        if ordinal > 1 { day = day.adding(days: (ordinal - 1) * 7) }
        guard role == .expiry, weekday == 5 else { return DayInterval(day) }
        let session = context.calendar.isSession(day) ? day : context.calendar.previous(before: day)
        let isSaturday = ordinal == 3 && day < (Day(year: 2015, month: 2, day: 1) ?? day)
        return DayInterval(from: session, to: isSaturday ? day.adding(days: 1) : max(day, session))
    }
}
