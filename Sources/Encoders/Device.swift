import Foundation

/// Where encoders run. There is one implementation, the processor's; a GPU's will be chosen here.
public enum Device: String, Sendable, CaseIterable {
    /// The fastest there is in this build and on this machine: today always the processor.
    case auto
    case cpu
    case cuda

    /// The device that is used for this choice.
    /// - Parameter environment: an empty `CUDA_VISIBLE_DEVICES` hides every GPU, as it does from CUDA itself.
    /// - Throws: `EncoderError.unavailableDevice` for `cuda`: a run that asked for a GPU must not quietly take days on the processor.
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
