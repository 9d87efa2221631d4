public import Base
/// Why a run could not begin or go on, and what to do about it.
public struct GenerationError: TapedeckError {
    public let description: String

    package init(_ description: String) { self.description = description }
}

extension GenerationError {
    public var kind: ErrorKind { .invalidInput }
}
