import MarketData

/// Reads questions in plain English: market terms become constraints, the rest is reported.
///
/// Setting one up costs a few milliseconds (the lexicon is made ready for look-up), reading a question some tens of
/// microseconds.
public struct QuestionParser: Sendable {
    private let vocabulary: QuestionVocabulary
    private let aliases: AliasTable
    private let symbols: Set<String>
    private let asOf: Day?

    /// - Parameters:
    ///   - words: the words of questions that are no words of the market; those of this build by default.
    ///   - symbols: the tickers of the store. A lower-case word is read as a ticker only when it is one of them or of
    ///     the alias table; a name that stands for several tickers means those of them that the store has.
    ///   - asOf: the day that "today" and "the last 30 days" count from. Without it such words are not understood:
    ///     history has no clock.
    public init(
        lexicon: Lexicon, words: QuestionWords, aliases: AliasTable, symbols: Set<String>, asOf: Day? = nil
    ) {
        vocabulary = QuestionVocabulary(lexicon: lexicon, words: words)
        self.aliases = aliases
        self.symbols = symbols
        self.asOf = asOf
    }

    /// A parser with the words of questions that ship with this build.
    public init(
        lexicon: Lexicon, aliases: AliasTable, symbols: Set<String>, asOf: Day? = nil
    ) throws(DescriptionError) {
        self.init(lexicon: lexicon, words: try QuestionWords.builtIn(), aliases: aliases, symbols: symbols, asOf: asOf)
    }

    /// The constraints and the words that were not understood. Any text is a question: at worst nothing in it is.
    public func parse(_ text: String) -> Question {
        var reading = QuestionReading(text, vocabulary: vocabulary, aliases: aliases, symbols: symbols, asOf: asOf)
        reading.read()
        return reading.question(text)
    }
}
