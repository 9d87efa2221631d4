public import Base

/// Why a model could not be fetched.
public struct ModelHubError: TapedeckError {
    /// The class of the error, for programs.
    public enum Code: Sendable, Equatable {
        /// The environment forbids the network.
        case offline
        /// No connection could be made, or it timed out.
        case unreachable
        /// The server has no such model, package or file.
        case notFound
        /// The server requires a token, or rejects the one given.
        case unauthorized
        /// The server answered with an unexpected status or invalid content.
        case badAnswer
        /// The connection ended before the file did.
        case truncated
        /// The file's content does not match its checksum.
        case checksum
        /// The disk does not have enough space.
        case diskFull
        /// The cache cannot be written.
        case unwritable
        /// Another process is fetching the same model.
        case busy
        /// The model has no runnable files.
        case unsupported
    }

    public let code: Code
    /// The model, address or file concerned; without credentials.
    public let subject: String
    /// The cause and, if there is one, the remedy.
    public let reason: String

    public init(_ code: Code, _ subject: String, _ reason: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
    }

    public var description: String { "\(subject): \(reason)" }
}

extension ModelHubError {
    public var kind: ErrorKind {
        switch code {
        case .offline, .unreachable, .badAnswer, .truncated: .unavailable
        case .notFound: .notFound
        case .unauthorized: .unauthorized
        case .checksum: .damaged
        case .diskFull: .outOfSpace
        case .unwritable: .permissionDenied
        case .busy: .busy
        case .unsupported: .unsupported
        }
    }
}
