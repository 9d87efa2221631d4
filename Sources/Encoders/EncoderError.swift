public import Base

/// Error while making or using an encoder.
public enum EncoderError: TapedeckError, Equatable {
    /// The weights have no tensor with this name.
    case missingTensor(String)
    /// A tensor's shape differs from the one that the model's configuration implies.
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    /// A tensor has fewer bytes than its shape requires.
    case truncatedTensor(String)
    /// The weights, or one of their tensors, could not be read; `reason` comes from the reader. The tensor name is empty if
    /// the error concerns all weights.
    case unreadableWeights(tensor: String, reason: String)
    /// This encoder does not support the model's configuration.
    case unsupportedModel(String)
    /// The requested device cannot be used; the text says which and why.
    case unavailableDevice(String)
    /// Encoders that should work together do not share one thread pool.
    case mixedPools
    /// A call to oneDNN failed.
    case oneDNN(call: String, status: Int32)
    /// A token id is outside the vocabulary.
    case tokenOutOfRange(id: Int32, vocabulary: Int)
    /// A text has more tokens than the model accepts.
    case tooManyTokens(text: Int, tokens: Int, limit: Int)
    /// A text has no tokens, or the offsets do not ascend from 0 to the number of ids.
    case malformedBatch(String)
    /// The stock model does not accept these windows of feature rows.
    case unsuitableWindows(String)

    public var description: String {
        switch self {
        case .missingTensor(let name):
            "the weights have no tensor '\(name)': the file belongs to another architecture or is incomplete; download the model again"
        case .wrongShape(let tensor, let expected, let found):
            "tensor '\(tensor)' has shape \(found), config.json implies \(expected): configuration and weights are of different models"
        case .truncatedTensor(let name):
            "tensor '\(name)' is shorter than its shape: the weights file is damaged; download the model again"
        case .unreadableWeights(let tensor, let reason):
            tensor.isEmpty ? "the weights could not be read: \(reason)" : "tensor '\(tensor)' could not be read: \(reason)"
        case .unsupportedModel(let reason):
            "this model cannot be run: \(reason)"
        case .unavailableDevice(let reason):
            "device \(reason)"
        case .mixedPools:
            "encoders that work together must share their threads: open them with one WorkerPool"
        case .oneDNN(let call, let status):
            "oneDNN's \(call) failed with status \(status)"
        case .tokenOutOfRange(let id, let vocabulary):
            "token id \(id) is outside the vocabulary of \(vocabulary): the tokenizer belongs to another model"
        case .tooManyTokens(let text, let tokens, let limit):
            "text \(text) of the batch has \(tokens) tokens, the model takes \(limit): truncate it when tokenizing"
        case .malformedBatch(let reason):
            "malformed token batch: \(reason)"
        case .unsuitableWindows(let reason):
            "the model does not take these windows: \(reason)"
        }
    }
}

extension EncoderError {
    public var kind: ErrorKind {
        switch self {
        case .missingTensor, .wrongShape, .truncatedTensor, .unreadableWeights: .damaged
        case .unsupportedModel, .unavailableDevice: .unsupported
        case .oneDNN: .unavailable
        case .mixedPools, .tokenOutOfRange, .tooManyTokens, .malformedBatch, .unsuitableWindows: .invalidInput
        }
    }
}
