import CKernels

/// One layer of BERT: self-attention and a feed-forward layer, each followed by the residual sum and its norm.
final class BertLayer: Sendable {
    private let heads: Int
    private let headSize: Int
    private let formats: ActivationFormats
    private let qkv: Dense
    private let attentionOutput: Dense
    private let attentionNorm: LayerNorm
    private let intermediate: Dense
    private let output: Dense
    private let outputNorm: LayerNorm

    /// Reads and repacks layer `index`. Call it on a worker's thread.
    init(
        _ index: Int, shape: EncoderShape, precision: Precision, formats: ActivationFormats, from source: some WeightSource,
        workers: Int, worker: Worker
    ) throws(EncoderError) {
        let c = shape.configuration, hidden = c.hiddenSize
        heads = c.headCount
        headSize = shape.headSize
        self.formats = formats
        func dense(
            _ names: [String], _ inputs: Int, _ outputs: Int, _ use: Dense.Use
        ) throws(EncoderError) -> Dense {
            try Dense(
                names, inputs: inputs, outputsEach: outputs, precision: precision, formats: formats, use: use, from: source,
                workers: workers, worker: worker)
        }
        func norm(_ name: String) throws(EncoderError) -> LayerNorm {
            try LayerNorm(name, width: hidden, epsilon: c.layerNormEpsilon, from: source)
        }
        typealias Names = BertTensorNames
        qkv = try dense(
            [Names.query(index), Names.key(index), Names.value(index)], hidden, hidden, .rows(formats.attention))
        attentionOutput = try dense([Names.attentionOutput(index)], hidden, hidden, .residual)
        attentionNorm = try norm(Names.attentionNorm(index))
        intermediate = try dense([Names.intermediate(index)], hidden, c.intermediateSize, .activation)
        output = try dense([Names.output(index)], c.intermediateSize, hidden, .residual)
        outputNorm = try norm(Names.outputNorm(index))
    }

    /// Transforms `workspace.x` and its copy for the next product in place.
    /// - Parameter offsets: where the `sequences` texts start, counted from the first of them, and where the last ends.
    func apply(
        _ w: Workspace, tokens: Int, offsets: UnsafePointer<Int32>, sequences: Int, worker: Worker
    ) throws(EncoderError) {
        let block = formats.product.blockRows, sums = UnsafeMutableRawPointer(w.sums.pointer)
        for start in stride(from: 0, to: tokens, by: block) {
            try qkv.apply(
                w.operand.from(start), rows: min(block, tokens - start), out: w.qkv.rows.from(start), sums: sums, worker: worker)
        }
        tk_attention(
            w.qkv.rows.values, formats.attention.kernelElement, offsets, sequences, heads, headSize,
            1 / Float(headSize).squareRoot(), formats.context.kernelElement, w.context.rows.values, w.attention.pointer)
        for start in stride(from: 0, to: tokens, by: block) {
            let rows = min(block, tokens - start), operand = w.operand.from(start)
            let x = w.x.pointer + start * w.operand.columns
            var context = w.context.rows.from(start)
            if let converted = w.contextOperand?.rows {
                tk_convert_rows(context.values.assumingMemoryBound(to: Float.self), rows, context.columns, converted.out)
                context = converted
            }
            try attentionOutput.addAndNormalise(
                context, rows: rows, to: x, norm: attentionNorm, next: operand, sums: sums, worker: worker)
            try intermediate.gelu(
                operand, rows: rows, next: w.wide.rows, sums: sums, row: w.row.pointer, worker: worker)
            try output.addAndNormalise(
                w.wide.rows, rows: rows, to: x, norm: outputNorm, next: operand, sums: sums, worker: worker)
        }
    }
}
