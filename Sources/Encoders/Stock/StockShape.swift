import ModelFiles

/// Widths of a stock model's layers.
struct StockShape: Sendable {
    let configuration: StockModelConfiguration
    /// Width of an attention head.
    let headSize: Int
    /// Width of an attention head, padded for the kernels.
    let paddedHead: Int
    /// Width of a feature row, padded for the kernels.
    let paddedFeatures: Int

    /// Columns of the queries; the keys and the values have as many each.
    var attentionWidth: Int { configuration.heads * paddedHead }

    /// - Throws: `EncoderError.unsupportedModel` for configurations that the layers do not support.
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

    /// The name in the `state_dict` of a tensor that a layer requests: PyTorch's attention has in_proj_weight instead of
    /// in_proj.weight.
    static func stored(_ name: String) -> String { name.replacing("in_proj.", with: "in_proj_") }

    /// Operations in the encoder's matrix products for one window of `rows` rows, without padding.
    func operations(rows: Int) -> Double {
        let c = configuration, hidden = Double(c.hidden), rows = Double(rows)
        let layer = 2 * hidden * (4 * hidden + 2 * Double(c.intermediate)) + 4 * rows * hidden
        return rows * (Double(c.layers) * layer + 2 * hidden * Double(c.features))
    }
}
