import CKernels
import ModelFiles

/// A worker's activation memory for up to `capacity` tokens at a time, allocated once.
final class Workspace: ActivationMemory, @unchecked Sendable {
    /// Maximum number of tokens.
    let capacity: Int
    /// The residual stream, in floats.
    let x: AlignedBuffer<Float>
    /// `x` in the format that the next product reads; in f32 it is `x` itself.
    let operand: ActivationMatrix
    /// Queries, keys and values.
    let qkv: ActivationBuffer
    /// Output of attention.
    let context: ActivationBuffer
    /// One block of `context` in the format that the next product reads, if that is another element type.
    let contextOperand: ActivationBuffer?
    /// One block of the feed-forward layer's activations.
    let wide: ActivationBuffer
    /// One block of 32-bit sums.
    let sums: AlignedBuffer<Float>
    /// One row of floats.
    let row: AlignedBuffer<Float>
    /// Positions of tokens within their texts.
    let positions: AlignedBuffer<Int32>
    let attention: AlignedBuffer<UInt8>
    private let operandBuffer: ActivationBuffer?

    /// Total size in bytes.
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
