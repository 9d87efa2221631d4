public import Base

/// Error that prevents a run from starting or continuing, with its remedy.
public struct GenerationError: TapedeckError {
    /// Cause and remedy.
    public let description: String

    package init(_ description: String) { self.description = description }
}

extension GenerationError {
    public var kind: ErrorKind { .invalidInput }
}
