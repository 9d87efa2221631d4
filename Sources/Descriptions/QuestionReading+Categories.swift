/// Categories of the lexicon: whole phrases, and adjectives with their nouns in either order.
extension QuestionReading {
    /// What a matcher makes of the tokens from one on.
    struct Match {
        var end: Int
        var meanings: [QuestionFinding.Meaning]
        /// The tokens used, when there are others between them.
        var used: [Range<Int>]

        init(_ span: Range<Int>, _ meanings: [QuestionFinding.Meaning], used: [Range<Int>]? = nil) {
            end = span.upperBound
            self.meanings = meanings
            self.used = used ?? [span]
        }

        /// The same words read another way: "unusual volume" of a stock and of its options.
        mutating func addAlternatives(_ other: Match) {
            guard meanings.count == 1, other.meanings.count == 1, case .categories(var mine) = meanings[0],
                case .categories(let others) = other.meanings[0]
            else { return }
            mine += others.filter { other in !mine.contains { $0.attribute == other.attribute } }
            meanings = [.categories(mine)]
        }
    }

    /// Categories and numbers in one walk: at every token the longest match wins, a category before a number.
    mutating func readCategoriesAndNumbers() {
        var index = 0
        while index < tokens.count {
            guard isFree(index) else {
                index += 1
                continue
            }
            let candidates = [
                moneynessList(at: index), phrase(at: index), moveOfNamed(at: index), volumeAboveOpenInterest(at: index),
                presence(at: index), adjectiveNoun(at: index), nounAdjective(at: index),
                number(at: index),
            ]
            var best: Match?
            for case let candidate? in candidates {
                if candidate.end > (best?.end ?? index) {
                    best = candidate
                } else if candidate.end == best?.end {
                    best?.addAlternatives(candidate)
                }
            }
            guard let best else {
                index += 1
                continue
            }
            for meaning in best.meanings { add(meaning, index..<best.end) }
            for span in best.used { use(span) }
            // Words passed over inside a match ("high Apple call volume") are read by later passes.
            index = best.used.count == 1 ? best.end : index + 1
        }
    }

    private func meaning(_ categories: [QuestionVocabulary.Category]) -> QuestionFinding.Meaning {
        var codes: [(attribute: Attribute, codes: UInt8)] = []
        for category in categories {
            if let index = codes.firstIndex(where: { $0.attribute == category.attribute }) {
                codes[index].codes |= vocabulary.codes(category)
            } else {
                codes.append((category.attribute, vocabulary.codes(category)))
            }
        }
        return .categories(codes)
    }

    // MARK: Whole phrases

    private func phrase(at index: Int) -> Match? {
        guard let (length, categories) = longest(vocabulary.phrases, at: index) else { return nil }
        // "Apple stock fell": of the name, with its kind.
        if word(index) == "stock", followsName(index) { return nil }
        var end = index + length
        // "a month or less" is a number of days.
        if longest(vocabulary.trailers, at: end) != nil, categories.contains(where: { $0.attribute == .tenor }) { return nil }
        if categories.contains(where: { $0.attribute == .tenor }) { end += durationTail(at: end) }
        return Match(index..<end, [meaning(categories)])
    }

    /// "at or in the money", "deep in or out of the money".
    private func moneynessList(at index: Int) -> Match? {
        guard var head = longest(vocabulary.moneynessHeads, at: index) else { return nil }
        var categories = head.meanings
        let isDeep = head.length > 1 && ["deep", "deeply", "far", "way"].contains(word(index))
        var position = index + head.length
        var count = 1
        while count <= QuestionReading.listLimit {
            if word(position) == "the", word(position + 1) == "money" {
                position += 2
                return count > 1 ? Match(index..<position, [meaning(categories)]) : nil
            }
            guard let next = separator(at: position) else { return nil }
            position = next
            guard let following = longest(vocabulary.moneynessHeads, at: position) else { return nil }
            head = following
            let words = (0..<head.length).map { word(position + $0) }
            let deep = isDeep ? vocabulary.moneynessHeads.meanings(of: ["deep"] + words) : []
            categories += deep.isEmpty ? head.meanings : deep
            position += head.length
            count += 1
        }
        return nil
    }

