public import Archive
import Base
import Descriptions
public import MarketData
import Measures
import Questions

/// The state of an underlying on a day.
public struct NameDay: Sendable, Encodable {
    public var date: Day
    /// By the names of `NameDay.measures`; unknown ones are absent.
    public var values: [String: Double]

    /// The names of all measures, in the order in which they are shown.
    public static let measures: [String] = known.map(\.name)

    private static let known: [(name: String, field: Field)] = {
        let stored = UnderlyingDayRows.columns.compactMap { column in column.questionField.map { (column.name, $0) } }
        return stored + [
            ("term_slope", .termSlope), ("put_call_volume", .putCallRatio), ("put_call_oi", .putCallOpenInterestRatio),
            ("expected_move_percent", .expectedMovePercent), ("iv_change", .ivChange), ("iv_rank", .ivRank),
            ("iv_percentile", .ivPercentile), ("hv20", .hv20), ("volatility_premium", .volatilityPremium),
        ]
    }()

    /// Unknown measures become `null`, so that every day has the same members.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: MemberName.self)
        try box.encode(date, forKey: MemberName("date"))
        try box.encode(values["close"], forKey: MemberName("close"))
        for name in Self.measures { try box.encode(values[name], forKey: MemberName(name)) }
    }

    /// The days of an underlying in a store, in order.
    ///
    /// Measures against the name's own past (`iv_rank`, `iv_percentile`, `hv20`) use only earlier days, including those before
    /// `first`.
    /// - Parameters:
    ///   - symbol: the ticker.
    ///   - first: the first day wanted; the store's first when `nil`.
    ///   - last: the last day wanted.
    /// - Throws: `QueryError` when the store has no such ticker, or no state of its days; errors of the store.
    public static func days(of symbol: String, in store: StoreReader, from first: Day? = nil, to last: Day? = nil) async throws -> [NameDay] {
        guard let ticker = store.parts.number(ofTicker: symbol) else {
            let some = store.parts.tickers.sorted().prefix(10).joined(separator: ", ")
            throw QueryError("the store has no \(symbol); it has \(some)\(store.parts.tickers.count > 10 ? " and more" : "")", kind: .notFound)
        }
        var rows = UnderlyingDayRows()
        for year in store.years {
            guard let more = try await store.underlyingDays(year: year) else { continue }
            rows.append(contentsOf: more.reordered(more.ticker.indices.filter { more.ticker[$0] == ticker }.map(UInt32.init)))
        }
        let days = try days(of: symbol, ticker, rows, bars: try await bars(of: ticker, in: store), tickers: store.parts.tickers)
        return days.filter { $0.date >= (first ?? $0.date) && $0.date <= (last ?? $0.date) }
    }

    /// The days of an underlying, from its rows in the order of days.
    /// - Throws: `QueryError` without rows.
    static func days(
        of symbol: String, _ ticker: UInt32, _ rows: UnderlyingDayRows, bars: BarHistory, tickers: [String]
    ) throws -> [NameDay] {
        guard rows.count > 0 else {
            throw QueryError(
                "the store has no option chains of \(symbol); `tapedeck index rebuild` computes the state of underlyings in stores that lack it",
                kind: .unsupported)
        }
        let days = DayNumbers(bars: bars, chains: ChainTable(rows), tickers: tickers)
        let keys = [DescriptionKey](repeating: DescriptionKey(ticker: ticker, kind: .call), count: rows.count)
        var result = (0..<rows.count).map { row in
            NameDay(date: Day(rawValue: rows.quoteDate[row]), values: rows.close[row].isNaN ? [:] : ["close": rows.close[row].asDecimal])
        }
        for (name, field) in known {
            for (row, value) in (days.numbers(field, keys: keys, days: rows.quoteDate) ?? []).enumerated() where !value.isNaN {
                result[row].values[name] = value
            }
        }
        return result
    }

    /// The stored bars of one ticker.
    private static func bars(of ticker: UInt32, in store: StoreReader) async throws -> BarHistory {
        var history = BarHistory()
        let symbols = SymbolTable(names: store.parts.tickers)
        for batch in store.batches where try await store.kind(ofBatch: batch.key) == .stocks {
            let open: OpenBatch<StockRows> = try await store.openBatch(batch.key)
            for (index, key) in open.keys.enumerated() where key.ticker == ticker {
                try open.forEachBlock(in: Int(open.rowStart[index])..<Int(open.rowStart[index + 1])) { rows, positions, _ in
                    history.add(StockBlock(stored: rows, positions, symbols: symbols))
                }
            }
        }
        return history
    }
}
