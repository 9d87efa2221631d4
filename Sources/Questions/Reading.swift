/// A question, read.
public struct Reading: Hashable, Codable, Sendable {
    /// A part of the question and how it was used.
    public struct Step: Hashable, Codable, Sendable {
        public enum Use: String, Codable, Hashable, Sendable {
            case constraint, measure, order, limit, group, intent, connective, filler, diagnostic, notUnderstood
        }
        /// UTF-8 offsets in the question.
        public var range: Range<Int>
        public var text: String
        public var use: Use
        /// Its meaning, in the typed text form; empty for fillers.
        public var reading: String
    }

    public var text: String
    public var query: Query
    /// In the order in which an answer lists them.
    public var diagnostics: [Diagnostic]
    /// Phrases that carry meaning and were not understood.
    public var notUnderstood: [String]
    /// Every word of the question is in one step.
    public var steps: [Step]
}
