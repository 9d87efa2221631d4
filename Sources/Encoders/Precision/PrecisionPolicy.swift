/// How a model's precision is chosen: by name, or by `SentenceEncoder.calibrated(model:sample:pool:)`.
public enum PrecisionPolicy: String, Sendable, CaseIterable {
    case f32, bf16, int8
    case int8Smooth = "int8-smooth"
    /// The fastest precision whose vectors pass a comparison with f32 on this machine.
    case auto

    /// The named precision; `nil` for `auto`.
    public var precision: Precision? { Precision(rawValue: rawValue) }
}
