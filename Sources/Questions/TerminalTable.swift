import Descriptions
import MarketData

/// The gazetteer of a store: the vocabulary's words, the tickers and the names, with their terminals.
struct TerminalTable: Sendable {
    let grammar: Grammar
    private(set) var gazetteer = Gazetteer()
    /// Tickers of the store, and tickers that only the alias table has, by word hash.
    private(set) var storeTickers: [UInt64: String] = [:]
    private(set) var otherTickers: [UInt64: String] = [:]
    /// Words that are no lower-case tickers and are not corrected.
    private(set) var ordinary: Set<UInt64> = []
    /// Other words that are not corrected.
    private(set) var english: Set<UInt64> = []
    /// Typing errors in short words, and their corrections.
    private(set) var slips: [UInt64: Int32] = [:]
    private(set) var notTickers: Set<UInt64> = []
    private(set) var soft: Set<UInt64> = []
    /// Names of companies that are words: they count only with a capital.
    private var capitalised: Set<UInt64> = []
    /// "anything", "those": a list goes on with them.
    private(set) var pronouns: Set<UInt64> = []
    /// "all": a "but" behind them leaves something out.
    private(set) var allWords: Set<UInt64> = []
    /// "sort": what follows "by" is an order, not a group.
    private(set) var sortVerbs: Set<UInt64> = []
    /// "best", "worst": of numbers that are better when they are small, the other way round.
    private(set) var judgements: Set<UInt64> = []
    /// "total": the next measure is a sum.
    private(set) var sumWords: Set<UInt64> = []
    /// "cheap": an order unless a number defines it.
    private(set) var vagueOrders: Set<UInt64> = []
    /// "d" of "20d": days, or delta beside another tenor.
    private(set) var deltaLetters: Set<UInt64> = []
    /// "every" of "every day": without a measure, it does not group.
    private(set) var everyWords: Set<UInt64> = []
    private(set) var prepositions: Set<UInt64> = []
    /// Marks that compare: "<", "≥", "!=".
    private(set) var comparisonMarks: Set<UInt64> = []
    /// Words of the market have the first numbers, words that occur only in names the others.
    private var marketWordCount: Int32 = 0
    private(set) var months: [String: Int] = [:]

    /// Symbols that the lexer and this table make beside the classes of words.json.
    private static let extraTerminals = [
        "number", "percentNumber", "moneyNumber", "centNumber", "multipleNumber", "ordinalNumber", "decade", "strikeLetter", "year",
        "dayNumber", "day", "monthDay", "time", "impossible", "contract", "name", "field", "fieldUnit", "category", "adjective", "levelNoun",
        "superlative",
        "yearMonth", "strikePlural", "some", "strikeWord", "aboveSpot", "categoryKey",
    ]

    /// The table of the vocabulary that ships with this build, without a store's names: made once per process.
    static func builtIn() throws(VocabularyError) -> TerminalTable { try made.get() }

    private static let made = Result { () throws(VocabularyError) in try TerminalTable(vocabulary: .builtIn()) }

    /// The table of a vocabulary, without a store's names.
    init(vocabulary: Vocabulary) throws(VocabularyError) {
        grammar = try Grammar(vocabulary.grammar, terminals: Self.extraTerminals + vocabulary.words.keys.sorted())
        for (name, keys) in vocabulary.words.sorted(by: { $0.key < $1.key })
        where !["spelling", "pronoun", "judgement", "sortVerb", "allWord", "deltaLetter", "everyWord", "vagueOrder"].contains(name) {
            for (key, phrases) in keys.sorted(by: { $0.key < $1.key }) {
                let value = try Self.value(name, key)
                for phrase in phrases { gazetteer.insert(phrase, grammar.symbol(name), value) }
            }
        }
        addFields(vocabulary)
        addCategories(vocabulary)
        for word in vocabulary.words["comparator"].map({ ($0["above"] ?? []) + ($0["below"] ?? []) }) ?? [] {
            let isAbove = vocabulary.words["comparator"]?["above"]?.contains(word) == true
            gazetteer.insert(word, grammar.symbol("aboveSpot"), .comparator(isAbove ? .above : .below))
        }
        ordinary = Self.hashes(vocabulary.ordinary)
        english = Self.hashes(vocabulary.english)
        for (right, wrong) in vocabulary.words["spelling"] ?? [:] {
            guard let word = Self.hash(right).map(gazetteer.wordNumber), word >= 0 else { continue }
            for hash in Self.hashes(wrong) { slips[hash] = word }
        }
        notTickers = Self.hashes(vocabulary.notTickers)
        pronouns = Self.hashes(vocabulary.words["pronoun"]?[""] ?? [])
        sortVerbs = Self.hashes(vocabulary.words["sortVerb"]?[""] ?? [])
        allWords = Self.hashes(vocabulary.words["allWord"]?[""] ?? [])
        deltaLetters = Self.hashes(vocabulary.words["deltaLetter"]?[""] ?? [])
        everyWords = Self.hashes(vocabulary.words["everyWord"]?[""] ?? [])
        vagueOrders = Self.hashes(vocabulary.words["vagueOrder"]?[""] ?? [])
        sumWords = Self.hashes(vocabulary.words["function"]?["sum"] ?? [])
        judgements = Self.hashes(vocabulary.words["judgement"]?[""] ?? [])
        soft = Self.hashes(vocabulary.words["soft"]?[""] ?? [])
        for name in ["comparator", "not"] {
            for word in (vocabulary.words[name] ?? [:]).values.joined() {
                let tokens = Lexer.tokens(of: word)
                if tokens.count == 1, tokens[0].isMark { comparisonMarks.insert(tokens[0].hash) }
            }
        }
        for name in ["relation", "eventRelation"] {
            for (_, words) in vocabulary.words[name] ?? [:] { prepositions.formUnion(Self.hashes(words)) }
        }
        for (key, names) in vocabulary.words["month"] ?? [:] { for name in names { months[name] = Int(key) } }
        capitalised = Self.hashes(vocabulary.capitalised)
        marketWordCount = Int32(gazetteer.spellings.count)
    }

