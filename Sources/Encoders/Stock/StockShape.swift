import ModelFiles

/// The widths of a stock model as its layers run it.
struct StockShape: Sendable {
    let configuration: StockModelConfiguration
    /// Width of an attention head.
    let headSize: Int
    /// The same and a feature row's width, made up to what the kernels take.
    let paddedHead: Int
    let paddedFeatures: Int

    /// Columns of the queries, as many of the keys and of the values.
    var attentionWidth: Int { configuration.heads * paddedHead }

    /// - Throws: `EncoderError.unsupportedModel` for what the layers cannot run.
    init(_ configuration: StockModelConfiguration) throws(EncoderError) {
        let c = configuration
        guard c.features > 0, c.hidden > 0, c.layers > 0, c.heads > 0, c.intermediate > 0, c.maxRows > 0 else {
            throw .unsupportedModel("a dimension is not positive")
        }
        guard c.features <= 1 << 20, c.hidden <= 1 << 16, c.intermediate <= 1 << 20, c.layers <= 1_000, c.maxRows <= 1 << 20 else {
            throw .unsupportedModel("a dimension is implausibly large")
        }
        guard c.hidden % c.heads == 0 else { throw .unsupportedModel("its width \(c.hidden) is not a multiple of its \(c.heads) heads") }
        guard c.hidden % 16 == 0, c.intermediate % 16 == 0 else {
            throw .unsupportedModel("its widths, \(c.hidden) and \(c.intermediate), are not multiples of 16")
        }
        self.configuration = c
        headSize = c.hidden / c.heads
        paddedHead = (headSize + 15) / 16 * 16
        paddedFeatures = (c.features + 15) / 16 * 16
    }

    /// The name in the `state_dict` of a tensor that a layer asks for: PyTorch's attention has in_proj_weight where others have in_proj.weight.
    static func stored(_ name: String) -> String { name.replacing("in_proj.", with: "in_proj_") }

    /// Operations in matrix products, the encoder's alone, that one window of this many rows takes; without what is made up with zeros.
    func operations(rows: Int) -> Double {
        let c = configuration, hidden = Double(c.hidden), rows = Double(rows)
        let layer = 2 * hidden * (4 * hidden + 2 * Double(c.intermediate)) + 4 * rows * hidden
        return rows * (Double(c.layers) * layer + 2 * hidden * Double(c.features))
    }
}
