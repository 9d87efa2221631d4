import Foundation
import MarketData
import Synchronization

/// One or several cache files, asked for the vectors of tickers on a day.
///
/// A vector is looked for in the files in the order they were given, and in what was added to each after a miss.
public final class EmbeddingCache: Sendable {
    /// The files, in the order they are asked.
    public let files: [CacheFile]
    /// What all vectors that are given out belong to.
    public let fingerprint: CacheFingerprint
    /// Numbers a vector.
    public let dimension: Int
    /// Beside each file.
    private let additions: [CacheAdditions]
    /// Files of another model than was asked for: they answer with misses.
    private let others: [CacheFile]
    private let counts = Mutex(LookupStatistics())

    /// Opens cache files.
    /// - Parameters:
    ///   - paths: at least one; the first that has a vector answers.
    ///   - expected: what the vectors must belong to; by default what those of the first file do.
    ///   - mismatchesAreMisses: whether a file of another model is kept, and its cells counted as misses, rather than
    ///     refused.
    /// - Throws: `CacheError`: `.mismatch` naming both sides, `.malformed`, `.unavailable`.
    public static func open(
        _ paths: [String], expecting expected: CacheFingerprint? = nil, mismatchesAreMisses: Bool = false
    ) throws(CacheError) -> EmbeddingCache {
        var files: [CacheFile] = []
        for path in paths { files.append(try CacheFile(path)) }
        return try EmbeddingCache(files, expected, mismatchesAreMisses)
    }

    /// Opens a cache file.
    /// - Throws: as `open(_:)` for several files.
    public static func open(_ path: String) throws(CacheError) -> EmbeddingCache { try open([path]) }

    private init(_ all: [CacheFile], _ expected: CacheFingerprint?, _ mismatchesAreMisses: Bool) throws(CacheError) {
        guard let first = all.first else { throw CacheError(.empty, "", "no cache file was named") }
        fingerprint = expected ?? first.fingerprint
        var files: [CacheFile] = []
        var others: [CacheFile] = []
        for file in all {
            guard file.fingerprint != fingerprint else {
                files.append(file)
                continue
            }
            guard mismatchesAreMisses else {
                throw CacheError(
                    .mismatch, file.path,
                    "holds vectors of another model than "
                        + (expected == nil ? "\(first.path)" : "is in use") + ": it has "
                        + file.fingerprint.differences(from: fingerprint) + "; build a cache for this model")
            }
            others.append(file)
        }
        dimension = (files.first ?? first).dimension
        for file in files where file.dimension != dimension {
            throw CacheError(
                .mismatch, file.path, "holds vectors of \(file.dimension) numbers, and \(first.path) of \(dimension)")
        }
        var additions: [CacheAdditions] = []
        for file in files { additions.append(try CacheAdditions(beside: file)) }
        (self.files, self.others, self.additions) = (files, others, additions)
    }

    /// The vectors of some tickers on a day.
    ///
    /// Nothing is copied: vectors stay in the mapped files until they are asked for.
    public func embeddings(on day: Day, tickers: [String]) -> DayEmbeddings {
        let found = find(on: day, tickers: tickers)
        counts.withLock { $0.add(found) }
        return found
    }

    /// The same without counting it.
    func find(on day: Day, tickers: [String]) -> DayEmbeddings {
        let days = files.map { $0.place(of: day) }
        let isAdded = additions.map { !$0.isEmpty }
        var places: [DayEmbeddings.Place] = []
        places.reserveCapacity(tickers.count)
        for ticker in tickers { places.append(find(ticker, day, days, isAdded)) }
        return DayEmbeddings(day: day, tickers: tickers, dimension: dimension, places: places, files: files)
    }

    private func find(_ ticker: String, _ day: Day, _ days: [Int?], _ isAdded: [Bool]) -> DayEmbeddings.Place {
        var cause = MissCause.tickerUnknown
        for (index, file) in files.enumerated() {
            let column = file.place(of: ticker)
            if let column, let place = days[index] {
                let status = file.status(day: place, ticker: column)
                if status == .cached { return .row(file: index, day: place, ticker: column) }
                cause = max(cause, MissCause(status))
            } else if column != nil {
                cause = max(cause, .dateAbsent)
            }
            if isAdded[index], let record = additions[index].record(ticker, day) {
                if record.status == .cached { return .added(record, files[index].vectorType) }
                cause = max(cause, MissCause(record.status))
            }
        }
        for file in others where file.status(of: ticker, on: day) == .cached { cause = .otherModel }
        return .missing(cause)
    }

    /// Why a ticker failed on a day; nil when it did not.
    public func failureReason(_ ticker: String, on day: Day) -> String? {
        for (file, added) in zip(files, additions) {
            if let found = file.failures.first(where: { $0.ticker == ticker && $0.day == day }) { return found.reason }
            if let record = added.record(ticker, day), record.status == .failed { return record.reason }
        }
        return nil
    }

    /// What was asked and found since the cache was opened.
    public var statistics: LookupStatistics { counts.withLock { $0 } }

    /// Keeps what was encoded after a miss: beside the first file, and in memory.
    /// - Parameters:
    ///   - windows: how many were encoded for them.
    ///   - seconds: how long that took.
    func add(_ records: [JournalRecord], windows: Int, seconds: Double) throws(CacheError) {
        guard let first = additions.first else {
            throw CacheError(.mismatch, "", "no cache file of this model is open to be added to")
        }
        try first.add(records)
        counts.withLock { $0.addEncoding(windows, seconds: seconds) }
    }

    /// How vectors that are added are stored; nil when no file of this model is open.
    var additionType: CacheVectorType? { files.first?.vectorType }
}
