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

    /// Hands over every row of a description with its position in the batch.
    func forEachRow(ofDescription index: Int, _ body: (RowFacts, Int) throws -> Void) throws {
        switch rows {
        case .options(let batch):
            try batch.forEachBlock(in: Int(batch.rowStart[index])..<Int(batch.rowStart[index + 1])) {
                rows, positions, base in
                for position in positions { try body(RowFacts(rows, at: position), base + position) }
            }
        case .stocks(let batch):
            try batch.forEachBlock(in: Int(batch.rowStart[index])..<Int(batch.rowStart[index + 1])) {
                rows, positions, base in
                for position in positions { try body(RowFacts(rows, at: position), base + position) }
            }
        }
    }
}
