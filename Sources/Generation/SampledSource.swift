import ObjectStore

/// A subset of a source's objects, for a run over a sample.
struct SampledSource: ObjectStore {
    let base: any ObjectStore
    let keys: Set<String>

    var location: StoreLocation { base.location }

    var statistics: StoreStatistics { base.statistics }

    func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage {
        let whole = try await base.listPage(prefix: prefix, page: page)
        return ObjectPage(objects: whole.objects.filter { keys.contains($0.key) }, next: whole.next)
    }

    func head(_ key: String) async throws(StoreError) -> ObjectInfo { try await base.head(key) }

    func version(of key: String) async throws(StoreError) -> ObjectVersion? { try await base.version(of: key) }

    func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        try await base.get(key, range: range)
    }

    func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await base.readPieces(of: key, size: size, body)
    }

    func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        try await base.localPath(of: key, content: content)
    }

    // A source is read-only.

    func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo { throw readOnly(key) }

    func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo { throw readOnly(key) }

    func put(_ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        throw readOnly(key)
    }

    func delete(_ key: String) async throws(StoreError) { throw readOnly(key) }

    func temporaryPath(for key: String) async throws(StoreError) -> String { throw readOnly(key) }

    func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock { throw readOnly("") }

    private func readOnly(_ key: String) -> StoreError {
        StoreError(
            .permissionDenied, location: location.description, key: key, "a sample of a source is only read",
            remedy: "write to the store itself")
    }
}
