internal import Foundation

extension S3Store {
    public func leftovers() async throws(StoreError) -> [ObjectInfo] {
        try await staleUploads().map(\.info)
    }

    public func removeLeftovers() async throws(StoreError) {
        for upload in try await staleUploads() {
            let removal = S3Request(method: "DELETE", key: prefix + upload.info.key, query: [("uploadId", upload.id)])
            _ = try await client.send(removal, key: upload.info.key, accepting: [404])
        }
    }

    /// Uploads that were begun more than a day ago and never ended; the server does not say how large they are. Servers that
    /// do not list them, or not to this user, have none to remove.
    private func staleUploads() async throws(StoreError) -> [(info: ObjectInfo, id: String)] {
        let request = S3Request(method: "GET", query: [("prefix", prefix), ("uploads", "")])
        let response = try await client.send(request, key: "", accepting: [403, 405, 501])
        guard response.status == 200, let list = S3Document(response.body) else { return [] }
        return list.all("Upload").compactMap { upload in
            guard let key = upload["Key"]?.text, key.hasPrefix(prefix), let id = upload["UploadId"]?.text,
                let begun = upload["Initiated"].flatMap({ S3Time.listed($0.text) }), begun.timeIntervalSinceNow < -86_400
            else { return nil }
            return (ObjectInfo(key: String(key.dropFirst(prefix.count)), size: 0, etag: "", modified: begun), id)
        }
    }
}
