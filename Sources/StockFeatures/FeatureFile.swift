import Base
import HDF5
import MarketData
import ObjectStore

/// A file of features: for every ticker a table of numbers with one row per day.
///
/// Layout: `/TICKER/dates` texts `YYYY-MM-DD` `(T,)`, of fixed or variable length, `/TICKER/features` float32 or float64
/// `(T, F)`; the calendar and T differ between tickers. Attributes are not needed. A contiguous float32 table is read from
/// the mapped file on access; a chunked table (gzip, LZF, resizable) is read by rows.
public final class FeatureFile: Sendable {
    /// How to treat rows whose dates do not ascend, for example after a daily update that appended earlier days.
    public enum DateRule: String, Sendable, CaseIterable {
        /// Refuse the ticker.
        case refuse
        /// Sort the ticker's rows by date.
        case sort
    }

    /// Path of the file.
    public let path: String
    /// How to treat rows whose dates do not ascend.
    public let dates: DateRule
    /// Names of the tickers, in byte order.
    public let tickers: [String]
    /// Names of other top-level objects in the file.
    public let others: [String]
    /// Size of the file, in bytes.
    public var byteCount: Int { mapped.count }

    private let file: HDF5File
    private let mapped: MemoryMap

    /// Opens a file.
    /// - Throws: `FeatureFileError` when the file cannot be read or contains no ticker with features.
    public init(_ path: String, dates: DateRule = .refuse) throws(FeatureFileError) {
        self.path = path
        self.dates = dates
        do {
            file = try HDF5File(reading: path)
            mapped = try MemoryMap(path: path)
            (tickers, others) = try TickerGroups.find(in: file, holding: ["features"])
        } catch {
            throw FeatureFileError(file: path, error)
        }
        guard !tickers.isEmpty else {
            throw FeatureFileError(
                file: path,
                "holds no features: there is no group with a dataset 'features'; give a file with /TICKER/features"
                    + (others.isEmpty
                        ? ""
                        : "; external links are not followed, and these are such links or hold no features: "
                            + others.prefix(5).joined(separator: ", ")))
        }
    }

    /// Opens the table of one ticker.
    /// - Throws: `FeatureFileError` naming the ticker when the file does not contain it; when its dates do not match its
    ///   rows, are not unique, or do not ascend and `dates` is `.refuse`; or when its features are not a table of float32 or
    ///   float64.
    public func features(of ticker: String) throws(FeatureFileError) -> TickerFeatures {
        do {
            let group = try TickerGroups.group(ticker, in: file)
            let days = try DateColumn.read(group, of: mapped)
            let dataset = try group.dataset("features")
            guard [.float32, .float64].contains(dataset.type), let width = dataset.columns else {
                throw FeatureFileError(
                    file: path, ticker: ticker,
                    "its features are \(dataset.columns == nil ? "a list" : "a table") of "
                        + "\(dataset.type); a table of float32 or float64, one row per day, is expected: write it with astype('float32')")
            }
            let rows = try dataset.rowCount()
            guard rows == days.count else {
                throw FeatureFileError(
                    file: path, ticker: ticker,
                    "has \(rows) rows of features and \(days.count) dates, so it is unclear which belong together")
            }
            guard width > 0 else { throw FeatureFileError(file: path, ticker: ticker, "its rows hold no features") }
            let order = try order(of: days, ticker)
            let block = rows == 0 || dataset.type != .float32 ? nil : try group.block("features")
            guard block.map({ $0.offset + $0.byteCount <= mapped.count }) ?? true else {
                throw FeatureFileError(file: path, ticker: ticker, "the file became shorter while it was open")
            }
            return TickerFeatures(
                ticker: ticker, days: order.map { $0.map { days[$0] } } ?? days, width: width, file: path,
                storage: block.map { .mapped(mapped, offset: $0.offset) } ?? .dataset(dataset), order: order)
        } catch {
            throw FeatureFileError(file: path, ticker: ticker, error)
        }
    }

    /// Stored position of each row, by date; nil when the rows are already in date order.
    private func order(of days: [Day], _ ticker: String) throws(FeatureFileError) -> [Int]? {
        guard let row = days.indices.dropFirst().first(where: { days[$0] <= days[$0 - 1] }) else { return nil }
        guard dates == .sort else {
            throw FeatureFileError(
                file: path, ticker: ticker,
                "its dates do not ascend: \(days[row]) stands in row \(row), after \(days[row - 1]); with --dates sort, rows are sorted")
        }
        let order = days.indices.sorted { (days[$0], $0) < (days[$1], $1) }
        for (earlier, later) in zip(order, order.dropFirst()) where days[earlier] == days[later] {
            throw FeatureFileError(
                file: path, ticker: ticker,
                "has two rows for \(days[later]), rows \(earlier) and \(later), so it is unclear which is right; remove one")
        }
        return order
    }
}

extension HDF5Error {
    /// The message without the file name, which the caller adds.
    func within(_ path: String) -> String {
        let text = description
        return text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text
    }
}
