public import ObjectStore
import Synchronization

/// A store that fails from a given write on, like a process that was killed there.
public final class FailingStore: ObjectStore {
    private let base: any ObjectStore
    private let writes = Mutex(0)
    private let limit: Int
    /// Whether the failing write still takes effect.
    private let writesFirst: Bool

    public init(_ base: any ObjectStore, limit: Int, writesFirst: Bool) {
        self.base = base
        self.limit = limit
        self.writesFirst = writesFirst
    }

    /// Writes and deletions asked for so far.
    public var count: Int { writes.withLock { $0 } }

    private func step(_ key: String) throws(StoreError) -> Bool {
        let number = writes.withLock { count in
            count += 1
            return count
        }
        guard number >= limit else { return false }
        if writesFirst, number == limit { return true }
        throw killed(key)
    }

    private func killed(_ key: String) -> StoreError {
        StoreError(.unavailable, location: base.location.description, key: key, "killed", remedy: "resume")
    }

    public var location: StoreLocation { base.location }

    public func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage {
        try await base.listPage(prefix: prefix, page: page)
    }

    public func head(_ key: String) async throws(StoreError) -> ObjectInfo { try await base.head(key) }

    public func version(of key: String) async throws(StoreError) -> ObjectVersion? { try await base.version(of: key) }

    public func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        try await base.get(key, range: range)
    }

    public func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        let fails = try step(key)
        let info = try await base.put(key, bytes, ifAbsent: ifAbsent)
        if fails { throw killed(key) }
        return info
    }

    public func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        let fails = try step(key)
        let info = try await base.replace(key, bytes, etag: etag)
        if fails { throw killed(key) }
        return info
    }

    public func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await base.readPieces(of: key, size: size, body)
    }

    public func put(
        _ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        let fails = try step(key)
        let info = try await base.put(key, movingFileAt: path, content: content, ifAbsent: ifAbsent)
        if fails { throw killed(key) }
        return info
    }

    public func delete(_ key: String) async throws(StoreError) {
        let fails = try step(key)
        try await base.delete(key)
        if fails { throw killed(key) }
    }

    public func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        try await base.localPath(of: key, content: content)
    }

    public func temporaryPath(for key: String) async throws(StoreError) -> String {
        try await base.temporaryPath(for: key)
    }

    public func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock {
        try await base.lockForWriting(owner: owner)
    }
}
