public struct UnderlyingContext: Sendable { public var close: Float; public var move: Float }
public struct BarHistory: Sendable {
    var bars: [String: [Int32: Float]] = [:]
    public init() {}
    public mutating func add(_ rows: StockRows) {
        for i in 0..<rows.count { bars[rows.symbols.names[Int(rows.symbol[i])], default: [:]][rows.day[i]] = rows.close[i] }
    }
    public func context(symbol: String, day: Day) -> UnderlyingContext? {
        guard let close = bars[symbol]?[day.rawValue] else { return nil }
        var previous: Float?
        for back in 1...5 { if let p = bars[symbol]?[day.rawValue - Int32(back)] { previous = p; break } }
        return UnderlyingContext(close: close, move: previous.map { close / $0 - 1 } ?? .nan)
    }
}
extension StockRows {
    public mutating func append(contentsOf o: StockRows) {
        symbols = o.symbols; symbol += o.symbol; day += o.day; open += o.open; high += o.high; low += o.low; close += o.close
        volume += o.volume; adjustedClose += o.adjustedClose; line += o.line
    }
}
