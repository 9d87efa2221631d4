/// Configuration of a stock model, `SimpleTransformerPredictor`: a transformer over a window of feature rows with two heads.
public struct StockModelConfiguration: Equatable, Sendable {
    /// Output of the prediction head for each horizon.
    public enum Prediction: String, Sendable {
        /// A score for each of `bins` bins of returns.
        case classification
        /// One number.
        case regression
    }

    /// Numbers per feature row, F.
    public var features: Int
    /// Length of the hidden vectors and of the window's vector, H.
    public var hidden: Int
    /// Number of transformer layers.
    public var layers: Int
    /// Number of attention heads; each is `hidden / heads` wide.
    public var heads: Int
    /// Width of the feed-forward layers.
    public var intermediate: Int
    /// Maximum rows per window: the number of learned positions.
    public var maxRows: Int
    /// Output of the prediction head.
    public var prediction: Prediction
    /// Whether the checkpoint has a confidence head.
    public var hasConfidence: Bool

    /// Prediction horizons in days: 1, 5, 10 and 20.
    public static let horizons = [1, 5, 10, 20]
    /// Number of bins of returns of a classification.
    public static let bins = 100
    /// Epsilon of every layer norm; PyTorch's default.
    public static let layerNormEpsilon: Float = 1e-5

    /// Creates a configuration.
    public init(
        features: Int, hidden: Int, layers: Int, heads: Int, intermediate: Int? = nil, maxRows: Int = 3000,
        prediction: Prediction = .classification, hasConfidence: Bool = true
    ) {
        self.features = features
        self.hidden = hidden
        self.layers = layers
        self.heads = heads
        self.intermediate = intermediate ?? 4 * hidden
        self.maxRows = maxRows
        self.prediction = prediction
        self.hasConfidence = hasConfidence
    }

    /// Number of outputs of the prediction head.
    public var predictionWidth: Int { Self.horizons.count * (prediction == .classification ? Self.bins : 1) }

    /// Shapes of the encoder's tensors, by their names in the `state_dict`.
    package var encoderShapes: [String: [Int]] {
        var shapes = [
            "input_proj.0.weight": [hidden, features], "input_proj.0.bias": [hidden], "input_proj.1.weight": [hidden],
            "input_proj.1.bias": [hidden], "pos_encoding": [1, maxRows, hidden],
        ]
        for layer in 0..<layers {
            let prefix = "transformer.layers.\(layer)."
            shapes[prefix + "self_attn.in_proj_weight"] = [3 * hidden, hidden]
            shapes[prefix + "self_attn.in_proj_bias"] = [3 * hidden]
            for (name, outputs, inputs) in [
                ("self_attn.out_proj", hidden, hidden), ("linear1", intermediate, hidden), ("linear2", hidden, intermediate),
            ] {
                shapes[prefix + name + ".weight"] = [outputs, inputs]
                shapes[prefix + name + ".bias"] = [outputs]
            }
            for norm in ["norm1", "norm2"] {
                shapes[prefix + norm + ".weight"] = [hidden]
                shapes[prefix + norm + ".bias"] = [hidden]
            }
        }
        return shapes
    }

    /// Shapes of all tensors.
    package var shapes: [String: [Int]] {
        var shapes = encoderShapes
        func head(_ name: String, _ inner: Int, _ outputs: Int) {
            shapes["\(name).0.weight"] = [inner, hidden]
            shapes["\(name).0.bias"] = [inner]
            shapes["\(name).3.weight"] = [outputs, inner]
            shapes["\(name).3.bias"] = [outputs]
        }
        head("pred_head", prediction == .classification ? 2 * hidden : hidden, predictionWidth)
        if hasConfidence { head("confidence_head", hidden, Self.horizons.count) }
        return shapes
    }
}
