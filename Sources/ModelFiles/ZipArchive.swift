import Base
import CZip

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A zip archive, opened for reading with libzip.
package final class ZipArchive {
    private let path: String
    private let handle: OpaquePointer

    /// - Throws: `ModelFileError`: `.notFound`, `.unreadable`, or `.malformed` when the file is not a consistent archive.
    package init(path: String) throws(ModelFileError) {
        guard FileSystem.isFile(path) else { throw ModelFileError(.notFound, path, "there is no such file") }
        var code: Int32 = 0
        guard let handle = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw ModelFileError(.malformed, path, "not a zip archive: \(String(cString: zip_error_strerror(&error)))")
        }
        self.path = path
        self.handle = handle
    }

    deinit { zip_discard(handle) }

    /// Names of all files in the archive.
    package var names: [String] {
        (0..<max(0, zip_get_num_entries(handle, 0))).compactMap { index in
            zip_get_name(handle, zip_uint64_t(index), 0).map { String(cString: $0) }
        }
    }

    /// Length of a file in the archive, in bytes; `nil` if there is no such file.
    package func byteCount(_ name: String) -> Int? {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat(handle, name, 0, &status) == 0, status.valid & zip_uint64_t(ZIP_STAT_SIZE) != 0 else { return nil }
        return Int(exactly: status.size)
    }

    /// Reads a file in the archive piece by piece, and verifies its checksum before returning.
    /// - Throws: `ModelFileError`: `.missing` when there is no such file, `.malformed` when it is damaged or does not have
    ///   the length that the archive states; what `body` throws.
    package func read(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let length = byteCount(name), let file = zip_fopen(handle, name, 0) else {
            throw ModelFileError(.missing, path, "the archive has no readable file named \(name)")
        }
        defer { zip_fclose(file) }
        var received = 0
        try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 16) { buffer in
            while true {
                let count = Int(zip_fread(file, buffer.baseAddress, zip_uint64_t(buffer.count)))
                guard count >= 0 else {
                    throw ModelFileError(
                        .malformed, path, "\(name) in it is damaged: \(String(cString: zip_file_strerror(file)))")
                }
                if count == 0 { break }
                received += count
                guard received <= length else { break }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        guard received == length else {
            throw ModelFileError(.malformed, path, "\(name) in it has not the \(length) bytes that the archive says")
        }
    }
}
