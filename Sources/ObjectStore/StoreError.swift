public import Base

/// Why a store could not do what was asked, and what to do about it.
public struct StoreError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// There is no such object, or no such store.
        case notFound
        /// The object was to be written only if there was none, and there is one.
        case alreadyExists
        /// The object is no longer the version that was meant.
        case changed
        /// The key is empty, absolute, climbs out of the store, or is reserved.
        case invalidKey
        /// The address is not one of a store.
        case invalidLocation
        /// The range reaches past the object's end.
        case outOfRange
        /// No room for more.
        case storageFull
        /// Not allowed to read or write there, or the place is read-only.
        case permissionDenied
        /// There are no credentials, or the server does not accept them.
        case unauthorized
        /// Another writer is at work.
        case locked
        /// The place cannot do what a store needs.
        case unsupported
        /// The place cannot be reached, or reading or writing failed.
        case unavailable
    }

    /// What went wrong, for programs.
    public let code: Code
    /// The store.
    public let location: String
    /// The object; empty when the store itself is meant.
    public let key: String
    /// What went wrong, for people.
    public let message: String
    /// What to do about it.
    public let remedy: String

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

    /// Whether the trouble is one object's own, so that work on others can go on.
    public var concernsOneObject: Bool { [.notFound, .permissionDenied, .changed].contains(code) && !key.isEmpty }

    public var description: String {
        let place = key.isEmpty ? location : "\(location): \(key)"
        return "\(place): \(message); \(remedy)"
    }
}

extension StoreError {
    /// An object's bytes are not as many as a listing or a manifest says.
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

    /// The error for a system call that failed on the file of an object, or on the store's folder when `key` is empty.
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
