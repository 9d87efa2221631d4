internal import Foundation

/// A read-only memory map of a file, which lives as long as this object. The system reads pages on first access.
///
/// Sendable because the bytes are only read. If a mapped file is truncated, access to the missing pages ends the process. Objects of
/// stores and files of models are replaced by renaming, which leaves the mapped file intact.
public final class MemoryMap: @unchecked Sendable {
    public let path: String
    /// The bytes, valid while this object lives.
    package let bytes: UnsafeRawBufferPointer

    /// - Throws: `FileError`; of kind `.invalidInput` for folders and devices.
    public init(path: String) throws(FileError) {
        self.path = path
        let file = try File(reading: path), status = try file.status()
        guard status.isRegular else { throw FileError(path, "could not be read", number: EISDIR) }
        guard status.size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, status.size, PROT_READ, MAP_SHARED, file.number, 0), base != MAP_FAILED else {
            throw FileError(path, "could not be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: status.size)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    /// The size in bytes.
    public var count: Int { bytes.count }

    /// Runs `body` on the bytes, which are valid only within it.
    /// - Throws: errors of `body`.
    public func withBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes)
    }
}
