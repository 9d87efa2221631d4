public import MarketData

/// What the root of a contract says of its deliverable and settlement.
///
/// Sources: OCC, Option Symbology Initiative (adjusted contracts carry a digit after the symbol; FLEX roots start with one); CBOE and NYSE
/// circulars of 2013 on mini options (the suffix 7, on five underlyings, March 2013 to January 2015); Cboe's and Nasdaq's contract
/// specifications of index options (settlement by opening prices).
public enum ContractSeries: String, Codable, Hashable, Sendable {
    /// 100 shares, or a cash-settled index whose settlement price is the close.
    case plain
    /// A deliverable changed by a split, merger or special dividend.
    case adjusted
    /// 10 shares.
    case mini
    /// Settled by the opening prices of expiration day: the last quote is of the day before.
    case amSettled = "am_settled"
    /// A root that is neither the underlying's nor one of its known series.
    case otherRoot = "other_root"

    /// Underlyings that had options on 10 shares. GOOG's went to GOOGL in April 2014.
    private static let minis: Set<String> = ["AAPL", "AMZN", "GLD", "GOOG", "GOOGL", "SPY"]
    private static let miniExpiries = Day(rawValue: 15_765)...Day(rawValue: 16_494)
    private static let amSettledRoots: Set<String> = [
        "SPX", "NDX", "RUT", "VIX", "VIXW", "VXN", "RVX", "OVX", "GVZ", "DJX", "MNX", "RMN", "RUI", "RLG", "RLV", "RAG", "RAV", "MID", "SML",
        "BKX", "HGX", "OSX", "SOX", "UTY", "XAU", "SPXAM",
    ]
    /// Series settled by the close, by their root, with their underlying.
    private static let namedSeries: [String: String] = [
        "SPXW": "SPX", "SPXPM": "SPX", "SPXQ": "SPX", "NDXP": "NDX", "RUTW": "RUT", "RUTQ": "RUT", "XSPW": "XSP", "DJXW": "DJX", "MRUTW": "MRUT",
    ]

    /// - Parameter underlying: the ticker as the source spells it; dots and dashes do not count (`BRK.B`, root `BRKB`).
    public init(root: String, underlying: String, expiry: Day) {
        if Self.amSettledRoots.contains(root) {
            self = .amSettled
        } else if root == underlying || Self.namedSeries[root] == underlying {
            self = .plain
        } else {
            let ticker = String(underlying.uppercased().filter { $0.isLetter || $0.isNumber })
            if root.filter({ $0.isLetter || $0.isNumber }) == ticker {
                self = .plain
            } else if root.last == "7", root.dropLast() == ticker, Self.minis.contains(ticker), Self.miniExpiries.contains(expiry) {
                self = .mini
            } else if root.last?.isNumber == true || root.first?.isNumber == true {
                self = .adjusted
            } else {
                self = .otherRoot
            }
        }
    }
}
