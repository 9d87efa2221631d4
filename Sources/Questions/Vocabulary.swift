public import Base
import Descriptions
import MarketData
import StrictJSON

/// All words of the grammar: data from the target's JSON resources, checked and typed.
public struct Vocabulary: Sendable {
    /// The grammar's data of a field, apart from its name.
    struct FieldEntry: Sendable {
        var field: Field
        var label: String
        /// dollars, percent (stored as a fraction), rank (0…100), count, days, number, date.
        var unit: String
        var nouns: [String]
        /// Nouns that follow their number: "contracts".
        var units: [String]?
        /// Half the width of "about x": relative to x unless `isAbsolute`.
        var about: Double?
        var aboutFloor: Double?
        /// Half the width of a bare number, where a single value would match nothing.
        var exactly: Double?
        var isAbsolute: Bool?
        var isNameDay: Bool?
        var descending: [String]?
        var ascending: [String]?
    }

    struct CategoryEntry: Sendable {
        var key: String
        var phrases: [String]
        var adjectives: [String]?
        var includesAbove: Bool?
        var includesBelow: Bool?
    }

    struct AttributeEntry: Sendable {
        var attribute: Attribute
        var nouns: [String]?
        var categories: [CategoryEntry]
    }

    /// Why a term cannot be answered, and an alternative.
    struct Refusal: Sendable {
        var reason: String
        var proxy: String
    }

    let fields: [FieldEntry]
    let attributes: [AttributeEntry]
    let some: [String]
    /// Terminal class, then key, then phrases.
    let words: [String: [String: [String]]]
    /// English words that are not read as lower-case tickers, nor corrected.
    let ordinary: [String]
    /// English words that are near a market word or a company's name, and are not corrected to it.
    let english: [String]
    /// Names of companies that are words: they count only with a capital.
    let capitalised: [String]
    /// Abbreviations that are no tickers, even in capitals.
    let notTickers: [String]
    let refusals: [String: Refusal]
    let grammar: GrammarFile
    private let entryOfField: [Field: FieldEntry]

    /// The vocabulary that ships with this build.
    /// - Throws: `VocabularyError` when a resource of this build is not a vocabulary.
    public static func builtIn() throws(VocabularyError) -> Vocabulary { try parsed.get() }

    private static let parsed = Result { () throws(VocabularyError) in try Vocabulary(resource: shipped) }

    private static func shipped(_ file: String) -> [UInt8]? {
        switch file {
        case "fields.json": PackageResources.fields_json
        case "categories.json": PackageResources.categories_json
        case "words.json": PackageResources.words_json
        case "ordinary.json": PackageResources.ordinary_json
        case "refusals.json": PackageResources.refusals_json
        case "grammar.json": PackageResources.grammar_json
        default: nil
        }
    }

    /// A vocabulary from other resources than the shipped ones; `resource` gives the bytes of a file by its name.
    package init(resource: (String) -> [UInt8]?) throws(VocabularyError) {
        func file(_ name: String) throws(VocabularyError) -> VocabularyEntry {
            guard let bytes = resource(name) else { throw VocabularyError("the vocabulary lacks \(name)") }
            return try VocabularyEntry(file: name, bytes)
        }
        fields = try file("fields.json").entries("fields").map { entry throws(VocabularyError) in try FieldEntry(entry) }
        let categories = try file("categories.json")
        attributes = try categories.entries("attributes").map { entry throws(VocabularyError) in try AttributeEntry(entry) }
        some = try categories.texts("some")
        words = try file("words.json").members { keys throws(VocabularyError) in
            try keys.members { phrases throws(VocabularyError) in try phrases.texts() }
        }
        let plain = try file("ordinary.json")
        ordinary = try plain.texts("ordinary")
        // Words with blanks between them, one line a letter.
        english = try plain.texts("english").flatMap { $0.split(separator: " ").map(String.init) }
        capitalised = try plain.texts("capitalised")
        notTickers = try plain.texts("notTickers")
        refusals = try file("refusals.json").entry("refused").members { refusal throws(VocabularyError) in
            Refusal(reason: try refusal.text("reason"), proxy: try refusal.text("proxy"))
        }
        grammar = try GrammarFile(try file("grammar.json"))
        entryOfField = Dictionary(fields.map { ($0.field, $0) }, uniquingKeysWith: { first, _ in first })
        for field in Field.allCases where entryOfField[field] == nil {
            throw VocabularyError("fields.json lacks the field \"\(field.rawValue)\"")
        }
        for attribute in Attribute.allCases where !attributes.contains(where: { $0.attribute == attribute }) {
            throw VocabularyError("categories.json lacks the attribute \"\(attribute.rawValue)\"")
        }
    }

    func entry(_ field: Field) -> FieldEntry { entryOfField[field] ?? fields[0] }

    func entry(_ attribute: Attribute) -> AttributeEntry { attributes.first { $0.attribute == attribute } ?? attributes[0] }

    /// The codes that a category means in a question, with those above or below that it includes.
    static func codes(of index: Int, in entry: AttributeEntry) -> [Int] {
        let count = entry.attribute.categoryCount(entry.categories.count)
        let category = entry.categories[index]
        if category.includesAbove == true { return Array(index + 1...max(index + 1, count)) }
        if category.includesBelow == true { return Array(1...index + 1) }
        return [index + 1]
    }
}

extension Attribute {
    /// How many categories are ordered by a number: "no bid" and "split day" stand apart.
    func categoryCount(_ all: Int) -> Int { self == .spread || self == .underlyingMove ? all - 1 : all }
}

/// A fault in the vocabulary's resources, or a text that is not a constraint in the typed form.
public struct VocabularyError: TapedeckError {
    public let description: String
    public var kind: ErrorKind { .invalidInput }

    init(_ description: String) {
        self.description = description
    }
}
