/// Categories of the lexicon, and the walk that finds them and the numbers.
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

    func meaning(_ categories: [QuestionVocabulary.Category]) -> QuestionFinding.Meaning {
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
        if longest(vocabulary.trailers, at: end) != nil, categories.contains(where: { $0.attribute == .tenor }) {
            return nil
        }
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
    func separator(at index: Int) -> Int? {
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
}
