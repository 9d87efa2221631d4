public import Base

/// Why an index could not be made, opened or searched.
public struct IndexError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// The file is missing or cannot be read.
        case cannotOpen
        /// The file is a FAISS index of an unsupported kind, or not an index.
        case unsupported
        /// The file is inconsistent: it is truncated or damaged.
        case damaged
        /// Sizes of vectors, ids, queries or the index do not match.
        case wrongShape
        /// A value is out of range, not finite, or repeated.
        case invalidValue
        /// The index could not be made.
        case buildFailed
        /// The disk is full, or writing is not allowed.
        case writeFailed
    }

    /// What went wrong, for programs.
    public let code: Code
    /// The file; empty when there is none yet.
    public let file: String
    /// The problem and the remedy.
    public let message: String

    package init(_ code: Code, file: String = "", _ message: String) {
        self.code = code
        self.file = file
        self.message = message
    }

    public var description: String { file.isEmpty ? message : "\(file): \(message)" }
}

extension IndexError {
    public var kind: ErrorKind {
        switch code {
        case .cannotOpen, .buildFailed, .writeFailed: .unavailable
        case .unsupported: .unsupported
        case .damaged: .damaged
        case .wrongShape, .invalidValue: .invalidInput
        }
    }
}
