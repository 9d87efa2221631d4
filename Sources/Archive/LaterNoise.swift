import Base
package import MarketData

/// Replaces the numbers of all rows after a day by noise, which must not change an answer as of that day.
///
/// Each value comes from another row of the block, and floats are scaled, too, so that noise is valid but carries no information.
/// Keys, days and sources stay, because they locate the rows.
package struct LaterNoise: Sendable, Hashable {
    /// The last day that stays unchanged.
    package var day: Day
    package var seed: UInt64

    package init(after day: Day, seed: UInt64) {
        self.day = day
        self.seed = seed
    }

    private static let kept: Set<String> = ["key", "ticker", "quote_date", "file", "line"]

    /// The values of a column with noise in later rows.
    /// - Parameter dates: `Day.rawValue` of each row.
    func disturbed<Value: BitwiseCopyable>(_ values: [Value], column: String, dates: [Int32]) -> [Value] {
        guard !Self.kept.contains(column), values.count == dates.count, dates.contains(where: { $0 > day.rawValue }) else { return values }
        var random = SplitMix64(state: seed &+ UInt64(values.count) &+ column.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        var result = values
        for row in values.indices where dates[row] > day.rawValue {
            result[row] = values[Int(random.next() % UInt64(values.count))]
            if let value = result[row] as? Float, let scaled = value * Float(1 + random.next() % 7) / 4 as? Value { result[row] = scaled }
        }
        return result
    }

    /// Rows with noise in later ones.
    package func disturbed<Rows: RowColumns>(_ rows: Rows, dates: [Int32]) -> Rows {
        var rows = rows
        for column in Rows.columns {
            switch column.values {
            case .uint8(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            case .uint32(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            case .uint64(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            case .int32(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            case .int64(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            case .float(let path): rows[keyPath: path] = disturbed(rows[keyPath: path], column: column.name, dates: dates)
            }
        }
        return rows
    }

    /// Days of splits by ticker, with later ones removed, or one added if there was none.
    package func disturbed(_ splits: [String: [Day]], of tickers: [String]) -> [String: [Day]] {
        var result = splits.mapValues { days in days.filter { $0 <= day } }
        for ticker in tickers where !(splits[ticker]?.contains { $0 > day } ?? false) { result[ticker, default: []].append(day.adding(days: 1)) }
        return result.filter { !$0.value.isEmpty }
    }
}
