import Foundation
import Synchronization

/// An advisory lock on a file, flock(2). The system releases it when the process ends.
///
/// Sendable: the file is closed once, under the mutex.
public final class FileLock: Sendable {
    /// Which other holders are allowed.
    public enum Mode: Sendable {
        /// Other shared holders.
        case shared
        /// None.
        case exclusive
    }

    public let path: String
    private let number: Mutex<Int32?>

    /// Opens the file, or creates it, and takes its lock.
    /// - Parameter waits: waits for other holders instead of returning `nil`.
    /// - Returns: `nil` when another process holds the lock.
    /// - Throws: `FileError`; of kind `.unsupported` on file systems without locks.
    public convenience init?(_ path: String, _ mode: Mode = .exclusive, waits: Bool = false) throws(FileError) {
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw FileError(path, "could not be locked") }
        try self.init(path, number, mode, waits: waits)
    }

    /// Takes the lock of a file that is open, and closes the file when it fails.
    private init?(_ path: String, _ number: Int32, _ mode: Mode, waits: Bool) throws(FileError) {
        let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB)
        while flock(number, operation) != 0 {
            let cause = errno
            if cause == EINTR { continue }
            close(number)
            if cause == EWOULDBLOCK { return nil }
            throw FileError(path, "could not be locked", number: cause)
        }
        self.path = path
        self.number = Mutex(number)
    }

    /// The first `limit` bytes of the file.
    public func content(limit: Int = 4096) -> [UInt8] {
        number.withLock { number in number.map { Self.content($0, limit) } ?? [] }
    }

    /// The first `limit` bytes of the file of a lock that another process may hold.
    public static func content(of path: String, limit: Int = 4096) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return [] }
        defer { close(number) }
        return content(number, limit)
    }

    private static func content(_ number: Int32, _ limit: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in filled = max(0, pread(number, buffer.baseAddress, limit, 0)) }
    }

    /// Replaces the content of the file, which tells others who holds the lock.
    /// - Throws: `FileError` when the system call fails.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        let cause: Int32? = number.withLock { number in
            guard let number else { return EBADF }
            return ftruncate(number, 0) == 0 && pwrite(number, bytes, bytes.count, 0) == bytes.count ? nil : errno
        }
        if let cause { throw FileError(path, "could not be written", number: cause) }
    }

    /// Appends to the content of the file.
    /// - Throws: `FileError` when the system call fails.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        let cause: Int32? = number.withLock { number in
            guard let number, case let end = lseek(number, 0, SEEK_END), end >= 0 else { return EBADF }
            return pwrite(number, bytes, bytes.count, end) == bytes.count ? nil : errno
        }
        if let cause { throw FileError(path, "could not be written", number: cause) }
    }

    /// Whether the path still names the locked file. The previous holder may have removed the name.
    public var isCurrent: Bool {
        number.withLock { number in
            guard let number, let held = File.Status(descriptor: number), let named = File.Status(of: path) else { return false }
            return held.inode == named.inode && held.device == named.device
        }
    }

    /// Releases the lock. Releasing twice is not an error.
    /// - Parameter removesFile: removes the file too. Only for locks whose takers check `isCurrent`: otherwise one process can
    ///   hold the lock of the removed file and another that of a new one.
    public func release(removesFile: Bool = false) {
        number.withLock { number in
            guard let open = number else { return }
            number = nil
            if removesFile { unlink(path) } else { ftruncate(open, 0) }
            close(open)
        }
    }

    deinit { release() }
}
