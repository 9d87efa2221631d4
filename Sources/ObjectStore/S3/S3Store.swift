import Base
import Foundation

/// A store in an S3 bucket: MinIO, AWS, or another server with the same protocol. Every object's key in the bucket starts
/// with the location's prefix.
///
/// Objects are written whole, as S3 requires. Failed requests are retried, and interrupted uploads are removed. Objects are
/// cached on the local disk (`DiskCache`) for libraries that read files.
public struct S3Store: ObjectStore {
    public let location: StoreLocation
    let client: S3Client
    let cache: DiskCache
    /// Holds the lock once it is taken, so that a lost lock is noticed before anything is written.
    let writing = S3WritingRight()
    /// `prefix/`, or empty.
    let prefix: String

    var address: String { location.description }
    public var statistics: StoreStatistics { client.statistics }

    /// Opens a bucket. Sends no request: a wrong address or wrong credentials cause an error at the first request.
    /// - Throws: `.invalidLocation` and `.unauthorized` for invalid settings.
    package init(bucket: String, prefix: String, settings: S3Settings) throws(StoreError) {
        location = .bucket(bucket, prefix: prefix)
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
        client = try S3Client(bucket: bucket, location: location.description, settings: settings)
        cache = DiskCache(folder: settings.cacheFolder, limit: settings.cacheLimit)
    }

    /// Key of an object in the bucket.
    /// - Throws: `.invalidKey`.
    func fullKey(_ key: String) throws(StoreError) -> String {
        try ObjectKey.validate(key, location: address)
        return prefix + key
    }

    // MARK: Listing

    public func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage {
        var request = S3Request(method: "GET")
        request.query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", self.prefix + prefix)]
        if let page { request.query.append(("continuation-token", page)) }
        let response = try await client.send(request, key: "") { Self.listing($0) != nil }
        guard let list = Self.listing(response) else { return ObjectPage(objects: [], next: nil) }
        let isEncoded = list["EncodingType"]?.text == "url"
        var objects: [ObjectInfo] = []
        for entry in list.all("Contents") {
            guard let object = object(entry, isEncoded: isEncoded) else { continue }
            objects.append(object)
        }
        guard list["IsTruncated"]?.text == "true" else { return ObjectPage(objects: objects, next: nil) }
        guard let next = list["NextContinuationToken"]?.text, !next.isEmpty, next != page else {
            throw StoreError(
                .unavailable, location: address, "the server's listing is truncated and has no continuation token",
                remedy: "check that it is an S3 server with ListObjectsV2")
        }
        return ObjectPage(objects: objects, next: next)
    }

    private static func listing(_ response: S3Response) -> S3Document? {
        S3Document(response.body).flatMap { $0.name == "ListBucketResult" && $0["IsTruncated"] != nil ? $0 : nil }
    }

    /// Converts a listing entry; `nil` for entries that are not objects of this store: the store's own lock, the empty
    /// objects that some programs create for folders, and keys outside the prefix.
    private func object(_ entry: S3Document, isEncoded: Bool) -> ObjectInfo? {
        guard let text = entry["Key"]?.text else { return nil }
        let decoded = isEncoded ? text.replacing("+", with: " ").removingPercentEncoding : text
        let full = decoded ?? text
        guard full.utf8.starts(with: prefix.utf8) else { return nil }
        let key = String(decoding: full.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        let size = entry["Size"].flatMap { Int($0.text) }.flatMap { $0 >= 0 ? $0 : nil }
        if size == 0, key.isEmpty || key.utf8.last == UInt8(ascii: "/") { return nil }
        if key.split(separator: "/").contains(where: { ObjectKey.isReserved($0) }) { return nil }
        var problem = ObjectKey.problem(key)
        if decoded == nil { problem = "it is not UTF-8" }
        if size == nil { problem = "the server's listing does not give its size" }
        return ObjectInfo(
            key: key, size: size ?? 0, etag: (entry["ETag"]?.text ?? "").filter { $0 != "\"" },
            modified: entry["LastModified"].flatMap { S3Time.listed($0.text) } ?? Date(timeIntervalSince1970: 0),
            keyProblem: problem)
    }

    // MARK: Reading

    public func head(_ key: String) async throws(StoreError) -> ObjectInfo {
        let request = S3Request(method: "HEAD", key: try fullKey(key))
        let response = try await client.send(request, key: key, accepting: Self.refusals)
        guard response.status == 200 else {
            // A response to HEAD has no body with the reason; a response to GET does.
            _ = try await fetch(key, 0..<1, etag: nil)
            throw StoreError(
                .unavailable, location: address, key: key,
                "\(client.address.server) answers \(response.status) when asked about it", remedy: "run again")
        }
        return info(key, response, size: response.fields["content-length"].flatMap { Int($0) } ?? 0)
    }

    private static let refusals: Set<Int> = [301, 307, 400, 401, 403, 404, 405]

    /// Describes an object by the header fields of a response.
    func info(_ key: String, _ response: S3Response, size: Int) -> ObjectInfo {
        let time = (response.fields["last-modified"] ?? response.fields["date"]).flatMap(S3Time.field)
        return ObjectInfo(key: key, size: size, etag: response.etag, modified: time ?? Date())
    }

    public func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] {
        if let range, range.isEmpty {
            let size = try await head(key).size
            guard range.lowerBound >= 0, range.upperBound <= size else { throw outOfRange(key, range, total: size) }
            return []
        }
        let result: Result<[UInt8], StoreError> = await collected {
            var bytes: [UInt8] = []
            try await pieces(of: key, range: range, etag: nil) { piece, total in
                if bytes.isEmpty { bytes.reserveCapacity(range?.count ?? total) }
                bytes += piece
            }
            return bytes
        }
        return try result.get()
    }

