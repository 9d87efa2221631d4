import Foundation
import MarketData
import StockFeatures

/// What is wrong with a cache file.
public struct CacheVerification: Sendable, Encodable {
    /// Days whose cells do not agree with their checksum.
    public private(set) var damagedDays: [Day] = []
    /// Cells whose features are no longer those that were encoded; empty when they were not compared.
    public private(set) var changed: [Cell] = []
    /// Cells compared with features.
    public private(set) var compared = 0

    public struct Cell: Sendable, Encodable, Equatable {
        public let ticker: String
        public let day: Day
    }

    enum CodingKeys: String, CodingKey {
        case damagedDays = "damaged_days"
        case changed, compared
    }

    public var isSound: Bool { damagedDays.isEmpty && changed.isEmpty }

    /// Checks all days, and with features also whether they are those that were encoded.
    public init(_ file: CacheFile, features: FeatureFile? = nil) async throws {
        damagedDays = await withTaskGroup(of: Day?.self) { group in
            for (place, day) in file.days.enumerated() {
                group.addTask { file.isIntact(day: place) ? nil : day }
            }
            var damaged: [Day] = []
            for await case let day? in group { damaged.append(day) }
            return damaged.sorted()
        }
        guard let features else { return }
        (compared, changed) = Self.compare(file, features, days: file.days.count)
    }

    /// A ticker whose features on its last cached day are not those that were encoded; nil when there is none.
    public static func firstChanged(_ file: CacheFile, _ features: FeatureFile) -> Cell? {
        compare(file, features, days: 1).changed.first
    }

    /// Compares the last cached days of each ticker, at most so many, where there still are features for them.
    private static func compare(_ file: CacheFile, _ features: FeatureFile, days: Int) -> (compared: Int, changed: [Cell]) {
        var compared = 0
        var changed: [Cell] = []
        for (column, ticker) in file.tickers.enumerated() {
            let cached = file.days.enumerated().filter { place, _ in
                file.status(day: place, ticker: column) == .cached && file.window(day: place, ticker: column) != 0
            }.suffix(days)
            guard !cached.isEmpty else { continue }
            var cutter = (try? features.features(of: ticker)).flatMap {
                try? WindowCutter($0, for: cached.map(\.element), file.fingerprint)
            }
            for (place, day) in cached {
                guard case .rows(let rows)? = cutter?.place(day) else { continue }
                compared += 1
                guard cutter?.digest(rows).short != file.window(day: place, ticker: column) else { continue }
                changed.append(Cell(ticker: ticker, day: day))
            }
        }
        return (compared, changed)
    }
}
