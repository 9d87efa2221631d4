import Descriptions
import MarketData

/// The chart of one question, filled with the terminals of its tokens.
struct Lattice {
    let reader: QuestionReader
    let text: String
    let bytes: [UInt8]
    let tokens: [Token]
    var chart: Chart
    /// Word numbers of the gazetteer, after corrections; −1 for words it does not have.
    private(set) var words: [Int32] = []
    private(set) var isSoft: [Bool] = []
    private(set) var isWord: [Bool] = []
    private(set) var corrections: [Diagnostic] = []
    /// Tickers named in the question.
    private(set) var namedSymbols: [String] = []
    /// The whole question is in capitals, so capitals carry no information.
    private let isShouted: Bool
    /// Written In Title Case: a capital does not make a word a name.
    private let isTitled: Bool

    init(_ reader: QuestionReader, text: String, tokens: [Token]) {
        self.reader = reader
        self.text = text
        self.tokens = tokens
        bytes = Array(text.utf8)
        let lettered = tokens.filter { $0.letterCount > 0 }
        isShouted =
            lettered.count > 1 && lettered.allSatisfy(\.isCapitals)
            && lettered.contains { $0.letterCount > 5 || reader.table.gazetteer.wordNumber($0.hash) >= 0 && $0.letterCount > 2 }
        let plain = lettered.filter { !$0.isCapitals && reader.table.gazetteer.wordNumber($0.hash) >= 0 }
        isTitled = plain.count > 2 && plain.count { $0.startsWithCapital } * 4 >= plain.count * 3
        let table = reader.table
        isSoft = tokens.map { $0.isSeparator || ($0.letterCount > 0 && table.soft.contains($0.hash)) }
        // A comparison sign changes what a number means, as a word does.
        isWord = tokens.map { !$0.isSeparator && (!$0.isMark || table.comparisonMarks.contains($0.hash)) }
        chart = Chart(grammar: table.grammar, tokenCount: tokens.count, isSoft: isSoft)
    }

    mutating func fill() {
        let table = reader.table
        words = tokens.map { table.gazetteer.wordNumber($0.hash) }
        for index in tokens.indices where words[index] < 0 { correct(index) }
        for index in tokens.indices {
            addPhrases(from: index)
            addToken(index)
        }
        chart.run()
    }

    // MARK: Phrases and names

    private mutating func addPhrases(from start: Int) {
        let gazetteer = reader.table.gazetteer
        let nameSymbol = reader.table.grammar.symbol("name")
        guard words[start] >= 0 else { return }
        var node: Int32 = 0
        var end = start
        while end < tokens.count {
            // Brackets and quotes inside a phrase have no meaning.
            if tokens[end].isSeparator, end > start, words[end] < 0 {
                end += 1
                continue
            }
            guard words[end] >= 0, let next = gazetteer.next(node, words[end]) else { break }
            node = next
            end += 1
            if end > start + 1, (start..<end).contains(where: isWrittenTicker) {
                for entry in gazetteer.entries[Int(node)] where entry.symbol == nameSymbol {
                    if case .symbols(let symbols) = entry.value { named(symbols) }
                    chart.add(entry.symbol, start, end, entry.value, score: nameScore(end - start))
                }
                continue
            }
            for entry in gazetteer.entries[Int(node)] {
                if entry.needsCapital, !isNameOfKind(entry, end),
                    !tokens[start].startsWithCapital || isShouted || isTitled && gazetteer.entries[Int(node)].count > 1
                {
                    continue
                }
                if entry.symbol == nameSymbol, case .symbols(let symbols) = entry.value { named(symbols) }
                chart.add(
                    entry.symbol, start, end, entry.value, score: entry.symbol == nameSymbol ? nameScore(end - start) : score(entry, end - start))
            }
        }
    }

