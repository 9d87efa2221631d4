import Foundation
public import MarketData
import Synchronization

/// One or several cache files, queried for the vectors of tickers on a day.
///
/// Files are searched in the order given; each is searched together with the vectors added to it after misses.
public final class EmbeddingCache: Sendable {
    /// The files, in search order.
    public let files: [CacheFile]
    /// Fingerprint shared by all vectors that lookups return.
    public let fingerprint: CacheFingerprint
    /// Numbers per vector.
    public let dimension: Int
    /// Additions of each file.
    private let additions: [CacheAdditions]
    /// Files of a model other than the expected one; their cells count as misses.
    private let others: [CacheFile]
    private let counts = Mutex(LookupStatistics())

    /// Opens cache files.
    /// - Parameters:
    ///   - paths: at least one; the first file that has a vector answers.
    ///   - expected: required fingerprint; by default that of the first file.
    ///   - mismatchesAreMisses: whether a file of another model is kept, with its cells counted as misses, instead of
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
    /// - Throws: as `open(_:expecting:mismatchesAreMisses:)`.
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

    /// Looks up the vectors of some tickers on a day.
    ///
    /// Nothing is copied: vectors stay in the mapped files until they are read.
    public func embeddings(on day: Day, tickers: [String]) -> DayEmbeddings {
        let found = find(on: day, tickers: tickers)
        counts.withLock { $0.add(found) }
        return found
    }

    /// Like `embeddings(on:tickers:)`, but not counted in `statistics`.
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

    /// Why a ticker failed on a day; nil if it did not fail.
    public func failureReason(_ ticker: String, on day: Day) -> String? {
        for (file, added) in zip(files, additions) {
            if let found = file.failures.first(where: { $0.ticker == ticker && $0.day == day }) { return found.reason }
            if let record = added.record(ticker, day), record.status == .failed { return record.reason }
        }
        return nil
    }

    /// Lookups and results since the cache was opened.
    public var statistics: LookupStatistics { counts.withLock { $0 } }

    /// Keeps vectors encoded after a miss: in the additions of the first file, and in memory.
    /// - Parameters:
    ///   - windows: number of windows encoded for them.
    ///   - seconds: time spent on encoding.
    /// - Throws: `CacheError` when no file of this model is open, or its additions cannot be written.
    func add(_ records: [JournalRecord], windows: Int, seconds: Double) throws(CacheError) {
        guard let first = additions.first else {
            throw CacheError(.mismatch, "", "no cache file of this model is open to be added to")
        }
        try first.add(records)
        counts.withLock { $0.addEncoding(windows, seconds: seconds) }
    }

    /// Storage type of added vectors; nil when no file of this model is open.
    var additionType: CacheVectorType? { files.first?.vectorType }
}
