/// Numbers with what they are a number of: "strike between 90 and 95", "over 5000 contracts", "30 to 45 days", "150C".
extension QuestionReading {
    /// The longest numeric condition that starts at a token.
    func number(at index: Int) -> Match? {
        let candidates = [
            priceOfNamed(at: index), nounThenNumber(at: index), numberThenUnit(at: index), duration(at: index),
            percentOfMoney(at: index), shorthand(at: index), comparedShorthand(at: index),
        ]
        var best: Match?
        for case let candidate? in candidates where candidate.end > (best?.end ?? index) { best = candidate }
        return best
    }

    // MARK: Noun, then number

    /// "open interest above 500", "strikes between 90 and 95", "volume and open interest of at least 100 contracts".
    private func nounThenNumber(at index: Int) -> Match? {
        guard let (length, named) = longest(vocabulary.fieldNouns, at: index) else { return nil }
        // "vol > 500" is no volatility of 500 %.
        let fields = word(index) == "vol" && length == 1 && hasLargeNumber(index + 1) ? [.volume] : named
        var groups = [fields]
        var position = index + length
        while groups.count < QuestionReading.listLimit, ["and", "or", "/"].contains(word(position)),
            let (length, fields) = longest(vocabulary.fieldNouns, at: position + 1)
        {
            groups.append(fields)
            position += 1 + length
        }
        if isTransparent.indices.contains(position), isTransparent[position], !isFree(position) { return nil }
        if word(position) == "both" { position += 1 }
        var isNegated = false
        let isTime = groups.contains { $0.contains(.daysToExpiry) }
        // "strike at or above 100" is a comparison, "strike at 100" a link and a number.
        let link = range(at: position, durations: isTime) == nil ? self.length(vocabulary.links, at: position) : 0
        position += link
        if word(position) == "not", self.length(vocabulary.comparisons, at: position) == 0 {
            isNegated = true
            position += 1
        }
        guard var range = range(at: position, durations: isTime) else { return nil }
        if !isNegated { addAlternatives(to: &range) }
        // "close 5", "trading 500": too little to be a condition.
        let needsRelation = groups.joined().allSatisfy { [.underlyingClose, .mid].contains($0) } || isVerb(index)
        if needsRelation, link == 0, !["at", "for"].contains(word(position - 1)), !range.isCompared,
            range.low?.unit != .dollars
        {
            return nil
        }
        var meanings: [QuestionFinding.Meaning] = []
        for fields in groups {
            guard
                let (field, bounds) = fields.lazy.compactMap({ field in
                    bounds(of: range, field).map { (field, $0) }
                }).first
            else { return nil }
            meanings.append(.number(field, isNegated ? complement(bounds) : bounds))
        }
        var end = range.end
        if case .number(let field, _) = meanings[0] { end += ownUnit(of: field, at: end) }
        if isTime { end += durationTail(at: end) }
        return Match(index..<end, meanings)
    }

    private func hasLargeNumber(_ index: Int) -> Bool {
        guard let range = range(at: index, durations: false), let amount = range.low ?? range.high else { return false }
        return amount.unit == .none && amount.value >= 100
    }

    private func isVerb(_ index: Int) -> Bool {
        ["traded", "trading", "trade", "trades", "closed", "closing", "close"].contains(word(index))
            && length(vocabulary.fieldNouns, at: index) == 1
    }

    /// "(open interest above 500) contracts".
    private func ownUnit(of field: NumericField, at index: Int) -> Int {
        switch field {
        case .volume, .openInterest:
            guard ["contracts", "lots", "contract", "shares"].contains(word(index)) else { return 0 }
            // "volume over 500 contracts on Apple" but "volume over 500 calls".
            return word(index + 1) == "traded" ? 2 : 1
        case .impliedVolatility: return ["vol", "vols", "iv", "annualised", "annualized"].contains(word(index)) ? 1 : 0
        default: return 0
        }
    }

    private func complement(_ bounds: [QuestionBounds]) -> [QuestionBounds] {
        guard bounds.count == 1, let bound = bounds.first else { return bounds }
        var result: [QuestionBounds] = []
        if let min = bound.min { result.append(QuestionBounds(min: nil, max: min.nextDown)) }
        if let max = bound.max { result.append(QuestionBounds(min: max.nextUp, max: nil)) }
        return result
    }

    // MARK: Number, then unit

    /// "over 5000 volume", "150 strike", "25 delta", "60% implied volatility", "at least 500 contracts".
    private func numberThenUnit(at index: Int) -> Match? {
        guard var range = range(at: index, durations: false) else { return nil }
        addUnitAlternatives(to: &range)
        var position = range.end
        if ["of", "in"].contains(word(position)) { position += 1 }
        guard let (length, fields) = longest(vocabulary.fieldUnits, at: position) else { return nil }
        position += length
        // "contracts" of a whole question "show 10 contracts" is no volume.
        if isCount(index), !range.isCompared { return nil }
        // The noun belongs to a number behind it: "in 2014 volume over 500", "calls under 100 strike 90".
        if hasValue(at: position) { return nil }
        for field in fields {
            if !range.isCompared, isYear(range), field != .strike { continue }
            // "150 contracts" may be anything; "150 contracts traded" is a volume.
            guard let bounds = bounds(of: range, field) else { continue }
            var meanings: [QuestionFinding.Meaning] = [.number(field, bounds)]
            // "90 to 95 strike calls" leaves "calls" to the kinds; "over 500 contracts" says options.
            if word(position - length) == "contracts" || word(position - length) == "contract" {
                meanings.append(.kinds([.call, .put], isGeneric: true))
            }
            return Match(index..<position, meanings)
        }
        return nil
    }

