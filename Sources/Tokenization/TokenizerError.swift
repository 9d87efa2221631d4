public import Base
/// Why a tokenizer cannot be made from a file or a vocabulary.
public struct TokenizerError: TapedeckError, Equatable {
    /// The file.
    public let path: String
    /// The cause, and where there is one the remedy.
    public let reason: String

    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

extension TokenizerError {
    public var kind: ErrorKind { .unsupported }
}
