import Archive
import Descriptions
import MarketData
import VectorIndex

/// An open batch of either kind with what scoring needs beside it.
struct LoadedBatch: Sendable {
    enum Rows: Sendable {
        case options(OpenBatch<OptionRows>)
        case stocks(OpenBatch<StockRows>)
    }

    let year: Int
    let rows: Rows
    /// By model.
    var scores: [String: PartScores] = [:]
    /// Days of splits by ticker, as the rows are described.
    var splits: [UInt32: Set<Day>] = [:]

    var keys: [DescriptionKey] {
        switch rows {
        case .options(let batch): batch.keys
        case .stocks(let batch): batch.keys
        }
    }

    var parts: [UInt32] {
        switch rows {
        case .options(let batch): batch.parts
        case .stocks(let batch): batch.parts
        }
    }

    var files: [String] {
        switch rows {
        case .options(let batch): batch.files
        case .stocks(let batch): batch.files
        }
    }

    /// Description `i` owns rows `rowStart[i] ..< rowStart[i + 1]`.
    var rowStart: [UInt64] {
        switch rows {
        case .options(let batch): batch.rowStart
        case .stocks(let batch): batch.rowStart
        }
    }

    var rowCount: Int { Int(rowStart.last ?? 0) }

    /// Rows that are decoded together.
    static let blockRows = OpenBatch<OptionRows>.blockRows

    var isOptions: Bool {
        if case .options = rows { true } else { false }
    }

    func weights(_ template: DescriptionTemplate) -> [Float] {
        switch rows {
        case .options: template.optionParts.map(\.weight)
        case .stocks: template.stockParts.map(\.weight)
        }
    }

    func mask(_ template: DescriptionTemplate) -> UInt64 {
        switch rows {
        case .options: template.mask(of: .options)
        case .stocks: template.mask(of: .stocks)
        }
    }

    /// The rows of a range, block by block.
    /// - Parameter body: gets rows, and the position in the batch of the first one.
    func forEachBlock(in range: Range<Int>, days: DayNumbers?, _ body: (RowBlock, Int) throws -> Void) throws {
        switch rows {
        case .options(let batch):
            try batch.forEachBlock(in: range) { rows, positions, base in
                try body(RowBlock(rows, positions, days: days), base + positions.lowerBound)
            }
        case .stocks(let batch):
            try batch.forEachBlock(in: range) { rows, positions, base in
                try body(RowBlock(rows, positions, days: days), base + positions.lowerBound)
            }
        }
    }

    /// The rows of the descriptions that a filter accepts, neighbours together.
    func ranges(_ filter: ConstraintMatcher.DescriptionFilter) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        let (keys, starts) = (keys, rowStart)
        for (index, key) in keys.enumerated() where filter.accepts(key) {
            let range = Int(starts[index])..<Int(starts[index + 1])
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// The description that owns a row.
    func description(ofRow row: Int) -> Int {
        let starts = rowStart
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(starts[middle]) <= row { low = middle } else { high = middle }
        }
        return low
    }
}
