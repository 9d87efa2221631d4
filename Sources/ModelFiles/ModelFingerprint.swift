import Descriptions
import ObjectStore

/// What decides a model's vectors: two stores with the same fingerprint hold interchangeable vectors.
public struct ModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256 of the weights file, hexadecimal.
    public var weightsSHA256: String
    public var precision: String
    public var pooling: String
    public var queryPrefix: String
    public var documentPrefix: String
    public var maxTokens: Int
    public var dimension: Int

    public init(
        weightsSHA256: String, precision: String, pooling: String, queryPrefix: String, documentPrefix: String,
        maxTokens: Int, dimension: Int
    ) {
        self.weightsSHA256 = weightsSHA256
        self.precision = precision
        self.pooling = pooling
        self.queryPrefix = queryPrefix
        self.documentPrefix = documentPrefix
        self.maxTokens = maxTokens
        self.dimension = dimension
    }
}
<<<<<<< HEAD:Sources/ModelFiles/ModelFingerprint.swift
=======

/// What decides the texts of a store: template with its weights, lexicon, names of tickers.
public struct DescriptionFingerprint: Codable, Hashable, Sendable {
    /// The built-in template's name: `parts` or `joint`.
    public var template: String
    /// The template in full (`DescriptionTemplate.fingerprint`).
    public var parts: String
    public var lexiconVersion: String
    /// SHA-256 of the lexicon and of the table of names, hexadecimal.
    public var lexiconSHA256: String
    public var aliasesSHA256: String

    public init(template: String, parts: String, lexiconVersion: String, lexiconSHA256: String, aliasesSHA256: String) {
        self.template = template
        self.parts = parts
        self.lexiconVersion = lexiconVersion
        self.lexiconSHA256 = lexiconSHA256
        self.aliasesSHA256 = aliasesSHA256
    }
}

extension DescriptionFingerprint {
    /// - Parameters:
    ///   - lexiconText, aliasesText: the bytes that the digests are of.
    package init(template: DescriptionTemplate, lexicon: Lexicon, aliasesText: [UInt8]) {
        self.init(
            template: template.name, parts: template.fingerprint, lexiconVersion: lexicon.version,
            lexiconSHA256: ContentDigest.sha256(of: lexicon.canonicalBytes),
            aliasesSHA256: ContentDigest.sha256(of: aliasesText))
    }
}
>>>>>>> encoders:Sources/Archive/Fingerprint.swift
