import CKernels
import ModelFiles

/// One layer of a stock model, PyTorch's pre-norm `TransformerEncoderLayer`: x += attention(norm1(x)), then x +=
/// linear2(gelu(linear1(norm2(x)))).
final class StockLayer: Sendable {
    private let shape: StockShape
    private let formats: ActivationFormats
    private let attentionNorm: LayerNorm
    private let qkv: Dense
    private let attentionOutput: Dense
    private let feedForwardNorm: LayerNorm
    private let intermediate: Dense
    private let output: Dense

    /// Reads and repacks layer `index`. Call this on a worker's thread.
    init(
        _ index: Int, shape: StockShape, precision: Precision, formats: ActivationFormats, from source: some WeightSource,
        workers: Int, worker: Worker
    ) throws(EncoderError) {
        let c = shape.configuration, prefix = "transformer.layers.\(index)."
        self.shape = shape
        self.formats = formats
        func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ use: Dense.Use) throws(EncoderError) -> Dense {
            try Dense(
                [prefix + name], inputs: inputs, outputsEach: outputs, hasBias: true, precision: precision, formats: formats, use: use,
                from: source, workers: workers, worker: worker)
        }
        func norm(_ name: String) throws(EncoderError) -> LayerNorm {
            try LayerNorm(prefix + name, width: c.hidden, epsilon: StockModelConfiguration.layerNormEpsilon, from: source)
        }
        attentionNorm = try norm("norm1")
        qkv = try dense("self_attn.in_proj", c.hidden, 3 * shape.attentionWidth, .rows(formats.attention))
        attentionOutput = try dense("self_attn.out_proj", shape.attentionWidth, c.hidden, .residual)
        feedForwardNorm = try norm("norm2")
        intermediate = try dense("linear1", c.hidden, c.intermediate, .activation)
        output = try dense("linear2", c.intermediate, c.hidden, .residual)
    }

    /// Transforms `workspace.x` in place.
    /// - Parameter offsets: starts of the `sequences` windows, followed by the end of the last.
    func apply(
        _ w: StockWorkspace, rows count: Int, offsets: UnsafePointer<Int32>, sequences: Int, worker: Worker
    ) throws(EncoderError) {
        let block = formats.product.blockRows, hidden = shape.configuration.hidden
        let sums = UnsafeMutableRawPointer(w.sums.pointer), row = w.row.pointer, operand = w.operand.rows
        for start in stride(from: 0, to: count, by: block) {
            let rows = min(block, count - start)
            attentionNorm.apply(w.x.pointer + start * hidden, rows: rows, to: operand, row: row)
            try qkv.apply(operand, rows: rows, out: w.qkv.rows.from(start), sums: sums, worker: worker)
        }
        tk_attention(
            w.qkv.rows.values, formats.attention.kernelElement, offsets, sequences, shape.configuration.heads, shape.paddedHead,
            1 / Float(shape.headSize).squareRoot(), formats.context.kernelElement, w.context.rows.values, w.attention.pointer)
        for start in stride(from: 0, to: count, by: block) {
            let rows = min(block, count - start), x = w.x.pointer + start * hidden
            var context = w.context.rows.from(start)
            if let converted = w.contextOperand?.rows {
                tk_convert_rows(context.values.assumingMemoryBound(to: Float.self), rows, context.columns, converted.out)
                context = converted
            }
            try attentionOutput.add(context, rows: rows, to: x, sums: sums, worker: worker)
            feedForwardNorm.apply(x, rows: rows, to: operand, row: row)
            try intermediate.activate(operand, rows: rows, next: w.wide.rows, sums: sums, row: row, worker: worker)
            try output.add(w.wide.rows, rows: rows, to: x, sums: sums, worker: worker)
        }
    }
}
