public import Base

/// Error of a store operation, with its remedy.
public struct StoreError: TapedeckError, Equatable {
    /// Cause, for programs.
    public enum Code: String, Sendable {
        /// The object or the store does not exist.
        case notFound
        /// The object already exists, and was to be written only if absent.
        case alreadyExists
        /// The object no longer has the expected version.
        case changed
        /// The key is empty, absolute, leaves the store, or is reserved.
        case invalidKey
        /// The address is not a store address.
        case invalidLocation
        /// The range exceeds the object.
        case outOfRange
        /// The storage is full.
        case storageFull
        /// Reading or writing is not permitted, or the store is read-only.
        case permissionDenied
        /// Credentials are missing, or the server does not accept them.
        case unauthorized
        /// Another writer holds the lock.
        case locked
        /// The storage lacks a feature that a store needs.
        case unsupported
        /// The store cannot be reached, or reading or writing failed.
        case unavailable
    }

    /// Cause, for programs.
    public let code: Code
    /// Address of the store.
    public let location: String
    /// Key of the object; empty if the error concerns the store itself.
    public let key: String
    /// Cause, for people.
    public let message: String
    /// How to fix it.
    public let remedy: String

    /// Creates an error about a store or one of its objects.
    public init(_ code: Code, location: String, key: String = "", _ message: String, remedy: String) {
        self.code = code
        self.location = location
        self.key = key
        self.message = message
        self.remedy = remedy
    }

    public var kind: ErrorKind {
        switch code {
        case .notFound: .notFound
        case .alreadyExists: .alreadyExists
        case .changed: .conflict
        case .invalidKey, .invalidLocation, .outOfRange: .invalidInput
        case .storageFull: .outOfSpace
        case .permissionDenied: .permissionDenied
        case .unauthorized: .unauthorized
        case .locked: .busy
        case .unsupported: .unsupported
        case .unavailable: .unavailable
        }
    }

    /// Whether the error concerns only one object, so that work on other objects can continue.
    public var concernsOneObject: Bool { [.notFound, .permissionDenied, .changed].contains(code) && !key.isEmpty }

    public var description: String {
        let place = key.isEmpty ? location : "\(location): \(key)"
        return "\(place): \(message); \(remedy)"
    }
}

extension StoreError {
    /// The size of an object differs from the one in a listing or a manifest.
    static func unexpectedSize(_ size: Int, expected: Int, location: String, key: String) -> StoreError {
        StoreError(
            .changed, location: location, key: key,
            "it was listed with \(expected) bytes, and \(size) are there: another writer replaced it, or the server sent only part of it",
            remedy: "run again; if that does not help, check the server and any proxy before it")
    }

    static func changed(location: String, key: String) -> StoreError {
        StoreError(
            .changed, location: location, key: key, "another writer has replaced it",
            remedy: "let only one program at a time write there, and run again")
    }

    /// Error for a failed system call on the file of an object, or on the store's folder when `key` is empty.
    package init(_ error: FileError, location: String, key: String = "") {
        let reason = error.reason
        let code: Code =
            switch reason.kind {
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .outOfSpace: .storageFull
            case .permissionDenied: .permissionDenied
            case .invalidInput: .invalidKey
            case .unsupported: .unsupported
            default: .unavailable
            }
        self.init(code, location: location, key: key, "\(error.action): \(reason.text)", remedy: reason.remedy)
    }
}
