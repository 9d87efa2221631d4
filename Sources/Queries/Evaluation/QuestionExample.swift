import Foundation
import MarketData

/// A question and what a right answer to it satisfies: a line of an evaluation file, as `QuestionGenerator` makes it.
public struct QuestionExample: Codable, Sendable {
    /// Conditions on a row, in the form of an evaluation file. A pair is [from, to]; an absent end is open.
    public struct Condition: Codable, Sendable {
        public var underlying: [String]?
        public var kind: String?
        /// S/K for calls, K/S for puts; [from, below).
        public var m: [Double?]?
        /// Both ends included, like the pairs below except `iv`, which is [from, below).
        public var dte: [Double?]?
        public var iv: [Double?]?
        public var volume: [Double?]?
        public var openInterest: [Double?]?
        public var deltaAbs: [Double?]?
        public var strike: [Double?]?
        public var date: [String?]?
        public var unusual: Bool?

        private enum CodingKeys: String, CodingKey {
            case underlying, kind, m, dte, iv, volume
            case openInterest = "open_interest"
            case deltaAbs = "delta_abs"
            case strike, date, unusual
        }
    }

    public var id: String
    public var text: String
    public var `where` = Condition()
    /// Rows of the data that satisfy the condition, where that is known.
    public var matches: Int?

    private enum CodingKeys: String, CodingKey {
        case id, text
        case `where`, matches
    }

    /// The example as one line of JSON.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
