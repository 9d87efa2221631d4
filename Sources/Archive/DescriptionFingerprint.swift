public import Descriptions
import ObjectStore

/// The inputs that determine the texts of a store: template with weights, lexicon, names of tickers.
public struct DescriptionFingerprint: Codable, Hashable, Sendable {
    /// The whole template, so that a reader need not have it.
    public var template: DescriptionTemplate
    public var lexiconVersion: String
    /// SHA-256 of the lexicon and of the table of names, hexadecimal.
    public var lexiconSHA256: String
    public var aliasesSHA256: String

    package init(template: DescriptionTemplate, lexicon: Lexicon, aliases: AliasTable) {
        self.template = template
        lexiconVersion = lexicon.version
        lexiconSHA256 = ContentDigest.sha256(of: Array(lexicon.canonicalText.utf8))
        aliasesSHA256 = ContentDigest.sha256(
            of: Array(aliases.symbols.sorted().map { aliases.words(for: $0) }.joined(separator: "\n").utf8))
    }
}
