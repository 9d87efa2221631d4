import Descriptions
import MarketData

extension Evaluator {
    // MARK: Durations

    func duration(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .duration:
            guard let amount = a.amounts.first, amount.unit == .plain, let unit = a.unit else { return nil }
            return .duration(Duration(amount: amount, unit: unit))
        case .durationOfOne:
            guard let unit = a.unit else { return nil }
            let part: Amount.Part = a.comparator.map { .bounds(Bounds($0, 1)) } ?? .exactly(1)
            return .duration(
                Duration(amount: Amount(parts: [part], unit: .plain, isBare: a.comparator == nil), unit: unit, isUnitOnly: a.comparator == nil))
        case .durationTrailer:
            guard let quantity = a.quantities.first, quantity.unit == .plain, let comparator = a.comparator, let unit = a.unit else { return nil }
            return .duration(Duration(amount: Amount(parts: [.bounds(Bounds(comparator, quantity.value))], unit: .plain), unit: unit))
        case .durationAbout:
            guard let unit = a.unit else { return nil }
            let value = a.quantities.first?.value ?? 1
            return .duration(Duration(amount: Amount(parts: [.about(value)], unit: .plain), unit: unit))
        case .durationExact:
            guard let quantity = a.quantities.first, quantity.unit == .plain, let unit = a.unit else { return nil }
            return .duration(Duration(amount: Amount(parts: [.exactly(quantity.value * unit.days)], unit: .plain), unit: .day))
        case .durationPlusMinus:
            // "45 days plus or minus 5".
            let units = a.values.compactMap { value -> TimeUnit? in if case .unit(let unit) = value { unit } else { nil } }
            guard a.quantities.count == 2, let first = units.first, let last = units.last, a.quantities.allSatisfy({ $0.unit == .plain }) else {
                return nil
            }
            let (middle, width) = (a.quantities[0].value * first.days, a.quantities[1].value * last.days)
            guard width >= 0 else { return nil }
            return .duration(Duration(amount: Amount(parts: [.bounds(.between(max(0, middle - width), middle + width))], unit: .plain), unit: .day))
        case .durationTolerance:
            // "45 days give or take a week".
            let units = a.values.compactMap { value -> TimeUnit? in if case .unit(let unit) = value { unit } else { nil } }
            guard a.quantities.count == 1, units.count == 2, a.quantities[0].unit == .plain else { return nil }
            let (middle, width) = (a.quantities[0].value * units[0].days, units[1].days)
            return .duration(Duration(amount: Amount(parts: [.bounds(.between(max(0, middle - width), middle + width))], unit: .plain), unit: .day))
        case .durationOrTwo:
            // "a week or two".
            guard let unit = a.unit, let count = a.quantities.last?.value, (2...3).contains(count) else { return nil }
            return .duration(Duration(amount: Amount(parts: [.bounds(.between(1, count))], unit: .plain), unit: unit))
        case .durationAndHalf:
            // "a year and a half".
            guard let unit = a.unit, let half = a.quantities.last?.value, half == 0.5 || half == 0.25 else { return nil }
            let count = (a.quantities.count == 2 ? a.quantities[0].value : 1) + half
            let part: Amount.Part = a.comparator.map { .bounds(Bounds($0, count)) } ?? (has("approx", a) ? .about(count) : .exactly(count))
            return .duration(Duration(amount: Amount(parts: [part], unit: .plain), unit: unit))
        case .durationRange: return durationRange(a)
        default: return nil
        }
    }

    /// "from two weeks to three months": in days, as the units differ.
    private func durationRange(_ a: Arguments) -> Value? {
        let units = a.values.compactMap { value -> TimeUnit? in if case .unit(let unit) = value { unit } else { nil } }
        guard units.count == 2, let last = a.quantities.last else { return nil }
        let first = a.quantities.count == 2 ? a.quantities[0].value : 1
        if units[0] == units[1] {
            return .duration(Duration(amount: Amount(parts: [.bounds(.between(first, last.value))], unit: .plain), unit: units[0]))
        }
        let days = Bounds.between(units[0].range(first).lowerBound, units[1].range(last.value).upperBound)
        return .duration(Duration(amount: Amount(parts: [.bounds(days)], unit: .plain), unit: .day))
    }

    /// Calendar days of a duration. `isLoose`: "in two weeks" means about two weeks, "14 days left" exactly that.
    func days(of duration: Duration, isLoose: Bool) -> [Bounds] {
        let unit = duration.unit
        return duration.amount.parts.map { part in
            switch part {
            case .exactly(let value):
                if unit == .day && !isLoose { return .exactly(value) }
                return Self.about(value * unit.days)
            case .about(let value): return Self.about(value * unit.days)
            case .bounds(let bounds):
                if let low = bounds.lower, let high = bounds.upper {
                    return .between(unit.range(low.value).lowerBound, unit.range(high.value).upperBound)
                }
                // "Within" and "under" N weeks both include the last day.
                if let high = bounds.upper { return .atMost(high.value * unit.days) }
                return bounds.mapped { $0 * unit.days }
            }
        }
    }

    /// ± 15 %, at least ± 3 days.
    private static func about(_ days: Double) -> Bounds {
        let width = max(3, days * 0.15)
        return .between(max(0, (days - width).rounded(.up)), (days + width).rounded(.down))
    }

    private func tenorTree(_ bounds: [Bounds]) -> ConstraintTree {
        let tests = bounds.map { ConstraintTree.test(.number(.daysToExpiry, $0)) }
        return tests.count == 1 ? tests[0] : .any(tests)
    }

    // MARK: Tenor

    mutating func tenor(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .tenor, .bareTenor:
            guard let duration = a.duration, a.fields.allSatisfy({ $0 == .daysToExpiry }) else { return nil }
            // "three-month calls" have about three months left.
            if action == .bareTenor, duration.isUnitOnly { return nil }
            return .tree(tenorTree(days(of: duration, isLoose: action == .bareTenor)))
        case .tenorIn, .bareTenorIn:
            guard let duration = a.duration else { return nil }
            if action == .bareTenorIn, duration.isUnitOnly, duration.unit == .day || duration.unit == .quarter { return nil }
            return .tree(tenorTree(days(of: duration, isLoose: duration.unit != .day)))
        case .tenorNext:
            guard let duration = a.duration, case .exactly(let value)? = duration.amount.parts.first else { return nil }
            // "next week" is the week after this one; "the next two weeks" begin now.
            if duration.isUnitOnly, a.keys.contains("bare") { return nil }
            return .tree(tenorTree([.atMost(value * duration.unit.days)]))
        case .expiryRelative:
            return related(expiryRelative(a.keys.first { $0 != "within" && RelativeDay(rawValue: $0) != nil }), relation(a))
        case .expiryWeekday:
            guard let day = a.numbers.last.map(Int.init) else { return nil }
            return .atoms([.test(.weekdays(.expiry, [day])), .test(.number(.daysToExpiry, .atMost(7)))])
        case .unitsLeft:
            // "weeks to expiry", without a number: the category that is counted in them.
            guard let unit = a.unit else { return nil }
            let codes: [TimeUnit: Int] = [.day: 1, .week: 2, .month: 3, .quarter: 4, .year: 5]
            return .tree(.test(.category(.tenor, [codes[unit] ?? 1])))
        case .anyExpiryWeekday:
            guard let day = a.numbers.last.map(Int.init) else { return nil }
            return .tree(.test(.weekdays(.expiry, [day])))
        case .nextWeekday:
            guard let day = a.numbers.last.map(Int.init) else { return nil }
            return .atoms([.test(.weekdays(.expiry, [day])), .test(.number(.daysToExpiry, .between(8, 14)))])
        case .expiryClass:
            guard let name = a.keys.first, let kind = ExpiryClass(rawValue: name) else { return nil }
            return .tree(.test(.expiryClass([kind])))
        case .datedClass:
            guard let period = a.periods.last, !period.isDay, let interval = resolve(period, .expiry),
                let kind = a.keys.compactMap(ExpiryClass.init).last
            else { return nil }
            return .atoms([.test(.dates(.expiry, interval)), .test(.expiryClass([kind]))])
        case .expiryRank, .expiryRankUpTo, .monthlyRank, .monthlyRankUpTo, .rankedClass: return rank(action, a)
        case .monthlyAlias:
            guard a.numbers.first == 3, a.numbers.last == 5 else { return nil }
            return .tree(.test(.expiryClass([.monthly])))
        default: return nil
        }
    }

    /// "the second expiry", "the next two expirations", "front month".
    private func rank(_ action: Action, _ a: Arguments) -> Value? {
        if action == .rankedClass {
            // The nearest weekly has at most a week left, as every weekly without a tenor.
            guard let kind = a.keys.compactMap(ExpiryClass.init).first, let rank = a.numbers.first, rank == 1 else { return nil }
            return .tree(.test(kind == .monthly ? .number(.monthlyRank, .exactly(rank)) : .expiryClass([kind])))
        }
        let isUpTo = action == .expiryRankUpTo || action == .monthlyRankUpTo
        let field: Field = action == .monthlyRank || action == .monthlyRankUpTo ? .monthlyRank : .expiryRank
        guard let rank = isUpTo ? a.quantities.first?.value : a.numbers.last, (1...60).contains(rank), rank == rank.rounded() else { return nil }
        return .tree(.test(.number(field, isUpTo ? .atMost(rank) : .exactly(rank))))
    }

    /// "in", "before", "after" and similar words before a period.
    func relation(_ a: Arguments) -> String? {
        place("relation", a).flatMap { index in if case .key(let key) = a.values[index] { key } else { nil } }
    }

    /// "expiring before next week", "since last month": the side of a period that the preposition means.
    func related(_ value: Value?, _ relation: String?) -> Value? {
        guard let relation, relation != "within", relation != "for", case .tree(.test(let condition))? = value else { return value }
        let days: Bounds
        switch condition {
        case .dates(let field, let interval): return .tree(.test(.dates(field, related(interval, relation))))
        case .number(.daysToExpiry, let bounds): days = bounds
        case .category(.tenor, [1]): days = .between(0, 7)
        case .category(.tenor, [2]): days = .between(0, 31)
        default: return value
        }
        guard let low = days.lower?.value, let high = days.upper?.value else { return value }
        switch relation {
        case "before": return low > 0 ? .tree(.test(.number(.daysToExpiry, .below(low)))) : nil
        case "through": return .tree(.test(.number(.daysToExpiry, .atMost(high))))
        case "after": return .tree(.test(.number(.daysToExpiry, .above(high))))
        default: return .tree(.test(.number(.daysToExpiry, .atLeast(low))))
        }
    }

    private mutating func expiryRelative(_ key: String?) -> Value? {
        guard let key, let relative = RelativeDay(rawValue: key) else { return nil }
        switch relative {
        case .today: return .tree(.test(.number(.daysToExpiry, .exactly(0))))
        case .tomorrow: return .tree(.test(.number(.daysToExpiry, .exactly(1))))
        case .thisWeek: return .tree(.test(.category(.tenor, [1])))
        case .nextWeek: return .tree(.test(.number(.daysToExpiry, .between(8, 14))))
        case .weekAfterNext: return .tree(.test(.number(.daysToExpiry, .between(15, 21))))
        case .thisMonth: return .tree(.test(.category(.tenor, [2])))
        case .nextMonth: return .tree(.test(.number(.daysToExpiry, .between(31, 61))))
        case .nextYear, .thisYear, .nextQuarter, .thisQuarter, .lastWeek, .lastMonth, .lastYear, .lastQuarter:
            guard let reference = context.reference else {
                notes.append(.needsAsOf(phrase))
                return .piece(.filler)
            }
            return .tree(.test(.dates(.expiry, relative.interval(from: reference, calendar: context.calendar))))
        case .latest, .first, .yesterday: return nil
        }
    }
}

