public import Base

/// Number format of an encoder's matrix products.
///
/// - `f32`: single precision throughout.
/// - `bf16`: operands rounded to bfloat16, sums in single precision.
/// - `int8`: 8-bit weights with a scale per output channel; 8-bit activations with a scale and zero point per token,
///   computed anew at every layer. Sums are exact integers.
/// - `int8Smooth`: like `int8`, but the columns of a norm's output are smoothed before quantisation and the weights are
///   adjusted to match. For models with a few columns of large values, which would cost the others their precision.
///
/// Normalisation, softmax and residual sums are always in single precision.
public enum Precision: String, Sendable, CaseIterable, Codable {
    case f32, bf16, int8
    case int8Smooth = "int8-smooth"

    /// Name of the arithmetic that products of this precision use on an instruction set. Vectors of the same name are
    /// identical bit for bit. Vectors of different names differ by rounding, and no store mixes them.
    ///
    /// - 8 bits: `int8-2` everywhere, since integer sums are exact and the surrounding steps are computed identically.
    /// - `f32`: `avx512` with oneDNN's products, `fused` with chains of fused multiply-adds (AVX2, NEON), `unfused` without.
    /// - `bf16`: likewise, `avx512-bf16` with that extension, and `amx-bf16` with AMX.
    public func arithmetic(on set: InstructionSet) -> String {
        switch self {
        case .int8, .int8Smooth: "int8-2"
        case .bf16 where set.hasBFloat16Tiles: "amx-bf16"
        case .bf16 where set.hasBFloat16Dots: "avx512-bf16"
        case .f32, .bf16: set.hasOneDNNProducts(.f32) ? "avx512" : set.hasFusedMultiplyAdd ? "fused" : "unfused"
        }
    }
}
