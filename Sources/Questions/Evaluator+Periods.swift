import Descriptions
import MarketData

extension Evaluator {
    mutating func period(_ action: Action, _ a: Arguments) -> Value? {
        let numbers = a.numbers.map { Int($0) }
        func make(_ year: Int?, _ part: Period.Part) -> Value { .period(Period(base: .calendar(year: year, part: part))) }
        switch action {
        case .impossible: return .period(Period(base: .impossible))
        case .day: return a.values.first
        case .monthYear: return make(number("year", a), .month(number("month", a) ?? 1))
        case .monthOnly: return make(nil, .month(numbers.first ?? 1))
        case .yearOnly: return make(numbers.first, .year)
        case .monthDayYear, .monthDayNoYear:
            if case .period? = a.values.first { return a.values.first }
            guard let month = number("month", a), let day = number("dayNumber", a) else { return nil }
            return make(number("year", a), .day(month: month, day: day))
        case .quarterYear: return make(number("year", a), .quarter(number("quarterName", a) ?? 1))
        case .halfYear: return make(number("year", a), .half(number("halfName", a) ?? 1))
        case .monthDayRange: return monthDayRange(a)
        case .periodRange:
            guard a.periods.count == 2, a.periods.allSatisfy({ $0.end.isEmpty && $0.relation == nil }) else { return nil }
            var period = a.periods[0]
            period.end = [a.periods[1]]
            // "calls from January to March" were quoted then; "January to March calls" expire then.
            if has("from", a) || has("between", a) { period.relation = "range" }
            return .period(period)
        case .namedDay: return a.values.first
        case .holiday:
            guard var period = a.periods.first, case .calendar(_, let part) = period.base else { return nil }
            period.base = .calendar(year: number("year", a), part: part)
            return .period(period)
        case .dayOfMonth:
            // "on the 12th": of the latest month that has quotes of it.
            guard let day = numbers.last, (1...31).contains(day), let reference = context.reference else { return nil }
            let (year, month, today) = reference.civil
            guard day > today else { return make(nil, .day(month: month, day: day)) }
            return make(month == 1 ? year - 1 : year, .day(month: month == 1 ? 12 : month - 1, day: day))
        case .partOfRelative:
            // "by the end of this month", "early next year".
            guard let relative = a.keys.compactMap(RelativeDay.init).last, let reference = context.reference else { return nil }
            let interval = relative.interval(from: reference, calendar: context.calendar)
            guard interval.from != interval.to else { return nil }
            var period = Period(base: .fixed(interval))
            switch a.keys.first {
            case "early": period.modifiers = [.third(0)]
            case "mid": period.modifiers = [.third(1)]
            case "late": period.modifiers = [.third(2)]
            default: period.modifiers = [.end]
            }
            notes.append(.assumed(phrase, reading: "counted from \(reference)"))
            return .period(period)
        case .season:
            guard let months = a.keys.last?.split(separator: "-").compactMap({ Int($0) }), months.count == 2, let year = number("year", a) else {
                return nil
            }
            var period = Period(base: .calendar(year: year, part: .month(months[0])))
            period.end = [Period(base: .calendar(year: year, part: .month(months[1])))]
            return .period(period)
        case .weekOf, .weekOfNamed: return modified(a, .week)
        case .weekEnding: return modified(a, .weekEnding)
        case .partOf where a.keys.first == "end": return modified(a, .end)
        case .partOf: return modified(a, .third(a.keys.first == "early" ? 0 : a.keys.first == "mid" ? 1 : 2))
        case .firstLastOf: return firstLast(a)
        case .nthWeekday:
            guard let ordinal = numbers.first, let weekday = number("weekday", a), (1...5).contains(ordinal) || ordinal == -1 else { return nil }
            return modified(a, .weekday(ordinal, weekday))
        case .nthUnitOf: return nthUnit(a)
        case .halfOf:
            // "the second half of May": from the 16th on.
            guard let half = number("halfName", a), let base = a.periods.last, base.modifiers.isEmpty, base.relation == nil else { return nil }
            switch base.base {
            case .calendar(let year, .year): return make(year, .half(half))
            case .calendar(_, .month): return modified(a, .half(half))
            default: return nil
            }
        case .firstLastSessions:
            guard let side = number("firstLast", a) else { return nil }
            let count = a.quantities.first?.value ?? 1
            guard count >= 1, count <= 250, count == count.rounded() else { return nil }
            return sessions(a, side > 0 ? .firstSessions(Int(count)) : .lastSessions(Int(count)))
        case .periodEnd: return sessions(a, .lastSessions(1))
        case .nthSession:
            guard let ordinal = numbers.first, ordinal == -1 || (1...250).contains(ordinal) else { return nil }
            return sessions(a, .session(ordinal))
        case .decadeYears:
            guard let start = a.quantities.first.map({ Int($0.value) }), (1990...2090).contains(start), start % 10 == 0,
                let from = Day(year: start, month: 1, day: 1), let to = Day(year: start + 9, month: 12, day: 31)
            else { return nil }
            return .period(Period(base: .fixed(DayInterval(from: from, to: to))))
        default: return nil
        }
    }

