import Archive
import Descriptions
import MarketData

/// One stored row as constraints see it: its key and its numbers, `nil` where the input is missing.
struct RowFacts {
    var key: DescriptionKey
    var quoteDate: Day
    var expiry: Day?
    /// Dollars.
    var strike: Double?
    var underlyingClose: Double?
    var bid: Double?
    var ask: Double?
    var volume: Int64?
    var openInterest: Int?
    var impliedVolatility: Double?

    init(_ rows: OptionColumns, at index: Int) {
        key = DescriptionKey(rawValue: rows.key[index])
        quoteDate = Day(rawValue: rows.quoteDate[index])
        expiry = Day(rawValue: rows.expiry[index])
        strike = Double(rows.strike[index]) / 1000
        underlyingClose = rows.underlyingClose[index].known
        bid = rows.bid[index].known
        ask = rows.ask[index].known
        volume = rows.volume[index] < 0 ? nil : Int64(rows.volume[index])
        openInterest = rows.openInterest[index] < 0 ? nil : Int(rows.openInterest[index])
        impliedVolatility = rows.impliedVolatility[index].known
    }

    init(_ rows: StockColumns, at index: Int) {
        key = DescriptionKey(rawValue: rows.key[index])
        quoteDate = Day(rawValue: rows.quoteDate[index])
        underlyingClose = rows.close[index].known
        volume = rows.volume[index] < 0 ? nil : rows.volume[index]
    }

    var daysToExpiry: Int? { expiry.map { quoteDate.days(to: $0) } }

    private var mid: Double? {
        guard let bid, let ask else { return nil }
        return (bid + ask) / 2
    }

    /// S/K for calls, K/S for puts.
    var moneyness: Double? {
        guard let strike, let underlyingClose, strike > 0, underlyingClose > 0 else { return nil }
        return key.kind == .put ? strike / underlyingClose : underlyingClose / strike
    }

    /// Recomputed from the row's volatility and the underlying's close, at the rate the volatility was solved with.
    var delta: Double? {
        guard let strike, let underlyingClose, let impliedVolatility, let expiry, quoteDate < expiry else {
            return nil
        }
        return BlackScholes(
            kind: key.kind == .put ? .put : .call, spot: underlyingClose, strike: strike,
            years: BlackScholes.years(from: quoteDate, to: expiry),
            volatility: impliedVolatility
        ).greeks.delta
    }

    func number(_ field: NumericField) -> Double? {
        switch field {
        case .strike: strike
        case .daysToExpiry: daysToExpiry.map(Double.init)
        case .delta: delta.map(abs)
        case .impliedVolatility: impliedVolatility
        case .volume: volume.map(Double.init)
        case .openInterest: openInterest.map(Double.init)
        case .moneyness: moneyness
        case .bid: bid
        case .ask: ask
        case .mid: mid
        case .spread: mid.flatMap { mid in
            guard let bid, let ask, mid > 0 else { return nil }
            return (ask - bid) / mid
        }
        case .underlyingClose: underlyingClose
        }
    }
}

extension Float {
    /// `nil` for NaN; decimal prices come back as the decimal they were, not as its binary neighbour.
    var known: Double? {
        guard !isNaN else { return nil }
        // The shortest decimal that the stored number stands for: 22.85, not 22.850000381469727.
        return Double(description) ?? Double(self)
    }
}
