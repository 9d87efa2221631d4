/// Amounts ("$1,000", "60%", "twenty five", "6 months", "10k") and ranges of them ("between 20 and 30%", "over 5000").
extension QuestionReading {
    struct Amount {
        enum Unit: Equatable {
            case none, percent, dollars, cents
            case time(QuestionVocabulary.Duration)
        }

        var value: Double
        var unit = Unit.none
        var isScaled = false
        /// "a week": written without a number.
        var isArticle = false
        var end: Int
    }

    struct AmountRange {
        enum Style {
            case exactly, about, between
        }

        var low: Amount?
        var high: Amount?
        var isLowStrict = false
        var isHighStrict = false
        var style: Style
        /// Further single amounts: "90, 95 or 100".
        var others: [Amount] = []
        var end: Int
        /// A word of comparison stands in it, so that it is no mere number beside a noun.
        var isCompared: Bool { style != .exactly || low == nil || high == nil }
    }

    // MARK: One amount

    /// - Parameter durations: whether a unit of time belongs to the amount.
    func amount(at index: Int, durations: Bool) -> Amount? {
        var position = index
        var unit = Amount.Unit.none
        if isFree(position), tokens[position].isMark("$") || word(position) == "usd" {
            unit = .dollars
            position += 1
        }
        guard var amount = plainAmount(at: position, durations: durations) else { return nil }
        amount.unit = unit
        position = amount.end
        if unit == .none {
            if isFree(position), tokens[position].isMark("%") {
                amount.unit = .percent
                position += 1
            } else if ["percent", "pct", "percentage"].contains(word(position)) {
                amount.unit = .percent
                position += word(position + 1) == "points" ? 2 : 1
            } else if ["dollars", "dollar", "bucks", "usd"].contains(word(position)) {
                amount.unit = .dollars
                position += 1
            } else if ["cents", "cent", "¢"].contains(word(position)) {
                amount.unit = .cents
                position += 1
            } else if durations, let (length, meanings) = longest(vocabulary.durations, at: position),
                let duration = meanings.first
            {
                amount.unit = .time(duration)
                position += length
            } else if durations, word(position) == "m", length(vocabulary.durationTails, at: position + 1) > 0 {
                amount.unit = .time(.month)
                position += 1
            }
        }
        amount.end = position
        return amount
    }

    private func plainAmount(at index: Int, durations: Bool) -> Amount? {
        if ["a", "an", "half", "couple"].contains(word(index)) {
            return articleAmount(at: index, durations: durations)
        }
        // "2x open interest" is a multiple of something else.
        guard isFree(index), tokens[index].isNumber, !(word(index + 1) == "x" && tokens[index + 1].isGlued) else {
            return nil
        }
        var value = tokens[index].value
        var position = index + 1
        // "forty five", "two hundred fifty".
        if tokens[index].isSpelledNumber {
            if value >= 20, value.truncatingRemainder(dividingBy: 10) == 0, let unit = spelled(position), unit < 10,
                unit > 0
            {
                value += unit
                position += 1
            }
        }
        var isScaled = false
        while position < index + 5, let scale = scale(at: position) {
            value *= scale
            isScaled = true
            position += 1
            if scale == 100 {
                let next = word(position) == "and" ? position + 1 : position
                if let rest = spelled(next), rest > 0 {
                    value += rest
                    position = next + 1
                    if rest >= 20, let unit = spelled(position), unit < 10 {
                        value += unit
                        position += 1
                    }
                }
            }
        }
        if durations, word(position) == "and", word(position + 1) == "a", word(position + 2) == "half" {
            value += 0.5
            position += 3
        }
        return Amount(value: value, isScaled: isScaled, end: position)
    }

    /// "a hundred", "a dozen", "a couple of"; with a unit of time "a", "an" and "half a".
    private func articleAmount(at index: Int, durations: Bool) -> Amount? {
        var position = index
        var value = 1.0
        if word(position) == "half" {
            value = 0.5
            position += 1
            if word(position) == "a" { position += 1 }
        } else if word(position) != "couple" {
            position += 1
        }
        if word(position) == "couple", value == 1 {
            value = 2
            position += word(position + 1) == "of" ? 2 : 1
        } else if let scale = scale(at: position), value == 1 {
            return Amount(value: scale, isScaled: true, end: position + 1)
        }
        guard durations, length(vocabulary.durations, at: position) > 0, word(position).count > 1 else { return nil }
        return Amount(value: value, isArticle: true, end: position)
    }

