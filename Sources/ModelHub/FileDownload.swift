import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Fetches one file, and resumes an earlier attempt of this or another process.
///
/// A file larger than `TransferPolicy.rangeByteCount` is fetched in ranges, several at once. Each is kept in memory until the
/// previous ones are written, so that the file on disk is always a prefix.
struct FileDownload {
    let downloader: Downloader
    let address: String
    /// Header fields to send along.
    let fields: Downloader.Fields
    /// Path of the file; ends in `.incomplete` until the caller renames it.
    let path: String
    /// Its length, if known beforehand.
    let byteCount: Int?
    let checksum: PartialFile.Checksum
    /// Called with the bytes received and the total; one call at a time.
    let progress: @Sendable (_ received: Int, _ total: Int?) -> Void

    private var subject: String { Downloader.shown(address) }
    private var policy: TransferPolicy { downloader.policy }

    /// Fetches the file. It is at `path` afterwards only if it has the checksum; after a failure that a retry may fix, the part
    /// received so far is there.
    /// - Throws: `ModelHubError`.
    func callAsFunction() async throws {
        let file = try PartialFile(path: path, checksum: checksum)
        do {
            let inherited = file.byteCount
            do {
                try await fetch(into: file)
                try file.finish(subject: subject)
            } catch let error as ModelHubError where error.code == .checksum && inherited > 0 {
                // The existing part may belong to any file.
                try file.empty()
                try await fetch(into: file)
                try file.finish(subject: subject)
            }
        } catch {
            if file.byteCount == 0 || (error as? ModelHubError)?.code == .checksum { remove(path) }
            throw error
        }
    }

    /// The version of the file that a server sends.
    private struct Version {
        var byteCount: Int?
        /// Its strong entity tag, with which a server detects that the file has changed.
        var tag: String?
        var hasRanges: Bool
    }

    private func fetch(into file: PartialFile) async throws {
        let tally = Tally(progress)
        if let byteCount, file.byteCount > byteCount { try file.empty() }
        guard byteCount != file.byteCount || file.byteCount == 0 else { return tally.set(file.byteCount, of: byteCount) }
        let version = try await fetchInOrder(file, atMost: policy.rangeByteCount, of: nil, tally)
        guard let total = version.byteCount, file.byteCount < total else { return }
        do {
            try await fetchInParallel(file, version, total, tally)
        } catch is Downloader.RangeRefused {
            // The server no longer supports ranges: another server answers, or the file is new.
            _ = try await fetchInOrder(file, atMost: total, of: version, tally)
        }
    }

    /// Fetches the next bytes directly into the file; from a server without ranges, all of them.
    private func fetchInOrder(
        _ file: PartialFile, atMost limit: Int, of known: Version?, _ tally: Tally
    ) async throws -> Version {
        var version = known
        return try await downloader.retrying {
            // A connection can break after the last byte, too.
            if let version, file.byteCount > 0, file.byteCount == version.byteCount { return version }
            let target = file.byteCount + limit
            tally.set(file.byteCount, of: byteCount ?? version?.byteCount)
            do {
                let response = try await ask(from: file.byteCount, to: min(target, byteCount ?? target), of: version)
                if !response.version.hasRanges, file.byteCount > 0 {
                    try file.empty()
                    tally.set(0, of: response.version.byteCount)
                }
                let found = response.version
                version = found
                if let total = found.byteCount { try requireSpace(total - file.byteCount, at: folder) }
                let end = found.hasRanges ? min(target, found.byteCount ?? target) : found.byteCount
                try await receive(response.body, count: end.map { $0 - file.byteCount }) { bytes in
                    try file.append(bytes)
                    tally.add(bytes.count, of: found.byteCount)
                }
                return found
            } catch is Downloader.RangeRefused {
                // The local part is longer than the server's file.
                guard file.byteCount > 0 else {
                    throw ModelHubError(.badAnswer, subject, "the server refuses to send its beginning")
                }
                try file.empty()
                throw TransientFailure(cause: ModelHubError(.badAnswer, subject, "the file is shorter than the part already downloaded"))
            }
        }
    }

