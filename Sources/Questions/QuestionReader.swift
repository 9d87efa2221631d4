import Descriptions
import MarketData

/// Reads questions about a store. Build it once, then call `read` any number of times, from any thread.
public struct QuestionReader: Sendable {
    let vocabulary: Vocabulary
    let table: TerminalTable
    let speller: Speller
    /// The context of questions; the day of the question may change between questions.
    public var context: QuestionContext

    /// - Throws: `VocabularyError` if the grammar's resources are invalid.
    public init(context: QuestionContext) throws(VocabularyError) {
        self.init(try .builtIn(), try .builtIn(), context)
    }

    /// Prepares the data that all readers share, which may take longer than the rest of opening a store.
    public static func prepare() { _ = try? TerminalTable.builtIn() }

    /// A reader with another vocabulary than the shipped one.
    package init(vocabulary: Vocabulary, context: QuestionContext) throws(VocabularyError) {
        self.init(vocabulary, try TerminalTable(vocabulary: vocabulary), context)
    }

    private init(_ vocabulary: Vocabulary, _ table: TerminalTable, _ context: QuestionContext) {
        self.vocabulary = vocabulary
        self.context = context
        var table = table
        table.addNames(context)
        self.table = table
        speller = Speller(table.gazetteer)
    }

    /// The examples of the grammar's rules: "text -> tree".
    package var ruleExamples: [String] { vocabulary.grammar.rules.flatMap { $0.examples ?? [] } }

    /// Reads a question. Every text has a reading, which lists the words that were not understood.
    public func read(_ text: String) -> Reading {
        let tokens = Lexer.tokens(of: text)
        guard !tokens.isEmpty else {
            return Reading(text: text, query: Query(), diagnostics: [], notUnderstood: [], steps: [])
        }
        var lattice = Lattice(self, text: text, tokens: tokens)
        lattice.fill()
        var pass = SemanticPass(self, lattice)
        return pass.run()
    }
}
