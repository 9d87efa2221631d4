import Descriptions
import StrictJSON

/// A place in a resource of the vocabulary, with what it is called in errors.
struct VocabularyEntry {
    private let value: JSONValue
    private let place: String

    /// - Throws: `VocabularyError` for bytes that are not JSON.
    init(file: String, _ bytes: [UInt8]) throws(VocabularyError) {
        place = file
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw VocabularyError("cannot read \(file): \(error)")
        }
    }

    private init(_ value: JSONValue, _ place: String) {
        self.value = value
        self.place = place
    }

    private func failure(_ wanted: String) -> VocabularyError { VocabularyError("\(place) is not \(wanted)") }

    func entry(_ name: String) throws(VocabularyError) -> VocabularyEntry {
        guard let entry = optional(name) else { throw VocabularyError("\(place) lacks \"\(name)\"") }
        return entry
    }

    func optional(_ name: String) -> VocabularyEntry? { value[name].map { VocabularyEntry($0, "\(place), \(name)") } }

    // MARK: What stands here

    func text() throws(VocabularyError) -> String {
        guard let text = value.string else { throw failure("a text") }
        return text
    }

    func texts() throws(VocabularyError) -> [String] {
        try entries().map { entry throws(VocabularyError) in try entry.text() }
    }

    func entries() throws(VocabularyError) -> [VocabularyEntry] {
        guard let array = value.array else { throw failure("a list") }
        return array.enumerated().map { VocabularyEntry($1, "\(place)[\($0)]") }
    }

    func members<Value>(_ make: (VocabularyEntry) throws(VocabularyError) -> Value) throws(VocabularyError) -> [String: Value] {
        guard case .object(let members) = value else { throw failure("an object") }
        var result: [String: Value] = [:]
        for (name, value) in members { result[name] = try make(VocabularyEntry(value, "\(place), \(name)")) }
        return result
    }

    func number() throws(VocabularyError) -> Double {
        guard let number = value.double else { throw failure("a number") }
        return number
    }

    func integer() throws(VocabularyError) -> Int {
        guard let integer = value.integer else { throw failure("a whole number") }
        return integer
    }

    func bool() throws(VocabularyError) -> Bool {
        guard let bool = value.bool else { throw failure("true or false") }
        return bool
    }

    func known<Value: RawRepresentable>(_ type: Value.Type) throws(VocabularyError) -> Value where Value.RawValue == String {
        let text = try text()
        guard let value = Value(rawValue: text) else { throw VocabularyError("\(place): \"\(text)\" is not known") }
        return value
    }

    // MARK: Members

    func text(_ name: String) throws(VocabularyError) -> String { try entry(name).text() }

    func texts(_ name: String) throws(VocabularyError) -> [String] { try entry(name).texts() }

    func entries(_ name: String) throws(VocabularyError) -> [VocabularyEntry] { try entry(name).entries() }
}

extension Vocabulary.FieldEntry {
    init(_ entry: VocabularyEntry) throws(VocabularyError) {
        field = try entry.entry("field").known(Field.self)
        label = try entry.text("label")
        unit = try entry.text("unit")
        nouns = try entry.texts("nouns")
        units = try entry.optional("units")?.texts()
        about = try entry.optional("about")?.number()
        aboutFloor = try entry.optional("aboutFloor")?.number()
        exactly = try entry.optional("exactly")?.number()
        isAbsolute = try entry.optional("isAbsolute")?.bool()
        isNameDay = try entry.optional("isNameDay")?.bool()
        descending = try entry.optional("descending")?.texts()
        ascending = try entry.optional("ascending")?.texts()
    }
}

extension Vocabulary.CategoryEntry {
    init(_ entry: VocabularyEntry) throws(VocabularyError) {
        key = try entry.text("key")
        phrases = try entry.texts("phrases")
        adjectives = try entry.optional("adjectives")?.texts()
        includesAbove = try entry.optional("includesAbove")?.bool()
        includesBelow = try entry.optional("includesBelow")?.bool()
    }
}

extension Vocabulary.AttributeEntry {
    init(_ entry: VocabularyEntry) throws(VocabularyError) {
        attribute = try entry.entry("attribute").known(Attribute.self)
        nouns = try entry.optional("nouns")?.texts()
        categories = try entry.entries("categories").map { entry throws(VocabularyError) in try Vocabulary.CategoryEntry(entry) }
    }
}

extension GrammarFile {
    init(_ file: VocabularyEntry) throws(VocabularyError) {
        top = try file.entry("top").members { worth throws(VocabularyError) in try worth.integer() }
        rules = try file.entries("rules").map { rule throws(VocabularyError) in
            RuleEntry(
                gives: try rule.text("gives"), from: try rule.text("from"), does: try rule.entry("does").known(Action.self),
                priority: try rule.optional("priority")?.integer(), examples: try rule.optional("examples")?.texts())
        }
    }
}
