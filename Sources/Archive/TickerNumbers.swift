/// The tickers of a store by number, for a writer: numbers never change.
package struct TickerNumbers: Sendable {
    /// By number.
    package private(set) var symbols: [String] = []
    private var numbers: [String: UInt32] = [:]

    package init() {}

    /// The number of a ticker; a new ticker gets a new number.
    package mutating func number(of symbol: String) -> UInt32 {
        if let number = numbers[symbol] { return number }
        let number = UInt32(symbols.count)
        symbols.append(symbol)
        numbers[symbol] = number
        return number
    }
}
