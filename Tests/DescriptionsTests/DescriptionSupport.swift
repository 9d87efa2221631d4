import Descriptions
import MarketData

/// One option quote as a file has it; empty texts are empty fields.
struct Quote {
    var underlying = "AAPL"
    var isPut = false
    var days = 30
    var strike: Int32 = 100_000
    var bid = "5.00"
    var ask = "5.10"
    var volume = "10"
    var openInterest = "500"
    var volatility = "0.3"

    static let day = Day(rawValue: 16_230)

    var line: String {
        let expiry = Quote.day.adding(days: days)
        let (year, month, dayOfMonth) = expiry.civil
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let digits = String(strike)
        let contract =
            underlying + two(year % 100) + two(month) + two(dayOfMonth) + (isPut ? "P" : "C")
            + String(repeating: "0", count: 8 - digits.count) + digits
        return [
            contract, underlying, expiry.description, isPut ? "put" : "call", "\(Double(strike) / 1000)", "A", bid, "1", ask,
            "1", volume, openInterest, Quote.day.description, "", "", "", "", volatility,
        ].joined(separator: ",")
    }
}

/// Quotes as the reader gives them.
func optionRows(_ quotes: [Quote]) throws -> OptionBlock {
    let text = ([OptionFileReader.columns.joined(separator: ",")] + quotes.map(\.line)).joined(separator: "\n") + "\n"
    var read: OptionBlock?
    try OptionFileReader(key: "test.csv", day: Quote.day).read(MemoryBytes(Array(text.utf8)), blockSize: 1 << 24) {
        rows, rejected in
        if let first = rejected.first { throw DescriptionTestError.refused(first) }
        if rows.count > 0 { read = rows }
    }
    guard let read else { throw DescriptionTestError.noRows }
    return read
}

enum DescriptionTestError: Error {
    case noRows
    case refused(RejectedRow)
}

/// A ticker of letters for a number.
func ticker(_ number: Int) -> String {
    String(decoding: [84, 65 + UInt8(number / 26 % 26), 65 + UInt8(number % 26)], as: UTF8.self)
}

/// The keys of quotes whose underlyings all closed at the same price.
func keys(_ quotes: [Quote], close: Float = 100, moveCode: UInt8 = 0, regimeCode: UInt8 = 0) throws -> [DescriptionKey] {
    let rows = try optionRows(quotes)
    let underlying = OptionDescriber.Underlying(close: close, moveCode: moveCode, regimeCode: regimeCode)
    return try OptionDescriber(lexicon: .builtIn()).describe(
        rows, underlyings: Array(repeating: underlying, count: rows.symbols.count)
    ).keys.map(DescriptionKey.init(rawValue:))
}

/// A day of a stock; absent numbers are unknown.
func context(
    close: Float = 100, move: Float? = nil, split: Float? = nil, gap: Float? = nil, range: Float? = nil,
    realised: Float? = nil, percentile: Float? = nil, relativeVolume: Float? = nil, trend: Float? = nil,
    drawdown: Float? = nil
) throws -> UnderlyingContext {
    // A context comes from bars only: take that of one bar and fill it in.
    var rows: StockBlock?
    let csv = "trade_date,Open,High,Low,Close,Volume\n2014-06-09,\(close),\(close),\(close),\(close),1000\n"
    try StockFileReader(key: "AAPL.csv", layout: .history(symbol: "AAPL")).read(MemoryBytes(Array(csv.utf8))) { block, _ in
        if block.count > 0 { rows = block }
    }
    guard let rows, let day = Day(iso: "2014-06-09") else { throw DescriptionTestError.noRows }
    var history = BarHistory()
    history.add(rows)
    guard var made = history.context(symbol: "AAPL", day: day) else { throw DescriptionTestError.noRows }
    made.move = move
    made.suspectedSplit = split
    made.gap = gap
    made.range = range
    made.realisedVolatility = realised
    made.volatilityPercentile = percentile
    made.relativeVolume = relativeVolume
    made.trend = trend
    made.drawdown = drawdown
    return made
}
