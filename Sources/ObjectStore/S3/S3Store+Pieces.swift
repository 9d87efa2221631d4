import Foundation

extension S3Store {
    /// A part of an object.
    struct Piece: Sendable {
        var bytes: [UInt8]
        /// Size of the whole object.
        var total: Int
        var etag: String
    }

    /// Calls `body` with the pieces of an object in order, fetching several at a time. All pieces are of one version.
    /// - Parameters:
    ///   - range: the bytes to read; `nil` for all.
    ///   - etag: required version; `nil` for that of the first piece.
    ///   - size: size of the whole object, if known.
    ///   - body: called with a piece and the size of the whole object.
    func pieces(
        of key: String, range: Range<Int>?, etag: String?, size: Int? = nil,
        _ body: (_ piece: [UInt8], _ total: Int) throws -> Void
    ) async throws {
        let start = range?.lowerBound ?? 0
        let step = client.settings.transfer.pieceSize
        guard start >= 0 else { throw outOfRange(key, range ?? 0..<0, total: 0) }
        let first = try await fetch(key, start..<min(range?.upperBound ?? .max, start + step), etag: etag)
        if let size, size != first.total { throw StoreError.unexpectedSize(first.total, expected: size, location: address, key: key) }
        let end = range?.upperBound ?? first.total
        guard end <= first.total else { throw outOfRange(key, start..<end, total: first.total) }
        guard !first.bytes.isEmpty else { return }
        try body(first.bytes, first.total)
        try await rest(of: key, first, from: start + first.bytes.count, to: end, body)
    }

    private func rest(
        of key: String, _ first: Piece, from start: Int, to end: Int, _ body: (_ piece: [UInt8], _ total: Int) throws -> Void
    ) async throws {
        let step = client.settings.transfer.pieceSize
        try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            var asked = start
            func ask() {
                guard asked < end else { return }
                let range = asked..<min(asked + step, end)
                asked = range.upperBound
                group.addTask {
                    let piece = try await fetch(key, range, etag: first.etag)
                    // Not every server honours the requested version.
                    guard piece.total == first.total, piece.etag == first.etag else {
                        throw StoreError.changed(location: address, key: key)
                    }
                    return (range.lowerBound, piece.bytes)
                }
            }
            for _ in 0..<client.settings.transfer.parallelism { ask() }
            var waiting: [Int: [UInt8]] = [:]
            var position = start
            while position < end {
                if let piece = waiting.removeValue(forKey: position) {
                    try body(piece, first.total)
                    position += piece.count
                    ask()
                } else if let (start, piece) = try await group.next() {
                    waiting[start] = piece
                }
            }
        }
    }

    /// Fetches a range, or the part of it that the object has.
    /// - Parameter etag: required version.
    func fetch(_ key: String, _ range: Range<Int>, etag: String?) async throws(StoreError) -> Piece {
        var request = S3Request(method: "GET", key: try fullKey(key))
        request.fields = [("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        if let etag, !etag.isEmpty { request.fields.append(("If-Match", "\"\(etag)\"")) }
        // A server without range support sends the whole object.
        request.limit = max(range.count, 64 << 20)
        let response = try await client.send(request, key: key, accepting: [412, 416]) { Self.piece($0, range) != nil }
        switch response.status {
        case 412: throw .changed(location: address, key: key)
        case 416:
            guard range.lowerBound == 0 else { throw outOfRange(key, range, total: nil) }
            return Piece(bytes: [], total: 0, etag: response.etag)
        default:
            guard let piece = Self.piece(response, range) else {
                throw StoreError(.unavailable, location: address, key: key, "the server's answer is not valid", remedy: "try again")
            }
            client.count { $0.bytesReceived += piece.bytes.count }
            return piece
        }
    }

    /// The part of an object in a response; `nil` when it is incomplete or not the requested part.
    private static func piece(_ response: S3Response, _ range: Range<Int>) -> Piece? {
        // Some servers answer a range with status 200, so the `Content-Range` field decides whether this is a part or the
        // whole.
        guard response.status == 206 || response.fields["content-range"] != nil else {
            if let length = response.fields["content-length"], Int(length) != response.body.count { return nil }
            guard range.lowerBound <= response.body.count else { return nil }
            let wanted = range.clamped(to: 0..<response.body.count)
            return Piece(bytes: Array(response.body[wanted]), total: response.body.count, etag: response.etag)
        }
        let parts = (response.fields["content-range"] ?? "").split(whereSeparator: { " -/".contains($0) })
        guard parts.count == 4, parts[0] == "bytes", let first = Int(parts[1]), let last = Int(parts[2]),
            let total = Int(parts[3]), first == range.lowerBound, last >= first, last < total,
            response.body.count == last - first + 1, last + 1 == min(range.upperBound, total)
        else { return nil }
        return Piece(bytes: response.body, total: total, etag: response.etag)
    }

    func outOfRange(_ key: String, _ range: Range<Int>, total: Int?) -> StoreError {
        StoreError(
            .outOfRange, location: address, key: key,
            "bytes \(range) were requested, but it has \(total.map { "\($0)" } ?? "fewer")",
            remedy: "the object is shorter than expected; verify the store")
    }
}
