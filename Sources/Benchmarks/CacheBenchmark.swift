import Base
package import EmbeddingCache
import Foundation
import MarketData
import ModelFiles

/// How fast a cache opens and reads, and how large it is: `tapedeck bench cache`.
///
/// Makes a cache of random vectors. Then reads `subset` random tickers into a packed matrix for every day, twice: once in a
/// newly opened cache, and once more.
package struct CacheBenchmark: Sendable, Encodable {
    package let tickers: Int
    package let days: Int
    package let dims: Int
    package let subset: Int
    package let vectorType: String
    /// Seconds to write the file, without the time to generate its numbers.
    package let writeSeconds: Double
    /// Size of the file, in bytes.
    package let bytes: Int
    /// Size of the vectors as float32, in bytes.
    package let rawBytes: Int
    /// Milliseconds to open the file.
    package let openMilliseconds: Double
    /// Median milliseconds to read a day for the first time.
    package let millisecondsPerDay: Double
    /// 95th percentile of the milliseconds to read a day for the first time.
    package let firstP95: Double
    /// Median milliseconds to read a day again.
    package let p50: Double
    /// 95th percentile of the milliseconds to read a day again.
    package let p95: Double
    /// Median milliseconds of a lookup that copies no vectors.
    package let lookupP50: Double

    /// Member names in `bench cache --json`.
    enum CodingKeys: String, CodingKey {
        case tickers, days, dims, subset, bytes
        case vectorType = "dtype"
        case writeSeconds = "write_s"
        case rawBytes = "raw_bytes"
        case openMilliseconds = "open_ms"
        case millisecondsPerDay = "ms_per_day"
        case firstP95 = "ms_per_day_p95"
        case p50 = "warm_p50_ms"
        case p95 = "warm_p95_ms"
        case lookupP50 = "lookup_p50_ms"
    }

    /// Runs the benchmark.
    /// - Parameter folder: where the file is made; it is removed afterwards.
    /// - Throws: `CacheError` when the file cannot be written or opened.
    package static func run(
        tickers: Int, days: Int, dims: Int, subset: Int, vectorType: CacheVectorType, folder: String
    ) throws -> CacheBenchmark {
        let path = folder + "/tapedeck-bench-\(UUID().uuidString).h5"
        defer { unlink(path) }
        var random = SplitMix64(state: 1)
        let width = String(tickers).count
        let names = (0..<tickers).map { "T" + String(repeating: "0", count: width - String($0).count) + String($0) }
        let first = Day(rawValue: 19_723)
        let layout = CacheLayout(
            fingerprint: CacheFingerprint(
                model: StockModelFingerprint(
                    weightsSHA256: "none", architecture: "random", features: 1, hidden: dims, layers: 0, heads: 1,
                    precision: "f32", arithmetic: nil, pooling: "none"), mode: .window, rows: 1),
            type: vectorType, dimension: dims, days: (0..<days).map { first.adding(days: $0) }, tickers: names,
            dataset: "random numbers")
        // A pool of vectors, so that generating them takes no time compared with writing them.
        let pool = (0..<64).compactMap { _ in
            (0..<dims).map { _ in Float(Double(random.next() >> 11) * 0x1p-52 - 1) }
                .withUnsafeBufferPointer { vectorType.store($0) }
        }
        let clock = ContinuousClock()
        var start = clock.now
        try CacheFileWriter.write(path, layout, failures: []) { day, block in
            for ticker in names.indices {
                let vector = pool[(day + ticker) % pool.count]
                try vector.bytes.withUnsafeBytes {
                    try block.set(ticker, .cached, window: 1, scale: vector.scale, error: vector.error, vector: $0)
                }
            }
        }
        let writing = clock.now - start
        start = clock.now
        let cache = try EmbeddingCache.open(path)
        let opening = clock.now - start

        let chosen = layout.days.map { day in
            (day, names.shuffled(using: &random).prefix(min(subset, tickers)).map { $0 })
        }
        func pass(_ read: (Day, [String]) -> Int) -> [Double] {
            chosen.map { day, tickers in
                let start = clock.now
                _ = blackHole(read(day, tickers))
                return milliseconds(clock.now - start)
            }.sorted()
        }
        let cold = pass { cache.embeddings(on: $0, tickers: $1).packed().count }
        let warm = pass { cache.embeddings(on: $0, tickers: $1).packed().count }
        let lookup = pass { cache.embeddings(on: $0, tickers: $1).hits.count }
        func at(_ share: Double, _ values: [Double]) -> Double { values[min(values.count - 1, Int(share * Double(values.count)))] }
        return CacheBenchmark(
            tickers: tickers, days: days, dims: dims, subset: min(subset, tickers), vectorType: vectorType.rawValue,
            writeSeconds: milliseconds(writing) / 1000, bytes: cache.files.first?.byteCount ?? 0,
            rawBytes: tickers * days * dims * 4, openMilliseconds: milliseconds(opening),
            millisecondsPerDay: at(0.5, cold), firstP95: at(0.95, cold), p50: at(0.5, warm), p95: at(0.95, warm),
            lookupP50: at(0.5, lookup))
    }

    private static func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }

    /// Keeps the compiler from removing reads whose result is unused.
    @inline(never) private static func blackHole(_ value: Int) -> Int { value }
}
