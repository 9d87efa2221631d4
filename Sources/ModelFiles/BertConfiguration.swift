/// Configuration of a text encoder of the BERT family, as in its `config.json`.
public struct BertConfiguration: Equatable, Sendable {
    /// The implemented encoders, by `model_type`.
    public enum Architecture: String, Sendable, CaseIterable {
        /// Learned positions, biases, and a feed-forward layer of two products with erf-GELU in between.
        case bert
        /// Rotary positions, no biases in the products, and a feed-forward layer gated by SiLU.
        case nomicBert = "nomic_bert"
    }

    /// The encoder's architecture.
    public var architecture: Architecture
    /// Length of a token's vector and of the text's vector.
    public var hiddenSize: Int
    /// Number of transformer layers.
    public var layerCount: Int
    /// Number of attention heads; each is `hiddenSize / headCount` wide.
    public var headCount: Int
    /// Width of the feed-forward layer.
    public var intermediateSize: Int
    /// Epsilon of every layer norm.
    public var layerNormEpsilon: Float
    /// Maximum number of tokens of a text, including `[CLS]` and `[SEP]`.
    public var maxPositions: Int
    /// Rows of the word embedding; may exceed the tokenizer's vocabulary because of padding for alignment.
    public var vocabularySize: Int
    /// Rows of the token type embedding; texts use the first.
    public var typeVocabularySize: Int
    /// Base of the rotary positions' frequencies; `nil` if positions are learned.
    public var rotaryBase: Double?

    /// Creates a configuration.
    public init(
        architecture: Architecture, hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int,
        layerNormEpsilon: Float = 1e-12, maxPositions: Int, vocabularySize: Int, typeVocabularySize: Int = 2,
        rotaryBase: Double? = nil
    ) {
        self.architecture = architecture
        self.hiddenSize = hiddenSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.intermediateSize = intermediateSize
        self.layerNormEpsilon = layerNormEpsilon
        self.maxPositions = maxPositions
        self.vocabularySize = vocabularySize
        self.typeVocabularySize = typeVocabularySize
        self.rotaryBase = rotaryBase
    }
}