    private func spelled(_ index: Int) -> Double? {
        guard isFree(index), tokens[index].isSpelledNumber else { return nil }
        return tokens[index].value
    }

    private func scale(at index: Int) -> Double? {
        switch word(index) {
        case "hundred": return 100
        case "dozen": return 12
        case "thousand": return 1000
        case "million": return 1e6
        case "billion": return 1e9
        case "k" where tokens[index].isGlued: return 1000
        case "m" where tokens[index].isGlued && length(vocabulary.durationTails, at: index + 1) == 0,
            "mm" where tokens[index].isGlued, "mn" where tokens[index].isGlued, "mln" where tokens[index].isGlued:
            return 1e6
        case "b" where tokens[index].isGlued, "bn" where tokens[index].isGlued: return 1e9
        default: return nil
        }
    }

    // MARK: Ranges

    func range(at index: Int, durations: Bool) -> AmountRange? {
        var start = index
        while start < index + 3, ["the", "anywhere", "somewhere"].contains(word(start)) { start += 1 }
        if word(start) == "between" || word(start) == "from" {
            if let range = twoEnds(at: start + 1, durations: durations) { return range }
        }
        if let (length, meanings) = longest(vocabulary.comparisons, at: start), let comparison = meanings.first,
            let range = compared(comparison, at: start + length, durations: durations)
        {
            return range
        }
        return bare(at: start, durations: durations)
    }

    private func isTo(_ index: Int) -> Bool {
        ["to", "through", "-", "thru", "until", "till"].contains(word(index))
    }

    private func twoEnds(at index: Int, durations: Bool) -> AmountRange? {
        guard let low = amount(at: index, durations: durations) else { return nil }
        var position = low.end
        if isTo(position) || word(position) == "and" {
            position += 1
        } else if word(position) == "up", word(position + 1) == "to" {
            position += 2
        } else {
            return nil
        }
        guard let high = amount(at: position, durations: durations) else { return nil }
        return between(low, high)
    }

    private func between(_ low: Amount, _ high: Amount) -> AmountRange {
        var low = low
        var high = high
        let end = high.end
        if low.unit == .none { low.unit = high.unit }
        if high.unit == .none { high.unit = low.unit }
        // "5-10k" is five to ten thousand.
        if high.isScaled, !low.isScaled, low.value < high.value / 1000 {
            low.value *= high.value >= 1e6 && low.value < 1000 ? 1e6 : 1000
        }
        if low.unit == high.unit, low.value > high.value { swap(&low, &high) }
        return AmountRange(low: low, high: high, style: .between, end: end)
    }

    private func compared(_ comparison: QuestionWords.Comparison, at index: Int, durations: Bool) -> AmountRange? {
        var start = index
        while start < index + 3, ["the", "a", "about", "around"].contains(word(start)),
            word(start) != "a" || amount(at: start, durations: durations) == nil
        {
            start += 1
        }
        guard let amount = amount(at: start, durations: durations) else { return nil }
        if comparison == .about || comparison == .exactly, isTo(amount.end),
            let high = self.amount(at: amount.end + 1, durations: durations)
        {
            return between(amount, high)
        }
        var range: AmountRange
        switch comparison {
        case .above: range = AmountRange(low: amount, isLowStrict: true, style: .between, end: amount.end)
        case .atLeast: range = AmountRange(low: amount, style: .between, end: amount.end)
        case .below: range = AmountRange(high: amount, isHighStrict: true, style: .between, end: amount.end)
        case .atMost: range = AmountRange(high: amount, style: .between, end: amount.end)
        case .about: range = AmountRange(low: amount, high: amount, style: .about, end: amount.end)
        case .exactly: range = AmountRange(low: amount, high: amount, style: .exactly, end: amount.end)
        }
        addOtherEnd(to: &range, durations: durations)
        return range
    }

