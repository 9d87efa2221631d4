internal import Foundation

/// An open file that closes when it is let go, with errors that name the object it belongs to.
struct FileDescriptor: ~Copyable {
    let number: Int32
    private let location: String
    private let key: String

    /// Opens a file.
    /// - Parameter flags: of open(2); files are not passed on to other programs.
    init(
        _ path: String, flags: Int32, mode: mode_t = 0o644, location: String, key: String, _ action: String
    ) throws(StoreError) {
        self.location = location
        self.key = key
        var found: Int32
        repeat { found = open(path, flags | O_CLOEXEC, mode) } while found < 0 && errno == EINTR
        guard found >= 0 else { throw .system(errno, location: location, key: key, action) }
        number = found
    }

    /// Opens a file for reading.
    init(reading path: String, location: String, key: String) throws(StoreError) {
        try self.init(path, flags: O_RDONLY, location: location, key: key, "could not be read")
    }

    deinit { _ = close(number) }

    /// Size in bytes and time of modification.
    func status() throws(StoreError) -> (size: Int, seconds: Int, nanoseconds: Int) {
        var info = stat()
        guard fstat(number, &info) == 0 else { throw .system(errno, location: location, key: key, "could not be read") }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(
                .invalidKey, location: location, key: key, "is a folder or a device, not a file", remedy: "name a file")
        }
        return (Int(info.st_size), Int(info.st_mtim.tv_sec), Int(info.st_mtim.tv_nsec))
    }

    /// The bytes of a range within the file.
    func read(_ range: Range<Int>) throws(StoreError) -> [UInt8] {
        var cause: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                guard let base = buffer.baseAddress else { return }
                let count = pread(number, base + filled, range.count - filled, range.lowerBound + filled)
                if count > 0 {
                    filled += count
                } else if count == 0 {
                    // Shorter than it was a moment ago.
                    cause = EIO
                    return
                } else if errno != EINTR {
                    cause = errno
                    return
                }
            }
        }
        if let cause { throw .system(cause, location: location, key: key, "could not be read") }
        return bytes
    }

    /// Writes all bytes at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        var position = 0
        while position < bytes.count {
            guard let base = bytes.baseAddress else { return }
            #if canImport(Glibc) || canImport(Musl)
                let count = Foundation.write(number, base + position, bytes.count - position)
            #else
                let count = Darwin.write(number, base + position, bytes.count - position)
            #endif
            if count >= 0 {
                position += count
            } else if errno != EINTR {
                throw .system(errno, location: location, key: key, "could not be written")
            }
        }
    }

    /// Waits until what was written is on the disk.
    func synchronise() throws(StoreError) {
        guard fsync(number) == 0 else { throw .system(errno, location: location, key: key, "could not be written") }
    }
}
