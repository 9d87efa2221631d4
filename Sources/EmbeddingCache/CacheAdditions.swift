internal import Base
import Foundation
import MarketData
import ObjectStore
import Synchronization

/// Vectors that were encoded for lookups that missed: in memory, and in the journal `CACHE.additions` beside the file, from
/// which they come back when the cache is opened again.
final class CacheAdditions: Sendable {
    struct Key: Hashable, Sendable {
        let ticker: String
        let day: Day
    }

    private let path: String
    private let header: CacheJournal.Header
    private let records: Mutex<[Key: JournalRecord]>

    /// - Throws: `CacheError` when the journal is of another model.
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

    /// Beside the file itself, where the path is a link to it.
    static func path(of cache: String) -> String { FileIdentity(cache).path + ".additions" }

    var isEmpty: Bool { records.withLock(\.isEmpty) }

    /// All of them, by day and ticker.
    var all: [JournalRecord] {
        records.withLock { Array($0.values) }.sorted { ($0.day, $0.ticker) < ($1.day, $1.ticker) }
    }

    func record(_ ticker: String, _ day: Day) -> JournalRecord? { records.withLock { $0[Key(ticker: ticker, day: day)] } }

    /// Keeps records, and adds them to the journal.
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
