import MarketData

/// Tickers and company names.
extension QuestionReading {
    mutating func readNames() {
        var index = 0
        while index < tokens.count {
            guard isFree(index), let (count, names) = symbols(at: index) else {
                index += 1
                continue
            }
            var end = index + count
            if tokens[end - 1].form == .word, !tokens[index].isMarkedAsTicker { end += suffixes(at: end) }
            narrowLastName(to: names, at: index)
            add(.underlyings(names), index..<end)
            use(index..<end)
            for position in index..<end { isTransparent[position] = true }
            index = end
        }
    }

    /// "Google (GOOG)": the ticker says which of the name's tickers is meant.
    private mutating func narrowLastName(to names: [String], at index: Int) {
        guard tokens[index].isMarkedAsTicker || tokens[index].isParenthesised, let last = findings.last,
            last.span.upperBound == index,
            case .underlyings(let earlier) = last.meaning, earlier.count > 1, names.allSatisfy(earlier.contains)
        else { return }
        findings[findings.count - 1].meaning = .underlyings(names)
    }

    /// "Inc", "Corp", "& Co" behind a name.
    private func suffixes(at index: Int) -> Int {
        var end = index
        while isFree(end) {
            if vocabulary.corporateSuffixes.contains(word(end)) {
                end += 1
            } else if word(end) == "and", vocabulary.corporateSuffixes.contains(word(end + 1)) {
                end += 2
            } else {
                break
            }
        }
        return end - index
    }

    private func symbols(at index: Int) -> (length: Int, symbols: [String])? {
        if let alias = longest(aliases.phrases, at: index), isName(index, count: alias.length) {
            let known = alias.meanings.filter(symbols.contains)
            return (alias.length, known.isEmpty ? alias.meanings : known)
        }
        // "AT&T (t)".
        if tokens[index].isParenthesised, let last = findings.last, last.span.upperBound == index,
            case .underlyings(let earlier) = last.meaning, earlier.contains(tokens[index].text.uppercased())
        {
            return (1, [tokens[index].text.uppercased()])
        }
        return ticker(at: index)
    }

    /// Whether words that are a company's name are meant as one here.
    private func isName(_ index: Int, count: Int) -> Bool {
        let token = tokens[index]
        if token.form == .number {
            // "3M", but not "volume over 3M" and "3 m to expiry".
            if count == 2, tokens[index + 1].text.count == 1 {
                return tokens[index + 1].lettering == .upper && tokens[index + 1].isGlued && !followsComparison(index)
                    && this(index + 2, isIn: vocabulary.durationTails) == false
            }
            return true
        }
        guard count == 1, vocabulary.capitalisedNames.contains(token.text) else { return true }
        if token.isMarkedAsTicker { return true }
        guard token.lettering == .capitalised else { return false }
        // "Delta 0.3", "Gap up", "Match ...": what stands next decides.
        let isAttributeWord = !vocabulary.fieldNouns.meanings(of: [token.text]).isEmpty
        let next = index + 1
        if isAttributeWord, isFree(next) {
            if tokens[next].isNumber || length(vocabulary.comparisons, at: next) > 0
                || length(vocabulary.links, at: next) > 0 || word(next) == "between" || word(next) == "from"
            {
                return false
            }
        }
        if length(vocabulary.phrases, at: index) > 1 { return false }
        // The first word of a sentence is capitalised anyway: a kind or an attribute has to follow.
        if index == 0 {
            return token.isPossessive || length(vocabulary.kinds, at: next) > 0 || isOptionWord(next)
        }
        return true
    }

    private func isOptionWord(_ index: Int) -> Bool {
        length(vocabulary.phrases, at: index) > 0 || length(vocabulary.adjectives, at: index) > 0
            || vocabulary.generalStock.contains(word(index)) || vocabulary.corporateSuffixes.contains(word(index))
            || word(index) == "weekly" || word(index) == "strike"
    }

    private func this(_ index: Int, isIn table: QuestionPhraseTable<Bool>) -> Bool { length(table, at: index) > 0 }

    private func followsComparison(_ index: Int) -> Bool {
        guard index > 0 else { return false }
        for start in max(0, index - 4)..<index where start + length(vocabulary.comparisons, at: start) == index {
            return true
        }
        return ["between", "from", "and", "to", "volume", "oi", "interest"].contains(word(index - 1))
            || tokens[index - 1].form == .mark && !tokens[index - 1].isMark(",")
    }

    private func ticker(at index: Int) -> (length: Int, symbols: [String])? {
        let token = tokens[index]
        guard token.form == .word else { return nil }
        let symbol = token.text.uppercased()
        guard symbol.utf8.count <= 6, symbol.utf8.allSatisfy({ $0 < 128 }) else { return nil }
        // "BRK.B" is written in as many ways as there are vendors.
        let spelled = text(index..<index + 1).uppercased()
        let known = [spelled, symbol].first { symbols.contains($0) || aliases.name(of: $0) != nil }
        if token.isMarkedAsTicker {
            if token.isParenthesised, known == nil, vocabulary.notTickers.contains(token.text) { return nil }
            return (1, [known ?? symbol])
        }
        if vocabulary.notTickers.contains(token.text) { return nil }
        let isCapitals = token.lettering == .upper && !isShouted
        if let known {
            if isCapitals { return isLoneLetterWord(index) ? nil : (1, [known]) }
            guard !vocabulary.tickerLikeWords.contains(token.text), token.text.count > 1,
                vocabulary.months[token.text] == nil, !vocabulary.stopWords.contains(token.text)
            else { return nil }
            // A capitalised word is rather a name than a ticker, unless the store knows the ticker.
            if token.lettering == .capitalised, !symbols.contains(known) { return nil }
            return (1, [known])
        }
        // A ticker that nobody knows is still a ticker: saying that nothing is stored for it beats ignoring it.
        guard isCapitals, (2...5).contains(symbol.count), symbol.utf8.allSatisfy({ $0 >= 65 && $0 <= 90 }),
            !vocabulary.tickerLikeWords.contains(token.text), !vocabulary.stopWords.contains(token.text),
            isBesideKind(index)
        else { return nil }
        return (1, [symbol])
    }

    /// "A call on Apple": an article, not Agilent.
    private func isLoneLetterWord(_ index: Int) -> Bool {
        let token = tokens[index]
        guard token.text.count == 1 else { return false }
        if token.isGlued { return true }
        // "150 C", and a number's unit.
        if index > 0, tokens[index - 1].isNumber { return true }
        guard token.text == "a" || token.text == "i", index == 0 || isComma(index - 1) else { return false }
        return !["calls", "puts", "options"].contains(word(index + 1))
    }

    private func isBesideKind(_ index: Int) -> Bool {
        length(vocabulary.kinds, at: index + 1) > 0 || length(vocabulary.phrases, at: index + 1) > 0
            || ["on", "in", "for", "of"].contains(word(index - 1)) && index >= 2 && isKindWord(index - 2)
    }

    func isKindWord(_ index: Int) -> Bool {
        guard index >= 0, index < tokens.count else { return false }
        return !vocabulary.kinds.meanings(of: [tokens[index].text]).isEmpty
    }
}
