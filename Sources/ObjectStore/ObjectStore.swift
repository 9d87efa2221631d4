public import Foundation

/// Listing entry of an object.
public struct ObjectInfo: Sendable, Hashable {
    /// Key of the object: its folders and file name, separated by slashes.
    public let key: String
    /// Length in bytes.
    public let size: Int
    /// Version tag that changes whenever the content does. A local store derives it from modification time and size.
    public let etag: String
    /// Time of the last write.
    public let modified: Date
    /// Why the store's functions refuse this key; `nil` for a valid key. `list` omits objects with invalid keys.
    public let keyProblem: String?

    /// Creates a listing entry.
    public init(key: String, size: Int, etag: String, modified: Date, keyProblem: String? = nil) {
        self.key = key
        self.size = size
        self.etag = etag
        self.modified = modified
        self.keyProblem = keyProblem
    }
}

/// Size and digest of an object's content, known from elsewhere, such as a manifest.
public struct ObjectContent: Sendable, Hashable {
    /// Length in bytes.
    public let size: Int
    /// SHA-256, as 64 hexadecimal digits.
    public let sha256: String

    /// Creates a description of an object's content.
    public init(size: Int, sha256: String) {
        self.size = size
        self.sha256 = sha256
    }
}

/// An object's content, read together with its version and its age.
public struct ObjectVersion: Sendable, Hashable {
    /// Content.
    public let bytes: [UInt8]
    /// Version tag, as in `ObjectInfo`.
    public let etag: String
    /// Seconds since the object was written. The store's own clock measures both times, so that the clocks of the machines that
    /// share the store do not matter. Never negative.
    public let age: Double

    /// Creates a version.
    public init(bytes: [UInt8], etag: String, age: Double) {
        self.bytes = bytes
        self.etag = etag
        self.age = max(0, age)
    }
}

/// A page of a listing.
public struct ObjectPage: Sendable {
    /// Objects, in byte order of their keys.
    public let objects: [ObjectInfo]
    /// Token to pass to `listPage` for the next page; nil on the last page. Opaque to callers.
    public let next: String?

    /// Creates a page.
    public init(objects: [ObjectInfo], next: String?) {
        self.objects = objects
        self.next = next
    }
}

/// A store of objects (byte strings) under keys: a folder, or an S3 bucket.
///
/// Readers never see a partial object: a write becomes visible as a whole or not at all. Keys are relative paths such as
/// `year_2014/batch_0.h5`; see `ObjectKey` for the rules. All functions throw `.invalidKey` for an invalid key,
/// `.permissionDenied`, and `.unavailable` when the store cannot be reached.
public protocol ObjectStore: Sendable {
    /// Address of the store.
    var location: StoreLocation { get }

    /// Requests and bytes exchanged with a remote store so far; all zeros for a local store.
    var statistics: StoreStatistics { get }

    /// Lists objects whose keys start with `prefix`; all objects if it is empty. Includes objects with invalid keys
    /// (`ObjectInfo.keyProblem`), because other programs may store objects there too.
    /// - Parameter page: `next` of the previous page; nil for the first page.
    /// - Throws: `StoreError` when the store cannot be listed.
    func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage

    /// Size, version and time of an object.
    /// - Throws: `.notFound`.
    func head(_ key: String) async throws(StoreError) -> ObjectInfo

