import MarketData

/// Quote dates and expiries.
extension QuestionReading {
    /// A date as it is written, perhaps without its year.
    private struct WrittenDate {
        var year: Int?
        var month: Int?
        var day: Int?
        /// The days of a date that is no year, month or day: a quarter, "early 2014", digits.
        var days: ClosedRange<Day>?
        var end: Int

        var isBareYear: Bool { year != nil && month == nil && days == nil }
        var isDayNumber: Bool { day != nil && month == nil && days == nil && year == nil }
        var isMonth: Bool { year != nil && month != nil && day == nil }

        func span(inheriting other: WrittenDate?) -> ClosedRange<Day>? {
            if let days { return days }
            guard let year = year ?? other?.year ?? other?.days?.lowerBound.year else { return nil }
            guard let month = month ?? (day == nil ? nil : other?.month) else {
                return day == nil ? QuestionDates.year(year) : nil
            }
            guard let day else { return QuestionDates.month(month, of: year) }
            return Day(year: year, month: month, day: day).map { $0...$0 }
        }
    }

    /// - Parameter years: whether a number alone may be a year. That is asked last, when every number that belongs to
    ///   a strike or a volume is used.
    mutating func readDates(years: Bool) {
        var index = 0
        while index < tokens.count {
            guard isFree(index), let found = dateCondition(at: index, years: years) ?? relativeDate(at: index) else {
                index += 1
                continue
            }
            var span = index..<found.end
            let isExpiry = takeExpiryWords(around: &span)
            findings.append(
                QuestionFinding(
                    meaning: isExpiry ? .expiration(found.days) : .quoteDate(found.days), span: span,
                    isBareDate: found.isBare, isMonth: found.isMonth))
            use(span)
            index = span.upperBound
        }
    }

    private struct Found {
        var days: QuestionDays
        var end: Int
        var isBare = false
        var isMonth = false
    }

    // MARK: Conditions

    private func dateCondition(at index: Int, years: Bool) -> Found? {
        if word(index) == "between" || word(index) == "from", let found = dateRange(at: index + 1, years: years) {
            return found
        }
        if let found = dateRange(at: index, years: years, isBare: true) { return found }
        if let (length, meanings) = longest(vocabulary.dateRelations, at: index) {
            // "from" is a beginning with "on", otherwise the date itself: "options from 2013".
            let start = word(index + length) == "the" ? index + length + 1 : index + length
            if let date = date(at: start, years: years || saysYear(index, length)),
                let span = date.span(inheriting: nil)
            {
                if let (relation, length) = trailer(at: date.end) {
                    return Found(days: days(relation, span), end: date.end + length)
                }
                return Found(days: days(meanings.contains(.within) ? .within : meanings[0], span), end: date.end)
            }
        }
        guard let date = date(at: index, years: years), let span = date.span(inheriting: nil) else { return nil }
        if let (relation, length) = trailer(at: date.end) {
            return Found(days: days(relation, span), end: date.end + length)
        }
        return Found(
            days: QuestionDays(from: span.lowerBound, to: span.upperBound), end: date.end, isBare: true,
            isMonth: date.isMonth)
    }

    /// Whether a preposition makes the number behind it a year, whatever else is near: "in 2014", "since 2014", and
    /// "from 2014" unless it begins a range or belongs to a noun ("strikes from 2000").
    private func saysYear(_ index: Int, _ length: Int) -> Bool {
        guard let year = year(at: index + length), year > 0 else { return false }
        let next = index + length + 1
        switch word(index) {
        case "in", "during", "since", "throughout", "before", "after", "until", "till": break
        case "from":
            for start in max(0, index - 3)..<index {
                if let (length, fields) = longest(vocabulary.fieldNouns, at: start), length == index - start,
                    fields.contains(where: { [.strike, .volume, .openInterest, .underlyingClose].contains($0) })
                {
                    return false
                }
            }
        default: return false
        }
        let isRange = ["to", "through", "-", "until", "till"].contains(word(next))
        if isRange || word(next) == "and" || word(next) == "or", let other = amount(at: next + 1, durations: false) {
            // Two years are read together, later; "from 2014 and 95 strike" is one.
            if isRange || self.year(at: next + 1) != nil { return false }
            return other.value > 0
        }
        return self.length(vocabulary.fieldUnits, at: next) == 0 || self.range(at: next + 1, durations: false) != nil
    }

