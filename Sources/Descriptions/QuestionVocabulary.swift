/// The lexicon and the words of questions, made ready for look-up.
struct QuestionVocabulary: Sendable {
    /// A category of an attribute.
    struct Category: Hashable, Sendable {
        var attribute: Attribute
        /// 0 for the attribute's first category.
        var index: Int
    }

    enum Duration: String, Sendable, CaseIterable {
        case day, week, month, year

        var days: Double {
            switch self {
            case .day: 1
            case .week: 7
            case .month: 30.4375
            case .year: 365
            }
        }
    }

    enum MoneynessSide: Sendable {
        case out, inside, around
    }

    let lexicon: Lexicon
    /// Whole phrases of categories.
    private(set) var phrases = QuestionPhraseTable<Category>()
    private(set) var adjectives = QuestionPhraseTable<Category>()
    private(set) var nouns = QuestionPhraseTable<Attribute>()
    /// Phrases that end in "the money", without these two words: "deep in".
    private(set) var moneynessHeads = QuestionPhraseTable<Category>()
    /// Phrases that begin with "stock", without that word: "fell sharply".
    private(set) var stockPhrases = QuestionPhraseTable<Category>()
    let quantifiers: QuestionPhraseTable<Bool>
    private(set) var kinds = QuestionPhraseTable<InstrumentKind?>()
    private(set) var fieldNouns = QuestionPhraseTable<NumericField>()
    private(set) var fieldUnits = QuestionPhraseTable<NumericField>()
    private(set) var comparisons = QuestionPhraseTable<QuestionWords.Comparison>()
    private(set) var trailers = QuestionPhraseTable<QuestionWords.Comparison>()
    private(set) var dateRelations = QuestionPhraseTable<QuestionWords.DateRelation>()
    private(set) var dateTrailers = QuestionPhraseTable<QuestionWords.DateRelation>()
    private(set) var durations = QuestionPhraseTable<Duration>()
    private(set) var moneynessSides = QuestionPhraseTable<MoneynessSide>()
    let durationTails: QuestionPhraseTable<Bool>
    let links: QuestionPhraseTable<Bool>
    let copulas: QuestionPhraseTable<Bool>
    let fillers: QuestionPhraseTable<Bool>
    private(set) var negations = QuestionPhraseTable<Bool>()
    let falseNegations: QuestionPhraseTable<Bool>
    let notTenorAfter: QuestionPhraseTable<Bool>
    let expiryAfter: QuestionPhraseTable<Bool>
    private(set) var months: [String: Int] = [:]
    private(set) var fields: [NumericField: QuestionWords.Field] = [:]
    let stopWords: Set<String>
    let prepositions: Set<String>
    let corporateSuffixes: Set<String>
    let intensifiers: Set<String>
    let hedges: Set<String>
    let notTenorBefore: Set<String>
    let expiryBefore: Set<String>
    let countWords: Set<String>
    let generalStock: Set<String>
    let multiples: Set<String>
    let notTickers: Set<String>
    let tickerLikeWords: Set<String>
    let capitalisedNames: Set<String>

    init(lexicon: Lexicon, words: QuestionWords) {
        self.lexicon = lexicon
        quantifiers = QuestionPhraseTable(words.quantifiers, true)
        durationTails = QuestionPhraseTable(words.durationTails, true)
        links = QuestionPhraseTable(words.links, true)
        copulas = QuestionPhraseTable(words.copulas, true)
        fillers = QuestionPhraseTable(words.fillers, true)
        falseNegations = QuestionPhraseTable(words.falseNegations, true)
        notTenorAfter = QuestionPhraseTable(words.notTenorAfter, true)
        expiryAfter = QuestionPhraseTable(words.expiryAfter, true)
        stopWords = Set(words.stopWords)
        prepositions = Set(words.prepositions)
        corporateSuffixes = Set(words.corporateSuffixes)
        intensifiers = Set(words.intensifiers)
        hedges = Set(words.hedges)
        notTenorBefore = Set(words.notTenorBefore)
        expiryBefore = Set(words.expiryBefore)
        countWords = Set(words.countWords)
        generalStock = Set(words.generalStock)
        multiples = Set(words.multiples)
        notTickers = Set(words.notTickers)
        tickerLikeWords = Set(words.tickerLikeWords)
        capitalisedNames = Set(words.capitalisedNames.map { QuestionTokenizer.words(of: $0).joined(separator: " ") })
        addCategories()
        addKinds(words)
        addNumbers(words)
        let lists = Set(words.listNegations)
        for phrase in words.negations { negations.insert(phrase, lists.contains(phrase)) }
    }

