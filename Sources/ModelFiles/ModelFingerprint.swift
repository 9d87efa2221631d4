/// Identifies a model's vectors: two stores with the same fingerprint hold interchangeable vectors.
public struct ModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256 of the weights file, in hexadecimal.
    public var weightsSHA256: String
    /// SHA-256 of the tokenizer file, in hexadecimal; the same weights with another tokenizer give other vectors.
    public var tokenizerSHA256: String
    /// Precision of the computation, such as `f32`.
    public var precision: String
    /// Arithmetic of the precision's products, as named by `Precision.arithmetic(on:)`; `nil` in stores of builds that did
    /// not record it.
    public var arithmetic: String?
    /// Pooling of the token vectors.
    public var pooling: String
    /// Text prepended to questions.
    public var queryPrefix: String
    /// Text prepended to stored texts.
    public var documentPrefix: String
    /// Maximum number of tokens of a text.
    public var maxTokens: Int
    /// `left` if texts with too many tokens keep their last tokens; `nil` if they keep their first, as with almost all
    /// models.
    public var truncationSide: String?
    /// Length of the vectors.
    public var dimension: Int

    /// Creates a fingerprint.
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

    /// Whether vectors of the two models can be compared: everything is equal except possibly the arithmetic, which affects
    /// only the last bits.
    public func isComparable(with other: ModelFingerprint) -> Bool {
        var other = other
        other.arithmetic = arithmetic
        return self == other
    }
}