    /// The number of the part with that symbol.
    private func number(_ symbol: String, _ a: Arguments) -> Int? {
        guard let place = place(symbol, a), case .number(let value) = a.values[place] else { return nil }
        return Int(value)
    }

    private func modified(_ a: Arguments, _ modifier: Period.Modifier) -> Value? {
        guard var period = a.periods.last, period.end.isEmpty, period.modifiers.count < 2 else { return nil }
        switch modifier {
        case .third where period.isDay, .end where period.isDay: return nil
        default: break
        }
        period.modifiers.append(modifier)
        return .period(period)
    }

    /// "the first trading day of 2014": of a period longer than a day.
    private func sessions(_ a: Arguments, _ modifier: Period.Modifier) -> Value? {
        guard let base = a.periods.last, !base.isDay, base.relation == nil else { return nil }
        return modified(a, modifier)
    }

    private func monthDayRange(_ a: Arguments) -> Value? {
        let days = a.values.indices.compactMap { index -> Int? in
            guard a.symbols[index] == grammar.symbol("dayNumber"), case .number(let day) = a.values[index] else { return nil }
            return Int(day)
        }
        guard let month = number("month", a), days.count == 2 else { return nil }
        let year = number("year", a)
        var period = Period(base: .calendar(year: year, part: .day(month: month, day: days[0])))
        period.end = [Period(base: .calendar(year: year, part: .day(month: month, day: days[1])))]
        return .period(period)
    }

    /// "the last two weeks of 2014": its last 14 days.
    private func firstLast(_ a: Arguments) -> Value? {
        guard let side = number("firstLast", a), let unit = a.unit, let base = a.periods.last, !base.isDay else { return nil }
        let count = a.quantities.first?.value ?? 1
        guard count >= 1, count <= 400 else { return nil }
        let days: Double
        switch unit {
        case .month:
            guard case .calendar(let year?, .year) = base.base, count <= 12 else { return nil }
            let first = side > 0 ? 1 : 13 - Int(count)
            var period = Period(base: .calendar(year: year, part: .month(first)))
            period.end = [Period(base: .calendar(year: year, part: .month(first + Int(count) - 1)))]
            return .period(period)
        case .day where count == 1:
            days = 1
        default: days = count * unit.days
        }
        return modified(a, side > 0 ? .firstDays(Int(days)) : .lastDays(Int(days)))
    }

    /// "the second week of June": its days 8–14.
    private func nthUnit(_ a: Arguments) -> Value? {
        guard let ordinal = a.numbers.first.map(Int.init), let unit = a.unit, unit == .week, let base = a.periods.last, !base.isDay else {
            return nil
        }
        if ordinal == 1 { return modified(a, .firstDays(7)) }
        if ordinal == -1 { return modified(a, .lastDays(7)) }
        guard case .calendar(let year, .month(let month)) = base.base, (2...4).contains(ordinal) else { return nil }
        var period = Period(base: .calendar(year: year, part: .day(month: month, day: ordinal * 7 - 6)))
        period.end = [Period(base: .calendar(year: year, part: .day(month: month, day: ordinal * 7)))]
        return .period(period)
    }

    // MARK: Spans

