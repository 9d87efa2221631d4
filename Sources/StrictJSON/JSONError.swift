public import Base

/// Text that is not the expected JSON.
public struct JSONError: TapedeckError, Equatable {
    /// Position in the text, in bytes from its start.
    public let offset: Int
    /// The text there, and what was expected.
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var kind: ErrorKind { .invalidInput }
    public var description: String { "\(reason) at byte \(offset)" }
}
