/// How the precision of a model is decided: by name, or by `SentenceEncoder.calibrated(model:sample:pool:)`.
public enum PrecisionPolicy: String, Sendable, CaseIterable {
    case f32, bf16, int8
    case int8Smooth = "int8-smooth"
    /// The fastest precision whose vectors pass a check against f32 on this machine.
    case auto

    /// The precision that was named; `nil` for `auto`.
    public var precision: Precision? { Precision(rawValue: rawValue) }
}
