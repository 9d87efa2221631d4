public import Base

/// Why clusters cannot be fitted, read or used.
public struct ClusterError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// There is no such file, or it cannot be read or written.
        case unavailable
        /// It is not a cluster file, or it is damaged.
        case malformed
        /// Vectors, clusters and lists do not belong together.
        case mismatch
        /// A setting is invalid, or too little data is left.
        case invalidInput
        /// The file exists already.
        case exists
    }

    public let code: Code
    /// Path of the file; empty if the error concerns no file.
    public let file: String
    /// The cause and, if there is one, the remedy.
    public let message: String

    package init(_ code: Code, _ file: String, _ message: String) {
        self.code = code
        self.file = file
        self.message = message
    }

    public var description: String { file.isEmpty ? message : "\(file): \(message)" }

    public var kind: ErrorKind {
        switch code {
        case .unavailable: .unavailable
        case .malformed: .damaged
        case .mismatch: .conflict
        case .invalidInput: .invalidInput
        case .exists: .alreadyExists
        }
    }
}