    /// Reads the bytes of an object.
    /// - Parameter range: the bytes to read; nil for all.
    /// - Throws: `.notFound`; `.outOfRange` when the range exceeds the object.
    func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8]

    /// Reads an object in pieces of some MiB, in order, so that memory stays bounded for any size. A remote store fetches
    /// the next pieces in the meantime. All pieces come from the same version of the object.
    /// - Parameters:
    ///   - size: expected length of the object, from a listing; any other length is an error before `body` is called. `nil`
    ///     for any length.
    ///   - body: called with each piece; if it throws, reading stops.
    /// - Throws: as `get`; `.changed` when the object is replaced during reading or does not have that size; errors of
    ///   `body`.
    func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws

    /// Reads a small object with its version and its age.
    /// - Returns: `nil` if the object does not exist.
    /// - Throws: `.unsupported` when the store does not say when an object was written.
    func version(of key: String) async throws(StoreError) -> ObjectVersion?

    /// Checks that the store honours conditional writes (`put` with `ifAbsent`, `replace`), by writing an object that is deleted
    /// again. Several writers that share a store rely on them.
    /// - Parameter key: the object to write; it must not exist, and no other process may use it.
    /// - Throws: `.unsupported` when the store ignores a condition, with the reason.
    func checkConditionalWrites(probing key: String) async throws(StoreError)

    /// Writes an object, replacing an existing one unless `ifAbsent` is set.
    /// - Throws: `.alreadyExists` with `ifAbsent`; `.storageFull`. In both cases nothing is changed.
    @discardableResult
    func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo

    /// Replaces a given version of an object, so that concurrent changes are not lost.
    /// - Parameter etag: the version to replace.
    /// - Throws: `.changed` when the object now has another version or is gone; otherwise as `put(_:_:ifAbsent:)`.
    @discardableResult
    func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo

    /// Writes an object from a local file and removes the file. A local store moves the file if it can.
    /// - Parameter content: the file's content, if known; the copy kept for reading can then be found by it.
    /// - Throws: as `put(_:_:ifAbsent:)`. The file is kept in that case.
    @discardableResult
    func put(_ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool) async throws(StoreError) -> ObjectInfo

    /// Deletes an object. Deleting an object that does not exist is not an error.
    /// - Throws: `StoreError` when the object cannot be deleted.
    func delete(_ key: String) async throws(StoreError)

    /// Path of a local file with the object's content, for libraries that read files. The file is read-only and stays valid
    /// until the object is deleted.
    /// - Parameter content: the expected content, if known. If a local copy of it exists, no request is made. A fetched
    ///   object with other content is accepted: a concurrent run may have replaced it.
    /// - Throws: `.notFound`.
    func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String

    /// The bytes of an object whose content is known, read in ranges: a remote store fetches only what is read.
    /// - Throws: as `localPath(of:content:)`; `FileError`.
    func bytes(of key: String, content: ObjectContent) async throws -> any ObjectBytes

    /// Path for a new file that will be passed to `put(_:movingFileAt:content:ifAbsent:)`. The file does not exist yet. If
    /// the process dies first, the next writer removes the file.
    /// - Throws: `StoreError` when the folder of the file cannot be created.
    func temporaryPath(for key: String) async throws(StoreError) -> String

    /// Locks out other writers until the lock is released or the process ends.
    /// - Throws: `.locked`, naming the owner.
    func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock

    /// Remains of writers that died, which no listing shows: temporary files in a folder, unfinished uploads to a bucket.
    /// - Parameter isOwn: whether only the lock's owner writes a key. An upload to any other key may still be in progress;
    ///   it counts only after a day.
    /// - Throws: `StoreError` when the store cannot be searched.
    func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo]

    /// Removes the leftovers. Call this only while holding the lock.
    /// - Throws: `StoreError` when the store cannot be searched, or leftovers cannot be removed.
    func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError)
}

extension ObjectStore {
    /// Tries every condition that must hold, and every one that must not.
    /// - Throws: `.unsupported` when the store ignores a condition, with the reason.
    public func checkConditionalWrites(probing key: String) async throws(StoreError) {
        do throws(StoreError) {
            let first = try await put(key, [1], ifAbsent: true)
            guard try await !succeeds({ () async throws(StoreError) in _ = try await put(key, [2], ifAbsent: true) }) else {
                throw withoutConditions("ignores If-None-Match")
            }
            let absent = String(repeating: "0", count: 32)
            guard try await !succeeds({ () async throws(StoreError) in _ = try await replace(key, [3], etag: absent) }) else {
                throw withoutConditions("ignores If-Match")
            }
            guard try await succeeds({ () async throws(StoreError) in _ = try await replace(key, [4], etag: first.etag) }) else {
                throw withoutConditions("rejects If-Match for the current version")
            }
            try await delete(key)
        } catch {
            if error.code == .unsupported { try? await delete(key) }
            throw error
        }
    }

