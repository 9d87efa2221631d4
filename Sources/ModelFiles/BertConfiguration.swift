/// The shape of a text encoder of the BERT family, as its `config.json` gives it.
public struct BertConfiguration: Equatable, Sendable {
    /// The encoders there is an implementation of, by their `model_type`.
    public enum Architecture: String, Sendable, CaseIterable {
        /// Learned positions, biases, a feed-forward layer of two products with erf-GELU between.
        case bert
        /// Rotary positions, no biases in the products, a feed-forward layer gated by SiLU.
        case nomicBert = "nomic_bert"
    }

    public var architecture: Architecture
    /// Length of a token's vector, and of the text's.
    public var hiddenSize: Int
    public var layerCount: Int
    /// Attention heads; each is `hiddenSize / headCount` wide.
    public var headCount: Int
    /// Width of the feed-forward layer.
    public var intermediateSize: Int
    public var layerNormEpsilon: Float
    /// Most tokens that a text can have, `[CLS]` and `[SEP]` included.
    public var maxPositions: Int
    /// Rows of the word embedding; may exceed the tokenizer's vocabulary, padded for alignment.
    public var vocabularySize: Int
    /// Rows of the token type embedding; texts use the first.
    public var typeVocabularySize: Int
    /// Base of the rotary positions' frequencies; `nil` where positions are learned.
    public var rotaryBase: Double?

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