    /// "fox calls": a name of the store that is a word counts without a capital directly before a kind.
    private func isNameOfKind(_ entry: Gazetteer.Entry, _ end: Int) -> Bool {
        guard case .symbols(let symbols) = entry.value, symbols.contains(where: reader.context.symbols.contains), end < tokens.count, words[end] >= 0,
            let node = reader.table.gazetteer.next(0, words[end])
        else { return false }
        let kind = reader.table.grammar.symbol("kind")
        return reader.table.gazetteer.entries[Int(node)].contains { $0.symbol == kind }
    }

    /// A name of several words rarely has another meaning.
    private func nameScore(_ words: Int) -> Int { words > 1 ? 60 + 4 * words : 4 }

    /// "IV rank" is not IV and a filler; but "put volume" may be the volume of puts.
    private func score(_ entry: Gazetteer.Entry, _ words: Int) -> Int {
        guard words > 1, entry.symbol == reader.table.grammar.symbol("field"), case .fields(let fields) = entry.value, let field = fields.first,
            reader.vocabulary.entry(field).isNameDay == true && !field.isAdditive || field == .premiumTraded
        else { return words - 1 }
        return (words - 1) * 150
    }

    /// "in ALL options": capitals make it the ticker, not a part of a phrase.
    private func isWrittenTicker(_ index: Int) -> Bool {
        let token = tokens[index]
        guard token.isCapitals, !isShouted, token.letterCount > 1 else { return false }
        return reader.table.storeTickers[token.hash] != nil && !reader.table.notTickers.contains(token.hash)
    }

    private mutating func named(_ symbols: [String]) {
        for symbol in symbols where !namedSymbols.contains(symbol) { namedSymbols.append(symbol) }
    }

    private mutating func addToken(_ index: Int) {
        let grammar = reader.table.grammar
        let token = tokens[index]
        func add(_ name: String, _ value: Value, score: Int = 0) { chart.add(grammar.symbol(name), index, index + 1, value, score: score) }
        switch token.kind {
        case .word:
            if let period = compactMonth(token) { add("monthYear", .period(period)) }
            if let period = compactDay(index) { add("monthDay", .period(period), score: 30) }
            if let symbol = ticker(index) {
                isSoft[index] = false
                named([symbol])
                add("name", .symbols([symbol]), score: 5)
            }
        case .number(let number): addNumber(number, index)
        case .date(let day):
            add("day", .period(Period(base: .fixed(DayInterval(day)))))
        case .monthDay(let month, let day):
            add("monthDay", .period(Period(base: .calendar(year: nil, part: .day(month: month, day: day)))))
        case .yearMonth(let year, let month): add("yearMonth", .period(Period(base: .calendar(year: year, part: .month(month)))))
        case .time: add("time", .none)
        case .impossibleDate: add("impossible", .none)
        case .contract(let contract): add("contract", .contract(contract))
        case .mark, .separator: break
        }
    }

    /// "JAN15", "sep2016": a month and a number written as one word.
    private func compactDate(_ token: Token) -> (month: Int, number: Int, digits: Int)? {
        let text = bytes[token.range]
        let digits = text.suffix(text.count - token.letterCount)
        guard token.letterCount >= 3, (1...4).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        let letters = String(decoding: text.prefix(token.letterCount), as: UTF8.self)
        guard let month = reader.table.months[letters.lowercased()] else { return nil }
        return (month, digits.reduce(0) { $0 * 10 + Int($1) - 48 }, digits.count)
    }

    private func compactMonth(_ token: Token) -> Period? {
        guard let (month, number, digits) = compactDate(token), digits == 2 || digits == 4 else { return nil }
        return Period(base: .calendar(year: digits == 2 ? 2000 + number : number, part: .month(month)))
    }

