public import MarketData

/// The contracts of one underlying on one day, adjusted ones left out, in the order of expiration and strike.
public struct OptionChain: Sendable {
    /// A contract. Missing numbers are NaN, missing counts -1.
    public struct Contract: Sendable {
        /// `Day.rawValue`.
        public var expiry: Int32
        /// Distinguishes series of one expiration (SPX and SPXW).
        public var root: UInt32
        /// Dollars.
        public var strike: Double
        public var isPut: Bool
        /// Dollars a share.
        public var mid: Double
        /// 1.0 = 100 %.
        public var volatility: Double
        public var volume: Int64
        public var openInterest: Int64

        public init(
            expiry: Int32, root: UInt32 = 0, strike: Double, isPut: Bool, mid: Double, volatility: Double, volume: Int64, openInterest: Int64
        ) {
            self.expiry = expiry
            self.root = root
            self.strike = strike
            self.isPut = isPut
            self.mid = mid
            self.volatility = volatility
            self.volume = volume
            self.openInterest = openInterest
        }
    }

    /// Both contracts of a strike. Missing volatilities and mids are NaN.
    struct Strike {
        var strike: Double
        var call = (mid: Double.nan, volatility: Double.nan, openInterest: Int64(0))
        var put = (mid: Double.nan, volatility: Double.nan, openInterest: Int64(0))
    }

    /// One expiration: its strikes ascending.
    struct Expiration {
        var days: Int
        var strikes: [Strike]
    }

    public let day: Day
    /// The underlying's close; NaN when it is not known.
    public let close: Double
    public let contracts: [Contract]

    /// - Parameter contracts: in any order.
    public init(day: Day, close: Double, contracts: [Contract]) {
        self.day = day
        self.close = close
        self.contracts = contracts.sorted {
            ($0.expiry, $0.root, $0.strike, $0.isPut ? 1 : 0) < ($1.expiry, $1.root, $1.strike, $1.isPut ? 1 : 0)
        }
    }

    /// The expirations in order. Of several series of one expiration, the one with the most contracts.
    func expirations() -> [Expiration] {
        var result: [Expiration] = []
        var start = 0
        var best: (days: Int, range: Range<Int>)?
        func close(_ best: (days: Int, range: Range<Int>)?) {
            if let best { result.append(Expiration(days: best.days, strikes: strikes(best.range))) }
        }
        while start < contracts.count {
            var end = start
            while end < contracts.count, contracts[end].expiry == contracts[start].expiry, contracts[end].root == contracts[start].root { end += 1 }
            let days = Int(contracts[start].expiry - day.rawValue)
            if let current = best, current.days == days {
                if end - start > current.range.count { best = (days, start..<end) }
            } else {
                close(best)
                best = (days, start..<end)
            }
            start = end
        }
        close(best)
        return result
    }

    private func strikes(_ range: Range<Int>) -> [Strike] {
        var strikes: [Strike] = []
        for contract in contracts[range] {
            if strikes.last?.strike != contract.strike { strikes.append(Strike(strike: contract.strike)) }
            let side = (contract.mid, contract.volatility, max(0, contract.openInterest))
            if contract.isPut { strikes[strikes.count - 1].put = side } else { strikes[strikes.count - 1].call = side }
        }
        return strikes
    }
}