    /// Whether a conditional write takes place.
    private func succeeds(_ write: () async throws(StoreError) -> Void) async throws(StoreError) -> Bool {
        do throws(StoreError) {
            try await write()
            return true
        } catch {
            guard error.code == .alreadyExists || error.code == .changed else { throw error }
            return false
        }
    }

    private func withoutConditions(_ problem: String) -> StoreError {
        StoreError(
            .unsupported, location: location.description, "the store \(problem), so several writers could not be kept apart",
            remedy: "let one process at a time write there (`tapedeck generate`), or keep the store on another server or in a folder; "
                + "docs/s3-servers.md lists tested servers")
    }

    /// All zeros, for stores that are not remote.
    public var statistics: StoreStatistics { StoreStatistics() }

    /// No leftovers.
    /// - Throws: never.
    public func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo] { [] }

    /// Does nothing.
    /// - Throws: never.
    public func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) {}

    /// Path of a local file with the object's content.
    /// - Throws: as `localPath(of:content:)`.
    public func localPath(of key: String) async throws(StoreError) -> String { try await localPath(of: key, content: nil) }

    /// Reads an object of any size in pieces.
    /// - Throws: `StoreError` when the object cannot be read; errors of `body`.
    public func readPieces(of key: String, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await readPieces(of: key, size: nil, body)
    }

    /// Lists all objects whose keys start with `prefix`, in byte order of their keys.
    /// - Throws: `StoreError` when the store cannot be listed.
    public func list(prefix: String = "") async throws(StoreError) -> [ObjectInfo] {
        try await listEverything(prefix: prefix).filter { $0.keyProblem == nil }
    }

    /// Like `list`, but includes objects with invalid keys.
    /// - Throws: `StoreError` when the store cannot be listed.
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

    /// Reads all bytes of an object.
    /// - Throws: as `get(_:range:)`.
    public func get(_ key: String) async throws(StoreError) -> [UInt8] {
        try await get(key, range: nil)
    }

    /// Writes an object, replacing an existing one.
    /// - Throws: as `put(_:_:ifAbsent:)`.
    @discardableResult
    public func put(_ key: String, _ bytes: [UInt8]) async throws(StoreError) -> ObjectInfo {
        try await put(key, bytes, ifAbsent: false)
    }

    /// Writes an object from a local file, replacing an existing one, and removes the file.
    /// - Throws: as `put(_:movingFileAt:content:ifAbsent:)`.
    @discardableResult
    public func put(
        _ key: String, movingFileAt path: String, content: ObjectContent? = nil
    ) async throws(StoreError) -> ObjectInfo {
        try await put(key, movingFileAt: path, content: content, ifAbsent: false)
    }

    /// Whether an object with this key exists.
    /// - Throws: `StoreError` when the store cannot be reached.
    public func contains(_ key: String) async throws(StoreError) -> Bool { try await headIfThere(key) != nil }

    /// Size, version and time of an object; `nil` if it does not exist.
    /// - Throws: `StoreError` when the store cannot be reached.
    public func headIfThere(_ key: String) async throws(StoreError) -> ObjectInfo? {
        do throws(StoreError) { return try await head(key) } catch { return try Self.absence(error) }
    }

    /// All bytes of an object; `nil` if it does not exist.
    /// - Throws: `StoreError` when the store cannot be reached, or the object cannot be read.
    public func getIfThere(_ key: String) async throws(StoreError) -> [UInt8]? {
        do throws(StoreError) { return try await get(key) } catch { return try Self.absence(error) }
    }

    private static func absence<Value>(_ error: StoreError) throws(StoreError) -> Value? {
        // An error without a key is about the store itself.
        if error.code == .notFound, !error.key.isEmpty { return nil }
        throw error
    }

    /// SHA-256 of an object, as 64 hexadecimal digits. Reads the object in pieces of 4 MiB.
    /// - Throws: `StoreError` when the object does not exist or cannot be read.
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
