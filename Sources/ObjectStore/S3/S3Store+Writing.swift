import Base
import Digests
import Foundation

extension S3Store {
    /// Condition for writing an object.
    enum WriteCondition: Sendable {
        case always
        /// Only if no such object exists.
        case ifAbsent
        /// Only if the object still has this ETag.
        case ifUnchanged(String)

        func field(_ form: S3VersionForm) -> (name: String, value: String)? {
            switch self {
            case .always: nil
            case .ifAbsent: ("If-None-Match", "*")
            case .ifUnchanged(let etag): form.field(etag)
            }
        }
    }

    @discardableResult
    public func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        try writing.check(location: address)
        return try await write(key, try fullKey(key), .bytes(bytes), ifAbsent ? .ifAbsent : .always)
    }

    @discardableResult
    public func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        try writing.check(location: address)
        return try await write(key, try fullKey(key), .bytes(bytes), .ifUnchanged(etag))
    }

    @discardableResult
    public func put(
        _ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        try writing.check(location: address)
        let size = try ObjectFile(path, location: address, key: key).size
        let info = try await write(key, try fullKey(key), .file(path, size: size), ifAbsent ? .ifAbsent : .always)
        // The process that writes an object often reads it next, for example to index it. This is only a copy: if the cache
        // has no room for it, nothing is lost.
        let name = content.map { cacheName(key, $0) } ?? cacheName(info)
        _ = try? cache.adopt(path, as: name, size: size, isLeased: false)
        unlink(path)
        return info
    }

    public func temporaryPath(for key: String) async throws(StoreError) -> String {
        _ = try fullKey(key)
        return try cache.temporaryPath()
    }

    public func delete(_ key: String) async throws(StoreError) {
        try writing.check(location: address)
        let request = S3Request(method: "DELETE", key: try fullKey(key))
        let response = try await client.send(request, key: key, accepting: [404])
        // Deleting a missing object is not an error; a missing bucket is.
        guard response.status == 404, S3Document(response.body)?["Code"]?.text == "NoSuchBucket" else { return }
        _ = try await fetch(key, 0..<1, etag: nil)
    }

    /// - Parameters:
    ///   - key: key in the store.
    ///   - full: key in the bucket.
    func write(
        _ key: String, _ full: String, _ content: UploadContent, _ condition: WriteCondition
    ) async throws(StoreError) -> ObjectInfo {
        // If the object carries this mark, an attempt whose response was lost did succeed.
        let mark = UUID().uuidString.lowercased()
        let response: S3Response
        if content.size > client.settings.transfer.partSize {
            response = try await MultipartUpload(
                client: client, key: key, fullKey: full, content: content, condition: condition, mark: mark)()
        } else {
            response = try await putWhole(key, full, try content.read(0..<content.size), condition, mark)
        }
        switch response.status {
        case 200, 204:
            client.count { $0.bytesSent += content.size }
            return info(key, response, size: content.size)
        default:
            // The same request may have arrived twice; the first one may have broken the condition or ended the upload.
            if let found = try await written(key, full, mark: mark) { return found }
            switch condition {
            case .ifUnchanged: throw .changed(location: address, key: key)
            case .ifAbsent where response.status == 412:
                throw StoreError(
                    .alreadyExists, location: address, key: key, "an object of that key exists already",
                    remedy: "another writer may have been faster; read it, or delete it first")
            default:
                throw StoreError(
                    .unavailable, location: address, key: key, "the server has lost the parts of it", remedy: "run again")
            }
        }
    }

    private func putWhole(
        _ key: String, _ full: String, _ bytes: [UInt8], _ condition: WriteCondition, _ mark: String
    ) async throws(StoreError) -> S3Response {
        var request = S3Request(method: "PUT", key: full, body: bytes)
        request.sign(body: bytes)
        request.fields.append((S3Request.markField, mark))
        guard let field = condition.field(client.versionForm) else { return try await client.send(request, key: key) }
        request.fields.append(field)
        // With If-Match, the server answers 404 both for a missing object and for a missing bucket.
        if case .ifUnchanged = condition {
            let response = try await client.send(request, key: key, accepting: [404, 412])
            if response.status == 404, S3Document(response.body)?["Code"]?.text == "NoSuchBucket" {
                _ = try await fetch(key, 0..<1, etag: nil)
            }
            return response
        }
        return try await client.send(request, key: key, accepting: [412])
    }

    /// The object, if it carries this mark.
    private func written(_ key: String, _ full: String, mark: String) async throws(StoreError) -> ObjectInfo? {
        let response = try await client.send(S3Request(method: "HEAD", key: full), key: key, accepting: [404])
        guard response.status == 200, response.fields[S3Request.markField] == mark else { return nil }
        return info(key, response, size: response.fields["content-length"].flatMap { Int($0) } ?? 0)
    }
}

extension S3Request {
    /// Metadata field that identifies the write that an object comes from.
    static let markField = "x-amz-meta-tapedeck-write"

    /// Adds the body's SHA-256, so that the server refuses a body damaged in transit: in the signature, and as the checksum
    /// that the server stores.
    mutating func sign(body: [UInt8]) {
        let digest = Digest.sha256(of: body)
        bodySHA256 = digest.hexadecimal
        fields.append(("x-amz-checksum-sha256", Data(digest.bytes).base64EncodedString()))
    }
}

/// The bytes to write.
enum UploadContent: Sendable {
    case bytes([UInt8])
    case file(String, size: Int)

    var size: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(_, let size): size
        }
    }

    func read(_ range: Range<Int>) throws(StoreError) -> [UInt8] {
        switch self {
        case .bytes(let bytes): range == bytes.indices ? bytes : Array(bytes[range])
        case .file(let path, _): try ObjectFile(path, location: path).read(range)
        }
    }
}
