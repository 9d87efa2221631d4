public import Base
/// Why a model, or one of its files, cannot be used.
public struct ModelFileError: TapedeckError {
    /// What went wrong, for programs to switch on.
    public enum Code: Sendable, Equatable {
        /// There is no such file, folder or model.
        case notFound
        /// The operating system would not let it be read or written.
        case unreadable
        /// It breaks its format.
        case malformed
        /// It is well formed and describes something this library does not run.
        case unsupported
        /// A tensor or setting that the model needs is not in it.
        case missing
        /// A tensor has another shape or element type than asked for.
        case mismatch
        /// Its SHA-256 is not the expected one.
        case checksum
    }

    public let code: Code
    /// The file or folder, or the name of the model that was looked for.
    public let path: String
    /// The cause, and where there is one the remedy.
    public let reason: String

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
