public import Base

/// The number format of an encoder's matrix products.
///
/// - `f32`: single precision throughout.
/// - `bf16`: operands rounded to bfloat16, sums in single precision.
/// - `int8`: weights in 8 bits with a scale for each output channel, activations in 8 bits with a scale and zero point for each token, found
///   anew at every layer; sums are exact integers.
/// - `int8Smooth`: as `int8`, with the columns of a norm's result evened out before they are quantised and the weights changed to match: for models
///   with a few columns of large values, which would cost the others their precision.
///
/// Normalisation, softmax and residual sums are in single precision in all of them.
public enum Precision: String, Sendable, CaseIterable, Codable {
    case f32, bf16, int8
    case int8Smooth = "int8-smooth"

    /// A name for how products of this precision are computed on an instruction set. Vectors of one name agree to the last bit; those of different
    /// names differ by rounding, and no store holds both.
    ///
    /// - 8 bits: `int8-2` everywhere, since integer sums are exact and the steps around them are computed in one way.
    /// - `f32`: `avx512` where oneDNN makes the products, `fused` in chains of fused multiply-adds (AVX2, NEON), `unfused` without those.
    /// - `bf16`: likewise, and `avx512-bf16` with that extension.
    public func arithmetic(on set: InstructionSet) -> String {
        switch self {
        case .int8, .int8Smooth: "int8-2"
        case .bf16 where set.hasBFloat16Dots: "avx512-bf16"
        case .f32, .bf16: set.hasOneDNNProducts(.f32) ? "avx512" : set.hasFusedMultiplyAdd ? "fused" : "unfused"
        }
    }
}
