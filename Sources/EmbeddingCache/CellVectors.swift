import Base
package import Encoders
import Foundation
package import MarketData
import ModelFiles
package import StockFeatures
import Synchronization

/// Vectors of many tickers and days. Cached vectors are looked up; the others are encoded in batches across tickers and
/// days.
///
/// Encoded vectors are added to the cache within seconds, so that an interruption loses almost nothing. A vector is the
/// same, bit for bit, with a full float32 cache, a partly filled one, or none.
package final class CellVectors: Sendable {
    /// The cells requested for one day.
    package struct DayRequest: Sendable {
        package let day: Day
        package let tickers: [String]

        package init(day: Day, tickers: [String]) { (self.day, self.tickers) = (day, tickers) }
    }

    /// The vectors of one day.
    package struct DayVectors: Sendable {
        /// Indices in the request of the tickers that have a vector, ascending.
        package var rows: [Int] = []
        /// For each of `rows`, whether its vector was found rather than encoded.
        package var isHit: [Bool] = []
        /// The vectors of `rows`, concatenated.
        package var vectors: [Float] = []
        /// Why the other tickers have no vector.
        package var missing: [(row: Int, cause: MissCause)] = []
    }

    /// The cache that is read and added to; nil to encode every vector.
    package let cache: EmbeddingCache?
    /// Model, windows and width rule of the vectors.
    package let fingerprint: CacheFingerprint
    /// Numbers per vector.
    package let dimension: Int
    private let features: FeatureFile
    private let batchSize: Int
    private let open: @Sendable () throws -> any WindowEncoding
    private let encoder = Mutex<(any WindowEncoding)?>(nil)
    private let counts = Mutex(LookupStatistics())

    /// Encoding time in seconds after which new vectors are written.
    private static let flushSeconds = 2.0

    /// - Parameters:
    ///   - encoder: opens the model; called at the first miss.
    /// - Throws: `CacheError` with code `.mismatch` when the cache belongs to another model or other windows.
    package init(
        cache: EmbeddingCache?, fingerprint: CacheFingerprint, dimension: Int, features: FeatureFile, batchSize: Int = 32,
        encoder: @escaping @Sendable () throws -> any WindowEncoding
    ) throws(CacheError) {
        if let cache {
            guard cache.fingerprint == fingerprint, cache.dimension == dimension else {
                throw CacheError(
                    .mismatch, cache.files.first?.path ?? "",
                    "holds vectors of another model or other windows than are in use: it has "
                        + cache.fingerprint.differences(from: fingerprint) + "; build a cache for this model, or leave --embeddings-cache out")
            }
        }
        (self.cache, self.fingerprint, self.dimension, self.features) = (cache, fingerprint, dimension, features)
        self.batchSize = batchSize
        open = encoder
    }

    /// Counts of vectors requested, found and encoded.
    package var statistics: LookupStatistics { cache?.statistics ?? counts.withLock { $0 } }

    /// Looks up or encodes the requested vectors.
    /// - Parameter progress: called with the number of cells done and the number of cells to do.
    /// - Returns: one entry per request.
    /// - Throws: `CacheError` when new vectors cannot be kept; errors of the encoder.
    package func read(_ requests: [DayRequest], progress: @Sendable (Int, Int) -> Void = { _, _ in }) async throws -> [DayVectors] {
        let found = requests.map { request in
            let found = cache.map { $0.embeddings(on: request.day, tickers: request.tickers) }
            // All days at once, before the first vector is read.
            found?.prefetch()
            return found
        }
        let known = Set(features.tickers)
        var wanted: [String: [Day]] = [:]
        for (request, found) in zip(requests, found) {
            for (row, ticker) in request.tickers.enumerated() where known.contains(ticker) {
                let cause = found.map { $0.cause(at: row) } ?? .notTried
                if let cause, cause.canBeEncoded { wanted[ticker, default: []].append(request.day) }
            }
        }
        let work = wanted.keys.sorted(by: bytesAscend).map { ticker in
            TickerWork(ticker: ticker, days: Set(wanted[ticker] ?? []).sorted())
        }
        let encoded = work.isEmpty ? [:] : try await encode(work, progress)
        var results: [DayVectors] = []
        for (request, found) in zip(requests, found) {
            var result = DayVectors()
            result.vectors.reserveCapacity(request.tickers.count * dimension)
            for (row, ticker) in request.tickers.enumerated() {
                if let found, found.withVector(at: row, { result.vectors.append(contentsOf: $0) }) != nil {
                    result.rows.append(row)
                    result.isHit.append(true)
                    continue
                }
                guard let record = encoded[CacheAdditions.Key(ticker: ticker, day: request.day)] else {
                    result.missing.append((row, found.flatMap { $0.cause(at: row) } ?? .tickerUnknown))
                    continue
                }
                guard record.status == .cached else {
                    result.missing.append((row, MissCause(record.status)))
                    continue
                }
                result.rows.append(row)
                result.isHit.append(false)
                let type = cache?.additionType ?? .f32
                record.vector.withUnsafeBytes { result.vectors.append(contentsOf: type.load($0, scale: record.scale)) }
            }
            if cache == nil { count(result) }
            results.append(result)
        }
        return results
    }

    private func count(_ result: DayVectors) {
        counts.withLock { counts in
            counts.addMisses(.notTried, result.rows.count)
            for missing in result.missing { counts.addMisses(missing.cause, 1) }
        }
    }

    private func model() throws -> any WindowEncoding {
        try encoder.withLock { encoder in
            if let encoder { return encoder }
            let opened = try open()
            encoder = opened
            return opened
        }
    }

    private func encode(
        _ work: [TickerWork], _ progress: @Sendable (Int, Int) -> Void
    ) async throws -> [CacheAdditions.Key: JournalRecord] {
        let encoder = try await blocking { () throws -> any WindowEncoding in try self.model() }
        let type = cache?.additionType ?? .f32
        let total = work.reduce(0) { $0 + $1.days.count }
        let source = WindowSource(features, fingerprint, work, batchSize: batchSize)
        var records: [CacheAdditions.Key: JournalRecord] = [:]
        var distinct: [JournalRecord] = []
        var waiting: [JournalRecord] = []
        var (windows, seconds, done) = (0, 0.0, 0)
        let clock = ContinuousClock()
        func flush() throws(CacheError) {
            if let cache {
                try cache.add(waiting, windows: windows, seconds: seconds)
            } else {
                let (windows, seconds) = (windows, seconds)
                counts.withLock { $0.addEncoding(windows, seconds: seconds) }
            }
            waiting = []
            (windows, seconds) = (0, 0)
        }
        var next = Task { await source.next() }
        while let batch = await next.value {
            next = Task { await source.next() }
            let start = clock.now
            let vectors = batch.windows.count > 0 ? try await encoder.encode(batch.windows) : []
            seconds += Double((clock.now - start) / .microseconds(1)) / 1e6
            guard vectors.count == batch.cells.count * dimension else {
                throw CacheError(.mismatch, "", "the model gave \(vectors.count) numbers for \(batch.cells.count) windows of \(dimension)")
            }
            windows += batch.cells.count
            var fresh = batch.cells.enumerated().map { index, cell in
                CellVector.record(
                    cell.ticker, cell.day, window: cell.window, type: type, vector: vectors[index * dimension..<(index + 1) * dimension])
            }
            distinct += fresh
            for cell in batch.duplicates {
                var copy = distinct[cell.ordinal]
                (copy.ticker, copy.day) = (cell.ticker, cell.day)
                fresh.append(copy)
            }
            fresh += batch.settled
            for record in fresh { records[CacheAdditions.Key(ticker: record.ticker, day: record.day)] = record }
            waiting += fresh
            done += batch.cellCount
            if seconds > Self.flushSeconds { try flush() }
            progress(done, total)
        }
        try flush()
        return records
    }

    // MARK: Certificates

    /// The vectors that a cache has of a day. Encodes nothing, and counts nothing in `statistics`.
    package func stored(_ request: DayRequest) -> DayVectors {
        var result = DayVectors()
        guard let found = cache?.find(on: request.day, tickers: request.tickers) else { return result }
        for row in request.tickers.indices {
            guard found.withVector(at: row, { result.vectors.append(contentsOf: $0) }) != nil else { continue }
            result.rows.append(row)
            result.isHit.append(true)
        }
        return result
    }

    /// Encodes the windows of some tickers on a day, past the cache, and rounds the vectors as the cache does. Counts nothing in `statistics`.
    /// - Returns: the vectors of the tickers that have a window, and the seconds that the encoder took.
    /// - Throws: `FeatureFileError`; errors of the encoder.
    package func encodeAgain(_ tickers: [TickerFeatures], on day: Day) async throws -> (vectors: DayVectors, seconds: Double) {
        let encoder = try await blocking { () throws -> any WindowEncoding in try self.model() }
        let clock = ContinuousClock()
        var (result, seconds) = (DayVectors(), 0.0)
        for start in stride(from: 0, to: tickers.count, by: batchSize) {
            var batch = WindowBatch(features: fingerprint.model.features, rows: fingerprint.rows)
            for row in start..<min(start + batchSize, tickers.count) {
                let cutter = try WindowCutter(tickers[row], for: [day], fingerprint)
                guard case .rows(let rows) = cutter.place(day) else { continue }
                batch.append(cutter.values(rows))
                result.rows.append(row)
                result.isHit.append(false)
            }
            guard batch.count > 0 else { continue }
            let began = clock.now
            result.vectors += try await encoder.encode(batch)
            seconds += Double((clock.now - began) / .microseconds(1)) / 1e6
        }
        if let type = cache?.additionType, type != .f32 {
            for (place, row) in result.rows.enumerated() {
                let range = place * dimension..<(place + 1) * dimension
                let record = CellVector.record(tickers[row].ticker, day, window: 0, type: type, vector: result.vectors[range])
                record.vector.withUnsafeBytes { result.vectors.replaceSubrange(range, with: type.load($0, scale: record.scale)) }
            }
        }
        return (result, seconds)
    }

    /// First 8 bytes of the SHA-256 of the window that would be encoded; `nil` if there is no window.
    /// - Throws: `FeatureFileError`.
    package func windowDigest(of features: TickerFeatures, on day: Day) throws(FeatureFileError) -> UInt64? {
        var cutter = try WindowCutter(features, for: [day], fingerprint)
        guard case .rows(let rows) = cutter.place(day) else { return nil }
        return cutter.digest(rows).short
    }

    /// Digest of the window that a cached vector was made from; `nil` if there is no vector, or its window is unknown.
    package func storedWindow(_ ticker: String, _ day: Day) -> UInt64? { cache?.storedWindow(ticker, day) }
}

extension EmbeddingCache {
    /// Digest of the window that a vector was made from; `nil` if there is no vector, or its window is unknown.
    func storedWindow(_ ticker: String, _ day: Day) -> UInt64? {
        let window: UInt64
        switch find(on: day, tickers: [ticker]).places[0] {
        case .missing: return nil
        case .added(let record, _): window = record.window
        case .row(let file, let place, let column): window = files[file].window(day: place, ticker: column)
        }
        return window == 0 ? nil : window
    }
}
