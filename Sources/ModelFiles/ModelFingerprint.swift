/// What decides a model's vectors: two stores with the same fingerprint hold interchangeable vectors.
public struct ModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256 of the weights file, hexadecimal.
    public var weightsSHA256: String
    /// Hexadecimal; the same weights with another tokenizer make other vectors.
    public var tokenizerSHA256: String
    public var precision: String
    public var pooling: String
    public var queryPrefix: String
    public var documentPrefix: String
    public var maxTokens: Int
    public var dimension: Int

    public init(
        weightsSHA256: String, tokenizerSHA256: String, precision: String, pooling: String, queryPrefix: String,
        documentPrefix: String, maxTokens: Int, dimension: Int
    ) {
        self.weightsSHA256 = weightsSHA256
        self.tokenizerSHA256 = tokenizerSHA256
        self.precision = precision
        self.pooling = pooling
        self.queryPrefix = queryPrefix
        self.documentPrefix = documentPrefix
        self.maxTokens = maxTokens
        self.dimension = dimension
    }
}
