public import Foundation

/// Device that encoders run on. Only the CPU is implemented; a GPU would be selected here.
public enum Device: String, Sendable, CaseIterable {
    /// The fastest device of this build and machine; currently always the CPU.
    case auto
    /// The CPU.
    case cpu
    /// An NVIDIA GPU; not implemented yet.
    case cuda

    /// Returns the device to use for this choice.
    /// - Parameter environment: an empty `CUDA_VISIBLE_DEVICES` hides every GPU, as in CUDA itself.
    /// - Throws: `EncoderError.unavailableDevice` for `cuda`: a run that asked for a GPU must not silently take days on the
    ///   CPU.
    public func resolved(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EncoderError) -> Device {
        switch self {
        case .auto, .cpu: return .cpu
        case .cuda where environment["CUDA_VISIBLE_DEVICES"] == "":
            throw .unavailableDevice("cuda: CUDA_VISIBLE_DEVICES is empty, which hides every GPU; use --device cpu")
        case .cuda:
            throw .unavailableDevice("cuda: this build has no CUDA backend; use --device cpu (or auto)")
        }
    }
}
