internal import Foundation
internal import Synchronization

/// Values put aside on the disk while a job works: a file without a name in the folder for temporary files (`TMPDIR`), gone
/// when it is let go or the process ends, in whatever way.
public final class ScratchFile: Sendable {
    /// Where some values are.
    public struct Place: Sendable {
        fileprivate var offset: Int
        /// Number of values.
        public var count: Int
    }

    // Reads and writes name their offsets; the end moves under the mutex.
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

    /// Adds values at the end.
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
    /// - Parameter range: which of the place's values; all unless given.
    /// - Throws: `FileError` when the system call fails.
    public func read<Value: BitwiseCopyable>(
        _ place: Place, _ range: Range<Int>? = nil, as type: Value.Type = Value.self
    ) throws(FileError) -> [Value] {
        let range = range ?? 0..<place.count
        precondition(range.lowerBound >= 0 && range.upperBound <= place.count)
        return try file.read(range.count, at: place.offset + range.lowerBound * MemoryLayout<Value>.stride)
    }
}
