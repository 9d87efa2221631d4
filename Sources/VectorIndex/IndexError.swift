public import Base

/// Why an index could not be made, opened or searched.
public struct IndexError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// The file is missing or cannot be read.
        case cannotOpen
        /// The file is a FAISS index of a kind that is not read here, or no index at all.
        case unsupported
        /// The file contradicts itself: it is truncated or damaged.
        case damaged
        /// Vectors, ids or queries do not fit together or the index.
        case wrongShape
        /// A value is out of its range, not finite, or given twice.
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
    /// What went wrong and what to do, for people.
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