extension TimeUnit {
    /// Calendar days of one: a month counts 30, as traders count it.
    var days: Double {
        switch self {
        case .day: 1
        case .week: 7
        case .month: 30
        case .quarter: 91
        case .year: 365
        }
    }

    /// Sessions of one: five to a week, 21 to a month.
    var sessions: Double {
        switch self {
        case .day: 1
        case .week: 5
        case .month: 21
        case .quarter: 63
        case .year: 252
        }
    }

    /// The days that so many of them can have: two months are 60 or 61.
    func range(_ count: Double) -> ClosedRange<Double> {
        guard self == .month else { return count * days...max(count * days, count * days) }
        let exact = count * 30.4375
        return exact.rounded(.down)...exact.rounded(.up)
    }
}

/// Days relative to the day of the question.
enum RelativeDay: String {
    case today, tomorrow, yesterday, thisWeek, nextWeek, weekAfterNext, lastWeek, thisMonth, nextMonth, lastMonth, thisYear, nextYear, lastYear
    case thisQuarter, nextQuarter, lastQuarter, latest, first

    func interval(from day: Day, calendar: TradingCalendar) -> DayInterval {
        let (year, month, _) = day.civil
        let monday = day.adding(days: -((day.weekday + 6) % 7))
        func months(_ start: Int, _ count: Int) -> DayInterval {
            let first = year * 12 + month - 1 + start
            return DayInterval(
                from: Day(year: first / 12, month: first % 12 + 1, day: 1),
                to: Day(year: (first + count) / 12, month: (first + count) % 12 + 1, day: 1)?.adding(days: -1))
        }
        switch self {
        case .today, .latest, .first: return DayInterval(day)
        case .tomorrow: return DayInterval(calendar.next(after: day))
        case .yesterday: return DayInterval(calendar.previous(before: day))
        case .thisWeek: return DayInterval(from: monday, to: monday.adding(days: 6))
        case .nextWeek: return DayInterval(from: monday.adding(days: 7), to: monday.adding(days: 13))
        case .weekAfterNext: return DayInterval(from: monday.adding(days: 14), to: monday.adding(days: 20))
        case .lastWeek: return DayInterval(from: monday.adding(days: -7), to: monday.adding(days: -1))
        case .thisMonth: return months(0, 1)
        case .nextMonth: return months(1, 1)
        case .lastMonth: return months(-1, 1)
        case .thisQuarter: return months(-((month - 1) % 3), 3)
        case .nextQuarter: return months(3 - (month - 1) % 3, 3)
        case .lastQuarter: return months(-3 - (month - 1) % 3, 3)
        case .thisYear: return months(1 - month, 12)
        case .nextYear: return months(13 - month, 12)
        case .lastYear: return months(-11 - month, 12)
        }
    }
}
