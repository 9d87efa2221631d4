import Descriptions
import Foundation
import MarketData
import ObjectStore

/// One source object of stock bars, read.
struct StockFile: Sendable {
    var key: String
    var etag: String
    var size: Int
    var rows: StockRows
    var rejected: [RejectedRow]

    /// The rows of a year, in file order, and the refused ones: a refused row counts in the year of the row before it,
    /// since its own date may be what is wrong with it.
    func part(of year: Int) -> (rows: [Int], rejected: [RejectedRow]) {
        let years = rows.day.map { Day(rawValue: $0).year }
        let indices = years.indices.filter { years[$0] == year }
        let refused = rejected.filter { row in
            let before = rows.line.lastIndex { $0 < row.line } ?? 0
            return years.isEmpty ? false : years[before] == year
        }
        return (indices, refused)
    }
}
