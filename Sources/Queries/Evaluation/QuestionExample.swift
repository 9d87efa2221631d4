import Foundation
import MarketData

/// A question and the condition of a correct answer: a line of an evaluation file, as `QuestionGenerator` makes it.
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
    /// Number of rows that satisfy the condition, if known.
    public var matches: Int?
    /// What kind of question it is, for reports by kind.
    public var kind: String?
    /// How the question must be read, if the file says so; its members are siblings of `text`.
    public var reading: GoldReading?

    private enum CodingKeys: String, CodingKey {
        case id, text
        case `where`, matches, kind
    }

    init(id: String, text: String) {
        self.id = id
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        id = try members.decode(String.self, forKey: .id)
        text = try members.decode(String.self, forKey: .text)
        matches = try members.decodeIfPresent(Int.self, forKey: .matches)
        kind = try members.decodeIfPresent(String.self, forKey: .kind)
        if let condition = try members.decodeIfPresent(Condition.self, forKey: .where) {
            self.where = condition
        } else {
            // A question without a condition on rows must say how it must be read.
            reading = try GoldReading(from: decoder)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(id, forKey: .id)
        try members.encode(text, forKey: .text)
        try members.encodeIfPresent(matches, forKey: .matches)
        try members.encodeIfPresent(kind, forKey: .kind)
        if let reading { try reading.encode(to: encoder) } else { try members.encode(self.where, forKey: .where) }
    }

    /// The example as one line of JSON.
    /// - Throws: `EncodingError` for a number that JSON cannot represent.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
