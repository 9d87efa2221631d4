import ModelFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a new file and forces it to the disk before anybody is told that it is there.
///
/// The file is closed when the writer goes; what is half written by then is the caller's to remove.
package struct FileWriter: ~Copyable {
    package let path: String
    private let descriptor: Int32

    /// Creates the file; one that is there is emptied, or else written on.
    /// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
    package init(path: String, keepsContent: Bool = false) throws(ModelHubError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (keepsContent ? O_APPEND : O_TRUNC), 0o644)
        guard descriptor >= 0 else { throw FileWriter.failure(path) }
    }

    deinit { _ = systemClose(descriptor) }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ModelHubError) {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            let count = systemWrite(descriptor, start, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileWriter.failure(path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Waits until the disk has the file.
    package func synchronize() throws(ModelHubError) {
        guard fsync(descriptor) == 0 else { throw FileWriter.failure(path) }
    }

    /// The error of the last failed call.
    static func failure(_ path: String) -> ModelHubError {
        let code = errno
        let isFull = code == ENOSPC || code == EDQUOT
        return ModelHubError(
            isFull ? .diskFull : .unwritable, path,
            isFull ? "the disk is full; make room and try again" : "cannot be written: \(systemMessage(code))")
    }
}

// `write` and `close` are also names of this file's own.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