    /// Behind a separator of alternatives ("or", "and", ",", "/", ", or"), the next token.
    private func separator(at index: Int) -> Int? {
        var position = index
        if isComma(position) { position += 1 }
        if ["or", "and", "/", "nor"].contains(word(position)) { position += 1 }
        if position > index, word(position) == "even" { position += 1 }
        return position > index ? position : nil
    }

    /// "Apple fell sharply": what the lexicon says of "stock fell sharply", behind a name.
    private func moveOfNamed(at index: Int) -> Match? {
        let subjects = ["underlying", "stock", "shares", "it"]
        var before = index - 1
        let isName = { (position: Int) in isUsed[position] && isTransparent[position] && !isKindWord(position) }
        guard before >= 0, isName(before) || subjects.contains(tokens[before].text) else { return nil }
        // "Apple was down sharply": with and without the verb, whichever says more.
        before = ["was", "is", "had", "has", "were", "closed", "moved"].contains(word(index)) ? index + 1 : index
        let candidates = [index, before].compactMap { start in
            longest(vocabulary.stockPhrases, at: start).map { (end: start + $0.length, categories: $0.meanings) }
        }
        guard let best = candidates.max(by: { $0.end < $1.end }) else { return nil }
        return Match(index..<best.end, [meaning(best.categories)])
    }

    /// "volume is far above the open interest", "volume more than twice its open interest".
    private func volumeAboveOpenInterest(at index: Int) -> Match? {
        guard let (length, fields) = longest(vocabulary.fieldNouns, at: index), fields.contains(.volume),
            word(index) != "open"
        else { return nil }
        var position = index + length
        var isAbove = false
        while position < index + length + 9 {
            if isAbove, let (length, fields) = longest(vocabulary.fieldNouns, at: position), fields == [.openInterest] {
                let unusual = QuestionVocabulary.Category(attribute: .unusualActivity, index: 0)
                return Match(index..<position + length, [meaning([unusual])])
            }
            if let (length, comparisons) = longest(vocabulary.comparisons, at: position),
                comparisons.contains(.above) || comparisons.contains(.atLeast)
            {
                isAbove = true
                position += length
            } else if vocabulary.multiples.contains(word(position)) {
                isAbove = isAbove || word(position) == "twice" || word(position) == "double"
                position += 1
            } else if isFree(position), tokens[position].isNumber, vocabulary.multiples.contains(word(position + 1)) {
                position += 2
            } else {
                return nil
            }
        }
        return nil
    }

    /// "some volume", "any open interest": every category but "no".
    private func presence(at index: Int) -> Match? {
        guard let (length, _) = longest(vocabulary.quantifiers, at: index),
            let (start, end, attributes) = noun(after: index + length)
        else { return nil }
        let none = vocabulary.adjectives.meanings(of: ["no"])
        let codes = attributes.compactMap { attribute -> (attribute: Attribute, codes: UInt8)? in
            guard let category = none.first(where: { $0.attribute == attribute }) else { return nil }
            return (attribute, vocabulary.allCodes(attribute) & ~vocabulary.codes(category))
        }
        guard !codes.isEmpty else { return nil }
        let used = start == index + length ? [index..<end] : [index..<index + length, start..<end]
        return Match(index..<end, [.categories(codes)], used: used)
    }

    // MARK: Adjectives

    private struct Adjectives {
        var end: Int
        /// Where each ends.
        var ends: [Int]
        /// Each adjective's categories, over all attributes.
        var items: [[QuestionVocabulary.Category]]
        /// Whether "to" stands before the item: it and the one before are the ends of a range.
        var isRange: [Bool]

        /// The first of them.
        func prefix(_ count: Int) -> Adjectives {
            Adjectives(
                end: ends[count - 1], ends: Array(ends.prefix(count)), items: Array(items.prefix(count)),
                isRange: Array(isRange.prefix(count)))
        }

        /// The codes for an attribute, when every adjective fits it.
        func codes(_ attribute: Attribute, _ vocabulary: QuestionVocabulary) -> UInt8? {
            var codes: UInt8 = 0
            var last: QuestionVocabulary.Category?
            for (index, item) in items.enumerated() {
                guard let category = item.first(where: { $0.attribute == attribute }) else { return nil }
                if isRange[index], let last {
                    codes |= vocabulary.codes(from: last, to: category)
                    // "moderate to high": the range says where it ends.
                    if index == 1 { codes = vocabulary.codes(from: last, to: category) }
                } else {
                    codes |= vocabulary.codes(category)
                }
                last = category
            }
            return codes
        }
    }

