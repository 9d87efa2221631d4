import Archive
import Descriptions
import MarketData

/// Row columns of one kind, with what batching needs.
protocol BatchRows: RowColumns {
    var key: [UInt64] { get }
    var file: [UInt32] { get set }
    var line: [UInt32] { get }
    /// Replaces the rows' ticker numbers: `numbers` maps old numbers to new ones.
    mutating func renumber(_ numbers: [UInt32])
}

/// Described rows of one source object (and one year). Ticker numbers are still those of the file.
struct DescribedFile<Rows: BatchRows>: Sendable {
    var key: String
    var rows = Rows()
    /// Tickers by the file's own numbers.
    var symbols: [String] = []
    var rejected: [RejectedRow] = []
    /// Number of usable rows of underlyings that were not requested.
    var unwanted = 0
    var quirks: [String: Int] = [:]
    /// Why the whole file could not be used; it has no rows then.
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
        let mask = ~DescriptionKey.tickerMask
        for index in indices {
            let local = DescriptionKey(rawValue: self[index]).ticker
            self[index] = self[index] & mask | UInt64(numbers[Int(local)]) << DescriptionKey.tickerShift
        }
    }
}
