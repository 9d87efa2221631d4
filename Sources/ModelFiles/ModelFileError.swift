public import Base

/// Error in a model or one of its files.
public struct ModelFileError: TapedeckError {
    /// Cause, for programs.
    public enum Code: Sendable, Equatable {
        /// The file, folder or model does not exist.
        case notFound
        /// The operating system does not allow reading or writing it.
        case unreadable
        /// It violates its format.
        case malformed
        /// It is well formed but describes something that this library does not implement.
        case unsupported
        /// It lacks a tensor or setting that the model needs.
        case missing
        /// A tensor has another shape or element type than requested.
        case mismatch
        /// Its SHA-256 differs from the expected one.
        case checksum
    }

    /// Cause, for programs.
    public let code: Code
    /// The file or folder, or the name of the requested model.
    public let path: String
    /// Cause and, where there is one, remedy.
    public let reason: String

    /// Creates an error about a file, folder or model.
    public init(_ code: Code, _ path: String, _ reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    public var description: String { "\(path): \(reason)" }
}

extension ModelFileError {
    public var kind: ErrorKind {
        switch code {
        case .notFound: .notFound
        case .unreadable: .permissionDenied
        case .malformed, .missing, .mismatch, .checksum: .damaged
        case .unsupported: .unsupported
        }
    }
    public var message: String { description }
}
