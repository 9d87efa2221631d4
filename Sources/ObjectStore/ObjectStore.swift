public import Foundation

/// What a listing tells about an object.
public struct ObjectInfo: Sendable, Hashable {
    /// The object's name: its folders and file name, separated by slashes.
    public let key: String
    /// Its length in bytes.
    public let size: Int
    /// Changes whenever the content does. From a local store it is made of modification time and size.
    public let etag: String
    /// When it was last written.
    public let modified: Date
    /// Why no function of a store takes the key; `nil` for a key that they take. `list` leaves such objects out.
    public let keyProblem: String?

    public init(key: String, size: Int, etag: String, modified: Date, keyProblem: String? = nil) {
        self.key = key
        self.size = size
        self.etag = etag
        self.modified = modified
        self.keyProblem = keyProblem
    }
}

/// What an object's bytes are, known from a place other than the object.
public struct ObjectContent: Sendable, Hashable {
    /// Length in bytes.
    public let size: Int
    /// 64 hexadecimal digits.
    public let sha256: String

    public init(size: Int, sha256: String) {
        self.size = size
        self.sha256 = sha256
    }
}

/// Some of the objects of a listing, and how to get more.
public struct ObjectPage: Sendable {
    /// The objects, in the order of their keys' UTF-8 bytes.
    public let objects: [ObjectInfo]
    /// Gives the next page when passed to `listPage`; nil on the last page. Its content means nothing to callers.
    public let next: String?

    public init(objects: [ObjectInfo], next: String?) {
        self.objects = objects
        self.next = next
    }
}

/// A place that keeps objects (byte strings) under keys: a folder, or a bucket of S3.
///
/// A reader never sees half an object: a write becomes visible as a whole or not at all. Keys are relative paths such
/// as `year_2014/batch_0.h5`; see `ObjectKey` for what is refused. All functions throw `.invalidKey` for a key that is
/// not one, `.permissionDenied`, and `.unavailable` when the place itself cannot be reached.
public protocol ObjectStore: Sendable {
    /// Where it is.
    var location: StoreLocation { get }

    /// What it took so far to reach a remote store; all zeros from a local one.
    var statistics: StoreStatistics { get }

    /// Lists objects whose keys begin with `prefix`, all of them when it is empty: also those that cannot be read under their
    /// keys (`ObjectInfo.keyProblem`), because other programs put objects there too.
    /// - Parameter page: the `next` of the page before; nil for the first.
    func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage

    /// What is known about an object.
    /// - Throws: `.notFound`.
    func head(_ key: String) async throws(StoreError) -> ObjectInfo

    /// The bytes of an object.
    /// - Parameter range: the bytes wanted; nil for all.
    /// - Throws: `.notFound`; `.outOfRange` when the range reaches past the end.
    func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8]

    /// Hands on the bytes of an object in order, a piece of some MiB at a time, so that one of any size is read in bounded
    /// memory. A remote store fetches the next pieces meanwhile; all are of the version that the first one is of.
    /// - Parameter size: the object's length by a listing; another one is an error before `body` is called. `nil` for any.
    /// - Throws: as `get`, `.changed` when the object is replaced meanwhile or not of that size, and what `body` throws, which
    ///   ends the reading.
    func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws

    /// Writes an object, replacing one that exists unless `ifAbsent`.
    /// - Throws: `.alreadyExists` with `ifAbsent`; `.storageFull`. Nothing is changed then.
    @discardableResult
    func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo

    /// Writes an object in the place of the version that is there, so that what another has written meanwhile is not lost.
    /// - Parameter etag: the version's.
    /// - Throws: `.changed` when it is another one by now, or gone; as `put(_:_:ifAbsent:)`.
    @discardableResult
    func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo

    /// Writes an object from a local file, which is gone afterwards: a local store moves it when it can.
    /// - Parameter content: the file's, where it is known: the copy that is kept for reading is then found by it.
    /// - Throws: as `put(_:_:ifAbsent:)`. The file is still there then.
    @discardableResult
    func put(_ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool) async throws(StoreError) -> ObjectInfo

    /// Removes an object. One that is not there is not an error.
    func delete(_ key: String) async throws(StoreError)

    /// The path of a local file with the object's content, for libraries that read files. It is read-only, and good for
    /// as long as the object is not deleted.
    /// - Parameter content: what the object should hold, where that is known. A copy of it that is there already is then used
    ///   without a request. What is fetched is not refused when it is something else: a run at work may have replaced it.
    /// - Throws: `.notFound`.
    func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String

    /// A path for a file to be made and then given to `put(_:movingFileAt:ifAbsent:)`. There is no file yet. Should the
    /// process die before, the file is removed by the next writer.
    func temporaryPath(for key: String) async throws(StoreError) -> String

    /// Keeps other writers out until the lock is released or the process ends.
    /// - Throws: `.locked`, naming the owner.
    func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock

    /// What writers that died have left and no listing shows: temporary files of a folder, unfinished uploads of a bucket.
    /// - Parameter isOwn: whether a key is one that only the lock's owner writes. Uploads to others may be at work, and count
    ///   after a day.
    func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo]

    /// Removes them. Hold the lock.
    func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError)
}

