import Archive
import MarketData

/// Row columns that carry the key, file and line that gathering needs.
protocol BatchRows: RowColumns {
    var key: [UInt64] { get }
    var file: [UInt32] { get set }
    mutating func append(contentsOf other: Self)
}

extension OptionColumns: BatchRows {}
extension StockColumns: BatchRows {}

/// Rows gathered until they fill a batch, and the inputs they came from.
struct PendingBatch<Rows: BatchRows> {
    struct Input {
        var key: String
        var etag: String
        var size: Int
        var searchable: Int
        var rejected: [RejectedRow]
        var quirks: [String: Int]

        func entry(batch: Int?) -> YearLedger.Input {
            var reasons: [String: Int] = [:]
            for row in rejected { reasons[row.reason.rawValue, default: 0] += 1 }
            return YearLedger.Input(
                key: key, etag: etag, size: size, batch: batch, rows: searchable + rejected.count,
                searchable: searchable, quarantined: reasons, quirks: quirks)
        }
    }

    let kind: BatchKind
    var rows = Rows()
    var inputs: [Input] = []

    init(kind: BatchKind) { self.kind = kind }

    var rowCount: Int { rows.key.count }

    mutating func add(
        _ columns: Rows, key: String, etag: String, size: Int, rejected: [RejectedRow], quirks: [String: Int]
    ) {
        var columns = columns
        columns.file = [UInt32](repeating: UInt32(inputs.count), count: columns.key.count)
        inputs.append(
            Input(
                key: key, etag: etag, size: size, searchable: columns.key.count, rejected: rejected, quirks: quirks))
        if rows.key.isEmpty { rows = columns } else { rows.append(contentsOf: columns) }
    }
}
