import CKernels
import ModelFiles

/// A worker's activation memory for a stock model, for up to `capacity` rows at a time, allocated once.
final class StockWorkspace: ActivationMemory, @unchecked Sendable {
    /// Maximum number of rows.
    let capacity: Int
    /// The residual stream, in floats.
    let x: AlignedBuffer<Float>
    /// One block of normalised rows, in the format that the next product reads.
    let operand: ActivationBuffer
    /// Queries, keys and values.
    let qkv: ActivationBuffer
    /// Output of attention.
    let context: ActivationBuffer
    /// One block of `context` in the format that the next product reads, if that is another element type.
    let contextOperand: ActivationBuffer?
    /// One block of the feed-forward layer's activations.
    let wide: ActivationBuffer
    /// One block of cleaned feature rows.
    let features: AlignedBuffer<Float>
    /// One block of cleaned feature rows in the format that the input's product reads, if that is another element type.
    let featureOperand: ActivationBuffer?
    /// One block of 32-bit sums.
    let sums: AlignedBuffer<Float>
    /// One row of floats.
    let row: AlignedBuffer<Float>
    /// Starts of the windows.
    let offsets: AlignedBuffer<Int32>
    let attention: AlignedBuffer<UInt8>

    init(shape: StockShape, formats: ActivationFormats, inputFormats: ActivationFormats, capacity rows: Int) {
        let c = shape.configuration
        let block = max(formats.product.blockRows, inputFormats.product.blockRows)
        capacity = (rows + block - 1) / block * block
        x = AlignedBuffer(count: capacity * c.hidden)
        operand = ActivationBuffer(formats.operand, rows: block, columns: c.hidden)
        qkv = ActivationBuffer(formats.attention, rows: capacity, columns: 3 * shape.attentionWidth)
        context = ActivationBuffer(formats.context, rows: capacity, columns: shape.attentionWidth)
        contextOperand =
            formats.context == formats.operand ? nil : ActivationBuffer(formats.operand, rows: block, columns: shape.attentionWidth)
        wide = ActivationBuffer(formats.operand, rows: block, columns: c.intermediate)
        features = AlignedBuffer(count: block * shape.paddedFeatures)
        featureOperand =
            inputFormats.operand == .f32 ? nil : ActivationBuffer(inputFormats.operand, rows: block, columns: shape.paddedFeatures)
        let widest = max(3 * shape.attentionWidth, c.intermediate)
        sums = AlignedBuffer(count: block * widest)
        row = AlignedBuffer(count: widest)
        offsets = AlignedBuffer(count: capacity + 1)
        attention = AlignedBuffer(count: tk_attention_scratch_bytes(capacity, shape.paddedHead))
    }
}