    /// "or later", "onwards" behind a date.
    private func trailer(at index: Int) -> (QuestionWords.DateRelation, length: Int)? {
        guard let (length, meanings) = longest(vocabulary.dateTrailers, at: index), let relation = meanings.first,
            date(at: index + length, years: true) == nil, amount(at: index + length, durations: true) == nil,
            !isPreposition(index)
        else { return nil }
        return (relation, length)
    }

    /// "2014 on Apple": the trailer "on" needs an end behind it.
    private func isPreposition(_ index: Int) -> Bool {
        // "on 2014-06-12 and later this year".
        if word(index + 2) == "this" { return true }
        return word(index) == "on" && index + 1 < tokens.count && !isComma(index + 1)
    }

    private func days(_ relation: QuestionWords.DateRelation, _ span: ClosedRange<Day>) -> QuestionDays {
        switch relation {
        case .within: QuestionDays(from: span.lowerBound, to: span.upperBound)
        case .from: QuestionDays(from: span.lowerBound, to: nil)
        case .after: QuestionDays(from: span.upperBound.adding(days: 1), to: nil)
        case .before: QuestionDays(from: nil, to: span.lowerBound.adding(days: -1))
        case .through: QuestionDays(from: nil, to: span.upperBound)
        }
    }

    /// "June 3 and June 10 2014", "3 to 10 June 2014", "2013-2015".
    private func dateRange(at index: Int, years: Bool, isBare: Bool = false) -> Found? {
        // In a range one end tells what the other number is.
        guard let first = date(at: index, years: true) ?? dayNumber(at: index), first.end < tokens.count else {
            return nil
        }
        var position = first.end
        let connector = word(position)
        guard ["to", "through", "-", "until", "till", "thru", "and"].contains(connector) || connector == "up",
            !(isBare && connector == "and")
        else { return nil }
        position += connector == "up" ? 2 : 1
        if word(position) == "the" { position += 1 }
        guard let second = date(at: position, years: true) ?? trailingDayNumber(at: position) else { return nil }
        if !years, first.isBareYear || first.isDayNumber, second.isBareYear || second.isDayNumber { return nil }
        // "June 3-10, 2014": the year stands behind the second day.
        var end = second.end
        var donor = second
        if second.isDayNumber, first.month != nil {
            donor = first
            donor.day = nil
            if donor.year == nil {
                let next = isComma(end) ? end + 1 : end
                guard let year = year(at: next) else { return nil }
                donor.year = year
                end = next + 1
            }
        }
        var start = first
        if start.year == nil { start.year = donor.year ?? second.year }
        if start.isDayNumber { start.month = second.month }
        var finish = second
        if finish.isDayNumber { finish.month = donor.month }
        if finish.year == nil { finish.year = donor.year ?? start.year }
        guard let from = start.span(inheriting: second), let to = finish.span(inheriting: donor),
            from.lowerBound <= to.upperBound
        else { return nil }
        return Found(days: QuestionDays(from: from.lowerBound, to: to.upperBound), end: end)
    }

    // MARK: Dates

    private func year(at index: Int) -> Int? {
        guard isFree(index), tokens[index].isNumber, !tokens[index].isSpelledNumber,
            tokens[index].range.count == 4, let year = Int(exactly: tokens[index].value),
            QuestionDates.plausibleYears.contains(year)
        else { return nil }
        if index > 0, tokens[index - 1].isMark("$") { return nil }
        if isFree(index + 1), tokens[index + 1].isGlued, !isComma(index + 1), !tokens[index + 1].isMark("-") {
            return nil
        }
        return year
    }

    /// "'15" behind a month.
    private func shortYear(at index: Int) -> Int? {
        guard isFree(index), tokens[index].isNumber, tokens[index].range.count == 2 else { return nil }
        let before = tokens[index].range.lowerBound - 1
        guard scalars.indices.contains(before), ["'", "’", "‘"].contains(scalars[before]),
            let value = Int(exactly: tokens[index].value)
        else { return nil }
        return value < 70 ? 2000 + value : 1900 + value
    }

    private func dayOfMonth(at index: Int) -> Int? {
        guard isFree(index), tokens[index].isNumber || tokens[index].form == .ordinal,
            let day = Int(exactly: tokens[index].value), (1...31).contains(day), !tokens[index].isSpelledNumber,
            tokens[index].range.count <= 4, shortYear(at: index) == nil
        else { return nil }
        if tokens[index].isNumber, isFree(index + 1), tokens[index + 1].isMark("%") { return nil }
        return day
    }

