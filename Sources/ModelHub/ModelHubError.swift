public import Base

/// Why a model could not be fetched.
public struct ModelHubError: TapedeckError {
    /// What went wrong, for programs to switch on.
    public enum Code: Sendable, Equatable {
        /// The environment forbids the network.
        case offline
        /// No connection came about, or it fell silent.
        case unreachable
        /// The server has no such model, package or file.
        case notFound
        /// The server wants a token, or another one.
        case unauthorized
        /// The server answered with another status, or with something that makes no sense.
        case badAnswer
        /// The connection ended before the file did.
        case truncated
        /// The file's content is not what it should be.
        case checksum
        /// The disk has not enough room.
        case diskFull
        /// The cache cannot be written.
        case unwritable
        /// Another process is fetching the same model.
        case busy
        /// The model has no files that can be run.
        case unsupported
    }

    public let code: Code
    /// The model, address or file concerned; without credentials.
    public let subject: String
    /// The cause, and where there is one the remedy.
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
