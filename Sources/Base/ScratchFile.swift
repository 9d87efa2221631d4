import Foundation
import Synchronization

/// A scratch file: an unnamed file in the folder for temporary files (`TMPDIR`). The system removes it when the object is freed or
/// the process ends.
public final class ScratchFile: Sendable {
    /// Position of some values in the file.
    public struct Place: Sendable {
        fileprivate var offset: Int
        /// Number of values.
        public var count: Int
    }

    // Reads and writes state their offsets; the mutex guards the end.
    private let file: File
    private let end = Mutex(0)

    /// - Throws: `FileError` when the folder for temporary files cannot be written to.
    public init() throws(FileError) {
        let path = FileSystem.temporaryFolder + "/tapedeck-" + UUID().uuidString.lowercased()
        file = try File(writing: path, .exclusive)
        FileSystem.remove(path)
    }

    /// Bytes written so far.
    public var size: Int { end.withLock { $0 } }

    /// Appends values.
    /// - Throws: `FileError`; of kind `.outOfSpace` when the disk is full.
    public func append<Value: BitwiseCopyable>(_ values: [Value]) throws(FileError) -> Place {
        let length = values.count * MemoryLayout<Value>.stride
        let offset = end.withLock { end in
            defer { end += length }
            return end
        }
        try file.write(values, at: offset)
        return Place(offset: offset, count: values.count)
    }

    /// Reads values.
    /// - Parameter range: the values to read, counted from the start of the place; all by default.
    /// - Throws: `FileError` when the system call fails.
    public func read<Value: BitwiseCopyable>(
        _ place: Place, _ range: Range<Int>? = nil, as type: Value.Type = Value.self
    ) throws(FileError) -> [Value] {
        let range = range ?? 0..<place.count
        precondition(range.lowerBound >= 0 && range.upperBound <= place.count)
        return try file.read(range.count, at: place.offset + range.lowerBound * MemoryLayout<Value>.stride)
    }
}
