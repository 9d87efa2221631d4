import CKernels
import Foundation
import ModelFiles

/// The heads of a stock model, from window vectors to predictions. Always in single precision, since they are a thousandth
/// of the work.
final class StockHeads: Sendable {
    private let hidden: Int
    private let prediction: Head
    private let confidence: Head?
    private static let formats = ActivationFormats(precision: .f32, headSize: 16)

    /// Two linear layers with GELU in between.
    private struct Head: Sendable {
        let first: Dense
        let second: Dense
        let inner: Int
        let outputs: Int
    }

    /// Maximum windows per call of `apply`.
    static var blockWindows: Int { formats.product.blockRows }

    /// Reads and repacks the weights. Call this on a worker's thread.
    init(_ c: StockModelConfiguration, from source: some WeightSource, workers: Int, worker: Worker) throws(EncoderError) {
        hidden = c.hidden
        func head(_ name: String, _ inner: Int, _ outputs: Int) throws(EncoderError) -> Head {
            func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ use: Dense.Use) throws(EncoderError) -> Dense {
                try Dense(
                    [name], inputs: inputs, outputsEach: outputs, hasBias: true, precision: .f32, formats: Self.formats, use: use,
                    from: source, workers: workers, worker: worker)
            }
            return Head(
                first: try dense("\(name).0", c.hidden, inner, .activation), second: try dense("\(name).3", inner, outputs, .rows(.f32)),
                inner: inner, outputs: outputs)
        }
        prediction = try head("pred_head", c.prediction == .classification ? 2 * c.hidden : c.hidden, c.predictionWidth)
        confidence = c.hasConfidence ? try head("confidence_head", c.hidden, StockModelConfiguration.horizons.count) : nil
    }

    /// Writes scores and confidences for up to `blockWindows` vectors.
    func apply(
        _ vectors: UnsafePointer<Float>, windows: Int, scores: UnsafeMutablePointer<Float>, confidences: UnsafeMutablePointer<Float>?,
        worker: Worker
    ) throws(EncoderError) {
        try apply(prediction, vectors, windows: windows, to: scores, worker: worker)
        guard let confidence, let confidences else { return }
        try apply(confidence, vectors, windows: windows, to: confidences, worker: worker)
        for index in 0..<windows * confidence.outputs { confidences[index] = 1 / (1 + exp(-confidences[index])) }
    }

    private func apply(
        _ head: Head, _ vectors: UnsafePointer<Float>, windows: Int, to results: UnsafeMutablePointer<Float>, worker: Worker
    ) throws(EncoderError) {
        // Products write rows in multiples of a step.
        let rows = MatrixProduct.paddedRows(windows)
        let input = ActivationBuffer(.f32, rows: rows, columns: hidden), inner = ActivationBuffer(.f32, rows: rows, columns: head.inner)
        let output = ActivationBuffer(.f32, rows: rows, columns: head.outputs), row = AlignedBuffer<Float>(count: head.inner)
        input.rows.values.copyMemory(from: vectors, byteCount: windows * hidden * MemoryLayout<Float>.stride)
        try head.first.activate(
            input.rows, rows: windows, next: inner.rows, sums: inner.rows.values, row: row.pointer, worker: worker)
        try head.second.apply(inner.rows, rows: windows, out: output.rows, sums: output.rows.values, worker: worker)
        results.update(from: output.rows.values.assumingMemoryBound(to: Float.self), count: windows * head.outputs)
        withExtendedLifetime((input, inner, output, row)) {}
    }
}
