public import Base

/// Error in a tokenizer's file or vocabulary.
public struct TokenizerError: TapedeckError, Equatable {
    /// The file.
    public let path: String
    /// Cause and, where there is one, remedy.
    public let reason: String

    /// Creates an error about a tokenizer file.
    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

extension TokenizerError {
    public var kind: ErrorKind { .unsupported }
}
