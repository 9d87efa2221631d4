import Base
import Foundation
import MarketData
import ObjectStore
import Synchronization

/// Vectors encoded after a lookup missed.
/// They are kept in memory and in the journal `CACHE.additions` beside the file, which is read when the cache is opened
/// again.
final class CacheAdditions: Sendable {
    struct Key: Hashable, Sendable {
        let ticker: String
        let day: Day
    }

    private let path: String
    private let header: CacheJournal.Header
    private let records: Mutex<[Key: JournalRecord]>

    /// - Throws: `CacheError` when the journal belongs to another model.
    init(beside file: CacheFile) throws(CacheError) {
        path = Self.path(of: file.path)
        header = CacheJournal.Header(
            fingerprint: file.fingerprint, vectorType: file.vectorType, dimension: file.dimension)
        var found: [Key: JournalRecord] = [:]
        let read = try CacheJournal.read(path) { record, _ in found[Key(ticker: record.ticker, day: record.day)] = record }
        guard read == nil || read?.header == header else {
            throw CacheError(
                .mismatch, path, "holds vectors of another model than the cache beside it; remove it, it can be made again")
        }
        records = Mutex(found)
    }

    /// Path of the journal of a cache; where `cache` is a link, it is beside the file that the link points to.
    static func path(of cache: String) -> String { FileIdentity(cache).path + ".additions" }

    var isEmpty: Bool { records.withLock(\.isEmpty) }

    /// All records, by day and ticker.
    var all: [JournalRecord] {
        records.withLock { Array($0.values) }.sorted { ($0.day, $0.ticker) < ($1.day, $1.ticker) }
    }

    func record(_ ticker: String, _ day: Day) -> JournalRecord? { records.withLock { $0[Key(ticker: ticker, day: day)] } }

    /// Keeps records in memory and appends them to the journal.
    /// - Throws: `CacheError` when the journal cannot be locked or written, or belongs to another model.
    func add(_ new: [JournalRecord]) throws(CacheError) {
        guard !new.isEmpty else { return }
        let lock = try CacheLock(for: path, waiting: true)
        defer { _ = lock }
        var journal = try CacheJournal(path, header) { _, _ in }
        try journal.append(new)
        records.withLock { records in
            for record in new { records[Key(ticker: record.ticker, day: record.day)] = record }
        }
    }
}
