public import ObjectStore
import Synchronization

/// A store with objects that cannot be read, are not listed, or are sometimes damaged when read.
public final class RefusingStore: ObjectStore {
    private let base: any ObjectStore
    /// The error's code for reading a key.
    private let refusal: @Sendable (String) -> StoreError.Code?
    private let hides: @Sendable (String) -> Bool
    /// Whether a reading of a key has a wrong byte; gets the number of earlier readings.
    private let damages: @Sendable (String, Int) -> Bool
    private let readings = Mutex<[String: Int]>([:])

    public init(
        _ base: any ObjectStore, hides: @escaping @Sendable (String) -> Bool = { _ in false },
        damages: @escaping @Sendable (String, Int) -> Bool = { _, _ in false },
        refuses refusal: @escaping @Sendable (String) -> StoreError.Code? = { _ in nil }
    ) {
        self.base = base
        self.refusal = refusal
        self.hides = hides
        self.damages = damages
    }

    /// How often each object was read.
    public var reads: [String: Int] { readings.withLock { $0 } }

    private func check(_ key: String) throws(StoreError) {
        guard let code = refusal(key) else { return }
        throw StoreError(code, location: base.location.description, key: key, "the server is away", remedy: "try again")
    }

    private func count(_ key: String) -> Int {
        readings.withLock { readings in
            defer { readings[key, default: 0] += 1 }
            return readings[key, default: 0]
        }
    }

    public var location: StoreLocation { base.location }

    public func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage {
        let whole = try await base.listPage(prefix: prefix, page: page)
        return ObjectPage(objects: whole.objects.filter { !hides($0.key) }, next: whole.next)
    }

    public func head(_ key: String) async throws(StoreError) -> ObjectInfo {
        try check(key)
        return try await base.head(key)
    }

    public func version(of key: String) async throws(StoreError) -> ObjectVersion? {
        try check(key)
        return try await base.version(of: key)
    }

    public func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        try check(key)
        var bytes = try await base.get(key, range: range)
        if damages(key, count(key)), !bytes.isEmpty { bytes[bytes.count / 2] ^= 1 }
        return bytes
    }

    public func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try check(key)
        _ = count(key)
        try await base.readPieces(of: key, size: size, body)
    }

    public func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        try check(key)
        _ = count(key)
        return try await base.localPath(of: key, content: content)
    }

    public func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        try await base.put(key, bytes, ifAbsent: ifAbsent)
    }

    public func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        try await base.replace(key, bytes, etag: etag)
    }

    public func put(
        _ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        try await base.put(key, movingFileAt: path, content: content, ifAbsent: ifAbsent)
    }

    public func delete(_ key: String) async throws(StoreError) { try await base.delete(key) }

    public func temporaryPath(for key: String) async throws(StoreError) -> String { try await base.temporaryPath(for: key) }

    public func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock {
        try await base.lockForWriting(owner: owner)
    }
}
