/// Identifies which stock model vectors are compatible: they may be mixed only if all members are equal.
public struct StockModelFingerprint: Codable, Hashable, Sendable {
    /// SHA-256, in hexadecimal, of the encoder's tensors (names without prefixes, shapes, values), so that a checkpoint and
    /// its conversion to safetensors agree.
    public var weightsSHA256: String
    /// Architecture, such as "SimpleTransformerPredictor".
    public var architecture: String
    /// Numbers per feature row.
    public var features: Int
    /// Length of the vectors.
    public var hidden: Int
    /// Number of transformer layers.
    public var layers: Int
    /// Number of attention heads.
    public var heads: Int
    /// `f32`, `bf16` or `int8`.
    public var precision: String
    /// Arithmetic of the precision's products, as named by `StockEncoder.arithmetic`; `nil` if unknown.
    public var arithmetic: String?
    /// Pooling over the rows, such as "mean".
    public var pooling: String

    /// Creates a fingerprint.
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
