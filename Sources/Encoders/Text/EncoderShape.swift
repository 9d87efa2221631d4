public import ModelFiles

/// Dimensions of a text encoder: its configuration, pooling and length limit.
public struct EncoderShape: Sendable, Equatable {
    /// Configuration of the encoder.
    public var configuration: BertConfiguration
    /// How token vectors are combined into the text's vector.
    public var pooling: Pooling
    /// Maximum number of tokens of a text, including `[CLS]` and `[SEP]`; at most `configuration.maxPositions`.
    public var maxTokens: Int

    /// Creates a shape.
    public init(configuration: BertConfiguration, pooling: Pooling, maxTokens: Int) {
        self.configuration = configuration
        self.pooling = pooling
        self.maxTokens = maxTokens
    }

    /// The shape of the model in a folder.
    public init(folder: ModelFolder) {
        self.init(configuration: folder.configuration, pooling: folder.pooling, maxTokens: folder.maxTokens)
    }

    /// Shape of sentence-transformers/all-MiniLM-L6-v2.
    public static let miniLM = EncoderShape(
        configuration: BertConfiguration(
            architecture: .bert, hiddenSize: 384, layerCount: 6, headCount: 12, intermediateSize: 1536, maxPositions: 512,
            vocabularySize: 30522),
        pooling: .mean, maxTokens: 256)

    /// Shape of BAAI/bge-base-en-v1.5.
    public static let bgeBase = EncoderShape(
        configuration: BertConfiguration(
            architecture: .bert, hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072, maxPositions: 512,
            vocabularySize: 30522),
        pooling: .cls, maxTokens: 512)

    /// Shape of intfloat/e5-base-v2.
    public static let e5Base = EncoderShape(configuration: bgeBase.configuration, pooling: .mean, maxTokens: 512)

    /// Shape of nomic-ai/nomic-embed-text-v1.
    public static let nomic = EncoderShape(
        configuration: BertConfiguration(
            architecture: .nomicBert, hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072, maxPositions: 8192,
            vocabularySize: 30528, rotaryBase: 1000),
        pooling: .mean, maxTokens: 8192)

    /// Shapes that can be benchmarked without weights, by model key.
    public static let named: [String: EncoderShape] = ["minilm": miniLM, "bge-base": bgeBase, "e5-base": e5Base, "nomic": nomic]

    /// Width of an attention head.
    var headSize: Int { configuration.headCount > 0 ? configuration.hiddenSize / configuration.headCount : 0 }

    /// Width of the feed-forward layer's first product; a gate doubles it.
    var activationInputs: Int {
        switch configuration.architecture {
        case .bert: configuration.intermediateSize
        case .nomicBert: 2 * configuration.intermediateSize
        }
    }

    /// Operations in matrix products, including attention, to encode one text of `tokens` tokens. A multiplication and an
    /// addition count as two.
    public func operations(tokens: Int) -> Double {
        let hidden = Double(configuration.hiddenSize), tokens = Double(tokens)
        let wide = Double(configuration.intermediateSize + activationInputs)
        let eachToken = 2 * hidden * (4 * hidden + wide) + 4 * tokens * hidden
        return Double(configuration.layerCount) * tokens * eachToken
    }

    /// Refuses shapes that the layers do not support, such as widths that are not multiples of 16.
    func validate() throws(EncoderError) {
        func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(EncoderError) {
            if !condition { throw .unsupportedModel(reason()) }
        }
        let c = configuration
        try check(
            c.layerCount > 0 && c.hiddenSize > 0 && c.headCount > 0 && c.intermediateSize > 0, "a dimension is not positive")
        try check(
            c.layerCount <= 1_000 && c.hiddenSize <= 1 << 16 && c.intermediateSize <= 1 << 20 && c.vocabularySize <= 1 << 24,
            "a dimension is implausibly large")
        try check(
            c.hiddenSize % c.headCount == 0, "hidden size \(c.hiddenSize) is not a multiple of its \(c.headCount) heads")
        try check(headSize % 16 == 0, "its attention heads have \(headSize) dimensions, not a multiple of 16")
        if c.architecture == .nomicBert {
            try check(
                headSize % 32 == 0, "its attention heads have \(headSize) dimensions; rotary positions need a multiple of 32")
            guard let base = c.rotaryBase, base > 1, base.isFinite else {
                throw .unsupportedModel("its rotary positions have no base above 1")
            }
            try check(maxTokens <= 1 << 20, "it takes \(maxTokens) tokens, which is implausible")
        }
        try check(c.intermediateSize % 16 == 0, "its feed-forward width \(c.intermediateSize) is not a multiple of 16")
        try check(
            c.vocabularySize > 0 && c.maxPositions > 0 && c.typeVocabularySize > 0, "one of its embedding tables is empty")
        try check(
            maxTokens > 0 && maxTokens <= c.maxPositions, "it takes \(maxTokens) tokens but has \(c.maxPositions) positions")
        try check(c.layerNormEpsilon > 0 && c.layerNormEpsilon < 1, "its layer_norm_eps is \(c.layerNormEpsilon)")
    }
}