    /// "high", "low or moderate", "light to active", "very high".
    private func adjectives(at index: Int) -> Adjectives? {
        guard let first = adjective(at: index) else { return nil }
        var list = Adjectives(end: first.end, ends: [first.end], items: [first.categories], isRange: [false])
        while list.items.count < QuestionReading.listLimit {
            var next: Int?
            var isRange = false
            if ["to", "-", "through"].contains(word(list.end)) {
                next = list.end + 1
                isRange = true
            } else {
                next = separator(at: list.end)
            }
            // "extreme, medium term": the second word begins a phrase of its own.
            guard let next, let following = adjective(at: next),
                // "good, no more than 5 weeks".
                length(vocabulary.comparisons, at: next) <= following.end - next
            else { return list }
            if let phrase = longest(vocabulary.phrases, at: next), phrase.length > following.end - next,
                phrase.meanings.allSatisfy({ phrase in !following.categories.contains { $0.attribute == phrase.attribute } })
            {
                return list
            }
            list.ends.append(following.end)
            list.items.append(following.categories)
            list.isRange.append(isRange)
            list.end = following.end
        }
        return list
    }

    private func adjective(at index: Int) -> (end: Int, categories: [QuestionVocabulary.Category])? {
        let whole = longest(vocabulary.adjectives, at: index)
        var start = index
        while start < index + 3, vocabulary.intensifiers.contains(word(start)) { start += 1 }
        if start > index, let (length, categories) = longest(vocabulary.adjectives, at: start),
            whole == nil || whole?.length == start + length - index
        {
            // "very high" is a category of its own for some attributes; for the others "very" raises the adjective's.
            let own = whole?.meanings ?? []
            let raised = categories.filter { category in !own.contains { $0.attribute == category.attribute } }
            return (start + length, own + raised.map(vocabulary.intensified))
        }
        if let (length, categories) = whole { return (index + length, categories) }
        if vocabulary.hedges.contains(word(index)), let (length, categories) = longest(vocabulary.adjectives, at: index + 1) {
            return (index + 1 + length, categories)
        }
        return nil
    }

    /// "high volume", "light or no Apple call volume", "high volume and open interest".
    private func adjectiveNoun(at index: Int) -> Match? {
        guard let adjectives = adjectives(at: index) else { return nil }
        guard let (start, end, attributes) = noun(after: adjectives.end) else { return nil }
        guard var meaning = meaning(adjectives, attributes) else { return nil }
        if start == adjectives.end, let (last, unwanted) = exception(at: end, attributes),
            case .categories(let codes) = meaning
        {
            meaning = .categories(
                codes.map { own in
                    (own.attribute, own.codes & ~(unwanted.first { $0.attribute == own.attribute }?.codes ?? 0))
                })
            return Match(index..<last, [meaning])
        }
        var used = start == adjectives.end ? [index..<end] : [index..<adjectives.end, start..<end]
        var meanings = [meaning]
        var last = end
        // A second noun under the same adjective, unless it has an adjective or a number of its own.
        while meanings.count < QuestionReading.listLimit, let next = separator(at: last), !isComma(next - 1), self.length(vocabulary.phrases, at: next) == 0,
            let (length, others) = longest(vocabulary.nouns, at: next),
            self.adjectives(at: next) == nil, !hasOwnValue(next + length),
            let meaning = self.meaning(adjectives, others)
        {
            meanings.append(meaning)
            used.append(last..<next + length)
            last = next + length
        }
        if used.count > 1, used.allSatisfy({ $0.lowerBound == used[0].lowerBound }) == false, isContiguous(used) {
            used = [index..<last]
        }
        return Match(index..<last, meanings, used: used)
    }

    /// "(high volume) but not very high".
    private func exception(
        at index: Int, _ attributes: [Attribute]
    ) -> (end: Int, codes: [(attribute: Attribute, codes: UInt8)])? {
        var position = isComma(index) ? index + 1 : index
        if ["but", "yet", "though"].contains(word(position)) { position += 1 }
        guard word(position) == "not", let adjectives = adjectives(at: position + 1), noun(after: adjectives.end) == nil,
            case .categories(let codes)? = meaning(adjectives, attributes)
        else { return nil }
        return (adjectives.end, codes)
    }

    private func isContiguous(_ spans: [Range<Int>]) -> Bool {
        zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
    }

