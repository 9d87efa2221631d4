package import Base

/// The bytes of an object of known content, read in ranges.
public protocol ObjectBytes: Sendable {
    /// What messages call it.
    var path: String { get }
    /// In bytes.
    var size: Int { get }
    /// Whether a read may wait for a network. Then many should wait at a time, on threads that are meant for it (`CPUExecutor`).
    var isRemote: Bool { get }

    /// The bytes of a range; blocks the thread until they are there.
    /// - Throws: `FileError`; `StoreError`, with code `.changed` when the object was replaced.
    func read(_ range: Range<Int>) throws -> [UInt8]
}

/// The bytes of a file.
package final class FileBytes: ObjectBytes {
    private let file: File
    package let size: Int

    /// Opens a file.
    /// - Throws: `FileError`.
    package init(path: String) throws(FileError) {
        file = try File(reading: path)
        size = try file.status().size
    }

    package var path: String { file.path }
    package var isRemote: Bool { false }
    package func read(_ range: Range<Int>) throws -> [UInt8] { try file.read(range) }
}

extension ObjectStore {
    /// Those of a local copy of the whole object.
    public func bytes(of key: String, content: ObjectContent) async throws -> any ObjectBytes {
        try FileBytes(path: try await localPath(of: key, content: content))
    }
}
