import Foundation

extension S3Store {
    public func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo] {
        try await staleUploads(isOwn).map(\.info)
    }

    public func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) {
        for upload in try await staleUploads(isOwn) {
            let removal = S3Request(method: "DELETE", key: prefix + upload.info.key, query: [("uploadId", upload.id)])
            _ = try await client.send(removal, key: upload.info.key, accepting: [404])
        }
    }

    /// Uploads that were started and never finished; the server does not report their sizes. If the server does not list
    /// uploads, or not to this user, there are none to remove.
    private func staleUploads(
        _ isOwn: @Sendable (_ key: String) -> Bool
    ) async throws(StoreError) -> [(info: ObjectInfo, id: String)] {
        var uploads: [(info: ObjectInfo, id: String)] = []
        var marker: (key: String, id: String)?
        while true {
            var request = S3Request(method: "GET", query: [("prefix", prefix), ("uploads", "")])
            if let marker { request.query += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
            let response = try await client.send(request, key: "", accepting: [400, 403, 404, 405, 501])
            guard response.status == 200, let list = S3Document(response.body), list.name == "ListMultipartUploadsResult" else {
                return uploads
            }
            for upload in list.all("Upload") {
                guard let key = upload["Key"]?.text, key.hasPrefix(prefix), let id = upload["UploadId"]?.text,
                    let begun = upload["Initiated"].flatMap({ S3Time.listed($0.text) })
                else { continue }
                let own = String(key.dropFirst(prefix.count))
                guard isOwn(own) || begun.timeIntervalSinceNow < -86_400 else { continue }
                uploads.append((ObjectInfo(key: own, size: 0, etag: "", modified: begun), id))
            }
            guard list["IsTruncated"]?.text == "true", let key = list["NextKeyMarker"]?.text, let id = list["NextUploadIdMarker"]?.text,
                key != marker?.key || id != marker?.id
            else { return uploads }
            marker = (key, id)
        }
    }
}
