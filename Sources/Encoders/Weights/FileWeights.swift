public import ModelFiles

/// Weights in a safetensors file. Names are found with or without the prefix `bert.`. The scale and shift of a layer norm
/// are also found as `gamma` and `beta`, as in files converted from TensorFlow.
public struct FileWeights: WeightSource {
    private let file: SafetensorsFile

    /// Uses the weights of an open file.
    public init(file: SafetensorsFile) { self.file = file }

    private func storedName(_ name: String) -> String? {
        let older = ["weight": "gamma", "bias": "beta"].lazy.compactMap { new, old in
            name.hasSuffix("LayerNorm." + new) ? String(name.dropLast(new.count)) + old : nil
        }
        return ([name] + older).flatMap { [$0, "bert." + $0] }.first { file.tensors[$0] != nil }
    }

    public func contains(_ name: String) -> Bool { storedName(name) != nil }

    public func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        guard let stored = storedName(name), let info = file.tensors[stored] else { throw .missingTensor(name) }
        let element: WeightTensor.Element
        switch info.elementType {
        case .f32: element = .f32
        case .f16: element = .f16
        case .bf16: element = .bf16
        default:
            throw .unsupportedModel("tensor '\(stored)' holds \(info.elementType.rawValue); F32, F16 and BF16 are supported")
        }
        do {
            return try file.withBytes(of: stored) { bytes in
                try body(WeightTensor(shape: info.shape, element: element, bytes: bytes))
            }
        } catch let error as EncoderError {
            throw error
        } catch {
            throw .unreadableWeights(tensor: stored, reason: "\(error)")
        }
    }
}
