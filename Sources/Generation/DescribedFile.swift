import Archive
import Descriptions
import MarketData

/// Row columns that carry what gathering needs.
protocol BatchRows: RowColumns {
    var key: [UInt64] { get }
    var file: [UInt32] { get set }
    /// Gives the rows' tickers other numbers: `numbers` by the old ones.
    mutating func renumber(_ numbers: [UInt32])
}

/// The rows of one source object (of one year), read and described; ticker numbers are still those of the file.
struct DescribedFile<Rows: BatchRows>: Sendable {
    var key: String
    var rows = Rows()
    /// Tickers by the file's own numbers.
    var symbols: [String] = []
    var rejected: [RejectedRow] = []
    /// Rows that could be used and are of underlyings that were not asked for.
    var unwanted = 0
    var quirks: [String: Int] = [:]
    /// Why the file as a whole could not be used; then there are no rows.
    var failure: String?
}

extension OptionRows: BatchRows {
    mutating func renumber(_ numbers: [UInt32]) {
        key.renumberTickers(numbers)
        for index in root.indices { root[index] = numbers[Int(root[index])] }
    }
}

extension StockRows: BatchRows {
    mutating func renumber(_ numbers: [UInt32]) { key.renumberTickers(numbers) }
}

extension [UInt64] {
    fileprivate mutating func renumberTickers(_ numbers: [UInt32]) {
        let mask = ~(UInt64(DescriptionKey.tickerLimit - 1) << DescriptionKey.tickerShift)
        for index in indices {
            let local = DescriptionKey(rawValue: self[index]).ticker
            self[index] = self[index] & mask | UInt64(numbers[Int(local)]) << DescriptionKey.tickerShift
        }
    }
}
