/// Writes the texts of descriptions and of their parts.
public struct DescriptionWriter: Sendable {
    public let lexicon: Lexicon
    public let template: DescriptionTemplate
    /// The words for a ticker: "Apple (AAPL)", or the ticker alone if no name is known.
    private let nameOfTicker: @Sendable (UInt32) -> String

    /// - Parameter nameOfTicker: the words for a ticker number of the store.
    public init(
        lexicon: Lexicon, template: DescriptionTemplate, nameOfTicker: @escaping @Sendable (UInt32) -> String
    ) {
        self.lexicon = lexicon
        self.template = template
        self.nameOfTicker = nameOfTicker
    }

    /// The text of a part for a key; `nil` if the row has no category for it.
    public func text(of part: DescriptionTemplate.Part, key: DescriptionKey) -> String? {
        let phrases = part.phrases.compactMap { fields -> String? in
            let words = fields.compactMap { self.words(of: $0, key: key) }
            return words.isEmpty ? nil : words.joined(separator: " ")
        }
        return phrases.isEmpty ? nil : phrases.joined(separator: ", ")
    }

    /// The whole description as a sentence, whatever the template.
    ///
    /// Names every attribute that the key holds a code for.
    public func sentence(_ key: DescriptionKey) -> String {
        guard let kind = key.kind else { return "" }
        var phrases: [String] = []
        if kind == .stock {
            phrases.append("\(nameOfTicker(key.ticker)) \(lexicon.words(kind))")
        } else {
            let words = [Field.underlying, .attribute(.moneyness), .kind, .attribute(.tenor)]
                .compactMap { self.words(of: $0, key: key) }
            phrases.append(words.joined(separator: " "))
        }
        for attribute in Attribute.allCases
        where attribute.applies(to: kind) && attribute != .moneyness && attribute != .tenor {
            if let words = lexicon.words(attribute, code: key[attribute]) { phrases.append(words) }
        }
        return phrases.joined(separator: ", ")
    }

    private typealias Field = DescriptionTemplate.Field

    private func words(of field: DescriptionTemplate.Field, key: DescriptionKey) -> String? {
        switch field {
        case .underlying: nameOfTicker(key.ticker)
        case .kind: key.kind.map(lexicon.words)
        case .attribute(let attribute): lexicon.words(attribute, code: key[attribute])
        }
    }
}