    public func version(of key: String) async throws(StoreError) -> ObjectVersion? {
        try await version(key: key, fullKey: try fullKey(key))
    }

    /// - Parameters:
    ///   - key: key in the store, for errors.
    ///   - full: key in the bucket.
    func version(key: String, fullKey full: String) async throws(StoreError) -> ObjectVersion? {
        let response = try await client.send(S3Request(method: "GET", key: full), key: key, accepting: [404])
        guard response.status == 200 else { return nil }
        let now = response.fields["date"].flatMap(S3Time.field)
        guard let now, let written = response.fields["last-modified"].flatMap(S3Time.field) else {
            throw StoreError(
                .unsupported, location: address, "the server does not say when an object was written (Last-Modified)",
                remedy: "check that the endpoint is an S3 server")
        }
        return ObjectVersion(bytes: response.body, etag: response.etag, age: now.timeIntervalSince(written))
    }

    public func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await pieces(of: key, range: nil, etag: nil, size: size) { piece, _ in try body(piece) }
    }

    public func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String {
        let info: ObjectInfo?
        if let content {
            if let path = try cache.lease(cacheName(key, content), size: content.size) { return path }
            info = nil
        } else {
            let found = try await head(key)
            if let path = try cache.lease(cacheName(found), size: found.size) { return path }
            info = found
        }
        let temporary = try cache.temporaryPath()
        defer { unlink(temporary) }
        let result: Result<ObjectContent, StoreError> = await collected {
            let file = try File(writing: temporary, .exclusive)
            var digest = ContentDigest()
            var size = 0
            try await pieces(of: key, range: nil, etag: info?.etag) { piece, _ in
                size += piece.count
                digest.update(piece)
                try file.write(piece)
            }
            try file.synchronize()
            return ObjectContent(size: size, sha256: digest.finish())
        }
        let found = try result.get()
        let name = info.map(cacheName) ?? cacheName(key, found)
        return try cache.adopt(temporary, as: name, size: found.size, isLeased: true)
    }

    /// Cache name of a version of an object.
    func cacheName(_ info: ObjectInfo) -> String {
        DiskCache.name(of: [cacheAddress, prefix + info.key, info.etag, "\(info.size)"], ending: info.key)
    }

    /// Cache name of an object with known content.
    func cacheName(_ key: String, _ content: ObjectContent) -> String {
        DiskCache.name(of: [cacheAddress, prefix + key, content.sha256], ending: key)
    }

    private var cacheAddress: String { "\(client.address.server)\(client.address.basePath)" }

    /// Runs `body` and returns its error. An error that is not a `StoreError` is converted to a read failure.
    private func collected<Value: Sendable>(_ body: () async throws -> Value) async -> Result<Value, StoreError> {
        do {
            return .success(try await body())
        } catch let error as StoreError {
            return .failure(error)
        } catch let error as FileError {
            return .failure(StoreError(error, location: cache.folder))
        } catch {
            return .failure(
                StoreError(.unavailable, location: address, "could not be read (\(error))", remedy: "try again"))
        }
    }
}
