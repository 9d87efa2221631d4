import Foundation
public import MarketData
public import StockFeatures

/// Result of checking a cache file.
public struct CacheVerification: Sendable, Encodable {
    /// Days whose cells do not match their checksum.
    public private(set) var damagedDays: [Day] = []
    /// Cells whose features have changed since they were encoded; empty when features were not compared.
    public private(set) var changed: [Cell] = []
    /// Cells compared with features.
    public private(set) var compared = 0

    /// A ticker and a day.
    public struct Cell: Sendable, Encodable, Equatable {
        /// Ticker of the cell.
        public let ticker: String
        /// Day of the cell.
        public let day: Day
    }

    enum CodingKeys: String, CodingKey {
        case damagedDays = "damaged_days"
        case changed, compared
    }

    /// Whether neither damage nor a change was found.
    public var isSound: Bool { damagedDays.isEmpty && changed.isEmpty }

    /// Checks the checksums of all days and, if features are given, whether they are the ones that were encoded.
    /// - Throws: `CacheError` when the file cannot be read; errors of the feature file.
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
        let found = Self.compare(file, features) { $0 }
        (compared, changed) = (found.compared, found.changed)
    }

    /// The first ticker whose features on its first, middle or last cached day differ from those encoded; nil when there is
    /// none.
    public static func firstChanged(_ file: CacheFile, _ features: FeatureFile) -> Cell? {
        compare(file, features, sample).changed.first
    }

    /// Checks whether a finished cache still matches its features. Every cell must have, or lack, a window as it did when
    /// the cache was made. The windows of each ticker's first, middle and last cached day must hold the same numbers.
    /// - Returns: number of windows compared, and the cells that changed.
    static func compareFinished(_ file: CacheFile, _ features: FeatureFile) -> (compared: Int, changed: [Cell]) {
        var found = compare(file, features, sample)
        let failures = Dictionary(grouping: file.failures, by: \.ticker)
        for (column, ticker) in file.tickers.enumerated() {
            let table = (try? features.features(of: ticker)).flatMap { table in
                (try? WindowCutter.requireWidth(table, file.fingerprint)).map { table }
            }
            for (place, day) in file.days.enumerated() {
                let status = file.status(day: place, ticker: column)
                guard status != .failed, status != .notTried else { continue }
                let now = table.map { WindowCutter.place(day, $0, file.fingerprint) }
                let isSame =
                    switch now {
                    case .rows?: status == .cached
                    case .none(let now)?: status == now
                    case nil: false
                    }
                if !isSame { found.changed.append(Cell(ticker: ticker, day: day)) }
            }
            guard let failed = failures[ticker] else { continue }
            let now = failure(of: ticker, on: failed.map(\.day), features, file.fingerprint)
            for cell in failed where now.map({ $0 != cell.reason }) ?? !CellVector.isReason(cell.reason) {
                found.changed.append(Cell(ticker: ticker, day: cell.day))
            }
        }
        found.changed.sort { ($0.day, $0.ticker) < ($1.day, $1.ticker) }
        return found
    }

    /// Why a ticker's windows cannot be cut, worded like the reason of a failed cell; nil when they can.
    private static func failure(of ticker: String, on days: [Day], _ features: FeatureFile, _ fingerprint: CacheFingerprint) -> String? {
        do throws(FeatureFileError) {
            _ = try WindowCutter(try features.features(of: ticker), for: days, fingerprint)
            return nil
        } catch {
            return days.first.map { JournalRecord.failed(ticker, $0, error.message).reason }
        }
    }

    /// The first, middle and last element.
    private static func sample<Element>(_ all: [Element]) -> [Element] {
        Set([0, all.count / 2, all.count - 1]).filter { all.indices.contains($0) }.sorted().map { all[$0] }
    }

    private typealias CachedDay = (offset: Int, element: Day)

    /// Compares cached days of each ticker that still has features.
    /// - Parameter choose: selects from a ticker's cached days.
    private static func compare(
        _ file: CacheFile, _ features: FeatureFile, _ choose: ([CachedDay]) -> [CachedDay]
    ) -> (compared: Int, changed: [Cell]) {
        var compared = 0
        var changed: [Cell] = []
        for (column, ticker) in file.tickers.enumerated() {
            let cached = choose(
                file.days.enumerated().filter { place, _ in
                    file.status(day: place, ticker: column) == .cached && file.window(day: place, ticker: column) != 0
                })
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