    mutating func span(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .relatedPeriod, .relatedPeriodTrailed, .trailedPeriod:
            guard var period = a.periods.last else { return nil }
            let trailer = (place("dateTrailer", a) ?? place("onTrailer", a)).flatMap { key(a.values[$0]) }
            let relation = place("from", a) != nil ? "within" : (place("relation", a) ?? place("relationMark", a)).flatMap { key(a.values[$0]) }
            if period.relation != nil {
                if period.relation == "range" {
                    period.relation = trailer ?? (relation == "from" ? "within" : relation)
                    return .period(period)
                }
                // "from 2020 on": the trailer says it, before or after the preposition was read.
                if let trailer, period.relation == "within" {
                    period.relation = trailer
                    return .period(period)
                }
                return (relation == "within" || relation == "for") && trailer == nil ? .period(period) : nil
            }
            // "since 2013 until 2015" is the range alone.
            period.relation = trailer ?? (period.end.isEmpty || relation != "from" ? relation : "within")
            return .period(period)
        case .dayBeforePeriod, .dayAfterPeriod:
            guard let period = a.periods.last, let interval = resolve(period, .quoteDate) else { return nil }
            guard let day = action == .dayBeforePeriod ? interval.from : interval.to else { return nil }
            let found = action == .dayBeforePeriod ? context.calendar.previous(before: day) : context.calendar.next(after: day)
            return fixed(DayInterval(found), "within")
        case .besideSplit:
            guard let relation = a.keys.first else { return nil }
            return splits { day in
                switch relation {
                case "before": DayInterval(from: nil, to: day.adding(days: -1))
                case "after", "from": DayInterval(from: day, to: nil)
                case "through": DayInterval(from: nil, to: day)
                default: DayInterval(day)
                }
            }
        case .daySplit:
            // If a store does not list its splits, the day's own category identifies them.
            guard !context.splits.isEmpty else { return .tree(.test(.category(.underlyingMove, [6]))) }
            return splits(relation: nil) { DayInterval($0) }
        case .dayBeforeSplit: return splits { DayInterval(context.calendar.previous(before: $0)) }
        case .dayAfterSplit: return splits { DayInterval(context.calendar.next(after: $0)) }
        case .relationSplitDay:
            if has("dayBefore", a) { return splits { DayInterval(context.calendar.previous(before: $0)) } }
            if has("dayAfter", a) { return splits { DayInterval(context.calendar.next(after: $0)) } }
            guard let relation = a.keys.first else { return nil }
            return relation == "within" ? span(.daySplit, a) : apply(.besideSplit, a)
        case .weekOfSplit: return splits { RelativeDay.thisWeek.interval(from: $0, calendar: context.calendar) }
        case .durationBesideSplit: return durationBesideSplit(a)
        case .durationBesideDay:
            // "in the month before 2014-05-01", "two weeks after June 2".
            guard let unit = a.unit, let relation = place("relation", a).flatMap({ key(a.values[$0]) }) ?? a.keys.last,
                relation == "before" || relation == "after", let period = a.periods.last, let days = resolve(period, .quoteDate),
                let from = days.from, let to = days.to
            else { return nil }
            let count = Int(min(4000, (a.quantities.first?.value ?? 1) * unit.days))
            return relation == "before"
                ? fixed(DayInterval(from: from.adding(days: -count), to: from.adding(days: -1)), "within")
                : fixed(DayInterval(from: to.adding(days: 1), to: to.adding(days: count)), "within")
        default: return nil
        }
    }

    /// "two weeks before the split": from 14 days before it to the day before it.
    private mutating func durationBesideSplit(_ a: Arguments) -> Value? {
        guard let unit = a.unit, let place = a.symbols.lastIndex(of: grammar.symbol("relation")), let relation = key(a.values[place]) else {
            return nil
        }
        let count = a.quantities.first?.value ?? 1
        let days = Int(min(4000, count * unit.days))
        if a.comparator != nil, relation == "within" {
            // "within three days of the split": on either side.
            return splits { DayInterval(from: $0.adding(days: -days), to: $0.adding(days: days)) }
        }
        if unit == .day, relation == "before", count < 60 {
            // Days without quotes do not count.
            return splits { day in
                let first = (0..<Int(count)).reduce(day) { earlier, _ in context.calendar.previous(before: earlier) }
                return DayInterval(from: first, to: day.adding(days: -1))
            }
        }
        let span = splits { day in
            relation == "before"
                ? DayInterval(from: day.adding(days: -days), to: day.adding(days: -1))
                : DayInterval(from: day, to: day.adding(days: days))
        }
        if unit == .day, case .period(let period)? = span, case .fixed(let interval) = period.base {
            // "2 days after the split" could be one day.
            notes.append(.assumed(phrase, reading: DateField.quoteDate.rawValue + interval.compactText))
        }
        return span
    }

    private func key(_ value: Value) -> String? { if case .key(let key) = value { key } else { nil } }

    private func fixed(_ interval: DayInterval, _ relation: String?) -> Value {
        .period(Period(base: .fixed(interval), relation: relation))
    }

    /// The days of an interval around the split of the question's names, or around the store's only split.
    private func splits(relation: String? = "within", _ interval: (Day) -> DayInterval) -> Value? {
        let all = namedSymbols.isEmpty ? context.splits.values.flatMap { $0 } : namedSymbols.flatMap { context.splits[$0] ?? [] }
        // The latest one with quotes in the store, otherwise the latest.
        let days = Set(all).sorted()
        guard let split = days.last(where: { context.days?.contains($0) ?? true }) ?? days.last else { return nil }
        return fixed(interval(split), relation)
    }

    // MARK: Quote dates

    mutating func quoteDate(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .quoteRelative:
            guard let relative = a.keys.last.flatMap(RelativeDay.init) else { return nil }
            return related(quoteRelative(relative), relation(a))
        case .lastDuration:
            guard let reference = context.asOf else { return needsAsOf() }
            let duration = a.duration ?? Duration(amount: Amount(parts: [.exactly(1)], unit: .plain), unit: a.unit ?? .day)
            guard case .exactly(let value)? = duration.amount.parts.first, value >= 0, value < 100_000 else { return nil }
            return .tree(.test(.dates(.quoteDate, DayInterval(from: reference.adding(days: -Int(value * duration.unit.days)), to: reference))))
        case .ago:
            guard let reference = context.asOf else { return needsAsOf() }
            guard let duration = a.duration, case .exactly(let value)? = duration.amount.parts.first, value < 100_000 else { return nil }
            let day = reference.adding(days: -Int(value * duration.unit.days))
            return .tree(.test(.dates(.quoteDate, DayInterval(context.calendar.session(0, after: day)))))
        case .lastWeekday:
            guard let weekday = a.numbers.last.map(Int.init) else { return nil }
            guard let reference = context.asOf else { return needsAsOf() }
            return .tree(.test(.dates(.quoteDate, DayInterval(reference.adding(days: -((reference.weekday + 6 - weekday) % 7 + 1))))))
        case .dayList:
            let role: DateField = has("expiryWord", a) ? .expiry : .quoteDate
            guard let month = number("month", a) else { return nil }
            let year = number("year", a)
            var trees: [ConstraintTree] = []
            for (index, value) in a.values.enumerated() where a.symbols[index] == grammar.symbol("dayNumber") {
                guard case .number(let day) = value,
                    let interval = resolve(Period(base: .calendar(year: year, part: .day(month: month, day: Int(day)))), role)
                else { return nil }
                trees.append(.test(.dates(role, interval)))
            }
            return .tree(.any(trees))
        case .weekdayBeside:
            // "the Monday after the split", "the Friday before 2014-06-12".
            guard let weekday = number("weekday", a), let place = a.symbols.lastIndex(of: grammar.symbol("relation")),
                let relation = key(a.values[place]),
                relation == "before" || relation == "after", place > 0, case .number = a.values[place - 1]
            else { return nil }
            let other: Day?
            if let period = a.periods.last {
                other = resolve(period, .quoteDate)?.from
            } else {
                guard case .period(let split)? = splits({ DayInterval($0) }), case .fixed(let days) = split.base else { return nil }
                other = days.from
            }
            guard let other else { return nil }
            let distance = relation == "after" ? (weekday - other.weekday + 6) % 7 + 1 : -((other.weekday - weekday + 6) % 7 + 1)
            return .tree(.test(.dates(.quoteDate, DayInterval(other.adding(days: distance)))))
        case .quoteWeekday:
            guard let day = a.numbers.last.map(Int.init) else { return nil }
            return .tree(.test(.weekdays(.quoteDate, [day])))
        default: return nil
        }
    }

    private mutating func needsAsOf() -> Value {
        notes.append(.needsAsOf(phrase))
        return .piece(.filler)
    }

    private mutating func quoteRelative(_ relative: RelativeDay) -> Value? {
        switch relative {
        case .latest: return context.reference.map { .tree(.test(.dates(.quoteDate, DayInterval($0)))) }
        case .first: return context.days.map { .tree(.test(.dates(.quoteDate, DayInterval($0.lowerBound)))) }
        // Beside nothing that expires, these are tenors: quotes of the future do not exist.
        case .nextWeek, .weekAfterNext, .nextMonth, .tomorrow,
            .thisWeek where context.asOf == nil:
            return expiryOf(relative)
        case .nextYear, .nextQuarter: return expiryOf(relative)
        case .thisMonth where context.asOf == nil: return expiryOf(relative)
        default:
            guard let reference = context.asOf else { return needsAsOf() }
            return .tree(.test(.dates(.quoteDate, relative.interval(from: reference, calendar: context.calendar))))
        }
    }

    private mutating func expiryOf(_ relative: RelativeDay) -> Value? {
        tenor(.expiryRelative, Arguments(values: [.key(relative.rawValue)], symbols: [-1]))
    }
}
