import CKernels
import ModelFiles

/// A layer of BERT or NomicBERT: self-attention and a feed-forward layer, each followed by a residual sum and a norm.
final class BertLayer: Sendable {
    private let heads: Int
    private let headSize: Int
    // NomicBERT only.
    private let rotary: RotaryPositions?
    private let formats: ActivationFormats
    private let qkv: Dense
    private let attentionOutput: Dense
    private let attentionNorm: LayerNorm
    private let intermediate: Dense
    private let output: Dense
    private let outputNorm: LayerNorm

    /// Memory of the weights, in bytes.
    var byteCount: Int {
        [qkv, attentionOutput, intermediate, output].reduce(attentionNorm.byteCount + outputNorm.byteCount) { $0 + $1.byteCount }
    }

    /// Reads and repacks layer `index`. Call this on a worker's thread.
    init(
        _ index: Int, shape: EncoderShape, rotary: RotaryPositions?, precision: Precision, formats: ActivationFormats,
        from source: some WeightSource, workers: Int, worker: Worker
    ) throws(EncoderError) {
        let c = shape.configuration, hidden = c.hiddenSize
        heads = c.headCount
        headSize = shape.headSize
        self.formats = formats
        self.rotary = rotary
        let tensors = TensorNames(c.architecture).layer(index)
        func dense(
            _ names: [String], _ inputs: Int, _ outputs: Int, _ use: Dense.Use, smoothing: Smoothing? = nil
        ) throws(EncoderError) -> Dense {
            try Dense(
                names, inputs: inputs, outputsEach: outputs, hasBias: tensors.hasBiases, precision: precision, formats: formats,
                use: use, smoothing: smoothing, from: source, workers: workers, worker: worker)
        }
        func norm(_ name: String, _ smoothing: Smoothing?) throws(EncoderError) -> LayerNorm {
            try LayerNorm(name, width: hidden, epsilon: c.layerNormEpsilon, smoothing: smoothing, from: source)
        }
        func smoothing(before index: Int) throws(EncoderError) -> Smoothing? {
            try .before(layer: index, of: shape, precision: precision, from: source)
        }
        let between =
            precision == .int8Smooth
            ? try Smoothing(
                norm: tensors.attentionNorm, readers: tensors.intermediate, outputsEach: c.intermediateSize, width: hidden,
                from: source) : nil
        qkv = try dense(
            tensors.qkv, hidden, 3 * hidden / tensors.qkv.count, rotary == nil ? .rows(formats.attention) : .rotation,
            smoothing: try smoothing(before: index))
        attentionOutput = try dense([tensors.attentionOutput], hidden, hidden, .residual)
        attentionNorm = try norm(tensors.attentionNorm, between)
        intermediate = try dense(tensors.intermediate, hidden, c.intermediateSize, .activation, smoothing: between)
        output = try dense([tensors.output], c.intermediateSize, hidden, .residual)
        outputNorm = try norm(tensors.outputNorm, try smoothing(before: index + 1))
    }

    /// Transforms `workspace.x`, and its copy for the next product, in place.
    /// - Parameters:
    ///   - own: the worker's own memory, used for scratch; in a group of workers, `w` is shared by all.
    ///   - offsets: starts of the `sequences` texts relative to the first, followed by the end of the last.
    func apply(
        _ w: Workspace, own: Workspace, tokens: Int, offsets: UnsafePointer<Int32>, sequences: Int, worker: Worker
    ) throws(EncoderError) {
        let block = formats.product.blockRows, sums = UnsafeMutableRawPointer(w.sums.pointer)
        for start in stride(from: 0, to: tokens, by: block) {
            let rows = min(block, tokens - start), operand = w.operand.from(start), out = w.qkv.rows.from(start)
            if let rotary {
                try qkv.rotate(
                    operand, rows: rows, heads: heads, by: rotary, positions: w.positions.pointer + start, out: out, sums: sums,
                    worker: worker)
            } else {
                try qkv.apply(operand, rows: rows, out: out, sums: sums, worker: worker)
            }
        }
        let mine = worker.share(of: heads)
        tk_attention_heads(
            w.qkv.rows.values, formats.attention.kernelElement, offsets, sequences, heads, mine.lowerBound, mine.upperBound,
            headSize, 1 / Float(headSize).squareRoot(), formats.context.kernelElement, w.context.rows.values,
            own.attention.pointer)
        try worker.synchronize()
        for start in stride(from: 0, to: tokens, by: block) {
            let rows = min(block, tokens - start), operand = w.operand.from(start)
            let x = w.x.pointer + start * w.operand.columns
            var context = w.context.rows.from(start)
            if let converted = w.contextOperand?.rows {
                let mine = worker.share(of: rows), from = context.from(mine.lowerBound)
                tk_convert_rows(
                    from.values.assumingMemoryBound(to: Float.self), mine.count, context.columns,
                    converted.from(mine.lowerBound).out)
                try worker.synchronize()
                context = converted
            }
            try attentionOutput.addAndNormalise(
                context, rows: rows, to: x, norm: attentionNorm, next: operand, sums: sums, worker: worker)
            try intermediate.activate(
                operand, rows: rows, next: w.wide.rows, sums: sums, row: own.row.pointer, worker: worker)
            try output.addAndNormalise(
                w.wide.rows, rows: rows, to: x, norm: outputNorm, next: operand, sums: sums, worker: worker)
        }
    }
}
