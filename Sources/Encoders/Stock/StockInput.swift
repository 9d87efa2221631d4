import CKernels
import ModelFiles

/// Input layer of a stock model: x = gelu(norm(linear(row))) + position vector.
final class StockInput: Sendable {
    private let shape: StockShape
    private let formats: ActivationFormats
    private let projection: Dense
    private let norm: LayerNorm
    private let positions: AlignedBuffer<Float>

    /// With int8, the input product is made in bfloat16. Eight bits would cost accuracy, since features are very unevenly distributed:
    /// most are 0, a few are large. They would save nothing, since this product is a hundredth of all work.
    static func precision(for precision: Precision) -> Precision { precision == .int8 ? .bf16 : precision }

    /// Reads and repacks the weights. Call this on a worker's thread.
    init(
        shape: StockShape, precision: Precision, formats: ActivationFormats, from source: some WeightSource, workers: Int, worker: Worker
    ) throws(EncoderError) {
        let c = shape.configuration
        self.shape = shape
        self.formats = formats
        projection = try Dense(
            ["input_proj.0"], inputs: shape.paddedFeatures, outputsEach: c.hidden, hasBias: true, precision: precision, formats: formats,
            use: .rows(.f32), from: source, workers: workers, worker: worker)
        norm = try LayerNorm("input_proj.1", width: c.hidden, epsilon: StockModelConfiguration.layerNormEpsilon, from: source)
        positions = try source.floats(named: "pos_encoding", shape: [1, c.maxRows, c.hidden])
    }

    /// Fills `workspace.x` from `windows` windows of `length` rows each.
    func apply(
        _ values: UnsafePointer<Float>, windows: Int, length: Int, _ w: StockWorkspace, worker: Worker
    ) throws(EncoderError) {
        let c = shape.configuration, block = formats.product.blockRows, count = windows * length
        for start in stride(from: 0, to: count, by: block) {
            let rows = min(block, count - start), x = w.x.pointer + start * c.hidden
            tk_clean_rows(values + start * c.features, rows, c.features, shape.paddedFeatures, w.features.pointer)
            var operand = ActivationMatrix(element: .f32, columns: shape.paddedFeatures, values: w.features.pointer, scale: nil, zeroPoint: nil)
            if let converted = w.featureOperand?.rows {
                tk_convert_rows(w.features.pointer, rows, shape.paddedFeatures, converted.out)
                operand = converted
            }
            let out = ActivationMatrix(element: .f32, columns: c.hidden, values: x, scale: nil, zeroPoint: nil)
            try projection.apply(operand, rows: rows, out: out, sums: w.sums.pointer, worker: worker)
            norm.apply(x, rows: rows, next: out)
            tk_gelu(x, rows, c.hidden, out.copyOut)
        }
        for window in 0..<windows {
            tk_add_rows(w.x.pointer + window * length * c.hidden, positions.pointer, length * c.hidden)
        }
    }
}