    /// Fetches the rest in ranges, `TransferPolicy.connections` at a time.
    private func fetchInParallel(
        _ file: PartialFile, _ version: Version, _ total: Int, _ tally: Tally
    ) async throws {
        try await withThrowingTaskGroup(of: Piece.self) { group in
            var next = file.byteCount
            func begin() {
                guard next < total else { return }
                let range = next..<min(next + policy.rangeByteCount, total)
                next = range.upperBound
                group.addTask { await piece(range, version, tally) }
            }
            for _ in 0..<policy.connections { begin() }
            var waiting: [Int: Piece] = [:]
            while file.byteCount < total, let piece = try await group.next() {
                waiting[piece.start] = piece
                while let first = waiting.removeValue(forKey: file.byteCount) {
                    // Keep the received part of a failed piece, because the next attempt resumes there.
                    try first.bytes.withUnsafeBytes { try file.append($0) }
                    if let failure = first.failure { throw failure }
                    begin()
                }
            }
        }
    }

    /// A range of the file in memory.
    private struct Piece {
        let start: Int
        var bytes: [UInt8] = []
        /// Why it is not whole.
        var failure: (any Error)?
    }

    private func piece(_ range: Range<Int>, _ version: Version, _ tally: Tally) async -> Piece {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        do {
            try await downloader.retrying {
                let start = range.lowerBound + bytes.count
                guard start < range.upperBound else { return }
                let response = try await ask(from: start, to: range.upperBound, of: version)
                guard response.version.hasRanges else { throw Downloader.RangeRefused() }
                try await receive(response.body, count: range.upperBound - start) { received in
                    bytes.append(contentsOf: received)
                    tally.add(received.count, of: version.byteCount)
                }
            }
            return Piece(start: range.lowerBound, bytes: bytes)
        } catch {
            return Piece(start: range.lowerBound, bytes: bytes, failure: error)
        }
    }

    /// Requests a range of the file, and determines what the server sends: the range or, without range support or if the file
    /// no longer has `version`, the whole file.
    private func ask(
        from start: Int, to end: Int, of version: Version?
    ) async throws -> (version: Version, body: HTTPClientResponse.Body) {
        var fields = fields
        if start > 0 || end != byteCount {
            fields.append(("Range", "bytes=\(start)-\(end - 1)"))
            if let tag = version?.tag { fields.append(("If-Range", tag)) }
        }
        let response = try await downloader.get(address, fields)
        let tag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
        var found = Version(byteCount: byteCount, tag: tag, hasRanges: response.status.code == 206)
        if found.hasRanges {
            let text = response.headers.first(name: "Content-Range") ?? ""
            guard let range = ContentRange(text), range.start == start, let total = range.total ?? byteCount
            else { throw ModelHubError(.badAnswer, subject, "asked for bytes from \(start), the server sends '\(text)'") }
            found.byteCount = total
        } else if let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }) {
            found.byteCount = length
        }
        if let byteCount, let total = found.byteCount, total != byteCount {
            throw ModelHubError(.checksum, subject, "the server sends \(total) bytes of a file of \(byteCount)")
        }
        return (found, response.body)
    }

    /// Passes on a body's bytes.
    /// - Parameter count: expected number; any if `nil`.
    private func receive(
        _ body: HTTPClientResponse.Body, count: Int?, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        var received = 0
        try await downloader.receiving(address) {
            for try await buffer in body {
                received += buffer.readableBytes
                if let count, received > count {
                    throw ModelHubError(.checksum, subject, "the server sends more than the \(count) bytes that it should")
                }
                try buffer.withUnsafeReadableBytes(take)
            }
        }
        if let count, received < count {
            throw TransientFailure(
                cause: ModelHubError(
                    .truncated, subject, "the connection ended \(count - received) bytes too early; try again"))
        }
    }

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }
}

/// The field `Content-Range` of an answer: `bytes 0-99/1000`, with `*` for an unknown length (RFC 9110, 14.4).
struct ContentRange {
    let start: Int
    let total: Int?

    init?(_ text: String) {
        let parts = text.split(whereSeparator: { " -/".contains($0) })
        guard parts.count == 4, parts[0] == "bytes", let start = Int(parts[1]), let last = Int(parts[2]), start <= last
        else { return nil }
        self.start = start
        total = Int(parts[3])
        if let total { guard last < total else { return nil } } else { guard parts[3] == "*" else { return nil } }
    }
}

/// Bytes of a file received over all connections.
private final class Tally: Sendable {
    private let received = Mutex(0)
    private let progress: @Sendable (Int, Int?) -> Void

    init(_ progress: @escaping @Sendable (Int, Int?) -> Void) { self.progress = progress }

    func add(_ count: Int, of total: Int?) {
        received.withLock {
            $0 += count
            progress($0, total)
        }
    }

    func set(_ count: Int, of total: Int?) {
        received.withLock {
            $0 = count
            progress($0, total)
        }
    }
}
