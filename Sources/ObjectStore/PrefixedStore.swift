/// A part of a store as a store of its own: all objects whose keys start with a prefix.
package struct PrefixedStore: ObjectStore {
    private let base: any ObjectStore
    package let prefix: String

    /// - Parameter prefix: ends in a slash.
    package init(_ base: any ObjectStore, prefix: String) {
        self.base = base
        self.prefix = prefix
    }

    package var location: StoreLocation {
        let path = prefix.dropLast()
        return switch base.location {
        case .folder(let folder): .folder("\(folder)/\(path)")
        case .bucket(let bucket, let outer): .bucket(bucket, prefix: outer.isEmpty ? String(path) : "\(outer)/\(path)")
        }
    }

    package var statistics: StoreStatistics { base.statistics }

    private func own(_ info: ObjectInfo) -> ObjectInfo {
        ObjectInfo(
            key: String(decoding: info.key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self), size: info.size, etag: info.etag,
            modified: info.modified, keyProblem: info.keyProblem)
    }

    package func listPage(prefix inner: String, page: String?) async throws(StoreError) -> ObjectPage {
        let whole = try await base.listPage(prefix: prefix + inner, page: page)
        return ObjectPage(objects: whole.objects.map(own), next: whole.next)
    }

    package func head(_ key: String) async throws(StoreError) -> ObjectInfo { own(try await base.head(prefix + key)) }

    package func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        try await base.get(prefix + key, range: range)
    }

    package func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await base.readPieces(of: prefix + key, size: size, body)
    }

    package func version(of key: String) async throws(StoreError) -> ObjectVersion? { try await base.version(of: prefix + key) }

    package func checkConditionalWrites(probing key: String) async throws(StoreError) {
        try await base.checkConditionalWrites(probing: prefix + key)
    }

    package func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        own(try await base.put(prefix + key, bytes, ifAbsent: ifAbsent))
    }

    package func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        own(try await base.replace(prefix + key, bytes, etag: etag))
    }

    package func put(
        _ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        own(try await base.put(prefix + key, movingFileAt: path, content: content, ifAbsent: ifAbsent))
    }

    package func delete(_ key: String) async throws(StoreError) { try await base.delete(prefix + key) }

    package func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        try await base.localPath(of: prefix + key, content: content)
    }

    package func bytes(of key: String, content: ObjectContent) async throws -> any ObjectBytes {
        try await base.bytes(of: prefix + key, content: content)
    }

    package func temporaryPath(for key: String) async throws(StoreError) -> String { try await base.temporaryPath(for: prefix + key) }

    package func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock { try await base.lockForWriting(owner: owner) }
}
