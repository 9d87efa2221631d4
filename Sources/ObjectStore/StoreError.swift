internal import Foundation

/// Why a store could not do what was asked, and what to do about it.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
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
            "it was listed with \(expected) bytes, and \(size) are there: it was replaced meanwhile, or the server does not send all of it",
            remedy: "run again; if that does not help, check the server and any proxy before it")
    }

    static func changed(location: String, key: String) -> StoreError {
        StoreError(
            .changed, location: location, key: key, "another has replaced it meanwhile",
            remedy: "see to it that one program at a time writes there, and run again")
    }

    /// The error for a system call that failed.
    /// - Parameters:
    ///   - errno: its cause.
    ///   - action: what was tried, as in "could not be written".
    package static func system(_ errno: Int32, location: String, key: String = "", _ action: String) -> StoreError {
        let cause = String(cString: strerror(errno))
        func error(_ code: Code, _ message: String, _ remedy: String) -> StoreError {
            StoreError(code, location: location, key: key, message, remedy: remedy)
        }
        switch errno {
        case ENOENT:
            return error(.notFound, "\(action): there is nothing of that name", "check the name")
        case EEXIST:
            return error(.alreadyExists, "\(action): it exists already", "delete it first, or choose another name")
        case ENOSPC, EDQUOT:
            return error(.storageFull, "\(action): the disk is full", "free some space and run again; nothing was lost")
        case EFBIG:
            return error(.storageFull, "\(action): larger than a file may be here", "raise the file size limit (ulimit -f)")
        case EACCES, EPERM:
            return error(.permissionDenied, "\(action): permission denied", "check who owns it, and its mode")
        case EROFS:
            return error(.permissionDenied, "\(action): the file system is read-only", "mount it writable, or store elsewhere")
        case ENAMETOOLONG:
            return error(.invalidKey, "\(action): the name is too long", "choose a shorter one")
        case EISDIR, ENOTDIR:
            return error(
                .invalidKey, "\(action): a folder is where a file should be, or the other way round",
                "remove what is in the way")
        case EMFILE, ENFILE:
            return error(.unavailable, "\(action): too many open files", "raise the limit (ulimit -n)")
        default:
            return error(.unavailable, "\(action): \(cause)", "check the disk and try again")
        }
    }
}
