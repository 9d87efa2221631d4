import HDF5
import MarketData
import ObjectStore

/// A file of features: for every ticker a table of float32, a row a day.
///
/// Layout: `/TICKER/dates` texts of ten bytes `(T,)`, `/TICKER/features` float32 `(T, F)`; the calendar and T differ from
/// ticker to ticker. Attributes are not needed. A table that lies in one piece is read from the mapped file as it is
/// touched; one in chunks (gzip, LZF, grown) is read by rows.
public final class FeatureFile: Sendable {
    public let path: String
    /// Names of the tickers, in alphabetical order of their bytes.
    public let tickers: [String]
    /// What else stands at the top of the file.
    public let others: [String]
    /// Bytes of the file.
    public var byteCount: Int { mapped.count }

    private let file: HDF5File
    private let mapped: MappedFile

    /// Opens a file.
    /// - Throws: `StockFileError` when it cannot be read or holds no ticker with features.
    public init(_ path: String) throws(StockFileError) {
        self.path = path
        do {
            file = try HDF5File(reading: path)
            mapped = try MappedFile(path: path)
            (tickers, others) = try TickerGroups.find(in: file, holding: ["features"])
        } catch let error as HDF5Error {
            throw StockFileError(file: path, error.within(path))
        } catch {
            throw StockFileError(file: path, "could not be read: \(error)")
        }
        guard !tickers.isEmpty else {
            throw StockFileError(
                file: path, "holds no features: there is no group with a dataset 'features'; give a file with /TICKER/features")
        }
    }

    /// The table of one ticker.
    /// - Throws: `StockFileError` naming the ticker, when it is not in the file, its dates do not belong to its rows or do
    ///   not ascend, or its features are not a table of float32.
    public func features(of ticker: String) throws(StockFileError) -> TickerFeatures {
        do {
            let group = try TickerGroups.group(ticker, in: file)
            let days = try DateColumn.read(group)
            let dataset = try group.dataset("features")
            guard dataset.type == .float32, let width = dataset.columns else {
                throw StockFileError(
                    file: path, ticker: ticker, "its features are \(dataset.columns == nil ? "a list" : "a table") of "
                        + "\(dataset.type); a table of float32, a row a day, is read")
            }
            let rows = try dataset.rowCount()
            guard rows == days.count else {
                throw StockFileError(
                    file: path, ticker: ticker,
                    "has \(rows) rows of features and \(days.count) dates, so that nobody knows which belong together")
            }
            guard width > 0 else { throw StockFileError(file: path, ticker: ticker, "its rows hold no features") }
            for row in days.indices.dropFirst() where days[row] <= days[row - 1] {
                throw StockFileError(
                    file: path, ticker: ticker,
                    "its dates do not ascend: \(days[row]) stands in row \(row), after \(days[row - 1])")
            }
            let block = rows == 0 ? nil : try group.block("features")
            guard block.map({ $0.offset + $0.byteCount <= mapped.count }) ?? true else {
                throw StockFileError(file: path, ticker: ticker, "the file became shorter while it was open")
            }
            return TickerFeatures(
                ticker: ticker, days: days, width: width, file: path,
                storage: block.map { .mapped(mapped, offset: $0.offset) } ?? .dataset(dataset))
        } catch let error as HDF5Error {
            throw StockFileError(file: path, ticker: ticker, error.within(path))
        } catch let error as StockFileError {
            throw error
        } catch {
            throw StockFileError(file: path, ticker: ticker, "could not be read: \(error)")
        }
    }
}

extension HDF5Error {
    /// The message without the file's name, which the caller gives.
    func within(_ path: String) -> String {
        let text = description
        return text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text
    }
}
