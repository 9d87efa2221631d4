public import MarketData

/// Closes of tickers on the sessions of one calendar.
public struct PriceTable: Sendable {
    /// In ascending order of their bytes.
    public let tickers: [String]
    /// The trading days, ascending.
    public let sessions: [Day]
    /// Adjusted closes in dollars, tickers x sessions, row-major; NaN if there is none, or none above 0.
    public let values: [Float]
    private let places: [String: Int]
    private let days: [Day: Int]

    /// - Parameter values: tickers x sessions; values that are not finite or not above 0 count as missing.
    public init(tickers: [String], sessions: [Day], values: [Float]) {
        precondition(values.count == tickers.count * sessions.count)
        self.tickers = tickers
        self.sessions = sessions
        self.values = values.map { $0 > 0 && $0.isFinite ? $0 : .nan }
        places = Dictionary(uniqueKeysWithValues: tickers.enumerated().map { ($1, $0) })
        days = Dictionary(uniqueKeysWithValues: sessions.enumerated().map { ($1, $0) })
    }

    /// Where a ticker stands.
    public func place(of ticker: String) -> Int? { places[ticker] }

    /// Where a day stands.
    public func session(of day: Day) -> Int? { days[day] }

    /// The close; NaN if there is none.
    public func price(_ ticker: Int, _ session: Int) -> Float { values[ticker * sessions.count + session] }

    /// Whether a ticker has a close on a session.
    public func trades(_ ticker: Int, _ session: Int) -> Bool { price(ticker, session) > 0 }

    /// The value of a position on every session: the close, or else the previous close, and after the last close the value that
    /// a delisting leaves.
    ///
    /// A ticker counts as delisted when its last close is before the last session.
    /// - Parameter delistingReturn: of a position when its ticker stops trading: 0 pays the last close, -1 nothing.
    public func valuations(delistingReturn: Double) -> Valuations {
        let width = sessions.count
        var filled = [Double](repeating: .nan, count: values.count)
        var last = [Int](repeating: -1, count: tickers.count)
        for ticker in tickers.indices {
            let row = ticker * width
            for session in 0..<width where values[row + session] > 0 { last[ticker] = session }
            var known = Double.nan
            for session in 0..<width {
                let value = values[row + session]
                if value > 0 { known = Double(value) }
                filled[row + session] = session > last[ticker] ? known * (1 + delistingReturn) : known
            }
        }
        return Valuations(sessionCount: width, values: filled, lastTrade: last)
    }
}

/// Values of one share on every session, without gaps.
public struct Valuations: Sendable {
    let sessionCount: Int
    /// Tickers x sessions; NaN before the first close.
    let values: [Double]
    /// The last session with a close; -1 where there is none.
    let lastTrade: [Int]

    /// Of one share, in dollars.
    public func value(_ ticker: Int, _ session: Int) -> Double { values[ticker * sessionCount + session] }

    /// Whether a ticker has stopped trading for good before a session.
    public func isDelisted(_ ticker: Int, at session: Int) -> Bool { lastTrade[ticker] < session && lastTrade[ticker] < sessionCount - 1 }
}
