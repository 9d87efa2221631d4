import Foundation
import HDF5
import TestSupport

/// A feature file and a checkpoint for the commands of the cache.
enum FeatureFixture {
    /// A small model with the shapes of the original's training script: 23 features, width 16; made by
    /// scripts/golden/stock_model.py.
    static let checkpoint = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../EncodersTests/Resources/stock-training.pt").standardized.path

    /// Another one: 31 features.
    static let otherCheckpoint = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../EncodersTests/Resources/stock-walk-forward.pt").standardized.path

    /// The first days of 2024.
    static func dates(_ count: Int) -> [String] {
        let first = Date(timeIntervalSince1970: 1_704_067_200)
        let format = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
        return (0..<count).map { first.addingTimeInterval(Double($0) * 86_400).formatted(format) }
    }

    /// Tickers T000, T001, … with a row for each of the first days of 2024, of numbers from a seed.
    static func writeFeatures(to path: String, tickers: Int, days: Int, features: Int = 23, wide: Int? = nil, seed: UInt64 = 3) throws {
        let file = try HDF5File(creating: path)
        var random = SplitMix(state: seed)
        let dates = dates(days)
        for ticker in 0..<tickers {
            let width = ticker == wide ? features + 1 : features
            let group = try file.root.createGroup("T" + String(1000 + ticker).dropFirst())
            try group.createTexts("dates", dates)
            try group.createDataset("features", type: .float32, columns: width).append(
                (0..<days * width).map { _ in Float(random.next() >> 40) * 0x1p-22 - 2 })
        }
        try file.close()
    }
}
