import MarketData
import ObjectStore

/// A parsed source object of stock bars.
struct BarFile: Sendable {
    var key: String
    var size: Int
    var rows: StockBlock
    var rejected: [RejectedRow]

    static func read(
        _ source: any ObjectStore, object: SourceInventory.Object, layout: StockFileReader.Layout
    ) async throws -> Result<BarFile, GenerationError> {
        do {
            var rows: StockBlock?
            var rejected: [RejectedRow] = []
            func take(_ block: StockBlock, _ refused: [RejectedRow]) {
                if rows == nil { rows = block } else { rows?.append(contentsOf: block) }
                rejected += refused
            }
            let parser = StockFileParser(reader: StockFileReader(key: object.key, layout: layout))
            try await source.readPieces(of: object.key, size: object.size) { try parser.push($0, body: take) }
            _ = try parser.finish(body: take)
            guard let rows, rows.count > 0 else {
                let reason = rejected.first.map { "\(rejected.count) were rejected, the first at line \($0.line): \($0.reason.rawValue)" }
                return .failure(GenerationError("\(object.key) has no usable row; \(reason ?? "it is empty")"))
            }
            return .success(BarFile(key: object.key, size: object.size, rows: rows, rejected: rejected))
        } catch let error as MarketFileError {
            return .failure(GenerationError(error.description))
        } catch let error as StoreError where error.concernsOneObject {
            return .failure(GenerationError(error.description))
        }
    }

    /// Groups the rows by year: indices of the rows, and the rejected rows. A rejected row counts towards the year of the row
    /// before it, because its own date may be the invalid value.
    func byYear(underlyings: Set<String>) -> [Int: (rows: [Int], rejected: [RejectedRow])] {
        let wanted = rows.symbols.names.map { underlyings.isEmpty || underlyings.contains($0) }
        var years: [Int: (rows: [Int], rejected: [RejectedRow])] = [:]
        var last: (day: Int32, year: Int)?
        func year(of row: Int) -> Int {
            if let last, last.day == rows.quoteDate[row] { return last.year }
            let year = Day(rawValue: rows.quoteDate[row]).year
            last = (rows.quoteDate[row], year)
            return year
        }
        var next = 0
        for row in rows.quoteDate.indices where wanted[Int(rows.symbol[row])] {
            years[year(of: row), default: ([], [])].rows.append(row)
        }
        // Both are in line order.
        for refused in rejected {
            while next < rows.count, rows.line[next] < UInt32(refused.line) { next += 1 }
            years[year(of: max(0, next - 1)), default: ([], [])].rejected.append(refused)
        }
        return years
    }
}
