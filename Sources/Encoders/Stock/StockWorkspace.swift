import CKernels

/// A worker's memory for a stock model's activations of up to `capacity` rows at a time, planned once.
final class StockWorkspace: ActivationMemory, @unchecked Sendable {
    /// Rows it has room for.
    let capacity: Int
    /// The residual stream, floats.
    let x: AlignedBuffer<Float>
    /// One block of normalised rows as the next product reads them.
    let operand: ActivationBuffer
    /// Queries, keys and values.
    let qkv: ActivationBuffer
    /// What attention writes.
    let context: ActivationBuffer
    /// One block of `context` as the next product reads it, where that is another element type.
    let contextOperand: ActivationBuffer?
    /// One block of the feed-forward layer's activations.
    let wide: ActivationBuffer
    /// One block of feature rows, cleaned; and as the input's product reads them, where that is another element type.
    let features: AlignedBuffer<Float>
    let featureOperand: ActivationBuffer?
    /// One block of 32-bit sums, and one row of floats.
    let sums: AlignedBuffer<Float>
    let row: AlignedBuffer<Float>
    /// Where windows start.
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
