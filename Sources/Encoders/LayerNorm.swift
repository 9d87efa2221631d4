import CKernels

/// Layer normalisation's scale and shift, one of each for every column.
final class LayerNorm: Sendable {
    let gamma: AlignedBuffer<Float>
    let beta: AlignedBuffer<Float>
    let epsilon: Float

    var byteCount: Int { gamma.byteCount + beta.byteCount }

    init(_ name: String, width: Int, epsilon: Float, from source: some WeightSource) throws(EncoderError) {
        gamma = try source.floats(named: name + ".weight", shape: [width])
        beta = try source.floats(named: name + ".bias", shape: [width])
        self.epsilon = epsilon
    }

    /// Normalises `count` rows in place and writes them once more to `next`, in its element type, unless that is f32.
    func apply(_ x: UnsafeMutablePointer<Float>, rows count: Int, next: Rows) {
        tk_layernorm(x, count, gamma.count, gamma.pointer, beta.pointer, epsilon, next.copyOut)
    }

    /// Writes `count` normalised rows to `next`, in its element type. `row` is scratch for one row of floats.
    func apply(_ x: UnsafePointer<Float>, rows count: Int, to next: Rows, row: UnsafeMutablePointer<Float>) {
        tk_prenorm(x, count, gamma.count, gamma.pointer, beta.pointer, epsilon, row, next.out)
    }
}
