import Archive
import MarketData

/// Rows gathered until they fill a batch, and their inputs.
struct PendingBatch<Rows: BatchRows>: Sendable {
    struct Input: Sendable {
        var key: String
        var etag: String
        var size: Int
        var searchable: Int
        var unwanted: Int
        var rejected: [RejectedRow]
        var quirks: [String: Int]
        /// Number of tickers of the store once those of this input are among them.
        var tickers: Int

        /// - Parameter isSegment: whether the ledger is that of a segment, which says how many tickers each input brings.
        func entry(batch: Int?, isSegment: Bool) -> YearLedger.Input {
            YearLedger.Input(
                key: key, etag: etag, size: size, batch: batch, rows: searchable + rejected.count,
                searchable: searchable, unwanted: unwanted > 0 ? unwanted : nil, quarantined: rejected.countsByReason, quirks: quirks,
                tickers: isSegment ? tickers : nil)
        }
    }

    /// By input, in reading order.
    private(set) var rows: [Rows] = []
    private(set) var inputs: [Input] = []
    private(set) var rowCount = 0
    /// Files that could not be used, with the reason.
    var failures: [String: String] = [:]
    /// All tickers of the store, including those of this batch.
    var tickers: TickerNumbers

    init(tickers: TickerNumbers) { self.tickers = tickers }

    mutating func add(_ file: DescribedFile<Rows>, etag: String, size: Int) {
        var columns = file.rows
        let numbers = file.symbols.map { tickers.number(of: $0) }
        columns.renumber(numbers)
        columns.file = [UInt32](repeating: UInt32(inputs.count), count: columns.key.count)
        inputs.append(
            Input(
                key: file.key, etag: etag, size: size, searchable: columns.key.count, unwanted: file.unwanted, rejected: file.rejected,
                quirks: file.quirks, tickers: tickers.symbols.count))
        rowCount += columns.key.count
        if !columns.key.isEmpty { rows.append(columns) }
    }
}

extension [RejectedRow] {
    /// Number of refused rows, by reason.
    var countsByReason: [String: Int] {
        reduce(into: [:]) { $0[$1.reason.rawValue, default: 0] += 1 }
    }
}
