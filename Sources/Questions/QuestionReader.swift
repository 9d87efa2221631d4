import Descriptions
import MarketData

/// Reads questions about a store: build it once, then `read` as many as wanted, from any thread.
public struct QuestionReader: Sendable {
    let vocabulary: Vocabulary
    let table: TerminalTable
    let speller: Speller
    /// What questions are asked of; the day asked on may be changed between questions.
    public var context: QuestionContext

    /// - Throws: `VocabularyError` when the grammar's resources are at fault.
    public init(context: QuestionContext) throws(VocabularyError) {
        self.init(try .builtIn(), try .builtIn(), context)
    }

    /// Makes ready what all readers share, which may take longer than the rest of a store's opening.
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

    /// The examples that stand beside the grammar's rules: "text -> tree".
    package var ruleExamples: [String] { vocabulary.grammar.rules.flatMap { $0.examples ?? [] } }

    /// Reads a question. Every text has a reading; what is not understood is listed in it.
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
