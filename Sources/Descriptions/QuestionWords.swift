import Foundation

/// The words of questions that are not words of the market: comparisons, negations, units, dates, and what carries no
/// meaning. Data: `Resources/questions.json`. They change no description, so they are outside the lexicon's version.
public struct QuestionWords: Codable, Sendable {
    /// A number that a question can ask of.
    public struct Field: Codable, Sendable {
        public var field: NumericField
        /// Phrases that stand before the number: "open interest" (above 500).
        public var nouns: [String]
        /// Phrases that stand behind it: (500) "contracts of open interest".
        public var units: [String]
        /// How far "around" and a bare number reach on either side; a share of the number when `isRelative`.
        public var about: Double
        public var exactly: Double?
        public var aboutAtLeast: Double?
        public var isRelative: Bool?
    }

    /// What a comparison demands of a number.
    public enum Comparison: String, Codable, Sendable, CodingKeyRepresentable {
        case above, atLeast, below, atMost, about, exactly
    }

    /// Where a date stands to the days asked for.
    public enum DateRelation: String, Codable, Sendable, CodingKeyRepresentable {
        case within, from, after, before, through
    }

    public var stopWords: [String]
    /// Stop words that are kept when they stand before words that were not understood: "before earnings".
    public var prepositions: [String]
    public var corporateSuffixes: [String]
    public var negations: [String]
    /// Negations whose list goes on behind commas: "excluding Apple, Google and Ford".
    public var listNegations: [String]
    /// Phrases that look like negations and are none: "not only".
    public var falseNegations: [String]
    public var comparisons: [Comparison: [String]]
    /// Comparisons that stand behind their number: "500 or more".
    public var trailers: [Comparison: [String]]
    /// Words between a noun and its number or adjective.
    public var links: [String]
    public var copulas: [String]
    public var intensifiers: [String]
    public var hedges: [String]
    /// Words that may stand between an adjective and its noun.
    public var fillers: [String]
    /// Words for more than none: "some volume".
    public var quantifiers: [String]
    /// Words of `day`, `week`, `month` and `year`.
    public var durations: [String: [String]]
    public var durationTails: [String]
    public var notTenorBefore: [String]
    public var notTenorAfter: [String]
    public var fields: [Field]
    public var moneynessOut: [String]
    public var moneynessIn: [String]
    public var moneynessAround: [String]
    public var months: [[String]]
    public var dateRelations: [DateRelation: [String]]
    public var dateTrailers: [DateRelation: [String]]
    public var expiryBefore: [String]
    public var expiryAfter: [String]
    /// Words before a number that make it a count of rows wanted, not a strike: "show 10 puts".
    public var countWords: [String]
    /// Words between "volume" and "open interest" when the one is a multiple of the other.
    public var multiples: [String]
    public var genericOptions: [String]
    public var generalStock: [String]
    /// Abbreviations that are never tickers unless written "$XYZ".
    public var notTickers: [String]
    /// Words that are tickers only in capitals.
    public var tickerLikeWords: [String]
    /// Company names that are ordinary words too: names only when capitalised.
    public var capitalisedNames: [String]

    /// The words that ship with this build.
    public static func builtIn() throws(DescriptionError) -> QuestionWords {
        try QuestionWords(json: Data(PackageResources.questions_json))
    }

    /// - Throws: `DescriptionError` when the JSON does not hold every list, or names a duration or month too few.
    public init(json: Data) throws(DescriptionError) {
        do {
            self = try JSONDecoder().decode(QuestionWords.self, from: json)
        } catch {
            throw DescriptionError("the words of questions are not readable: \(error)")
        }
        guard months.count == 12, Set(durations.keys) == ["day", "week", "month", "year"] else {
            throw DescriptionError("the words of questions need 12 months and the durations day, week, month, year")
        }
    }
}