    private func month(at index: Int) -> Int? { isFree(index) ? vocabulary.months[tokens[index].text] : nil }

    private func dayNumber(at index: Int) -> WrittenDate? {
        dayOfMonth(at: index).map { WrittenDate(day: $0, end: index + 1) }
    }

    private func trailingDayNumber(at index: Int) -> WrittenDate? { dayNumber(at: index) }

    private func date(at index: Int, years: Bool) -> WrittenDate? {
        guard isFree(index) else { return nil }
        if tokens[index].form == .date, let days = tokens[index].days {
            return WrittenDate(days: days, end: index + 1)
        }
        if let date = monthDate(at: index) ?? partOfYear(at: index) { return date }
        // Last, so that the "2000's" of "Russell 2000's" are the index's.
        guard years else { return nil }
        if let decade = decade(at: index) { return decade }
        guard let year = year(at: index) else { return nil }
        // "2014 June" and "2014 Q2".
        if let month = month(at: index + 1) { return WrittenDate(year: year, month: month, end: index + 2) }
        return WrittenDate(year: year, end: index + 1)
    }

    /// "June 12, 2014", "12th of June 2014", "June 2014", "Jan '15", and without the year.
    private func monthDate(at index: Int) -> WrittenDate? {
        var position = index
        var day: Int?
        if let number = dayOfMonth(at: position) {
            let next = word(position + 1) == "of" ? position + 2 : position + 1
            guard month(at: next) != nil else { return nil }
            day = number
            position = next
        } else if word(position) == "month", word(position + 1) == "of" {
            position += 2
        }
        guard let month = month(at: position) else { return nil }
        var end = position + 1
        if day == nil, let number = dayOfMonth(at: end), !isStrike(end) {
            day = number
            end += 1
        }
        let next = isComma(end) ? end + 1 : word(end) == "of" ? end + 1 : end
        if let year = year(at: next) ?? shortYear(at: next) {
            return WrittenDate(year: year, month: month, day: day, end: next + 1)
        }
        // "may" and "mar" are words; with a day they are months.
        return day == nil && month == 5 && tokens[position].lettering == .lower
            ? nil : WrittenDate(month: month, day: day, end: end)
    }

    private func isStrike(_ index: Int) -> Bool {
        length(vocabulary.kinds, at: index + 1) > 0 || ["c", "p", "strike"].contains(word(index + 1))
    }

    /// "Q2 2014", "2014 Q2", "second quarter of 2014", "first half of 2014", "early 2014", "the year 2014".
    private func partOfYear(at index: Int) -> WrittenDate? {
        func part(_ span: ClosedRange<Day>?, _ end: Int) -> WrittenDate? {
            span.map { WrittenDate(days: $0, end: end) }
        }
        func behind(_ index: Int) -> (Int, Int)? {
            var next = index
            while next < index + 4, ["of", "in", "the", "year"].contains(word(next)) { next += 1 }
            return year(at: next).map { ($0, next + 1) }
        }
        let text = word(index)
        let quarters = QuestionDates.quarterNames
        if let quarter = quarters[text], let (year, end) = behind(index + 1) {
            return part(QuestionDates.quarter(quarter, of: year), end)
        }
        if let year = year(at: index), let quarter = quarters[word(index + 1)] {
            return part(QuestionDates.quarter(quarter, of: year), index + 2)
        }
        let ordinals = QuestionDates.ordinals
        if let ordinal = ordinals[text], word(index + 1) == "quarter", let (year, end) = behind(index + 2) {
            return part(QuestionDates.quarter(ordinal, of: year), end)
        }
        if let ordinal = ordinals[text], ordinal != 3, word(index + 1) == "half", let (year, end) = behind(index + 2) {
            return part(QuestionDates.months(ordinal == 1 ? 1...6 : 7...12, of: year), end)
        }
        if let half = QuestionDates.halfNames[text], let (year, end) = behind(index + 1) {
            return part(QuestionDates.months(half, of: year), end)
        }
        if let third = QuestionDates.thirds[text], !(text == "mid" && word(index + 1) == "in") {
            let next = word(index + 1) == "of" ? index + 2 : index + 1
            if let (year, end) = behind(next) {
                return part(QuestionDates.months(third * 4 + 1...third * 4 + 4, of: year), end)
            }
            if let date = monthDate(at: next), let month = date.span(inheriting: nil), date.isMonth {
                let from = month.lowerBound.adding(days: third * 10)
                return part(from...(third == 2 ? month.upperBound : from.adding(days: 9)), date.end)
            }
        }
        if text == "week", word(index + 1) == "of" {
            let next = word(index + 2) == "the" ? index + 3 : index + 2
            let date = isFree(next) ? tokens[next].days.map { ($0.lowerBound, next + 1) } : nil
            let written = monthDate(at: next).flatMap { date in
                date.day == nil ? nil : date.span(inheriting: nil).map { ($0.lowerBound, date.end) }
            }
            if let (day, end) = date ?? written {
                let monday = day.adding(days: -((day.weekday + 6) % 7))
                return part(monday...monday.adding(days: 6), end)
            }
        }
        return nil
    }

