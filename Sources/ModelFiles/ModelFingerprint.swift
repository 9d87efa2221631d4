/// What decides a model's vectors: two stores with the same fingerprint hold interchangeable vectors.
public struct ModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256 of the weights file, hexadecimal.
    public var weightsSHA256: String
    /// Hexadecimal; the same weights with another tokenizer make other vectors.
    public var tokenizerSHA256: String
    public var precision: String
    /// How the precision's products are computed, as `Precision.arithmetic(on:)` names it; `nil` in stores of builds that did not record it.
    public var arithmetic: String?
    public var pooling: String
    public var queryPrefix: String
    public var documentPrefix: String
    public var maxTokens: Int
    /// `left` where a text with too many tokens keeps its last ones; `nil` where it keeps its first, as nearly all do.
    public var truncationSide: String?
    public var dimension: Int

    public init(
        weightsSHA256: String, tokenizerSHA256: String, precision: String, arithmetic: String?, pooling: String,
        queryPrefix: String, documentPrefix: String, maxTokens: Int, truncationSide: String? = nil, dimension: Int
    ) {
        self.weightsSHA256 = weightsSHA256
        self.tokenizerSHA256 = tokenizerSHA256
        self.precision = precision
        self.arithmetic = arithmetic
        self.pooling = pooling
        self.queryPrefix = queryPrefix
        self.documentPrefix = documentPrefix
        self.maxTokens = maxTokens
        self.truncationSide = truncationSide
        self.dimension = dimension
    }

    /// Whether vectors of the two can be compared: everything is the same but perhaps the last bits that the arithmetic decides.
    public func isComparable(with other: ModelFingerprint) -> Bool {
        var other = other
        other.arithmetic = arithmetic
        return self == other
    }
}
