import Base
public import Encoders
import Foundation
public import MarketData
public import StockFeatures

/// A cache with a model behind it: vectors that the cache lacks are encoded, returned and kept.
///
/// A vector is the same, bit for bit, whether it was found or encoded: both come from the same windows and are rounded to
/// the cache's type.
public actor CacheFiller {
    /// The cache that is read and filled.
    public nonisolated let cache: EmbeddingCache
    private let features: FeatureFile
    private let encoder: any WindowEncoding
    private let batchSize: Int

    /// Combines a cache with the model that made its vectors.
    /// - Throws: `CacheError` with code `.mismatch`, naming both models, when the cache belongs to another model; errors of
    ///   the model.
    public init(
        _ cache: EmbeddingCache, features: FeatureFile, encoder: any WindowEncoding, batchSize: Int = 32
    ) throws {
        var expected = cache.fingerprint
        expected.model = try encoder.fingerprint()
        guard cache.dimension == encoder.dimension else {
            throw CacheError(
                .mismatch, cache.files.first?.path ?? "",
                "holds vectors of \(cache.dimension) numbers, and the model in use gives "
                    + "\(encoder.dimension); build a cache for this model")
        }
        guard expected == cache.fingerprint else {
            throw CacheError(
                .mismatch, cache.files.first?.path ?? "",
                "holds vectors of another model than is in use: it has "
                    + cache.fingerprint.differences(from: expected) + "; build a cache for this model")
        }
        (self.cache, self.features, self.encoder, self.batchSize) = (cache, features, encoder, batchSize)
    }

    /// Like `EmbeddingCache.embeddings(on:tickers:)`, but encodes missing vectors where there are features for them.
    /// - Throws: `CacheError` when new vectors cannot be kept; errors of the encoder.
    public func embeddings(on day: Day, tickers: [String]) async throws -> DayEmbeddings {
        let found = cache.embeddings(on: day, tickers: tickers)
        let missed = Set(found.misses.filter(\.cause.canBeEncoded).map { tickers[$0.index] })
        guard !missed.isEmpty, let type = cache.additionType else { return found }
        let known = Set(features.tickers)
        let work = missed.filter { known.contains($0) }.sorted(by: bytesAscend).map { TickerWork(ticker: $0, days: [day]) }
        guard !work.isEmpty else { return found }
        // Indexed by the number of the distinct window.
        var distinct: [JournalRecord] = []
        let source = WindowSource(features, cache.fingerprint, work, batchSize: batchSize)
        while let batch = await source.next() {
            let clock = ContinuousClock()
            let start = clock.now
            let vectors = batch.windows.count > 0 ? try await encoder.encode(batch.windows) : []
            let seconds = Double((clock.now - start) / .microseconds(1)) / 1e6
            guard vectors.count == batch.cells.count * encoder.dimension else {
                throw CacheError(.mismatch, "", "the model gave \(vectors.count) numbers for \(batch.cells.count) windows")
            }
            var records = batch.cells.enumerated().map { index, cell in
                CellVector.record(
                    cell.ticker, cell.day, window: cell.window, type: type,
                    vector: vectors[index * encoder.dimension..<(index + 1) * encoder.dimension])
            }
            distinct += records
            for cell in batch.duplicates {
                var copy = distinct[cell.ordinal]
                (copy.ticker, copy.day) = (cell.ticker, cell.day)
                records.append(copy)
            }
            try cache.add(records + batch.settled, windows: batch.cells.count, seconds: seconds)
        }
        return cache.find(on: day, tickers: tickers)
    }
}
