import Archive
import Base
import Descriptions
import MarketData
import Measures

extension StoreWriter {
    /// Computes the state of every underlying on every day of a year from the year's batches, and stores it. All quotes of
    /// an underlying and day are in one batch. Writes nothing for a year without options.
    ///
    /// Memory: the columns of one batch. Cost: one pass over the rows.
    /// - Parameter symbols: tickers by number.
    func putUnderlyingDays(year: Int, symbols: [String], workers: Int) async throws {
        var days = UnderlyingDayRows()
        for reference in StoreReader.batches(of: manifest) where reference.year == year {
            let path = try await manifest.localPath(of: reference.key, in: store)
            guard try batchKind(path: path) == .options else { continue }
            days.append(contentsOf: try await Self.underlyingDays(batch: path, symbols: symbols, workers: workers))
        }
        guard days.count > 0 else { return }
        let order = (0..<UInt32(days.count)).sorted { left, right in
            let (a, b) = (Int(left), Int(right))
            return (days.ticker[a], days.quoteDate[a]) < (days.ticker[b], days.quoteDate[b])
        }
        let (sorted, isSimulated) = (days.reordered(order), manifest.simulated)
        try await put(ArchiveLayout.underlyingDays(year: year)) { path in
            try UnderlyingDaysFile.write(sorted, year: year, simulated: isSimulated, to: path)
        }
    }

    private static let columns: Set<String> = [
        "quote_date", "expiry", "strike", "root", "bid", "ask", "volume", "open_interest", "implied_volatility", "implied_volatility_source",
        "underlying_close", "key",
    ]

    private static func underlyingDays(batch path: String, symbols: [String], workers: Int) async throws -> UnderlyingDayRows {
        let rows = try OpenBatch<OptionRows>(path: path, columns: columns, cache: RowCache(bytes: 0)).allRows()
        // Rows are sorted by key, so those of one underlying are adjacent.
        var ranges: [Range<Int>] = []
        for row in rows.key.indices {
            if let last = ranges.last, DescriptionKey(rawValue: rows.key[last.lowerBound]).ticker == DescriptionKey(rawValue: rows.key[row]).ticker {
                ranges[ranges.count - 1] = last.lowerBound..<row + 1
            } else {
                ranges.append(row..<row + 1)
            }
        }
        let isAdjusted = symbols.map { $0.last?.isNumber == true }
        var days = UnderlyingDayRows()
        try await orderedMap(ranges, width: workers) { range in
            Self.underlyingDays(rows, range, isAdjusted: isAdjusted)
        } consume: { _, part in
            days.append(contentsOf: part)
        }
        return days
    }

    /// The days of one underlying.
    private static func underlyingDays(_ rows: OptionRows, _ range: Range<Int>, isAdjusted: [Bool]) -> UnderlyingDayRows {
        var days = UnderlyingDayRows()
        let number = DescriptionKey(rawValue: rows.key[range.lowerBound]).ticker
        // Ignore the vendor's volatilities of contracts without quotes, which can be anything.
        let solved: UInt8 = 1
        for (day, members) in Dictionary(grouping: range, by: { rows.quoteDate[$0] }).sorted(by: { $0.key < $1.key }) {
            let contracts = members.compactMap { row -> OptionChain.Contract? in
                // The root of an adjusted contract contains a digit (OCC).
                let root = rows.root[row]
                if root != number, Int(root) < isAdjusted.count, isAdjusted[Int(root)] { return nil }
                return OptionChain.Contract(
                    expiry: rows.expiry[row], root: root, strike: Double(rows.strike[row]) / 1000,
                    isPut: DescriptionKey(rawValue: rows.key[row]).kind == .put, mid: (Double(rows.bid[row]) + Double(rows.ask[row])) / 2,
                    volatility: rows.impliedVolatilitySource[row] == solved ? Double(rows.impliedVolatility[row]) : .nan,
                    volume: Int64(rows.volume[row]),
                    openInterest: Int64(rows.openInterest[row]))
            }
            let close = members.first.map { rows.underlyingClose[$0].asDecimal } ?? .nan
            days.append(OptionChain(day: Day(rawValue: day), close: close, contracts: contracts), ticker: number)
        }
        return days
    }
}