    static func hash(_ word: String) -> UInt64? {
        let tokens = Lexer.tokens(of: word)
        return tokens.count == 1 ? tokens[0].hash : nil
    }

    private static func hashes(_ words: [String]) -> Set<UInt64> { Set(words.compactMap { hash($0) }) }

    /// The typed value of a class's key.
    private static func value(_ name: String, _ key: String) throws(VocabularyError) -> Value {
        func missing() -> VocabularyError { VocabularyError("words.json: \"\(key)\" is not a key of \"\(name)\"") }
        switch name {
        case "kind", "kindLetter":
            switch key {
            case "call": return .kinds([.call])
            case "put": return .kinds([.put])
            case "stock": return .kinds([.stock])
            case "option": return .kinds([.call, .put])
            default: throw missing()
            }
        case "comparator", "compareMark", "trailer", "moreOf", "boundWord":
            guard let comparator = Comparator(rawValue: key) else { throw missing() }
            return .comparator(comparator)
        case "numberWord", "decadeWord", "scale", "month", "weekday", "anyWeekday", "ordinal", "firstLast", "quarterName", "halfName", "multiple",
            "signWord",
            "expiryRank", "monthRank", "rankWord", "coin":
            guard let number = Double(key) else { throw missing() }
            return .number(number)
        case "mathLetter", "sortNoun":
            guard let field = Field(rawValue: key) else { throw missing() }
            return .fields([field])
        case "holiday":
            let numbers = key.split(separator: "-").compactMap { Int($0) }
            guard numbers.count == 2 || numbers.count == 3, (1...12).contains(numbers[0]) else { throw missing() }
            if numbers.count == 2 { return .period(Period(base: .calendar(year: nil, part: .day(month: numbers[0], day: numbers[1])))) }
            // The n-th weekday of a month; 9 is the last.
            let ordinal = numbers[2] == 9 ? -1 : numbers[2]
            return .period(Period(base: .calendar(year: nil, part: .month(numbers[0])), modifiers: [.weekday(ordinal, numbers[1])]))
        case "unit", "units":
            guard let unit = TimeUnit(rawValue: key) else { throw missing() }
            return .unit(unit)
        case "function", "functionAfter":
            guard let function = Measure.Function(rawValue: key) else { throw missing() }
            return .function(function)
        case "groupNoun", "groupAdverb", "groupAdj", "orderedNoun", "orderedPlural":
            guard let grouping = Grouping(rawValue: key) else { throw missing() }
            return .grouping(grouping)
        case "intent":
            guard let intent = Intent(rawValue: key) else { throw missing() }
            return .intent(intent)
        case "namedDay":
            let days = key.split(separator: ".", omittingEmptySubsequences: true).compactMap { Day(iso: $0) }
            guard days.count == 2 else { throw missing() }
            return .period(Period(base: .fixed(DayInterval(from: days[0], to: days[1]))))
        default: return key.isEmpty ? .none : .key(key)
        }
    }

    private mutating func addFields(_ vocabulary: Vocabulary) {
        let (noun, unit) = (grammar.symbol("field"), grammar.symbol("fieldUnit"))
        for entry in vocabulary.fields {
            for phrase in entry.nouns { gazetteer.insert(phrase, noun, .fields([entry.field])) }
            // As `--explain` prints it: "openInterest".
            let name = entry.field.rawValue
            if name.contains(where: \.isUppercase) { gazetteer.insert(name, noun, .fields([entry.field])) }
            for phrase in entry.units ?? [] { gazetteer.insert(phrase, unit, .fields([entry.field])) }
            for phrase in entry.descending ?? [] {
                gazetteer.insert(phrase, grammar.symbol("superlative"), .ordering([Ordering(entry.field, isDescending: true)]))
            }
            for phrase in entry.ascending ?? [] {
                gazetteer.insert(phrase, grammar.symbol("superlative"), .ordering([Ordering(entry.field, isDescending: false)]))
            }
        }
        for phrase in vocabulary.entry(.strike).nouns { gazetteer.insert(phrase, grammar.symbol("strikeWord"), .none) }
    }

