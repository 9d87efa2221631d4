import Base
import Dispatch
import Foundation
import Synchronization

/// The bytes of an object in a bucket. What is read is fetched in pages and kept in a file of the disk cache, which other processes use
/// as well.
///
/// The file has the object's bytes, with holes where pages were not fetched; after them the object's ETag, and a byte for each page
/// that is there. A page is marked after it was written.
final class S3Bytes: ObjectBytes, @unchecked Sendable {
    // `@unchecked`: `pages` and `fetching` are only touched while `condition` is locked.

    /// Bytes that are fetched at least.
    static let pageBytes = 64 << 10
    /// Bytes of a request at most.
    private static let requestBytes = 8 << 20
    private static let tagBytes = 128

    let key: String
    let size: Int
    private let store: S3Store
    private let file: File
    private let condition = NSCondition()
    /// The pages that are there; what other processes fetch is seen when the file is opened.
    private var pages: [Bool]
    private var fetching: Set<Int> = []

    var path: String { "\(store.location)/\(key)" }
    var isRemote: Bool { true }

    /// Bytes of the cache file of an object.
    static func fileBytes(_ size: Int) -> Int { size + tagBytes + pageCount(size) }
    private static func pageCount(_ size: Int) -> Int { (size + pageBytes - 1) / pageBytes }

    /// - Parameter file: of the disk cache, of `fileBytes(size)` bytes.
    init(_ store: S3Store, key: String, size: Int, file: consuming File) throws(FileError) {
        self.store = store
        self.key = key
        self.size = size
        pages = try file.read(Self.pageCount(size), at: size + Self.tagBytes, as: UInt8.self).map { $0 != 0 }
        self.file = file
    }

    func read(_ range: Range<Int>) throws -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= size else { throw store.outOfRange(key, range, total: size) }
        guard !range.isEmpty else { return [] }
        let wanted = range.lowerBound / Self.pageBytes...(range.upperBound - 1) / Self.pageBytes
        while let missing = claim(wanted) {
            guard !missing.isEmpty else { continue }
            let result = fetch(missing)
            release(missing, isThere: (try? result.get()) != nil)
            try result.get()
        }
        return try file.read(range)
    }

    /// The first pages of some that this thread must fetch: at most a request's. Empty after waiting for another thread that fetched some
    /// of them; `nil` when all are there.
    private func claim(_ wanted: ClosedRange<Int>) -> Range<Int>? {
        condition.lock()
        defer { condition.unlock() }
        guard let first = wanted.first(where: { !pages[$0] && !fetching.contains($0) }) else {
            guard wanted.contains(where: { !pages[$0] }) else { return nil }
            condition.wait()
            return 0..<0
        }
        var end = first + 1
        while end <= wanted.upperBound, !pages[end], !fetching.contains(end), (end - first + 1) * Self.pageBytes <= Self.requestBytes { end += 1 }
        fetching.formUnion(first..<end)
        return first..<end
    }

    private func release(_ range: Range<Int>, isThere: Bool) {
        condition.lock()
        fetching.subtract(range)
        if isThere { for page in range { pages[page] = true } }
        condition.broadcast()
        condition.unlock()
    }

    /// Fetches pages into the file. The thread waits.
    private func fetch(_ range: Range<Int>) -> Result<Void, any Error> {
        let done = DispatchSemaphore(value: 0)
        let outcome = Mutex<Result<Void, any Error>>(.success(()))
        Task.detached(executorPreference: RequestExecutor.shared) {
            do {
                try await self.fetchPages(range)
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        return outcome.withLock { $0 }
    }

    private func fetchPages(_ range: Range<Int>) async throws {
        let bytes = range.lowerBound * Self.pageBytes..<min(range.upperBound * Self.pageBytes, size)
        let known = try file.read(Self.tagBytes, at: size, as: UInt8.self).prefix { $0 != 0 }
        let tag = known.isEmpty ? nil : String(decoding: known, as: UTF8.self)
        let piece = try await store.fetch(key, bytes, etag: tag)
        guard piece.total == size, piece.bytes.count == bytes.count, tag == nil || piece.etag == tag else {
            throw StoreError.changed(location: store.address, key: key)
        }
        if tag == nil, piece.etag.utf8.count < Self.tagBytes { try file.write(Array(piece.etag.utf8), at: size) }
        try file.write(piece.bytes, at: bytes.lowerBound)
        try file.write([UInt8](repeating: 1, count: range.count), at: size + Self.tagBytes + range.lowerBound)
        try store.cache.noteGrowth(piece.bytes.count)
    }
}

extension S3Store {
    /// Those of the copy in the disk cache, if there is one, otherwise as `S3Bytes`.
    ///
    /// A range cannot be compared with the SHA-256 of the object. It is of the first version that was read, which has the expected size;
    /// columns carry checksums of their own.
    public func bytes(of key: String, content: ObjectContent) async throws -> any ObjectBytes {
        _ = try fullKey(key)
        if let path = try cache.lease(cacheName(key, content), size: content.size) { return try FileBytes(path: path) }
        let path = try cache.leaseHoles("ranges-" + cacheName(key, content), size: S3Bytes.fileBytes(content.size))
        return try S3Bytes(self, key: key, size: content.size, file: try File(writing: path, .never))
    }
}
