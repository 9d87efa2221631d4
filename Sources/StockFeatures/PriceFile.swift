import Base
import HDF5
public import MarketData
import ObjectStore

/// A file of prices: the adjusted closes of every ticker, for actual trading days only.
///
/// Layout: `/TICKER/dates` texts `YYYY-MM-DD` `(T,)` in any order, `/TICKER/prices` or `/TICKER/close` float32 or float64
/// `(T,)`, which may contain NaN, and optionally `/TICKER/volume`, shares traded, float or 64-bit integer `(T,)`.
public final class PriceFile: Sendable {
    /// Path of the file.
    public let path: String
    /// Names of the tickers, in byte order.
    public let tickers: [String]
    private let file: HDF5File
    private let mapped: MemoryMap
    private static let names = ["prices", "close"]

    /// Opens a file.
    /// - Throws: `FeatureFileError` when the file cannot be read or contains no ticker with prices.
    public init(_ path: String) throws(FeatureFileError) {
        self.path = path
        do {
            file = try HDF5File(reading: path)
            mapped = try MemoryMap(path: path)
            tickers = try TickerGroups.find(in: file, holding: Self.names).tickers
        } catch {
            throw FeatureFileError(file: path, error)
        }
        guard !tickers.isEmpty else {
            throw FeatureFileError(
                file: path,
                "holds no prices: there is no group with a dataset 'prices' or 'close'; give a file with "
                    + "/TICKER/prices")
        }
    }

    /// Asks the system to read the file in the background, for callers who need most of it. Large files are read in part.
    package func prefetch() { mapped.prefetch(0..<min(mapped.count, Self.mostPrefetched)) }

    private static let mostPrefetched = 512 << 20

    /// Days on which a ticker has a price, ascending.
    /// - Throws: as `prices(of:)`.
    public func days(of ticker: String) throws(FeatureFileError) -> [Day] {
        do throws(HDF5Error) {
            return try DateColumn.read(try TickerGroups.group(ticker, in: file), of: mapped).sorted()
        } catch {
            throw FeatureFileError(file: path, ticker: ticker, error)
        }
    }

    /// The prices of one ticker, sorted by day.
    /// - Throws: `FeatureFileError` naming the ticker when the file does not contain it; when its prices are not a list of
    ///   floating-point numbers or differ in number from its dates; or when a day occurs twice.
    public func prices(of ticker: String) throws(FeatureFileError) -> PriceSeries {
        try series(of: ticker) { (group) throws(HDF5Error) in
            var name = Self.names[0]
            for other in Self.names.reversed() where try group.contains(other) { name = other }
            return name
        } ?? PriceSeries(ticker: ticker, days: [], prices: [])
    }

    /// The shares traded of one ticker by day, sorted by day; `nil` if the file does not have them.
    /// - Throws: as `prices(of:)`.
    public func volumes(of ticker: String) throws(FeatureFileError) -> PriceSeries? {
        try series(of: ticker) { (group) throws(HDF5Error) in try group.contains("volume") ? "volume" : nil }
    }

    /// - Parameter choose: the name of the dataset to read; `nil` for none.
    private func series(
        of ticker: String, _ choose: (HDF5Group) throws(HDF5Error) -> String?
    ) throws(FeatureFileError) -> PriceSeries? {
        do {
            let group = try TickerGroups.group(ticker, in: file)
            guard let name = try choose(group) else { return nil }
            let days = try DateColumn.read(group, of: mapped)
            let dataset = try group.dataset(name)
            let prices: [Float]
            switch (dataset.type, dataset.columns) {
            case (.float32, nil): prices = try dataset.read()
            case (.float64, nil): prices = try dataset.read(Double.self).map { Float($0) }
            case (.int64, nil) where name == "volume": prices = try dataset.read(Int64.self).map { Float($0) }
            default:
                throw FeatureFileError(
                    file: path, ticker: ticker,
                    "its \(name) hold \(dataset.columns == nil ? "" : "tables of ")\(dataset.type); a list of float32 is expected")
            }
            guard prices.count == days.count else {
                throw FeatureFileError(
                    file: path, ticker: ticker,
                    "has \(prices.count) \(name) and \(days.count) dates, so it is unclear which belong together")
            }
            // Nearly every file is sorted already, so avoid sorting millions of dates again.
            if zip(days, days.dropFirst()).allSatisfy({ $0 < $1 }) { return PriceSeries(ticker: ticker, days: days, prices: prices) }
            let order = days.indices.sorted { days[$0] < days[$1] }
            for (earlier, later) in zip(order, order.dropFirst()) where days[earlier] == days[later] {
                throw FeatureFileError(file: path, ticker: ticker, "has two prices on \(days[later])")
            }
            return PriceSeries(ticker: ticker, days: order.map { days[$0] }, prices: order.map { prices[$0] })
        } catch {
            throw FeatureFileError(file: path, ticker: ticker, error)
        }
    }
}

/// Prices of one ticker by day, or its volumes.
public struct PriceSeries: Sendable {
    /// The ticker.
    public let ticker: String
    /// Trading days of the ticker, ascending.
    public let days: [Day]
    /// Adjusted closes in dollars, or shares traded, one per day; NaN where the file has none.
    public let prices: [Float]

    /// Index of a day; nil when the ticker did not trade on it.
    public func index(of day: Day) -> Int? {
        var low = 0
        var high = days.count
        while low < high {
            let middle = (low + high) / 2
            if days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low < days.count && days[low] == day ? low : nil
    }
}
