import Foundation
import MarketData

/// The contracts of one underlying and expiry over their life: which strikes are listed in which session.
///
/// Strikes are multiples of a spacing on the share basis of the listing day. They surround the price when the series is
/// listed, are added as the price moves, and are never removed. After a split, a strike is the old strike divided by the
/// ratio, rounded to cents.
struct OptionSeries: Sendable {
    let expiry: ListedExpiry
    /// First session in which the series is listed.
    let firstSession: Int
    /// Number of shares that one share of the first session has become by the listing day.
    let listingShares: Double
    /// In cents.
    let spacing: Int
    /// Lowest strike for each session from `firstSession` on, in multiples of the spacing.
    private let lows: [Int32]
    /// Highest strike for each session from `firstSession` on, in multiples of the spacing.
    private let highs: [Int32]

    /// - Parameter sessions: the days of `path.bars`.
    init?(expiry: ListedExpiry, profile: UnderlyingProfile, path: UnderlyingPath, sessions: [Day]) {
        func index(from day: Day) -> Int { sessions.partitioningIndex { $0 >= day } }
        let first = index(from: expiry.listing)
        let end = index(from: expiry.lastTrading.adding(days: 1))
        guard first < end else { return nil }
        self.expiry = expiry
        firstSession = first
        let listed = path.bars[first]
        listingShares = listed.shares

        let years = max(BlackScholes.years(from: sessions[first], to: expiry.printed), 3.0 / 365)
        let deviation = (path.longRunVariance * years).squareRoot()
        let perExpiry = profile.rowsPerDay / 2 / ListedExpiry.typicalCount(for: profile, on: sessions[first])
        // Long expiries start with fewer strikes; price moves during their life add the rest.
        let count = 1.13 * perExpiry * (years > 0.7 ? 0.62 : years > 0.2 ? 0.78 : 0.92)
        let halfRange = min(1.2, 0.05 + 1.6 * deviation)
        let ideal = 2 * halfRange * listed.close * 100 / count
        let allowed = Self.spacings.filter { $0 >= Self.finestSpacing(price: listed.close, liquid: profile.isQuotedInPennies) }
        let spacing = allowed.min { abs(log(Double($0) / ideal)) < abs(log(Double($1) / ideal)) } ?? 100
        self.spacing = spacing

        let half = max(1, Int(((count - 1) / 2).rounded()))
        let margin = max(1, half * 2 / 3)
        var low = Int32.max
        var high = Int32.min
        var lows: [Int32] = []
        var highs: [Int32] = []
        for session in first..<end {
            let bar = path.bars[session]
            let middle = Int((bar.close * 100 * bar.shares / listed.shares / Double(spacing)).rounded())
            let reach = session == first ? half : margin
            low = min(low, Int32(max(1, middle - reach)))
            high = max(high, Int32(middle + reach))
            lows.append(low)
            highs.append(high)
        }
        self.lows = lows
        self.highs = highs
    }

    func isListed(on session: Int) -> Bool {
        session >= firstSession && session - firstSession < lows.count
    }

    /// Listed strikes of a session, in multiples of the spacing.
    func strikes(on session: Int) -> ClosedRange<Int> {
        Int(lows[session - firstSession])...Int(highs[session - firstSession])
    }

    /// A strike in cents, on the share basis of its session.
    func strikeCents(_ strike: Int, shares: Double) -> Int {
        shares == listingShares
            ? strike * spacing : Int((Double(strike * spacing) * listingShares / shares).rounded())
    }

    private static let spacings = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000]

    private static func finestSpacing(price: Double, liquid: Bool) -> Int {
        if liquid { return price < 20 ? 50 : price < 200 ? 100 : 250 }
        return price < 5 ? 50 : price < 25 ? 250 : price < 200 ? 500 : 1000
    }
}

extension Array {
    /// The first index from which on all elements satisfy the predicate.
    func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
