/// Daily bars of many symbols, from files of one symbol and from cross-sections of a day, as they were traded.
///
/// Symbols are exact texts: `NAN` and `nan` are two. After a gap of more than ten sessions, a ticker starts a new history,
/// because it may belong to another company (WM was Washington Mutual until 2008 and is Waste Management since). Memory: about
/// 60 bytes per bar. Contexts use only earlier days, so adding later days does not change them.
public struct BarHistory: Sendable {
    private let calendar: TradingCalendar
    private var numbers: [String: Int] = [:]
    private var series: [DailyBars] = []

    /// Bars left out because their symbol already had one of that day; the first one added stays.
    public private(set) var duplicateCount = 0

    public init(calendar: TradingCalendar = .unitedStates) {
        self.calendar = calendar
    }

    /// Symbols with at least one bar.
    public var symbolCount: Int { series.count }

    /// Bars of all symbols.
    public var barCount: Int { series.reduce(0) { $0 + $1.count } }

    /// Adds the rows of a file or of a block of one. Fastest when files come in order of their days; any order gives the same
    /// history, except that the first of two bars of one day stays.
    public mutating func add(_ rows: StockBlock) {
        guard rows.count > 0 else { return }
        let (days, volumes) = (rows.quoteDate, rows.volume)
        let (open, high, low, close) = (rows.open, rows.high, rows.low, rows.close)
        var order = Array(0..<rows.count)
        let isOrdered = order.dropFirst().allSatisfy {
            (rows.symbol[$0 - 1], days[$0 - 1]) < (rows.symbol[$0], days[$0])
        }
        if !isOrdered {
            order.sort { (rows.symbol[$0], days[$0], rows.line[$0]) < (rows.symbol[$1], days[$1], rows.line[$1]) }
        }
        var start = 0
        var bars: [DailyBars.Bar] = []
        while start < order.count {
            let symbol = rows.symbol[order[start]]
            bars.removeAll(keepingCapacity: true)
            var end = start
            while end < order.count, rows.symbol[order[end]] == symbol {
                let row = order[end]
                bars.append(
                    DailyBars.Bar(
                        day: days[row], open: open[row], high: high[row], low: low[row], close: close[row],
                        volume: volumes[row] < 0 ? .nan : Double(volumes[row])))
                end += 1
            }
            let number = number(of: rows.symbols[symbol])
            duplicateCount += series[number].add(bars, calendar: calendar)
            start = end
        }
    }

    /// Drops bars that contexts of later days do not need; about 300 bars per symbol remain. Days added afterwards must be
    /// later than all existing ones.
    public mutating func forget() {
        for number in series.indices { series[number].forget() }
    }

    /// The close of a symbol on a day, as traded; `nil` when it has no bar of that day.
    public func close(of symbol: String, on day: Day) -> Float? {
        guard let number = numbers[symbol], let index = series[number].index(of: day) else { return nil }
        return series[number].bars[index].close
    }

    /// Standard deviation of the last daily log returns of a symbol, annualised with 252 sessions; 1.00 = 100 %. `nil` if the
    /// history is too short.
    /// - Parameter sessions: number of returns.
    public func realisedVolatility(of symbol: String, on day: Day, sessions: Int) -> Float? {
        guard let number = numbers[symbol], let index = series[number].index(of: day) else { return nil }
        let value = series[number].realisedVolatility(at: index, sessions: sessions)
        return value.isNaN ? nil : value
    }

    /// The context of a symbol on a day, from its bars; `nil` if it has no bar of that day.
    public func context(symbol: String, day: Day) -> UnderlyingContext? {
        guard let number = numbers[symbol], let index = series[number].index(of: day) else { return nil }
        return series[number].context(at: index, calendar: calendar)
    }

    /// The contexts of every day of a symbol, in order.
    public func contexts(symbol: String) -> [UnderlyingContext] {
        guard let number = numbers[symbol] else { return [] }
        return (0..<series[number].count).map { series[number].context(at: $0, calendar: calendar) }
    }

    private mutating func number(of symbol: String) -> Int {
        if let known = numbers[symbol] { return known }
        numbers[symbol] = series.count
        series.append(DailyBars())
        return series.count - 1
    }
}
