import Base
public import MarketData
public import StockFeatures

/// Selects the tickers and days of a feature file that a cache is made for.
public struct CacheSelection: Sendable {
    /// The tickers to use; nil for all tickers of the file.
    public var tickers: [String]?
    /// Number of tickers to skip at the start of the alphabetical list.
    public var skip = 0
    /// Number of tickers to keep after those; nil for all.
    public var take: Int?
    /// Keep only the last N of the selected tickers, as the original system did; nil for all.
    public var last: Int?
    /// First day; by default `months` times 30 days before the last day.
    public var start: Day?
    /// Last day; by default the last day of the features.
    public var end: Day?
    /// Number of 30-day months used when `start` is nil.
    public var months = 6
    /// Select every day of the features, instead of trading days only.
    public var allDays = false

    /// Selects all tickers and the last six months.
    public init() {}

    /// Returns the selected tickers and days, both ascending.
    ///
    /// Trading days are days on which at least half of the selected tickers that were trading at the time have a price.
    /// Without prices, they are the sessions of United States exchanges. Days on which no ticker has features are left out.
    /// - Throws: `CacheError` when a ticker is not in the file, or nothing is left; errors of the price file.
    public func resolve(in features: FeatureFile, prices: PriceFile?) throws -> (tickers: [String], days: [Day]) {
        let chosen = try chooseTickers(from: features)
        var present: Set<Day> = []
        var previous: [Day] = []
        var failures = 0
        var first: FeatureFileError?
        for ticker in chosen {
            // A ticker that cannot be read is reported as failed when the build reaches it.
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

    /// Says how many tickers cannot be read, and why the first cannot.
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
        // Change in the number of trading tickers from the day before.
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
