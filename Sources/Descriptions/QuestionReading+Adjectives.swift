/// Adjectives with their nouns, in either order: "high volume", "open interest is moderate or low".
extension QuestionReading {
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
                !phrase.meanings.contains(where: { meaning in
                    (list.items + [following.categories]).allSatisfy { item in
                        item.contains { $0.attribute == meaning.attribute }
                    }
                })
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

    func adjective(at index: Int) -> (end: Int, categories: [QuestionVocabulary.Category])? {
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
        if vocabulary.hedges.contains(word(index)),
            let (length, categories) = longest(vocabulary.adjectives, at: index + 1)
        {
            return (index + 1 + length, categories)
        }
        return nil
    }

    /// "high volume", "light or no Apple call volume", "high volume and open interest".
    func adjectiveNoun(at index: Int) -> Match? {
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
        while meanings.count < QuestionReading.listLimit, let next = separator(at: last), !isComma(next - 1),
            self.length(vocabulary.phrases, at: next) == 0,
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
        guard word(position) == "not", let adjectives = adjectives(at: position + 1),
            noun(after: adjectives.end) == nil,
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
    func noun(after index: Int) -> (start: Int, end: Int, attributes: [Attribute])? {
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
    func nounAdjective(at index: Int) -> Match? {
        guard let (length, attributes) = longest(vocabulary.nouns, at: index) else { return nil }
        var nouns = [attributes]
        var position = index + length
        while nouns.count < QuestionReading.listLimit, let next = separator(at: position),
            let (length, others) = longest(vocabulary.nouns, at: next)
        {
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
