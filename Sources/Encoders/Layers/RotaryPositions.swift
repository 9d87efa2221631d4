import Foundation

/// Angles of rotary position embeddings (Su et al. 2021): position p rotates the dimensions c and c + h/2 of a head, as a
/// pair, by p · base^(-2c/h).
final class RotaryPositions: Sendable {
    /// For each position, h/2 cosines followed by h/2 sines.
    let table: AlignedBuffer<Float>

    init(count: Int, headSize: Int, base: Double) {
        table = AlignedBuffer(count: count * headSize)
        let half = headSize / 2
        for pair in 0..<half {
            // Incremental, in double precision: one more rotation is cheaper than a sine and a cosine.
            let angle = pow(base, -2 * Double(pair) / Double(headSize)), (stepCosine, stepSine) = (cos(angle), sin(angle))
            var (cosine, sine) = (1.0, 0.0)
            for position in 0..<count {
                table.pointer[position * headSize + pair] = Float(cosine)
                table.pointer[position * headSize + half + pair] = Float(sine)
                (cosine, sine) = (cosine * stepCosine - sine * stepSine, sine * stepCosine + cosine * stepSine)
            }
        }
    }
}