    /// "above 100 but below 120".
    private func addOtherEnd(to range: inout AmountRange, durations: Bool) {
        guard (range.low == nil) != (range.high == nil) else { return }
        var position = range.end
        if isComma(position) { position += 1 }
        if ["and", "but", "yet"].contains(word(position)) { position += 1 }
        guard let (length, meanings) = longest(vocabulary.comparisons, at: position), let comparison = meanings.first,
            var other = amount(at: position + length, durations: durations)
        else { return }
        // A number with a noun of its own belongs to that.
        guard self.length(vocabulary.fieldUnits, at: other.end) == 0 || durations,
            durations || self.length(vocabulary.durations, at: other.end) == 0
        else { return }
        if range.high == nil, comparison == .below || comparison == .atMost {
            if other.unit == .none { other.unit = range.low?.unit ?? .none }
            if range.low?.unit == Amount.Unit.none { range.low?.unit = other.unit }
            guard other.unit == range.low?.unit || durations else { return }
            range.high = other
            range.isHighStrict = comparison == .below
        } else if range.low == nil, comparison == .above || comparison == .atLeast {
            if other.unit == .none { other.unit = range.high?.unit ?? .none }
            if range.high?.unit == Amount.Unit.none { range.high?.unit = other.unit }
            guard other.unit == range.high?.unit || durations else { return }
            range.low = other
            range.isLowStrict = comparison == .above
        } else {
            return
        }
        range.end = other.end
    }

    private func bare(at index: Int, durations: Bool) -> AmountRange? {
        guard let first = amount(at: index, durations: durations) else { return nil }
        if isTo(first.end), let second = amount(at: first.end + 1, durations: durations) {
            // "(80 delta) 62 to 105 days".
            if !durations, second.unit == .none, length(vocabulary.durations, at: second.end) > 0 { return nil }
            return between(first, second)
        }
        if isFree(first.end), tokens[first.end].isMark("±"), let width = amount(at: first.end + 1, durations: durations) {
            var low = first
            var high = first
            let share = width.unit == .percent && first.unit != .percent
            low.value -= share ? first.value * width.value / 100 : width.value
            high.value += share ? first.value * width.value / 100 : width.value
            return AmountRange(low: low, high: high, style: .between, end: width.end)
        }
        if let (length, meanings) = longest(vocabulary.trailers, at: first.end), let comparison = meanings.first,
            // "5000 minimum 30 days", "0.3 and less than 60 days", "0.3 and over a year": the words belong to what
            // follows.
            word(first.end + length) != "than",
            word(first.end + length) != "to" || word(first.end + length - 1) != "up",
            word(first.end) != "and" && self.length(vocabulary.comparisons, at: first.end) < length
                || amount(at: first.end + length, durations: true) == nil
        {
            var end = first.end + length
            var first = first
            // "7 or fewer days".
            if durations, first.unit == .none, let (length, meanings) = longest(vocabulary.durations, at: end),
                let unit = meanings.first
            {
                first.unit = .time(unit)
                end += length
            }
            switch comparison {
            case .atLeast, .above: return AmountRange(low: first, style: .between, end: end)
            case .atMost, .below: return AmountRange(high: first, style: .between, end: end)
            case .about: return AmountRange(low: first, high: first, style: .about, end: end)
            case .exactly: return AmountRange(low: first, high: first, style: .exactly, end: end)
            }
        }
        return AmountRange(low: first, high: first, style: .exactly, end: first.end)
    }

    /// Further single amounts behind a first one: "90, 95 or 100".
    func addAlternatives(to range: inout AmountRange) {
        guard range.style == .exactly, let first = range.low else { return }
        while range.others.count < QuestionReading.listLimit {
            var position = range.end
            if isComma(position) { position += 1 }
            if ["or", "and", "/"].contains(word(position)) { position += 1 }
            guard position > range.end, var next = amount(at: position, durations: false),
                length(vocabulary.fieldUnits, at: next.end) == 0, length(vocabulary.durations, at: next.end) == 0,
                next.unit == first.unit || next.unit == .none || first.unit == .none, !isTo(next.end),
                length(vocabulary.moneynessSides, at: next.end) == 0
            else { return }
            if next.unit == .none { next.unit = first.unit }
            range.others.append(next)
            range.end = next.end
        }
    }
}