    private mutating func addCategories(_ vocabulary: Vocabulary) {
        var levels: [String: Level] = [:]
        var nouns: [String: [Attribute]] = [:]
        var keys: [String: Level] = [:]
        for entry in vocabulary.attributes {
            for (index, category) in entry.categories.enumerated() {
                let codes = Vocabulary.codes(of: index, in: entry)
                // As `--explain` prints it: "moneyness=out".
                gazetteer.insert(
                    "\(entry.attribute.rawValue)=\(category.key)", grammar.symbol("category"),
                    .tree(.test(.category(entry.attribute, [index + 1]))), corrects: false)
                keys[category.key.lowercased(), default: Level(codes: [:])].codes[entry.attribute] = [index + 1]
                for phrase in category.phrases {
                    gazetteer.insert(phrase, grammar.symbol("category"), .tree(.test(.category(entry.attribute, codes))))
                }
                for adjective in category.adjectives ?? [] { levels[adjective, default: Level(codes: [:])].codes[entry.attribute] = codes }
            }
            for noun in entry.nouns ?? [] { nouns[noun, default: []].append(entry.attribute) }
        }
        for (adjective, level) in levels.sorted(by: { $0.key < $1.key }) { gazetteer.insert(adjective, grammar.symbol("adjective"), .level(level)) }
        for (noun, attributes) in nouns.sorted(by: { $0.key < $1.key }) {
            gazetteer.insert(noun, grammar.symbol("levelNoun"), .attributes(attributes))
        }
        for (key, level) in keys.sorted(by: { $0.key < $1.key }) {
            gazetteer.insert(key, grammar.symbol("categoryKey"), .level(level), corrects: false)
        }
        for word in vocabulary.some { gazetteer.insert(word, grammar.symbol("some"), .none) }
    }

    /// Adds the tickers and the names of a store, once.
    mutating func addNames(_ context: QuestionContext) {
        for symbol in context.symbols.sorted() {
            if let hash = Self.hash(symbol) { storeTickers[hash] = symbol }
        }
        for symbol in context.aliases.symbols.sorted() where !context.symbols.contains(symbol) {
            if let hash = Self.hash(symbol) { otherTickers[hash] = symbol }
        }
        for symbol in context.aliases.symbols.sorted() {
            for name in context.aliases.spellings(of: symbol) { add(name: name, symbol) }
        }
        // A name of several tickers means those of the store, when it has any.
        gazetteer.preferSymbols(context.symbols, grammar.symbol("name"))
    }

    private mutating func add(name: String, _ symbol: String) {
        let tokens = Lexer.tokens(of: name).filter { !$0.isSeparator }
        guard let first = tokens.first else { return }
        let isWord =
            tokens.count == 1 && first.letterCount > 0
            && (capitalised.contains(first.hash) || ordinary.contains(first.hash)
                || (0..<marketWordCount).contains(gazetteer.wordNumber(first.hash)))
        gazetteer.insert(tokens, text: name, grammar.symbol("name"), .symbols([symbol]), needsCapital: isWord)
        if name.contains("'") || name.contains("’") {
            let plain = name.filter { $0 != "'" && $0 != "’" }
            gazetteer.insert(Lexer.tokens(of: plain), text: plain, grammar.symbol("name"), .symbols([symbol]))
        }
    }
}

extension Gazetteer {
    /// Keeps only the preferred tickers of names that have some of them.
    mutating func preferSymbols(_ preferred: Set<String>, _ symbol: Int) {
        for node in entries.indices {
            for index in entries[node].indices where entries[node][index].symbol == symbol {
                guard case .symbols(let all) = entries[node][index].value else { continue }
                let kept = all.filter(preferred.contains)
                // Of names that the store does not have, the first stands for all.
                keep(kept.isEmpty ? Array(all.prefix(1)) : kept, at: node, index)
            }
        }
    }

    private mutating func keep(_ symbols: [String], at node: Int, _ index: Int) {
        var changed = entries[node]
        changed[index].value = .symbols(symbols)
        replace(changed, at: node)
    }
}

extension TerminalTable {
    /// Whether a word of the gazetteer is only part of names, so that it may be a lower-case ticker too.
    func isOnlyName(_ word: Int32) -> Bool {
        guard let node = gazetteer.next(0, word) else { return true }
        let name = grammar.symbol("name")
        return gazetteer.entries[Int(node)].allSatisfy { $0.symbol == name }
    }
}