    private mutating func addCategories() {
        for entry in lexicon.attributes {
            for noun in entry.nouns ?? [] { nouns.insert(noun, entry.name) }
            for (index, category) in entry.categories.enumerated() {
                let meaning = Category(attribute: entry.name, index: index)
                // A phrase with a comma is two that say the same.
                let spoken = category.words.split(separator: ",").map(String.init)
                for phrase in spoken + (category.synonyms ?? []) {
                    let words = QuestionTokenizer.words(of: phrase)
                    phrases.insert(words, meaning)
                    if words.first == "stock", words.count > 1 {
                        stockPhrases.insert(Array(words.dropFirst()), meaning)
                    }
                    if entry.name == .moneyness, words.suffix(2) == ["the", "money"] {
                        moneynessHeads.insert(Array(words.dropLast(2)), meaning)
                    }
                }
                for adjective in category.adjectives ?? [] { adjectives.insert(adjective, meaning) }
            }
        }
    }

    private mutating func addKinds(_ words: QuestionWords) {
        for kind in InstrumentKind.allCases {
            guard let entry = lexicon.kinds[kind.name] else { continue }
            for phrase in Set([entry.words] + entry.synonyms) { kinds.insert(phrase, kind) }
        }
        for phrase in words.genericOptions { kinds.insert(phrase, nil) }
    }

    private mutating func addNumbers(_ words: QuestionWords) {
        for field in words.fields {
            fields[field.field] = field
            for noun in field.nouns { fieldNouns.insert(noun, field.field) }
            for unit in field.units { fieldUnits.insert(unit, field.field) }
        }
        for (comparison, phrases) in words.comparisons {
            for phrase in phrases { comparisons.insert(phrase, comparison) }
        }
        for (comparison, phrases) in words.trailers { for phrase in phrases { trailers.insert(phrase, comparison) } }
        for (relation, phrases) in words.dateRelations {
            for phrase in phrases { dateRelations.insert(phrase, relation) }
        }
        for (relation, phrases) in words.dateTrailers {
            for phrase in phrases { dateTrailers.insert(phrase, relation) }
        }
        for (name, phrases) in words.durations {
            guard let duration = Duration(rawValue: name) else { continue }
            for phrase in phrases { durations.insert(phrase, duration) }
        }
        for (index, names) in words.months.enumerated() { for name in names { months[name] = index + 1 } }
        for phrase in words.moneynessOut { moneynessSides.insert(phrase, .out) }
        for phrase in words.moneynessIn { moneynessSides.insert(phrase, .inside) }
        for phrase in words.moneynessAround { moneynessSides.insert(phrase, .around) }
    }

    /// The category codes, as bits, that satisfy a question for this category: with those above or below it where the
    /// lexicon says that the word includes them.
    func codes(_ category: Category) -> UInt8 {
        let entry = lexicon[category.attribute]
        // Categories beyond the last boundary ("no bid", "split day") stand outside the order.
        let last = entry.boundaries.count
        var codes = UInt8(1) << UInt8(category.index + 1)
        guard category.index <= last, category.index < entry.categories.count else { return codes }
        if entry.categories[category.index].includesAbove == true {
            for index in category.index...last { codes |= 1 << UInt8(index + 1) }
        }
        if entry.categories[category.index].includesBelow == true {
            for index in 0...category.index { codes |= 1 << UInt8(index + 1) }
        }
        return codes
    }

    /// The codes from one category to another, both included and nothing else.
    func codes(from first: Category, to last: Category) -> UInt8 {
        var codes: UInt8 = 0
        for index in min(first.index, last.index)...max(first.index, last.index) { codes |= 1 << UInt8(index + 1) }
        return codes
    }

    /// The codes that a negated category rules out: what is deep out of the money is not "not out of the money".
    func negatedCodes(_ attribute: Attribute, _ codes: UInt8) -> UInt8 {
        let categories = lexicon[attribute].categories
        var result = codes
        for (index, category) in categories.enumerated() where codes & (1 << UInt8(index + 1)) != 0 {
            for (other, wider) in categories.enumerated() where wider.words.hasSuffix(" " + category.words) {
                result |= 1 << UInt8(other + 1)
            }
        }
        return result
    }

    /// Every code of an attribute.
    func allCodes(_ attribute: Attribute) -> UInt8 {
        UInt8(truncatingIfNeeded: (1 << (lexicon[attribute].categories.count + 1)) - 2)
    }

    /// The category that "very" makes of one: the next in the direction in which its word reaches, if any.
    func intensified(_ category: Category) -> Category {
        let entry = lexicon[category.attribute]
        guard category.index < entry.categories.count else { return category }
        let own = entry.categories[category.index]
        var result = category
        if own.includesAbove == true, category.index < entry.boundaries.count { result.index += 1 }
        if own.includesBelow == true, category.index > 0 { result.index -= 1 }
        return result
    }
}
