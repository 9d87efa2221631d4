internal import Foundation

/// A file's bytes as memory, read from the disk as they are touched.
///
/// Sendable: the bytes are only read. The file must not become shorter while it is mapped, which holds for all objects
/// of a store: they are replaced, never changed.
public final class MappedFile: @unchecked Sendable {
    private let bytes: UnsafeRawBufferPointer

    /// Maps a file.
    /// - Throws: `StoreError` with code `.notFound`, `.permissionDenied` or `.unavailable`.
    public init(path: String) throws(StoreError) {
        let file = try FileDescriptor(reading: path, location: path, key: "")
        let size = try file.status().size
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, file.number, 0), base != MAP_FAILED else {
            throw .system(errno, location: path, "could not be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: size)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    /// The size in bytes.
    public var count: Int { bytes.count }

    /// Runs `body` on the bytes, which are valid only within it.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes)
    }
}
