import Foundation

/// Writes a large object in parts, several at a time. The object exists only once all parts have arrived. After a failure,
/// the uploaded parts are removed.
struct MultipartUpload {
    let client: S3Client
    /// Key in the store.
    let key: String
    /// Key in the bucket.
    let fullKey: String
    let content: UploadContent
    let condition: S3Store.WriteCondition
    let mark: String

    /// An uploaded part.
    private struct Part: Sendable {
        let number: Int
        let etag: String
        let checksum: String
    }

    /// S3 accepts up to 10,000 parts of at least 5 MiB.
    private var partSize: Int { max(client.settings.transfer.partSize, (content.size + 9_999) / 10_000) }

    /// - Returns: the response to the last request: 200, or 412 or 404 when the condition does not hold or the upload is
    ///   gone.
    func callAsFunction() async throws(StoreError) -> S3Response {
        var request = S3Request(method: "POST", key: fullKey, query: [("uploads", "")])
        request.fields = [("x-amz-checksum-algorithm", "SHA256"), (S3Request.markField, mark)]
        let response = try await client.send(request, key: key) { Self.upload($0) != nil }
        guard let upload = Self.upload(response) else { return response }
        let result = await finish(upload)
        if case .success(let response) = result, response.status == 200 { return response }
        // Ignore the result: the next writer looks for such leftovers first.
        let removal = S3Request(method: "DELETE", key: fullKey, query: [("uploadId", upload)])
        _ = try? await client.send(removal, key: key, accepting: [404])
        return try result.get()
    }

    private static func upload(_ response: S3Response) -> String? {
        S3Document(response.body)?["UploadId"].flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    private func finish(_ upload: String) async -> Result<S3Response, StoreError> {
        do {
            let parts = try await sendParts(upload)
            return .success(try await complete(upload, parts))
        } catch let error as StoreError {
            return .failure(error)
        } catch {
            return .failure(
                StoreError(.unavailable, location: client.location, key: key, "could not be written (\(error))", remedy: "run again"))
        }
    }

    private func sendParts(_ upload: String) async throws -> [Part] {
        let ranges = stride(from: 0, to: content.size, by: partSize).map { $0..<min($0 + partSize, content.size) }
        return try await withThrowingTaskGroup(of: Part.self) { group in
            var parts: [Part] = []
            var started = 0
            func start() {
                guard started < ranges.count else { return }
                let number = started
                started += 1
                group.addTask { try await send(number + 1, ranges[number], upload) }
            }
            for _ in 0..<client.settings.transfer.parallelism { start() }
            while let part = try await group.next() {
                parts.append(part)
                start()
            }
            return parts.sorted { $0.number < $1.number }
        }
    }

    private func send(_ number: Int, _ range: Range<Int>, _ upload: String) async throws(StoreError) -> Part {
        let bytes = try content.read(range)
        var request = S3Request(
            method: "PUT", key: fullKey, query: [("partNumber", "\(number)"), ("uploadId", upload)], body: bytes)
        request.sign(body: bytes)
        let checksum = request.fields.last?.value ?? ""
        let response = try await client.send(request, key: key) { !$0.etag.isEmpty }
        return Part(number: number, etag: response.etag, checksum: checksum)
    }

    private func complete(_ upload: String, _ parts: [Part]) async throws(StoreError) -> S3Response {
        let list = parts.map {
            "<Part><PartNumber>\($0.number)</PartNumber><ETag>&quot;\($0.etag.escapedForXML)&quot;</ETag>"
                + (client.keepsChecksums ? "<ChecksumSHA256>\($0.checksum)</ChecksumSHA256>" : "") + "</Part>"
        }
        let body = Array(
            ("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + list.joined()
                + "</CompleteMultipartUpload>").utf8)
        var request = S3Request(method: "POST", key: fullKey, query: [("uploadId", upload)], body: body)
        request.bodySHA256 = ContentDigest.sha256(of: body)
        request.fields = [("Content-Type", "application/xml")] + (condition.field(client.versionForm).map { [$0] } ?? [])
        // 404: the upload is gone; an earlier attempt may have completed it.
        var response = try await client.send(request, key: key, accepting: [404, 412]) {
            S3Document($0.body)?["ETag"] != nil
        }
        if response.status == 200 {
            response.fields["etag"] = S3Document(response.body)?["ETag"]?.text
        }
        return response
    }
}
