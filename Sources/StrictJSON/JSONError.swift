public import Base

/// Text that is not the JSON its reader asked for.
public struct JSONError: TapedeckError, Equatable {
    /// Where in the text, in bytes from its start.
    public let offset: Int
    /// What stands there, and what was expected.
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var kind: ErrorKind { .invalidInput }
    public var description: String { "\(reason) at byte \(offset)" }
}
