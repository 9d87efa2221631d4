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
}
