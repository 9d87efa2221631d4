import CKernels

/// A worker's memory for the activations of up to `capacity` tokens at a time, planned once.
final class Workspace: ActivationMemory, @unchecked Sendable {
    /// Tokens it has room for.
    let capacity: Int
    /// The residual stream, floats.
    let x: AlignedBuffer<Float>
    /// `x` as the next product reads it; in f32 it is `x` itself.
    let operand: ActivationMatrix
    /// Queries, keys and values.
    let qkv: ActivationBuffer
    /// What attention writes.
    let context: ActivationBuffer
    /// One block of `context` as the next product reads it, where that is another element type.
    let contextOperand: ActivationBuffer?
    /// One block of the feed-forward layer's activations.
    let wide: ActivationBuffer
    /// One block of 32-bit sums, and one row of floats.
    let sums: AlignedBuffer<Float>
    let row: AlignedBuffer<Float>
    /// Positions of tokens within their texts.
    let positions: AlignedBuffer<Int32>
    let attention: AlignedBuffer<UInt8>
    private let operandBuffer: ActivationBuffer?

    /// Bytes of all of it.
    var byteCount: Int {
        let rows = [operandBuffer, qkv, context, contextOperand, wide].reduce(0) { $0 + ($1?.byteCount ?? 0) }
        return rows + x.byteCount + sums.byteCount + row.byteCount + positions.byteCount + attention.byteCount
    }

    init(shape: EncoderShape, formats: ActivationFormats, capacity tokens: Int) {
        let hidden = shape.configuration.hiddenSize, intermediate = shape.configuration.intermediateSize
        let block = formats.product.blockRows
        capacity = (tokens + block - 1) / block * block
        x = AlignedBuffer(count: capacity * hidden)
        if formats.operand == .f32 {
            operandBuffer = nil
            operand = ActivationMatrix(element: .f32, columns: hidden, values: x.pointer, scale: nil, zeroPoint: nil)
        } else {
            let buffer = ActivationBuffer(formats.operand, rows: capacity, columns: hidden)
            operandBuffer = buffer
            operand = buffer.rows
        }
        qkv = ActivationBuffer(formats.attention, rows: capacity, columns: 3 * hidden)
        context = ActivationBuffer(formats.context, rows: capacity, columns: hidden)
        contextOperand =
            formats.context == formats.operand
            ? nil : ActivationBuffer(formats.operand, rows: block, columns: hidden)
        wide = ActivationBuffer(formats.operand, rows: block, columns: intermediate)
        let widest = max(3 * hidden, shape.activationInputs)
        sums = AlignedBuffer(count: block * widest)
        row = AlignedBuffer(count: widest)
        positions = AlignedBuffer(count: capacity)
        attention = AlignedBuffer(count: tk_attention_scratch_bytes(capacity, shape.headSize))
    }
}