extension ObjectStore {
    public var statistics: StoreStatistics { StoreStatistics() }

    public func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo] { [] }

    public func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) {}

    /// The path of a local file with the object's content.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func localPath(of key: String) async throws(StoreError) -> String { try await localPath(of: key, content: nil) }

    /// Hands on the bytes of an object, whatever its size.
    /// - Throws: `StoreError` when the object cannot be read; errors of `body`.
    public func readPieces(of key: String, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await readPieces(of: key, size: nil, body)
    }

    /// All objects whose keys begin with `prefix`, in the order of their keys' UTF-8 bytes.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func list(prefix: String = "") async throws(StoreError) -> [ObjectInfo] {
        try await listEverything(prefix: prefix).filter { $0.keyProblem == nil }
    }

    /// As `list`, with the objects that cannot be read under their keys.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func listEverything(prefix: String = "") async throws(StoreError) -> [ObjectInfo] {
        var objects: [ObjectInfo] = []
        var page: String?
        repeat {
            let part = try await listPage(prefix: prefix, page: page)
            objects += part.objects
            page = part.next
        } while page != nil
        return objects
    }

    /// All bytes of an object.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func get(_ key: String) async throws(StoreError) -> [UInt8] {
        try await get(key, range: nil)
    }

    /// Writes an object, replacing one that exists.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    @discardableResult
    public func put(_ key: String, _ bytes: [UInt8]) async throws(StoreError) -> ObjectInfo {
        try await put(key, bytes, ifAbsent: false)
    }

    /// Writes an object from a local file, replacing one that exists; the file is gone afterwards.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    @discardableResult
    public func put(
        _ key: String, movingFileAt path: String, content: ObjectContent? = nil
    ) async throws(StoreError) -> ObjectInfo {
        try await put(key, movingFileAt: path, content: content, ifAbsent: false)
    }

    /// Whether there is an object of that key.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func contains(_ key: String) async throws(StoreError) -> Bool { try await headIfThere(key) != nil }

    /// What is known about an object; `nil` when there is none.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func headIfThere(_ key: String) async throws(StoreError) -> ObjectInfo? {
        do throws(StoreError) { return try await head(key) } catch { return try Self.absence(error) }
    }

    /// All bytes of an object; `nil` when there is none.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func getIfThere(_ key: String) async throws(StoreError) -> [UInt8]? {
        do throws(StoreError) { return try await get(key) } catch { return try Self.absence(error) }
    }

    private static func absence<Value>(_ error: StoreError) throws(StoreError) -> Value? {
        // What is named without a key is the store itself.
        if error.code == .notFound, !error.key.isEmpty { return nil }
        throw error
    }

    /// The SHA-256 of an object as 64 hexadecimal digits, read in pieces of 4 MiB.
    /// - Throws: `StoreError` when the store cannot be reached, or as the call that it is based on.
    public func sha256(of key: String) async throws(StoreError) -> String {
        let size = try await head(key).size
        var digest = ContentDigest()
        var position = 0
        while position < size {
            let end = min(position + (4 << 20), size)
            digest.update(try await get(key, range: position..<end))
            position = end
        }
        return digest.finish()
    }
}
