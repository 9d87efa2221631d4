import Foundation

/// A failed system call on a file or folder.
public struct FileError: TapedeckError, Equatable {
    /// The error number of the system (errno).
    public let number: Int32
    public let path: String
    /// What failed, as in "could not be written".
    public let action: String

    /// - Parameter number: the cause; by default, errno of the last failed call of this thread.
    public init(_ path: String, _ action: String, number: Int32? = nil) {
        self.number = number ?? errno
        self.path = path
        self.action = action
    }

    public var kind: ErrorKind { reason.kind }
    public var message: String { "\(path): \(action): \(reason.text)" }
    public var remedy: String { reason.remedy }
    public var description: String { "\(message); \(reason.remedy)" }

    /// The cause and the remedy, without the path.
    package var reason: (kind: ErrorKind, text: String, remedy: String) {
        switch number {
        case ENOENT: (.notFound, "no such file or folder", "check the path")
        case EEXIST: (.alreadyExists, "it exists already", "delete it first, or choose another name")
        case ENOSPC, EDQUOT: (.outOfSpace, "the disk is full", "free some space and run again; nothing was lost")
        case EFBIG: (.outOfSpace, "larger than the limit on the size of files", "raise the file size limit (ulimit -f)")
        case EACCES, EPERM: (.permissionDenied, "permission denied", "check its owner and its mode")
        case EROFS: (.permissionDenied, "the file system is read-only", "mount it writable, or store elsewhere")
        case ENAMETOOLONG: (.invalidInput, "the name is too long", "choose a shorter one")
        case EISDIR, ENOTDIR:
            (.invalidInput, "found a folder instead of a file, or a file instead of a folder", "remove what is in the way")
        case EMFILE, ENFILE: (.unavailable, "too many open files", "raise the limit (ulimit -n)")
        case ENOLCK, EOPNOTSUPP: (.unsupported, String(cString: strerror(number)), "this file system has no locks; use another")
        default: (.unavailable, String(cString: strerror(number)), "check the disk and try again")
        }
    }
}