    /// "2010s".
    private func decade(at index: Int) -> WrittenDate? {
        guard tokens[index].isNumber, let year = Int(exactly: tokens[index].value), year % 10 == 0,
            QuestionDates.plausibleYears.contains(year),
            tokens[index].isPossessive || word(index + 1) == "s",
            let first = QuestionDates.year(year), let last = QuestionDates.year(year + 9)
        else { return nil }
        return WrittenDate(
            days: first.lowerBound...last.upperBound, end: tokens[index].isPossessive ? index + 1 : index + 2)
    }

    // MARK: Relative to the day asked about

    /// "today", "last 30 days", "past two weeks": only with a day to count from.
    private func relativeDate(at index: Int) -> Found? {
        guard let asOf else { return nil }
        switch word(index) {
        case "today": return Found(days: QuestionDays(from: asOf, to: asOf), end: index + 1)
        case "yesterday":
            return Found(days: QuestionDays(from: asOf.adding(days: -1), to: asOf.adding(days: -1)), end: index + 1)
        case "last", "past", "previous":
            guard let amount = amount(at: index + 1, durations: true), case .time(let unit) = amount.unit,
                amount.value > 0, amount.value * unit.days < 100_000
            else { return nil }
            let length = Int((amount.value * unit.days).rounded())
            return Found(days: QuestionDays(from: asOf.adding(days: -length), to: asOf), end: amount.end)
        default: return nil
        }
    }

    // MARK: Expiries

    /// Whether the words beside a date say that it is an expiry; they are taken into the span.
    private func takeExpiryWords(around span: inout Range<Int>) -> Bool {
        let behind = length(vocabulary.expiryAfter, at: span.upperBound)
        // "on 2014-06-12, expiration week".
        if behind > 0, length(vocabulary.phrases, at: span.upperBound) <= behind {
            span = span.lowerBound..<span.upperBound + behind
            return true
        }
        var position = span.lowerBound - 1
        while isFree(position),
            [
                "on", "in", "at", "the", "of", "by", "date", "a", "is", "are", "any", "time", "sometime", "dates",
                "falling", "before", "after", "between", "from", "during",
            ].contains(word(position)), span.lowerBound - position < 4
        {
            position -= 1
        }
        guard isFree(position), vocabulary.expiryBefore.contains(word(position)) else { return false }
        // "30 days to expiry on 2014-06-12" dates the quote.
        if ["to", "till", "until", "before", "from", "of", "near", "at", "approaching", "close"].contains(
            word(position - 1))
        {
            return false
        }
        // "long maturity", "close to expiry": a tenor of its own.
        if (1...2).contains(where: { length(vocabulary.phrases, at: position - $0) > $0 }) { return false }
        span = position..<span.upperBound
        return true
    }

    /// "AAPL Jan 2015 90 put": between a ticker and a strike or kind, a date is the contract's.
    mutating func turnDatesOfListedContractsIntoExpirations() {
        for (index, finding) in findings.enumerated() where finding.isBareDate {
            guard case .quoteDate(let days) = finding.meaning else { continue }
            let end = finding.span.upperBound
            let isBehindName = findings.contains { other in
                guard case .underlyings = other.meaning else { return false }
                return other.span.upperBound == finding.span.lowerBound
            }
            let next = findings.first { $0.span.lowerBound == end }
            switch next?.meaning {
            case .number(.strike, _)? where isBehindName || finding.isMonth: break
            case .kinds(_, isGeneric: false)? where isBehindName && finding.isMonth: break
            default: continue
            }
            findings[index].meaning = .expiration(days)
        }
    }
}