    private func hasOwnValue(_ index: Int) -> Bool {
        var position = index
        position += max(length(vocabulary.copulas, at: position), length(vocabulary.links, at: position))
        return adjective(at: position) != nil && noun(after: adjective(at: position)?.end ?? 0) == nil
            || length(vocabulary.comparisons, at: position) > 0 || isFree(position) && tokens[position].isNumber
            || ["between", "from"].contains(word(position)) && range(at: position, durations: true) != nil
    }

    private func meaning(_ adjectives: Adjectives, _ attributes: [Attribute]) -> QuestionFinding.Meaning? {
        let codes = attributes.compactMap { attribute in
            adjectives.codes(attribute, vocabulary).map { (attribute: attribute, codes: $0) }
        }
        return codes.isEmpty ? nil : .categories(codes)
    }

    /// A noun behind its adjectives; names, kinds and a few fillers may stand between.
    private func noun(after index: Int) -> (start: Int, end: Int, attributes: [Attribute])? {
        var position = index
        var passed = 0
        while position < tokens.count {
            if let (length, attributes) = longest(vocabulary.nouns, at: position) {
                return (position, position + length, attributes)
            }
            if isTransparent[position] || isFree(position) && isKindWord(position) {
                passed += 1
                position += 1
            } else if let (length, _) = longest(vocabulary.fillers, at: position) {
                passed += 1
                position += length
            } else {
                return nil
            }
            if passed > 5 { return nil }
        }
        return nil
    }

    // MARK: Nouns first

    /// The adjectives at a token that fit all nouns before them, without a last one that has its own noun behind it:
    /// "volume is low and high open interest".
    private func ownAdjectives(at index: Int, _ nouns: [[Attribute]]) -> Adjectives? {
        guard let all = adjectives(at: index) else { return nil }
        for count in stride(from: all.items.count, to: 0, by: -1) {
            let list = all.prefix(count)
            guard nouns.allSatisfy({ meaning(list, $0) != nil }) else { continue }
            if count > 1, let (_, _, following) = noun(after: list.end),
                let last = adjective(at: separator(at: list.ends[count - 2]) ?? list.ends[count - 2]),
                following.contains(where: { attribute in last.categories.contains { $0.attribute == attribute } })
            {
                continue
            }
            return list
        }
        return nil
    }

    /// "volume is high", "open interest moderate", "IV and volume both low".
    private func nounAdjective(at index: Int) -> Match? {
        guard let (length, attributes) = longest(vocabulary.nouns, at: index) else { return nil }
        var nouns = [attributes]
        var position = index + length
        while nouns.count < QuestionReading.listLimit, let next = separator(at: position), let (length, others) = longest(vocabulary.nouns, at: next) {
            nouns.append(others)
            position = next + length
        }
        let copula = self.length(vocabulary.copulas, at: position)
        position += copula
        var isNegated = false
        if word(position) == "not" {
            isNegated = true
            position += 1
        } else if let (length, _) = longest(vocabulary.negations, at: position), copula == 0,
            ["isnt", "arent", "wasnt", "werent"].contains(word(position))
        {
            isNegated = true
            position += length
        }
        guard let adjectives = ownAdjectives(at: position, nouns) else { return nil }
        // "open interest, deep in the money".
        if let phrase = longest(vocabulary.phrases, at: position), phrase.length > adjectives.end - position,
            phrase.meanings.allSatisfy({ vocabulary.lexicon[$0.attribute].nouns == nil })
        {
            return nil
        }
        // "open interest, no volume" and "volume without ...": these stand before their noun.
        if copula == 0, !isNegated, ["no", "without", "lots", "few", "little"].contains(word(position)) { return nil }
        // "strike and volume high open interest": an adjective that has its own noun behind it, when it can.
        if copula == 0, let (_, _, following) = noun(after: adjectives.end),
            meaning(adjectives, following) != nil, !hasOwnValue(adjectives.end + 1)
        {
            return nil
        }
        var meanings: [QuestionFinding.Meaning] = []
        for attributes in nouns {
            guard var meaning = meaning(adjectives, attributes) else { return nil }
            if isNegated, case .categories(let codes) = meaning {
                meaning = .categories(
                    codes.map { ($0.attribute, vocabulary.allCodes($0.attribute) & ~$0.codes) })
            }
            meanings.append(meaning)
        }
        return Match(index..<adjectives.end, meanings)
    }
}