    /// "jun6", "JUN21 2014", and "JUL19" where no option is listed that far ahead: a month and a day written as one word.
    private func compactDay(_ index: Int) -> Period? {
        guard let (month, number, digits) = compactDate(tokens[index]), digits <= 2, (1...31).contains(number) else { return nil }
        var hasYear = false
        if index + 1 < tokens.count, case .number(let next) = tokens[index + 1].kind {
            hasYear = next.isBare && next.digitCount == 4 && (1990...2099).contains(next.value)
        }
        guard digits == 1 || hasYear || reader.context.reference.map({ 2000 + number > $0.year + 3 }) ?? false else { return nil }
        return Period(base: .calendar(year: nil, part: .day(month: month, day: number)))
    }

    private mutating func addNumber(_ number: LexedNumber, _ index: Int) {
        let grammar = reader.table.grammar
        func add(_ name: String, _ value: Value, score: Int = 0) { chart.add(grammar.symbol(name), index, index + 1, value, score: score) }
        var quantity = Quantity(
            value: number.value * number.scale, scale: number.scale, isSigned: number.isNegative, isBare: number.isBare || number.hasPoint,
            hasPoint: number.hasPoint)
        switch number.form {
        case .plain:
            if isAbbreviatedYear(number, index) {
                add("year", .number(2000 + number.value))
                return
            }
            let isYear = number.isBare && number.digitCount == 4 && (1990...2099).contains(number.value)
            quantity.isYear = isYear
            add("number", .quantity(quantity), score: isYear ? -25 : 0)
            if isYear { add("year", .number(number.value)) }
            if number.isBare, (1...31).contains(number.value) { add("dayNumber", .number(number.value)) }
        case .percent:
            quantity.unit = .percent
            quantity.isBare = false
            add("percentNumber", .quantity(quantity))
        case .money:
            quantity.unit = .dollars
            quantity.isBare = false
            add("moneyNumber", .quantity(quantity))
        case .cents:
            quantity.unit = .dollars
            quantity.value = (number.value * 1e7).rounded() / 1e9
            quantity.isCents = true
            quantity.isBare = false
            add("centNumber", .quantity(quantity))
        case .multiple: add("multipleNumber", .number(number.value))
        case .ordinal:
            add("ordinalNumber", .number(number.value))
            if (1...31).contains(number.value) { add("dayNumber", .number(number.value)) }
        case .decade:
            // "Jan 2015s" are of one year.
            if (1990...2099).contains(number.value), number.value.truncatingRemainder(dividingBy: 10) != 0 {
                add("year", .number(number.value))
            } else if number.value.truncatingRemainder(dividingBy: 10) != 0 {
                // "AAPL 95s".
                add("strikePlural", .quantity(quantity))
            } else {
                add("decade", .quantity(quantity))
            }
        case .strike(let kind):
            let test = ConstraintTree.test(.number(.strike, .exactly(number.value)))
            add("strikeLetter", .atoms([.test(.kinds([kind == .call ? .call : .put])), test]))
            // "below 10c" may be cents.
            if kind == .call, bytes[tokens[index].range.upperBound - 1] == UInt8(ascii: "c") {
                quantity.unit = .dollars
                quantity.value = (number.value * 1e7).rounded() / 1e9
                quantity.isCents = true
                quantity.isBare = false
                add("centNumber", .quantity(quantity))
            }
        }
    }

    /// "Oct '14": two digits behind an apostrophe.
    private func isAbbreviatedYear(_ number: LexedNumber, _ index: Int) -> Bool {
        guard number.isBare, number.digitCount == 2, index > 0, tokens[index - 1].isSeparator else { return false }
        let (before, start) = (tokens[index - 1].range, tokens[index].range.lowerBound)
        guard before.upperBound == start else { return false }
        let mark = bytes[before]
        return mark.elementsEqual([0x27]) || mark.elementsEqual([0xE2, 0x80, 0x99]) || mark.elementsEqual([0xE2, 0x80, 0x98])
    }

