public import Base
/// Why an embeddings cache cannot be made, read or used.
public struct CacheError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// There is no such file, or it cannot be read or written.
        case unavailable
        /// It is not a cache of this program, or its index is damaged.
        case malformed
        /// Some of its days do not agree with their checksums.
        case damaged
        /// Vectors of different models, windows or sizes would be mixed.
        case mismatch
        /// The two of them hold different vectors for the same ticker and day.
        case conflict
        /// What was asked for leaves nothing to do.
        case empty
        /// Another process is at it.
        case busy
        /// The file exists already.
        case exists
    }

    public let code: Code
    /// Path of the file; empty when none is meant.
    public let file: String
    /// The cause and, where there is one, the remedy.
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