    private func addUnitAlternatives(to range: inout AmountRange) {
        guard range.style == .exactly, let first = range.low else { return }
        var end = range.end
        var others: [Amount] = []
        while others.count < QuestionReading.listLimit, ["or", "and", "/"].contains(word(end)) || isComma(end),
            let next = amount(at: end + 1, durations: false),
            next.unit == first.unit
        {
            others.append(next)
            end = next.end
        }
        guard !others.isEmpty,
            longest(vocabulary.fieldUnits, at: end)?.meanings.contains(.strike) == true
                || longest(vocabulary.fieldUnits, at: end)?.meanings.contains(.delta) == true
        else { return }
        range.others = others
        range.end = end
    }

    private func hasValue(at index: Int) -> Bool {
        var position = index
        let link = length(vocabulary.links, at: position)
        position += link
        if isFree(position), tokens[position].isNumber || tokens[position].isMark("$") {
            // "25 delta 30 days": the number has a unit of its own.
            if let range = range(at: position, durations: true),
                case .time = range.high?.unit ?? range.low?.unit ?? .none
            {
                return false
            }
            guard let amount = amount(at: position, durations: true) else { return false }
            if case .time = amount.unit { return false }
            if length(vocabulary.fieldUnits, at: amount.end) > 0 || length(vocabulary.kinds, at: amount.end) > 0 {
                return false
            }
            return amount.unit != .percent || length(vocabulary.moneynessSides, at: amount.end) == 0
        }
        if word(position) == "between" || length(vocabulary.comparisons, at: position) > 0 {
            guard let range = range(at: position, durations: true) else { return false }
            if case .time = range.low?.unit ?? range.high?.unit ?? .none { return false }
            return length(vocabulary.fieldUnits, at: range.end) == 0
        }
        return false
    }

    private func isCount(_ index: Int) -> Bool {
        index > 0 && vocabulary.countWords.contains(tokens[index - 1].text)
    }

    private func isYear(_ range: AmountRange) -> Bool {
        guard let low = range.low ?? range.high, low.unit == .none, !low.isScaled else { return false }
        return QuestionDates.plausibleYears.contains(Int(exactly: low.value) ?? 0)
    }

    // MARK: Days to expiry

    /// "30 to 45 days to expiry", "under 2 weeks", "within 10 days", "six to nine months out", "45 DTE".
    private func duration(at index: Int) -> Match? {
        guard let range = range(at: index, durations: true), let bounds = bounds(of: range, .daysToExpiry) else {
            return nil
        }
        guard case .time = range.low?.unit ?? range.high?.unit ?? .none else { return nil }
        let tail = durationTail(at: range.end)
        if tail == 0 {
            if (range.low ?? range.high)?.isArticle == true, !range.isCompared,
                index == 0 || tokens[index - 1].text != "in"
            {
                return nil
            }
            if index > 0, vocabulary.notTenorBefore.contains(tokens[index - 1].text) { return nil }
            // "20-day volatility", "52-week high".
            if !range.isCompared, length(vocabulary.notTenorAfter, at: range.end) > 0 { return nil }
            // "within 10 days of earnings", "10 days before the split".
            if ["of", "ago", "before", "after", "since", "prior", "ahead", "following", "around", "earlier", "later"]
                .contains(word(range.end)), length(vocabulary.phrases, at: range.end) == 0
            {
                return beforeDate(range.end) ? Match(index..<range.end, [.number(.daysToExpiry, bounds)]) : nil
            }
        }
        return Match(index..<range.end + tail, [.number(.daysToExpiry, bounds)])
    }

    /// "30 days before 2014-06-12": what follows was read as a date, or is one.
    private func beforeDate(_ index: Int) -> Bool {
        word(index) != "of"
            && (index + 1 < tokens.count && isUsed[index + 1] || isFree(index + 1) && tokens[index + 1].form == .date)
    }

    /// The length of "to expiry", "left", "out" behind a time.
    func durationTail(at index: Int) -> Int {
        let tail = length(vocabulary.durationTails, at: index)
        // "three months out of the money".
        if tail == 1, word(index) == "out", word(index + 1) == "of" || word(index + 1) == "the" { return 0 }
        if tail == 1, word(index) == "ahead", word(index + 1) == "of" { return 0 }
        if tail == 1, word(index) == "away", word(index + 1) == "from" { return 0 }
        return tail
    }

