public import Base

/// Error while making, reading or using an embeddings cache.
public struct CacheError: TapedeckError, Equatable {
    /// Cause, for programs.
    public enum Code: String, Sendable {
        /// The file does not exist, or cannot be read or written.
        case unavailable
        /// The file is not a cache of this program, or its index is damaged.
        case malformed
        /// Some days do not match their checksums.
        case damaged
        /// The operation would mix vectors of different models, windows or sizes.
        case mismatch
        /// Two files hold different vectors for the same ticker and day.
        case conflict
        /// The request selects nothing.
        case empty
        /// Another process is writing the file.
        case busy
        /// The file already exists.
        case exists
    }

    /// Cause, for programs.
    public let code: Code
    /// Path of the file; empty if the error concerns no file.
    public let file: String
    /// Cause and, where there is one, remedy.
    public let message: String

    package init(_ code: Code, _ file: String, _ message: String) {
        self.code = code
        self.file = file
        self.message = message
    }

    public var description: String { file.isEmpty ? message : "\(file): \(message)" }
}

extension CacheError {
    public var kind: ErrorKind {
        switch code {
        case .unavailable: .unavailable
        case .malformed, .damaged: .damaged
        case .mismatch, .conflict: .conflict
        case .empty: .invalidInput
        case .busy: .busy
        case .exists: .alreadyExists
        }
    }
}
