#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file mapped read-only into memory for as long as this object lives.
///
/// `@unchecked Sendable`: the mapping is never written through and its address never changes after `init`.
///
/// The system ends a process that touches a page whose file has been cut short after it was mapped; files of models are
/// replaced by renaming, never rewritten in place, which keeps the mapped one whole.
package final class MappedFile: @unchecked Sendable {
    package let path: String
    package let bytes: UnsafeRawBufferPointer

    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`.
    package init(path: String) throws(ModelFileError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ModelFileError(errno == ENOENT ? .notFound : .unreadable, path, systemMessage())
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ModelFileError(.unreadable, path, systemMessage()) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ModelFileError(.unreadable, path, "not an ordinary file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw ModelFileError(.unreadable, path, systemMessage())
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
        // Every kind of file of a model may be one, and none begins like it.
        guard !bytes.starts(with: Self.pointerStart) else {
            throw ModelFileError(
                .malformed, path, "a Git LFS pointer, not the file itself; run 'git lfs pull' in its repository, or fetch it again")
        }
    }

    /// What Git LFS leaves in a clone in place of a large file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
    private static let pointerStart = Array("version https://git-lfs".utf8)

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}

/// The system's words for the last failed call on this thread.
package func systemMessage(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
}
