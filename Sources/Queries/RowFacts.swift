import Archive
import Descriptions
import MarketData

/// One stored row as constraints see it: its key and its numbers, `nil` where the input is missing.
///
/// Holds the stored values as they are and converts what is asked for: a question may look at millions of rows.
struct RowFacts {
    let key: DescriptionKey
    let quoteDate: Day
    private let expiryDay: Int32
    private let strikeThousandths: Int32
    private let storedClose: Float
    private let storedBid: Float
    private let storedAsk: Float
    private let storedVolume: Int64
    private let storedOpenInterest: Int32
    private let storedVolatility: Float

    init(_ rows: OptionRows, at index: Int) {
        key = DescriptionKey(rawValue: rows.key[index])
        quoteDate = Day(rawValue: rows.quoteDate[index])
        expiryDay = rows.expiry[index]
        strikeThousandths = rows.strike[index]
        storedClose = rows.underlyingClose[index]
        storedBid = rows.bid[index]
        storedAsk = rows.ask[index]
        storedVolume = Int64(rows.volume[index])
        storedOpenInterest = rows.openInterest[index]
        storedVolatility = rows.impliedVolatility[index]
    }

    init(_ rows: StockRows, at index: Int) {
        key = DescriptionKey(rawValue: rows.key[index])
        quoteDate = Day(rawValue: rows.quoteDate[index])
        expiryDay = .min
        strikeThousandths = 0
        storedClose = rows.close[index]
        storedBid = .nan
        storedAsk = .nan
        storedVolume = rows.volume[index]
        storedOpenInterest = -1
        storedVolatility = .nan
    }

    var expiry: Day? { expiryDay == .min ? nil : Day(rawValue: expiryDay) }
    /// Dollars.
    var strike: Double? { strikeThousandths > 0 ? Double(strikeThousandths) / 1000 : nil }
    var underlyingClose: Double? { storedClose.known }
    var bid: Double? { storedBid.known }
    var ask: Double? { storedAsk.known }
    var volume: Int64? { storedVolume < 0 ? nil : storedVolume }
    var openInterest: Int? { storedOpenInterest < 0 ? nil : Int(storedOpenInterest) }
    var impliedVolatility: Double? { storedVolatility.known }

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
        case .spread:
            mid.flatMap { mid in
                guard let bid, let ask, mid > 0 else { return nil }
                return (ask - bid) / mid
            }
        case .underlyingClose: underlyingClose
        }
    }
}

extension Float {
    /// `nil` for NaN; decimal prices come back as the decimal they were, not as its binary neighbour: 22.85, not
    /// 22.850000381469727.
    var known: Double? {
        guard !isNaN else { return nil }
        let exact = Double(self)
        // Prices have two to four decimals, other figures up to six.
        for scale in [100.0, 10_000, 1_000_000] where exact.magnitude * scale < 0x1p53 {
            let decimal = (exact * scale).rounded() / scale
            if Float(decimal) == self { return decimal }
        }
        return exact
    }
}
