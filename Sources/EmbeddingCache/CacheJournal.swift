import Base
import CZlib
import Foundation
import ObjectStore

/// An append-only file of cells that are not in a cache file yet: the progress of a build (`CACHE.partial`), or vectors
/// encoded after a lookup missed (`CACHE.additions`).
///
/// Format: frames, each with a length and a CRC-32 (4 bytes each, little-endian), followed by that many bytes. The first
/// frame is the `Header` as JSON; the others are records. A frame that is cut short or does not match its checksum was being
/// written when a process ended. It and everything after it are dropped.
struct CacheJournal: ~Copyable {
    /// What all records of a journal have in common.
    struct Header: Codable, Equatable, Sendable {
        var format = 1
        var fingerprint: CacheFingerprint
        var vectorType: CacheVectorType
        var dimension: Int
        /// Days since 1970, tickers and source of a build; they must be equal for the build to resume.
        var days: [Int32] = []
        var tickers: [String] = []
        var source = ""

        var vectorSize: Int { vectorType.byteCount(dimension: dimension) }
    }

    /// Path of the journal of a build in progress.
    static func path(of cache: String) -> String { cache + ".partial" }

    let header: Header
    private let output: CacheOutput
    private var end: Int

    /// Opens a journal for appending, or creates it.
    /// - Parameter visit: called with each existing record and its place.
    /// - Throws: `.mismatch` when the existing journal has another header, `.malformed` when the file is not a journal.
    init(_ path: String, _ header: Header, visit: (JournalRecord, Int) -> Void) throws(CacheError) {
        let end: Int
        if let found = try Self.read(path, visit: visit) {
            try Self.require(found.header, header, path)
            end = found.end
        } else {
            end = try Self.begin(path, header)
        }
        let output = try CacheOutput(path)
        if try output.byteCount() != end { try output.truncate(to: end) }
        self.header = header
        self.output = output
        self.end = end
    }

    /// - Throws: `.mismatch` when the journal belongs to another build.
    static func require(_ found: Header, _ wanted: Header, _ path: String) throws(CacheError) {
        guard found != wanted else { return }
        throw CacheError(
            .mismatch, path,
            "was left by a build of another kind (\(differences(found, wanted))); "
                + "give the flags of that build to finish it, or --restart to discard it")
    }

    /// Writes a journal without records under a temporary name and renames it, so that no journal ever lacks a header.
    private static func begin(_ path: String, _ header: Header) throws(CacheError) -> Int {
        guard let json = try? JSONEncoder().encode(header) else {
            throw CacheError(.unavailable, path, "its header could not be written")
        }
        let temporary = path + ".new"
        unlink(temporary)
        var bytes: [UInt8] = []
        append(Array(json), to: &bytes)
        try CacheOutput(temporary, create: true).write(bytes, at: 0)
        try CacheOutput.rename(temporary, to: path)
        return bytes.count
    }

    /// Appends records in one write.
    /// - Returns: the place of each.
    /// - Throws: `.unavailable` when the journal cannot be written.
    @discardableResult
    mutating func append(_ records: [JournalRecord]) throws(CacheError) -> [Int] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.reduce(0) { $0 + Self.byteCount($1) })
        var places: [Int] = []
        places.reserveCapacity(records.count)
        for record in records {
            places.append(end + bytes.count)
            Self.append(record.bytes, to: &bytes)
        }
        try output.write(bytes, at: end)
        end += bytes.count
        return places
    }

    /// Reads the record at a place that `append` or `visit` gave.
    /// - Throws: `.malformed` when its bytes have changed since they were written.
    func record(at place: Int) throws(CacheError) -> JournalRecord {
        let head = try output.read(8, at: place)
        let (size, checksum) = head.withUnsafeBytes {
            (Int($0.loadUnaligned(as: UInt32.self)), $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        }
        let bytes = try output.read(min(size, end - place - 8), at: place + 8)
        guard bytes.withUnsafeBytes(Self.checksum) == checksum,
            let record = bytes.withUnsafeBytes({ JournalRecord($0, vectorSize: header.vectorSize) })
        else { throw CacheError(.malformed, "", "the journal changed while it was in use; run the same command again") }
        return record
    }

    /// Reads a journal without changing it.
    /// - Returns: its header and the end of its last whole frame; nil when there is no journal.
    /// - Throws: `.malformed` when the file is not a journal.
    @discardableResult
    static func read(
        _ path: String, visit: (JournalRecord, Int) -> Void
    ) throws(CacheError) -> (header: Header, end: Int)? {
        let mapped: MemoryMap
        do throws(FileError) {
            mapped = try MemoryMap(path: path)
        } catch {
            if error.kind == .notFound { return nil }
            throw CacheError(.unavailable, path, "could not be read: \(error)")
        }
        let found: (header: Header, end: Int)? = mapped.withBytes { bytes in
            var end = 0
            guard let first = frame(bytes, at: &end),
                let header = try? JSONDecoder().decode(Header.self, from: Data(first)), header.format == 1,
                (1...(1 << 20)).contains(header.dimension)
            else { return nil }
            while true {
                var next = end
                guard let payload = frame(bytes, at: &next),
                    let record = JournalRecord(payload, vectorSize: header.vectorSize)
                else { return (header, end) }
                visit(record, end)
                end = next
            }
        }
        guard let found else {
            throw CacheError(.malformed, path, "is not the journal of that cache; move it to another place")
        }
        return found
    }

    /// Size of a journal without records, in bytes.
    static func headerBytes(_ header: Header) throws -> Int { try 8 + JSONEncoder().encode(header).count }

    /// Size of a record's frame, in bytes.
    static func byteCount(_ record: JournalRecord) -> Int {
        8 + JournalRecord.headerSize + record.ticker.utf8.count + record.vector.count + record.reason.utf8.count
    }

    private static func append(_ payload: [UInt8], to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(payload.count)) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: payload.withUnsafeBytes(checksum)) { bytes.append(contentsOf: $0) }
        bytes += payload
    }

    /// The bytes of the frame at a place, which advances to the next frame; nil when no whole frame is left.
    private static func frame(_ bytes: UnsafeRawBufferPointer, at place: inout Int) -> UnsafeRawBufferPointer? {
        guard bytes.count - place >= 8 else { return nil }
        let length = Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        guard bytes.count - place - 8 >= length else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[place + 8..<place + 8 + length])
        guard checksum(payload) == bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self) else { return nil }
        place += 8 + length
        return payload
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes.bindMemory(to: UInt8.self).baseAddress, UInt32(bytes.count)))
    }

    private static func differences(_ old: Header, _ new: Header) -> String {
        var parts: [String] = []
        if old.fingerprint != new.fingerprint { parts.append(old.fingerprint.differences(from: new.fingerprint)) }
        if old.vectorType != new.vectorType { parts.append("\(old.vectorType.rawValue), not \(new.vectorType.rawValue)") }
        if old.dimension != new.dimension { parts.append("vectors of \(old.dimension), not \(new.dimension)") }
        if old.days != new.days { parts.append("\(old.days.count) other days") }
        if old.tickers != new.tickers { parts.append("\(old.tickers.count) other tickers") }
        if old.source != new.source { parts.append("the feature file has changed since") }
        return parts.joined(separator: "; ")
    }
}
