import CKernels

/// Layer normalisation with a scale and a shift for each column.
final class LayerNorm: Sendable {
    let gamma: AlignedBuffer<Float>
    let beta: AlignedBuffer<Float>
    let epsilon: Float
    /// Smoothing that the next product expects; `nil` if it reads unsmoothed rows.
    let smoothing: Smoothing?

    var byteCount: Int { gamma.byteCount + beta.byteCount + (smoothing?.byteCount ?? 0) }

    init(
        _ name: String, width: Int, epsilon: Float, smoothing: Smoothing? = nil, from source: some WeightSource
    ) throws(EncoderError) {
        gamma = try source.floats(named: name + ".weight", shape: [width])
        beta = try source.floats(named: name + ".bias", shape: [width])
        self.epsilon = epsilon
        self.smoothing = smoothing
    }

    /// Normalises `count` rows in place, and also writes them to `next`, in its element type, unless that is f32.
    func apply(_ x: UnsafeMutablePointer<Float>, rows count: Int, next: ActivationMatrix) {
        tk_layernorm(x, count, gamma.count, gamma.pointer, beta.pointer, epsilon, copyOut(next))
        smooth(x, rows: count, next: next)
    }

    /// Adds a product to x, then normalises as above.
    func apply(_ product: tk_int8_product, to x: UnsafeMutablePointer<Float>, rows count: Int, next: ActivationMatrix) {
        tk_dequantise_add_layernorm(product, x, count, gamma.count, gamma.pointer, beta.pointer, epsilon, copyOut(next))
        smooth(x, rows: count, next: next)
    }

    private func copyOut(_ next: ActivationMatrix) -> tk_rows_out { smoothing == nil ? next.copyOut : ActivationMatrix.nowhere }

    private func smooth(_ x: UnsafeMutablePointer<Float>, rows count: Int, next: ActivationMatrix) {
        guard let smoothing else { return }
        tk_quantise_scaled(x, smoothing.inverse.pointer, count, gamma.count, next.out)
    }

    /// Writes `count` normalised rows to `next`, in its element type. `row` is scratch space for one row of floats.
    func apply(_ x: UnsafePointer<Float>, rows count: Int, to next: ActivationMatrix, row: UnsafeMutablePointer<Float>) {
        tk_prenorm(x, count, gamma.count, gamma.pointer, beta.pointer, epsilon, row, next.out)
    }
}
