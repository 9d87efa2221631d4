import Archive
import Descriptions
import MarketData
import Questions

/// The quoted strikes of each underlying, day and expiration, for distances in listed strikes.
struct StrikeLadders: Sendable {
    static let fields: Set<Field> = [.outOfTheMoneyStrikes]

    /// Maximum number of days without a ticker, because the ladders of all names are kept in memory.
    static let mostDaysOfAllNames = 31

    private struct Chain: Hashable {
        var ticker: UInt32
        var day: Int32
        var expiry: Int32
    }

    /// Ascending, in thousandths of a dollar.
    private var strikes: [Chain: [Int32]] = [:]

    init(_ rows: OptionRows) {
        var sets: [Chain: Set<Int32>] = [:]
        for row in rows.key.indices {
            let chain = Chain(ticker: DescriptionKey(rawValue: rows.key[row]).ticker, day: rows.quoteDate[row], expiry: rows.expiry[row])
            sets[chain, default: []].insert(rows.strike[row])
        }
        strikes = sets.mapValues { $0.sorted() }
    }

    /// Listed strikes from the one at the money, which is the nearest to the close: positive out of the money. NaN without a close,
    /// and for chains that were not read.
    func strikesOutOfTheMoney(ticker: UInt32, day: Int32, expiry: Int32, strike: Double, close: Double, isPut: Bool) -> Double {
        guard close > 0, strike > 0, let ladder = strikes[Chain(ticker: ticker, day: day, expiry: expiry)],
            let place = ladder.firstIndex(of: Int32((strike * 1000).rounded()))
        else { return .nan }
        let spot = close * 1000
        // Of two equally near strikes, the lower one.
        guard let atTheMoney = ladder.indices.min(by: { abs(Double(ladder[$0]) - spot) < abs(Double(ladder[$1]) - spot) }) else { return .nan }
        return Double(isPut ? atTheMoney - place : place - atTheMoney)
    }
}

/// The rows whose ladders a question needs.
struct LadderScope: Sendable {
    /// All when `nil`.
    var tickers: Set<UInt32>?
    var days: DayInterval

    /// - Returns: `nil` if there would be too many.
    init?(tickers: Set<UInt32>?, days: DayInterval) {
        if tickers == nil {
            guard let from = days.from, let to = days.to, from.days(to: to) < StrikeLadders.mostDaysOfAllNames else { return nil }
        }
        self.tickers = tickers
        self.days = days
    }
}

extension Snapshot {
    /// Reads the strikes of the chains within a scope.
    /// - Throws: `ArchiveError` for a damaged store; `HDF5Error`; errors of the store.
    func strikeLadders(_ scope: LadderScope) async throws -> StrikeLadders? {
        let stored = try await years([]).flatMap { $0.index.batches.filter { $0.kind == .options }.map(\.days) }
        guard let first = stored.map(\.lowerBound).min(), let last = stored.map(\.upperBound).max() else { return nil }
        let (from, to) = (max(first, scope.days.from ?? first), min(last, scope.days.to ?? last))
        guard from <= to else { return nil }
        return StrikeLadders(try await optionRows(scope.tickers, from...to, columns: ["expiry", "strike"]).rows)
    }
}
