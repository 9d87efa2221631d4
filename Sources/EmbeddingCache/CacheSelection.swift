internal import Base
import MarketData
import StockFeatures

/// Which tickers and days of a feature file a cache is made for.
public struct CacheSelection: Sendable {
    /// These tickers; all of the file when nil.
    public var tickers: [String]?
    /// Tickers left out at the beginning of the alphabet.
    public var skip = 0
    /// Tickers taken after those.
    public var take: Int?
    /// The last so many of those, as the original system chose.
    public var last: Int?
    /// First and last day; by default `months` of 30 days up to the last day of the features.
    public var start: Day?
    public var end: Day?
    public var months = 6
    /// Every day of the features, rather than trading days only.
    public var allDays = false

    public init() {}

    /// The tickers and days chosen, both ascending.
    ///
    /// Trading days are those on which at least half of the chosen tickers that were trading at the time have a price; without
    /// prices, the sessions of the United States' exchanges. A day that no ticker has features for is left out.
    /// - Throws: `CacheError` when a ticker is not in the file, or nothing is left; `FeatureFileError`.
    public func resolve(in features: FeatureFile, prices: PriceFile?) throws -> (tickers: [String], days: [Day]) {
        let chosen = try chooseTickers(from: features)
        var present: Set<Day> = []
        var previous: [Day] = []
        var failures = 0
        var first: FeatureFileError?
        for ticker in chosen {
            // A ticker that cannot be read is listed as failed when its turn comes.
            do throws(FeatureFileError) {
                let days = try features.features(of: ticker).days
                guard days != previous else { continue }
                present.formUnion(days)
                previous = days
            } catch {
                failures += 1
                first = first ?? error
            }
        }
        let unread = first.map { Self.unread($0, failures, of: chosen.count) }
        if present.isEmpty, let unread { throw CacheError(.empty, features.path, unread) }
        let until = end ?? present.max()
        guard let until else { throw CacheError(.empty, features.path, "none of the \(chosen.count) tickers chosen has features") }
        let from = start ?? until.adding(days: -30 * months)
        let sessions: Set<Day>? =
            allDays ? nil : try prices.map { try Self.tradingDays(of: chosen, in: $0) }
        let days = present.filter { day in
            day >= from && day <= until
                && (allDays || (sessions?.contains(day) ?? TradingCalendar.unitedStates.isSession(day)))
        }
        guard !days.isEmpty else {
            throw CacheError(
                .empty, features.path,
                "no \(allDays ? "" : "trading ")day from \(from) to \(until) has features; the file's "
                    + "days are \(present.min().map(String.init(describing:)) ?? "none") to "
                    + "\(present.max().map(String.init(describing:)) ?? "none")" + (unread.map { "; \($0)" } ?? ""))
        }
        return (chosen, days.sorted())
    }

    /// How many tickers cannot be read, and why the first of them.
    private static func unread(_ first: FeatureFileError, _ count: Int, of chosen: Int) -> String {
        let which =
            chosen == 1
            ? "the ticker chosen cannot be read"
            : count == chosen
                ? "none of the \(chosen) tickers chosen can be read" : "\(count) of the \(chosen) tickers chosen cannot be read"
        return "\(which); \(count == 1 ? "" : "the first, ")\(first.ticker ?? ""): \(first.message)"
    }

    private func chooseTickers(from features: FeatureFile) throws(CacheError) -> [String] {
        var chosen = features.tickers
        if let tickers {
            let known = Set(chosen)
            let unknown = tickers.filter { !known.contains($0) }
            guard unknown.isEmpty else {
                let linked = unknown.first { features.others.contains($0) }
                throw CacheError(
                    .empty, features.path,
                    "has no features of \(unknown.prefix(5).joined(separator: ", "))"
                        + (unknown.count > 5 ? " and \(unknown.count - 5) more" : "")
                        + (linked.map { "; \($0) is an external link, which is not followed, or holds no features" } ?? ""))
            }
            chosen = Set(tickers).sorted(by: bytesAscend)
        }
        chosen = Array(chosen.dropFirst(skip))
        if let take { chosen = Array(chosen.prefix(take)) }
        if let last { chosen = Array(chosen.suffix(last)) }
        guard !chosen.isEmpty else { throw CacheError(.empty, features.path, "no tickers are left after those skipped") }
        return chosen
    }

    private static func tradingDays(of tickers: [String], in prices: PriceFile) throws -> Set<Day> {
        let priced = Set(prices.tickers)
        var counts: [Day: Int] = [:]
        // How many tickers more trade from a day on than on the day before.
        var changes: [Day: Int] = [:]
        for ticker in tickers where priced.contains(ticker) {
            let days = try prices.days(of: ticker)
            guard let first = days.first, let last = days.last else { continue }
            for day in days { counts[day, default: 0] += 1 }
            changes[first, default: 0] += 1
            changes[last.adding(days: 1), default: 0] -= 1
        }
        guard !counts.isEmpty else { throw CacheError(.empty, prices.path, "has no prices of the tickers chosen") }
        var trading: Set<Day> = []
        var alive = 0
        for day in Set(counts.keys).union(changes.keys).sorted() {
            alive += changes[day] ?? 0
            if let count = counts[day], 2 * count >= alive { trading.insert(day) }
        }
        return trading
    }
}
