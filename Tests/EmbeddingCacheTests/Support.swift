import EmbeddingCache
import Encoders
import Foundation
import HDF5
import MarketData
import ModelFiles
import StockFeatures
import Synchronization
import Testing

/// A model that needs no weights: a vector follows from the window alone.
final class FakeEncoder: WindowEncoding {
    let dimension: Int
    let features: Int
    let maxRows = 100
    private let seed: UInt64
    private let precision: String
    /// Windows encoded so far.
    let encoded = Mutex(0)
    /// After so many windows, encoding fails.
    let limit: Int?
    /// The width in the fingerprint; a valid model's is its dimension.
    private let hidden: Int

    init(
        features: Int = 5, dimension: Int = 8, hidden: Int? = nil, seed: UInt64 = 1, precision: String = "f32", limit: Int? = nil
    ) {
        (self.features, self.dimension, self.seed, self.precision, self.limit) = (features, dimension, seed, precision, limit)
        self.hidden = hidden ?? dimension
    }

    struct Stopped: Error {}

    func fingerprint() -> StockModelFingerprint {
        StockModelFingerprint(
            weightsSHA256: "\(seed)" + String(repeating: "0", count: 63), architecture: "Fake", features: features,
            hidden: hidden, layers: 1, heads: 1, precision: precision, arithmetic: nil, pooling: "mean")
    }

    func encode(_ windows: WindowBatch) async throws -> [Float] {
        let size = windows.rows * windows.features
        return try (0..<windows.count).flatMap { window in
            let count = encoded.withLock { count in
                count += 1
                return count
            }
            if let limit, count > limit { throw Stopped() }
            return vector(Array(windows.values[window * size..<(window + 1) * size]))
        }
    }

    /// Not finite where the window holds a number below -1,000,000.
    func vector(_ window: [Float]) -> [Float] {
        guard !window.contains(where: { $0 < -1_000_000 }) else { return [Float](repeating: .nan, count: dimension) }
        return (0..<dimension).map { component in
            var sum: Float = 0
            for (index, value) in window.enumerated() { sum += value * Float((index * 7 + component * 3) % 11 - 5) }
            return sum / 100 + Float(component) + Float(seed)
        }
    }
}

func day(_ text: String) throws -> Day { try #require(Day(iso: text)) }

/// A feature file, its caches, and what they should hold.
struct Market {
    /// A ticker's rows: the first day and a value for each day; nil leaves the day out.
    struct Ticker {
        var name: String
        var first: String
        var values: [Float?]
        var width = 5
    }

    static let standard = [
        Ticker(name: "AAPL", first: "2024-01-01", values: (0..<60).map { Float($0) }),
        // Different days from its neighbours, one of them missing.
        Ticker(name: "MSFT", first: "2024-01-20", values: (0..<41).map { $0 == 20 ? nil : Float(100 + $0) }),
        // Rows that do not change, so that windows repeat.
        Ticker(name: "SAME", first: "2024-01-01", values: (0..<60).map { _ in 7 }),
        // Listed lately: too short for a window at first.
        Ticker(name: "YOUNG", first: "2024-02-20", values: (0..<10).map { Float(200 + $0) }),
    ]

    static func write(_ tickers: [Ticker], to path: String) throws {
        let file = try HDF5File(creating: path)
        for ticker in tickers {
            let group = try file.root.createGroup(ticker.name)
            let first = try day(ticker.first)
            let rows = ticker.values.enumerated().compactMap { index, value in value.map { (index, $0) } }
            try group.createTexts("dates", rows.map { first.adding(days: $0.0).description })
            try group.createDataset("features", type: .float32, columns: ticker.width).append(
                rows.flatMap { _, value in row(value, width: ticker.width) })
        }
        try file.close()
    }

    static func row(_ value: Float, width: Int = 5) -> [Float] { (0..<width).map { value + Float($0) / 8 } }
}

extension CacheBuilder {
    /// A builder of small windows over the standard market.
    static func make(
        _ features: String, _ encoder: FakeEncoder = FakeEncoder(), mode: CacheFingerprint.Mode = .window, rows: Int = 4,
        widthRule: CacheFingerprint.WidthRule = .strict, type: CacheVectorType = .f32, batchSize: Int = 7
    ) throws -> CacheBuilder {
        try CacheBuilder(
            features: FeatureFile(features), encoder: encoder, mode: mode, rows: rows, widthRule: widthRule, vectorType: type,
            batchSize: batchSize)
    }
}
