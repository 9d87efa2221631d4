public import Base
public import Foundation
import MarketData

/// The words of the market: for every attribute its categories, their boundaries, the phrase in descriptions and the synonyms
/// in questions. Data, not code: `Resources/lexicon.json`, versioned; the version is part of every stored fingerprint.
public struct Lexicon: Codable, Sendable {
    public struct Category: Codable, Sendable {
        /// The phrase descriptions use. Questions may use it too.
        public var words: String
        /// Whole phrases that mean this category in a question.
        public var synonyms: [String]?
        /// Words that mean this category before (or after) one of the attribute's nouns.
        public var adjectives: [String]?
        /// In a question, the category includes every category below (above) it: "in the money" includes deep.
        public var includesBelow: Bool?
        public var includesAbove: Bool?
    }

    public struct Entry: Codable, Sendable {
        public var name: Attribute
        public var unit: String
        /// Ascending. A value equal to a boundary belongs to the category above it, unless `boundaryBelongsBelow`.
        public var boundaries: [Float]
        public var boundaryBelongsBelow: Bool?
        public var nouns: [String]?
        public var categories: [Category]
    }

    public struct Kind: Codable, Sendable {
        public var words: String
        public var synonyms: [String]
    }

    public var version: String
    public var attributes: [Entry]
    public var kinds: [String: Kind]

    /// The lexicon that ships with this build.
    /// - Throws: `DescriptionError` when the resource of this build is not a lexicon.
    public static func builtIn() throws(DescriptionError) -> Lexicon {
        try Lexicon(json: Data(PackageResources.lexicon_json))
    }

    /// - Throws: `DescriptionError` when the JSON is not a lexicon, an attribute is missing or twice, boundaries are
    ///   not ascending, or the categories are not one more than they (two more for spread and the underlying's day, whose
    ///   last has no number) or more than seven.
    public init(json: Data) throws(DescriptionError) {
        do {
            self = try JSONDecoder().decode(Lexicon.self, from: json)
        } catch {
            throw DescriptionError("the lexicon is not readable: \(error)")
        }
        for attribute in Attribute.allCases where attributes.filter({ $0.name == attribute }).count != 1 {
            throw DescriptionError("the lexicon must hold the attribute \(attribute.rawValue) exactly once")
        }
        for entry in attributes {
            // "No bid" and "split day" are not found by a number: they are categories beyond the last boundary's.
            let unnumbered = entry.name == .spread || entry.name == .underlyingMove ? 1 : 0
            guard zip(entry.boundaries, entry.boundaries.dropFirst()).allSatisfy({ $0 < $1 }),
                entry.boundaries.allSatisfy(\.isFinite),
                entry.categories.count == entry.boundaries.count + 1 + unnumbered, entry.categories.count <= 7
            else {
                throw DescriptionError(
                    "the lexicon's \(entry.name.rawValue) needs ascending boundaries and "
                        + "\(unnumbered == 0 ? "one category" : "two categories") more, at most 7")
            }
        }
        for kind in InstrumentKind.allCases where kinds[kind.name] == nil {
            throw DescriptionError("the lexicon lacks the kind \(kind.name)")
        }
    }

    public subscript(attribute: Attribute) -> Entry {
        // The initialiser made sure that every attribute is there.
        attributes.first { $0.name == attribute } ?? attributes[0]
    }

    /// Boundaries for the kernels: a value belongs above a boundary if it is not less than it.
    package func thresholds(_ attribute: Attribute) -> [Float] {
        let entry = self[attribute]
        return entry.boundaryBelongsBelow == true ? entry.boundaries.map(\.nextUp) : entry.boundaries
    }

    /// The category code of a value; 0 for NaN.
    public func code(of value: Float, in attribute: Attribute) -> UInt8 {
        guard !value.isNaN else { return 0 }
        return UInt8(1 + thresholds(attribute).count { value >= $0 })
    }

    /// The phrase of a code; `nil` for 0 and for codes that the lexicon does not know.
    public func words(_ attribute: Attribute, code: UInt8) -> String? {
        let categories = self[attribute].categories
        guard code > 0, Int(code) <= categories.count else { return nil }
        return categories[Int(code) - 1].words
    }

    /// Only the parts that determine keys and texts: a new synonym changes how questions are read, not stored data.
    package var canonicalText: String {
        let entries = attributes.map { entry in
            "\(entry.name.rawValue) \(entry.boundaries) \(entry.boundaryBelongsBelow ?? false) \(entry.categories.map(\.words))"
        }
        return (entries + kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.words)" }).joined(separator: "\n")
    }

    /// The phrase of a kind: "call option".
    public func words(_ kind: InstrumentKind) -> String { kinds[kind.name]?.words ?? kind.name }
}

/// A problem of a lexicon, a template or an alias file.
public struct DescriptionError: TapedeckError {
    public let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension DescriptionError {
    public var kind: ErrorKind { .invalidInput }
}
