/// An error that people and programs can act on: what failed, on which input, why, and what to do.
///
/// Every public error of Tapedeck conforms. Exit codes of commands and statuses of HTTP answers come from `kind` alone.
public protocol TapedeckError: Error, Sendable, CustomStringConvertible {
    /// The class of the failure.
    var kind: ErrorKind { get }
    /// What failed, on which input, and why.
    var message: String { get }
    /// What to do about it; empty when `message` says it, or nothing helps.
    var remedy: String { get }
    /// The error that led to this one.
    var cause: (any Error)? { get }
}

extension TapedeckError {
    public var message: String { description }
    public var remedy: String { "" }
    public var cause: (any Error)? { nil }
}

/// Classes of failures, the same in every library.
public enum ErrorKind: String, Sendable, CaseIterable {
    /// A command line or a setting that is not valid.
    case invalidUsage
    /// A value or a file that the caller has to correct.
    case invalidInput
    /// No such file, object, store, model or row.
    case notFound
    /// The name exists and must not be replaced.
    case alreadyExists
    /// Two inputs, or an input and a store, contradict each other.
    case conflict
    /// Another process holds a lock.
    case busy
    /// A disk, a quota or memory is full.
    case outOfSpace
    /// The system or the server denies access.
    case permissionDenied
    /// Credentials are missing or not accepted.
    case unauthorized
    /// Data has the wrong form or checksum.
    case damaged
    /// The input is valid and this build, file system or server cannot process it.
    case unsupported
    /// A disk, a network or a server failed; a retry may succeed.
    case unavailable
    /// The caller asked to stop.
    case cancelled

    /// The exit code of a command that fails with it.
    public var exitCode: Int32 { self == .invalidUsage ? 2 : 1 }

    /// The status of an HTTP answer that reports it.
    public var httpStatus: Int {
        switch self {
        case .invalidUsage, .invalidInput: 400
        case .unauthorized: 401
        case .permissionDenied: 403
        case .notFound: 404
        case .alreadyExists, .conflict, .busy: 409
        // Understood, but impossible.
        case .unsupported: 422
        case .cancelled: 499
        case .damaged: 500
        case .unavailable: 503
        case .outOfSpace: 507
        }
    }
}
