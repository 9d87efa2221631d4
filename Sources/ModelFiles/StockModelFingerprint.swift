/// What tells the vectors of one stock model from those of another: they mix only when all of this is the same.
public struct StockModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256, hexadecimal, of the encoder's tensors (names without prefixes, shapes, values), so that a checkpoint and
    /// its conversion to safetensors agree.
    public var weightsSHA256: String
    /// As in "SimpleTransformerPredictor".
    public var architecture: String
    public var features: Int
    public var hidden: Int
    public var layers: Int
    public var heads: Int
    /// `f32`, `bf16` or `int8`.
    public var precision: String
    /// How the precision's products are computed, as `StockEncoder.arithmetic` names it; `nil` where it is not known.
    public var arithmetic: String?
    /// As in "mean".
    public var pooling: String

    public init(
        weightsSHA256: String, architecture: String, features: Int, hidden: Int, layers: Int, heads: Int,
        precision: String, arithmetic: String?, pooling: String
    ) {
        self.weightsSHA256 = weightsSHA256
        self.architecture = architecture
        self.features = features
        self.hidden = hidden
        self.layers = layers
        self.heads = heads
        self.precision = precision
        self.arithmetic = arithmetic
        self.pooling = pooling
    }
}
