import Descriptions
import Foundation
import MarketData

/// All words of the grammar: data from the target's JSON resources, checked and typed.
public struct Vocabulary: Sendable {
    /// What the grammar knows of a field beside its name.
    struct FieldEntry: Codable, Sendable {
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

    struct CategoryEntry: Codable, Sendable {
        var key: String
        var phrases: [String]
        var adjectives: [String]?
        var includesAbove: Bool?
        var includesBelow: Bool?
    }

    struct AttributeEntry: Codable, Sendable {
        var attribute: Attribute
        var nouns: [String]?
        var categories: [CategoryEntry]
    }

    /// Why a term cannot be answered, and what to ask instead.
    struct Refusal: Codable, Sendable {
        var reason: String
        var proxy: String
    }

    private struct FieldFile: Codable { var fields: [FieldEntry] }
    private struct CategoryFile: Codable {
        var attributes: [AttributeEntry]
        var some: [String]
    }
    private struct OrdinaryFile: Codable {
        var ordinary: [String]
        var capitalised: [String]
        var notTickers: [String]
        /// Words with blanks between them, one line a letter.
        var english: [String]
    }
    private struct RefusalFile: Codable { var refused: [String: Refusal] }

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
    public static func builtIn() throws(VocabularyError) -> Vocabulary {
        try Vocabulary(resource: shipped)
    }

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
        fields = try Self.decode(FieldFile.self, resource, "fields.json").fields
        let categories = try Self.decode(CategoryFile.self, resource, "categories.json")
        attributes = categories.attributes
        some = categories.some
        words = try Self.decode([String: [String: [String]]].self, resource, "words.json")
        let plain = try Self.decode(OrdinaryFile.self, resource, "ordinary.json")
        ordinary = plain.ordinary
        english = plain.english.flatMap { $0.split(separator: " ").map(String.init) }
        capitalised = plain.capitalised
        notTickers = plain.notTickers
        refusals = try Self.decode(RefusalFile.self, resource, "refusals.json").refused
        grammar = try Self.decode(GrammarFile.self, resource, "grammar.json")
        entryOfField = Dictionary(fields.map { ($0.field, $0) }, uniquingKeysWith: { first, _ in first })
        for field in Field.allCases where entryOfField[field] == nil {
            throw VocabularyError("fields.json lacks the field \"\(field.rawValue)\"")
        }
        for attribute in Attribute.allCases where !attributes.contains(where: { $0.attribute == attribute }) {
            throw VocabularyError("categories.json lacks the attribute \"\(attribute.rawValue)\"")
        }
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ resource: (String) -> [UInt8]?, _ file: String) throws(VocabularyError) -> T {
        guard let bytes = resource(file) else { throw VocabularyError("the vocabulary lacks \(file)") }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw VocabularyError("cannot read \(file): \(error)")
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

/// A fault in the vocabulary's resources.
public struct VocabularyError: Error, CustomStringConvertible, Sendable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
