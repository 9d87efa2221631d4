/// The number format of an encoder's matrix products.
///
/// - `f32`: single precision throughout.
/// - `bf16`: operands rounded to bfloat16, sums in single precision.
/// - `int8`: weights in 8 bits with a scale for each output channel, activations in 8 bits with a scale and zero point for each token, found
///   anew at every layer; sums are exact integers.
///
/// Normalisation, softmax and residual sums are in single precision in all three.
public enum Precision: String, Sendable, CaseIterable, Codable {
    case f32, bf16, int8
}
