internal import Foundation
internal import Synchronization

/// Numbers put aside on the disk while a job is at work: a file without a name in the folder for temporary files
/// (`TMPDIR`), gone when it is let go or the process ends in whatever way.
public final class ScratchFile: Sendable {
    /// Where some numbers stand.
    public struct Place: Sendable {
        fileprivate var offset: Int
        /// How many.
        public var count: Int
    }

    // Reading and writing name their offsets; the end moves under the mutex.
    private let number: Int32
    private let end = Mutex(0)

    /// - Throws: `StoreError` when the folder for temporary files cannot be written to.
    public init() throws(StoreError) {
        let folder = FileManager.default.temporaryDirectory.path
        var path = Array((folder + "/tapedeck-XXXXXX").utf8CString)
        number = mkstemp(&path)
        guard number >= 0 else { throw .system(errno, location: folder, "a temporary file could not be made") }
        unlink(path)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(number) }

    /// Bytes written so far.
    public var size: Int { end.withLock { $0 } }

    /// Adds numbers at the end.
    /// - Throws: `StoreError` with code `.storageFull` when there is no room.
    public func append<Value: BitwiseCopyable>(_ values: [Value]) throws(StoreError) -> Place {
        let length = values.count * MemoryLayout<Value>.stride
        let offset = end.withLock { end in
            defer { end += length }
            return end
        }
        let cause = values.withUnsafeBytes { bytes -> Int32? in
            var position = 0
            while position < length, let base = bytes.baseAddress {
                let count = pwrite(number, base + position, length - position, off_t(offset + position))
                if count > 0 { position += count } else if errno != EINTR { return errno }
            }
            return nil
        }
        if let cause {
            throw .system(cause, location: FileManager.default.temporaryDirectory.path, "a temporary file could not be written")
        }
        return Place(offset: offset, count: values.count)
    }

    /// Reads numbers.
    /// - Parameter range: which of those of the place.
    public func read<Value: BitwiseCopyable>(
        _ place: Place, _ range: Range<Int>? = nil, as type: Value.Type = Value.self
    ) throws(StoreError) -> [Value] {
        let range = range ?? 0..<place.count
        precondition(range.lowerBound >= 0 && range.upperBound <= place.count)
        let length = range.count * MemoryLayout<Value>.stride
        let start = place.offset + range.lowerBound * MemoryLayout<Value>.stride
        var cause: Int32?
        let values = [Value](unsafeUninitializedCapacity: range.count) { buffer, filled in
            var position = 0
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            while position < length, let base = bytes.baseAddress {
                let count = pread(number, base + position, length - position, off_t(start + position))
                if count > 0 {
                    position += count
                } else if count == 0 || errno != EINTR {
                    cause = count == 0 ? EIO : errno
                    return
                }
            }
            filled = range.count
        }
        if let cause {
            throw .system(cause, location: FileManager.default.temporaryDirectory.path, "a temporary file could not be read")
        }
        return values
    }
}
