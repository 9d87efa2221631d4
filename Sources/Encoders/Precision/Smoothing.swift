import CKernels
import ModelFiles

/// Smooths the columns of a norm's output before they are quantised: a few columns of large values would cost all others in
/// a row their precision. Columns are divided by factors, and the weights that read them are multiplied by the same factors.
/// This changes only the rounding of the product (SmoothQuant, Xiao et al. 2022, with half of the difficulty on either
/// side).
///
/// Column magnitudes are estimated from the norm itself, as its shift plus three times its scale, so that no sample of texts
/// is needed.
final class Smoothing: Sendable {
    /// One factor per column, for the weights.
    let factor: AlignedBuffer<Float>
    /// Reciprocal of each factor, for the rows.
    let inverse: AlignedBuffer<Float>

    var byteCount: Int { factor.byteCount + inverse.byteCount }

    /// - Parameters:
    ///   - norm: name of the norm.
    ///   - readers: names of the products that read its output, each with `outputsEach` rows of weights.
    init(
        norm: String, readers: [String], outputsEach: Int, width: Int, from source: some WeightSource
    ) throws(EncoderError) {
        factor = AlignedBuffer(count: width)
        inverse = AlignedBuffer(count: width)
        let gamma = try source.floats(named: norm + ".weight", shape: [width])
        let beta = try source.floats(named: norm + ".bias", shape: [width])
        var largest = [Float](repeating: 0, count: width)
        for reader in readers {
            let weights = try source.floats(named: reader + ".weight", shape: [outputsEach, width])
            for row in 0..<outputsEach {
                for column in 0..<width { largest[column] = max(largest[column], abs(weights.pointer[row * width + column])) }
            }
        }
        // Columns that no product reads, and columns that are always 0, need no factor.
        let least = max((largest.max() ?? 0) * 1e-4, .leastNormalMagnitude)
        let ratios = (0..<width).map { (abs(beta.pointer[$0]) + 3 * abs(gamma.pointer[$0])) / max(largest[$0], least) }
        let top = ratios.max() ?? 0
        for (column, ratio) in ratios.enumerated() {
            factor.pointer[column] = top > 0 && top.isFinite ? max(ratio / top, 1e-8).squareRoot() : 1
            inverse.pointer[column] = 1 / factor.pointer[column]
        }
    }

    /// Smoothing of the norm before a layer; `nil` if there is no such layer, or the precision does not smooth.
    static func before(
        layer index: Int, of shape: EncoderShape, precision: Precision, from source: some WeightSource
    ) throws(EncoderError) -> Smoothing? {
        let c = shape.configuration, names = TensorNames(c.architecture), readers = names.layer(index).qkv
        guard precision == .int8Smooth, index < c.layerCount else { return nil }
        return try Smoothing(
            norm: index == 0 ? names.embeddingNorm : names.layer(index - 1).outputNorm, readers: readers,
            outputsEach: 3 * c.hiddenSize / readers.count, width: c.hiddenSize, from: source)
    }

    /// Weights for smoothed rows: `rows` x columns floats.
    func weights(_ tensor: WeightTensor, rows: Int) -> AlignedBuffer<Float> {
        let columns = factor.count, weights = AlignedBuffer<Float>(count: rows * columns)
        tk_to_float(tensor.bytes.baseAddress, tensor.element.kernelElement, weights.count, weights.pointer)
        for row in 0..<rows {
            for column in 0..<columns { weights.pointer[row * columns + column] *= factor.pointer[column] }
        }
        return weights
    }
}
