import Base
import Dispatch
import Foundation

/// A store in a local folder: each object is a file with the key as its relative path.
///
/// A write goes to a temporary file beside the object, which is synchronised to disk and renamed. File operations run on
/// their own threads, so that waiting for the disk does not block other tasks.
public struct LocalStore: ObjectStore {
    /// Absolute path of the folder.
    public let root: String

    public var location: StoreLocation { .folder(root) }
    var address: String { location.description }

    /// Opens a folder.
    /// - Parameters:
    ///   - root: path of the folder.
    ///   - creating: whether to create the folder and its parents if it does not exist.
    /// - Throws: `.notFound`, `.permissionDenied`; `.invalidLocation` when the path is a file.
    public init(root: String, creating: Bool = false) throws(StoreError) {
        guard !root.isEmpty, !root.utf8.contains(0) else {
            throw StoreError(.invalidLocation, location: root, "not a path", remedy: "name a folder")
        }
        let path = StoreLocation.absolute(root)
        self.root = path
        let status: File.Status?
        do {
            status = try File.Status(path)
        } catch {
            guard error.number == ENOENT else {
                throw StoreError(FileError(path, "could not be opened", number: error.number), location: path)
            }
            status = nil
        }
        if let status {
            guard status.isFolder else {
                throw StoreError(
                    .invalidLocation, location: StoreLocation.folder(path).description, "is a file, not a folder",
                    remedy: "name the folder it is in")
            }
        } else {
            guard creating else {
                throw StoreError(
                    .notFound, location: StoreLocation.folder(path).description, "there is no such folder", remedy: "check the path")
            }
            try makeFolder(path, key: "")
        }
        guard access(path, R_OK | X_OK) == 0 else { throw StoreError(FileError(path, "could not be opened"), location: path) }
    }

    // MARK: Reading

    public func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage {
        try await blocking { () throws(StoreError) in ObjectPage(objects: try list(prefix), next: nil) }
    }

    public func head(_ key: String) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in try info(key, path) }
    }

    public func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            let file = try ObjectFile(path, location: address, key: key)
            let size = file.size
            let range = range ?? 0..<size
            guard range.lowerBound >= 0, range.upperBound <= size else {
                throw StoreError(
                    .outOfRange, location: address, key: key, "bytes \(range) were requested, but it has \(size)",
                    remedy: "the object is shorter than expected; verify the store")
            }
            return try file.read(range)
        }
    }

    public func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        let file = try ObjectFile(try path(of: key), location: address, key: key)
        let found = file.size
        if let size, size != found { throw StoreError.unexpectedSize(found, expected: size, location: address, key: key) }
        var position = 0
        while position < found {
            let piece = try file.read(position..<min(position + (1 << 20), found))
            position += piece.count
            try body(piece)
        }
    }

    public func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            _ = try info(key, path)
            return path
        }
    }

    /// Calls `body` with the bytes of an object, mapped into memory and valid only during the call.
    /// - Throws: `.notFound`; errors of `body`.
    public func withMappedBytes<Result>(
        of key: String, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let path = try path(of: key)
        return try onFiles(of: key, at: address) { () throws(FileError) in try MemoryMap(path: path) }.withBytes(body)
    }

    /// Path of an object's file, whether it exists or not.
    /// - Throws: `.invalidKey`.
    public func path(of key: String) throws(StoreError) -> String {
        try ObjectKey.validate(key, location: address)
        return root + "/" + key
    }

    func info(_ key: String, _ path: String) throws(StoreError) -> ObjectInfo {
        let status = try ObjectFile(path, location: address, key: key).status
        return ObjectInfo(
            key: key, size: status.size, seconds: status.modified.seconds, nanoseconds: status.modified.nanoseconds)
    }
}

extension ObjectInfo {
    /// Entry of a file; its modification time in nanoseconds and its size identify the content.
    init(key: String, size: Int, seconds: Int, nanoseconds: Int, keyProblem: String? = nil) {
        self.init(
            key: key, size: size, etag: "\(seconds).\(String(nanoseconds + 1_000_000_000).dropFirst())-\(size)",
            modified: Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds) / 1e9), keyProblem: keyProblem)
    }
}