    /// The ticker that a word is, by the rules of capitals.
    private func ticker(_ index: Int) -> String? {
        let token = tokens[index]
        let table = reader.table
        let known = table.storeTickers[token.hash] ?? table.otherTickers[token.hash]
        if token.hasDollar { return known ?? upper(token) }
        if token.isCapitals, !isShouted {
            if let own = table.storeTickers[token.hash] { return isArticle(index) ? nil : own }
            guard compactMonth(token) == nil else { return nil }
            guard words[index] < 0 || table.otherTickers[token.hash] != nil && token.letterCount > 2, !table.notTickers.contains(token.hash) else {
                return nil
            }
            if let known { return known }
            guard (2...5).contains(token.letterCount), token.range.count == token.letterCount, words[index] < 0 else { return nil }
            return upper(token)
        }
        guard let known, token.letterCount >= 3, !table.ordinary.contains(token.hash), !table.notTickers.contains(token.hash),
            words[index] < 0 || table.isOnlyName(words[index])
        else { return nil }
        return known
    }

    private func upper(_ token: Token) -> String? {
        let text = string(token).filter { $0 != "$" }.uppercased()
        return text.utf8.count <= 8 && text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) ? text : nil
    }

    /// "A call on Apple" begins with an article, "A calls" with a ticker.
    private func isArticle(_ index: Int) -> Bool {
        guard isFiller(words[index]), tokens[index].letterCount == 1, tokens[index].range.count == 1, index == 0 || tokens[index - 1].isSeparator,
            index + 1 < tokens.count
        else { return false }
        let next = tokens[index + 1]
        guard next.letterCount > 0, !next.isCapitals else { return false }
        return bytes[next.range.upperBound - 1] | 0x20 != 0x73
    }

    private func isFiller(_ word: Int32) -> Bool {
        let gazetteer = reader.table.gazetteer
        guard word >= 0, let node = gazetteer.next(0, word) else { return false }
        let filler = reader.table.grammar.symbol("filler")
        return gazetteer.entries[Int(node)].contains { $0.symbol == filler }
    }

    func string(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    func string(_ first: Int, _ end: Int) -> String {
        guard first < end else { return "" }
        return String(decoding: bytes[tokens[first].range.lowerBound..<tokens[end - 1].range.upperBound], as: UTF8.self)
    }

    // MARK: Spelling

    /// The only candidate, or the only one of several that begins or ends a phrase with the word beside it: "opem interest".
    private func onlyFitting(_ candidates: [Int32], _ index: Int) -> Int32? {
        guard candidates.count > 1 else { return candidates.first }
        let gazetteer = reader.table.gazetteer
        func joins(_ first: Int32, _ second: Int32) -> Bool {
            guard first >= 0, second >= 0, let node = gazetteer.next(0, first) else { return false }
            return gazetteer.next(node, second) != nil
        }
        let fitting = candidates.filter { candidate in
            index + 1 < words.count && joins(candidate, words[index + 1]) || index > 0 && joins(words[index - 1], candidate)
        }
        return fitting.count == 1 ? fitting[0] : nil
    }

    private mutating func correct(_ index: Int) {
        let token = tokens[index]
        let table = reader.table
        if let word = table.slips[token.hash], !token.isCapitals {
            words[index] = word
            isSoft[index] = TerminalTable.hash(table.gazetteer.spellings[Int(word)]).map(table.soft.contains) ?? false
            corrections.append(.correction(word: string(token), readAs: table.gazetteer.spellings[Int(word)]))
            return
        }
        guard case .word = token.kind, token.letterCount >= 4, token.letterCount <= 24, !token.hasDollar, !table.ordinary.contains(token.hash),
            !table.english.contains(token.hash), ticker(index) == nil
        else { return }
        let folded = string(token).unicodeScalars.compactMap {
            let value = CharacterClass.folded($0.value); return value == 0 ? nil : value
        }
        guard let word = onlyFitting(reader.speller.corrections(of: folded), index) else { return }
        words[index] = word
        isSoft[index] = false
        corrections.append(.correction(word: string(token), readAs: table.gazetteer.spellings[Int(word)]))
    }
}