    // MARK: Moneyness in per cent

    /// "at least 10% out of the money", "5-10% ITM", "within 2% of the money".
    private func percentOfMoney(at index: Int) -> Match? {
        guard let range = range(at: index, durations: false), (range.low ?? range.high)?.unit == .percent,
            let (length, sides) = longest(vocabulary.moneynessSides, at: range.end), let side = sides.first
        else { return nil }
        let span = index..<range.end + length
        let low = range.low.map { $0.value / 100 }
        let high = range.high.map { $0.value / 100 }
        if side == .around {
            guard let high, range.low == nil || range.style != .between else { return nil }
            return Match(span, [.number(.moneyness, [QuestionBounds(min: 1 - high, max: 1 + high)])])
        }
        let sign: Double = side == .out ? -1 : 1
        var bounds: QuestionBounds
        if range.style == .between {
            let near = low.map { strict(1 + sign * $0, up: sign > 0, range.isLowStrict) }
            let far = high.map { strict(1 + sign * $0, up: sign < 0, range.isHighStrict) }
            // "less than 10% out of the money" is still out of the money.
            bounds = sign > 0 ? QuestionBounds(min: near ?? 1, max: far) : QuestionBounds(min: far, max: near ?? 1)
        } else {
            guard let low else { return nil }
            let width = vocabulary.fields[.moneyness]?.about ?? 0
            bounds = QuestionBounds(min: 1 + sign * low - width, max: 1 + sign * low + width)
        }
        return Match(span, [.number(.moneyness, [bounds])])
    }

    private func strict(_ value: Double, up: Bool, _ isStrict: Bool) -> Double {
        isStrict ? (up ? value.nextUp : value.nextDown) : value
    }

    // MARK: Traders' shorthand

    /// "150C", "90 put", "$100 calls".
    private func shorthand(at index: Int) -> Match? {
        guard let amount = amount(at: index, durations: false), amount.unit == .none || amount.unit == .dollars,
            !amount.isScaled, amount.value > 0
        else { return nil }
        var next = amount.end
        var strikes = [QuestionBounds(min: amount.value, max: amount.value)]
        // "90/95 calls".
        while strikes.count < QuestionReading.listLimit, ["/", "or"].contains(word(next)),
            let other = self.amount(at: next + 1, durations: false),
            other.unit == amount.unit, !other.isScaled
        {
            strikes.append(QuestionBounds(min: other.value, max: other.value))
            next = other.end
        }
        let bounds = QuestionFinding.Meaning.number(.strike, strikes)
        if word(next) == "c" || word(next) == "p", tokens[next].isGlued || tokens[next].lettering == .upper {
            let kind: InstrumentKind = word(next) == "c" ? .call : .put
            return Match(index..<next + 1, [bounds, .kinds([kind], isGeneric: false)])
        }
        let number = tokens[next - 1]
        guard let (length, kinds) = longest(vocabulary.kinds, at: next), length > 0,
            kinds.contains(.call) || kinds.contains(.put), !number.isSpelledNumber
        else { return nil }
        if amount.unit == .none {
            if index > 0, vocabulary.countWords.contains(tokens[index - 1].text) { return nil }
            if QuestionDates.plausibleYears.contains(Int(exactly: amount.value) ?? 0) { return nil }
            // "10 puts" at the start of a question is a wish for ten.
            if index == 0, amount.value <= 20 { return nil }
        }
        return Match(index..<next, [bounds])
    }

    /// "AAPL above 600 calls".
    private func comparedShorthand(at index: Int) -> Match? {
        guard followsName(index), let range = range(at: index, durations: false), range.isCompared,
            length(vocabulary.kinds, at: range.end) > 0, let bounds = bounds(of: range, .strike)
        else { return nil }
        return Match(index..<range.end, [.number(.strike, bounds)])
    }

    func followsName(_ index: Int) -> Bool {
        index > 0 && isUsed[index - 1] && isTransparent[index - 1] && !isKindWord(index - 1)
    }

    /// "Apple above $600", "with AAPL trading below 100".
    private func priceOfNamed(at index: Int) -> Match? {
        guard followsName(index) else { return nil }
        var position = index
        while position < index + 4,
            [
                "trading", "trades", "traded", "closing", "closes", "closed", "close", "price", "stock", "shares", "is",
                "was", "at",
            ]
            .contains(word(position))
        {
            position += 1
        }
        guard let range = range(at: position, durations: false), range.isCompared || position > index + 1,
            (range.low ?? range.high)?.unit == .dollars
                || (range.low ?? range.high)?.unit == Amount.Unit.none && range.isCompared,
            length(vocabulary.fieldUnits, at: range.end) == 0, length(vocabulary.kinds, at: range.end) == 0,
            length(vocabulary.durations, at: range.end) == 0, !isYear(range), word(range.end) != "c",
            word(range.end) != "p",
            let bounds = bounds(of: range, .underlyingClose)
        else { return nil }
        return Match(index..<range.end, [.number(.underlyingClose, bounds)])
    }
}
