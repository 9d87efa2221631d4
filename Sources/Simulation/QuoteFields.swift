import MarketData

/// Values of one option row, before formatting.
struct QuoteFields {
    /// Includes the vendor's prefix, if any.
    var root: [UInt8]
    var symbol: [UInt8]
    var expiry: Day
    var isPut: Bool
    /// Strike in the contract's symbol.
    var strikeCents: Int
    /// Strike in its own column, if it differs.
    var columnStrikeCents: Int?
    var style: UInt8
    /// In cents, like the ask.
    var bid: Int?
    var bidSize: Int?
    var ask: Int?
    var askSize: Int?
    var volume: Int?
    var volumeIsDecimal = false
    var openInterest: Int
    var quoteDate: [UInt8]
    var greeks: (delta: Double, gamma: Double, theta: Double, vega: Double, volatility: Double)?

    init(
        root: [UInt8], symbol: [UInt8], expiry: Day, isPut: Bool, strikeCents: Int, style: UInt8, bid: Int, ask: Int,
        volume: Int, openInterest: Int, quoteDate: [UInt8]
    ) {
        self.root = root
        self.symbol = symbol
        self.expiry = expiry
        self.isPut = isPut
        self.strikeCents = strikeCents
        self.style = style
        self.bid = bid
        self.ask = ask
        self.volume = volume
        self.openInterest = openInterest
        self.quoteDate = quoteDate
    }

    func write(to line: inout LineBuffer) {
        let date = expiry.civil
        line.append(root)
        line.append(date.year % 100 * 10_000 + date.month * 100 + date.day, digits: 6)
        line.append(isPut ? UInt8(ascii: "P") : UInt8(ascii: "C"))
        line.append(strikeCents * 10, digits: 8)
        line.comma()
        line.append(symbol)
        line.comma()
        line.append(iso: date)
        line.append(isPut ? Self.put : Self.call)
        line.append(columnStrikeCents ?? strikeCents, decimals: 2)
        line.comma()
        line.append(style)
        line.comma()
        if let bid { line.append(bid, decimals: 2) }
        line.comma()
        if let bidSize { line.append(bidSize) }
        line.comma()
        if let ask { line.append(ask, decimals: 2) }
        line.comma()
        if let askSize { line.append(askSize) }
        line.comma()
        if let volume {
            line.append(volume)
            if volumeIsDecimal { line.append(Self.pointZero) }
        }
        line.comma()
        line.append(openInterest)
        line.comma()
        line.append(quoteDate)
        line.comma()
        if let greeks {
            line.append(greeks.delta, decimals: 4)
            line.comma()
            line.append(greeks.gamma, decimals: 4)
            line.comma()
            line.append(greeks.theta, decimals: 4)
            line.comma()
            line.append(greeks.vega, decimals: 4)
            line.comma()
            line.append(greeks.volatility, decimals: 4)
        } else {
            line.append(Self.noGreeks)
        }
        line.append(UInt8(ascii: "\n"))
    }

    private static let call = Array(",call,".utf8)
    private static let put = Array(",put,".utf8)
    private static let pointZero = Array(".0".utf8)
    private static let noGreeks = Array(",,,,".utf8)
}
