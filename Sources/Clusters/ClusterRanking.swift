import Base
import Foundation
public import MarketData

/// Closes by ticker, for a ranking.
public protocol RankingPrices {
    /// The days and closes of a ticker, ascending by day; `nil` if there are none.
    func series(of ticker: String) throws -> (days: [Day], prices: [Float])?
}

/// The figures of one cluster at one horizon.
public struct ClusterScore: Sendable, Equatable, Codable {
    public var cluster_id: Int
    /// Tickers with a member in the cluster.
    public var num_stocks: Int
    /// Winsorised, except with the original's rules.
    public var mean_return: Double
    public var median_return: Double
    /// Share of returns above 0.
    public var win_rate: Double
    /// Mean / standard deviation, not annualised.
    public var sharpe: Double
    /// Of the population.
    public var volatility: Double
    public var skewness: Double
    public var num_samples: Int
    /// Distinct days of the members.
    public var days: Int
    /// t-statistic of the difference between the mean and that of all members, counting a day's returns once.
    public var t_statistic: Double?
    /// One-sided probability of such a t-statistic without a difference.
    public var p_value: Double?
    /// The same after Benjamini and Hochberg's correction for the number of clusters.
    public var q_value: Double?
    /// Mean return of the members in the last part of the time, minus that of all members in the same time.
    public var out_of_sample: Double?
    /// Whether it has enough members and days to be chosen.
    public var eligible: Bool
}

/// Scores clusters by the later returns of their members.
public struct ClusterRanking: Sendable {
    /// Sessions ahead.
    public var horizons = [1, 5, 10, 20]
    /// Returns after this day are not used; by default the last day that the clusters were fitted on.
    public var through: Day?
    /// Sessions from a member's day to the purchase.
    public var lag = 1
    /// Minimum members and days of a cluster that can be chosen.
    public var leastMembers = 20
    public var leastDays = 5
    /// Share of returns that is winsorised at each end, at least one return.
    public var winsorised = 0.01
    /// Share of the tickers that the chosen clusters must cover.
    public var coverage = 0.1
    /// Largest q-value of a chosen cluster; 1 for no limit.
    public var largestQ = 1.0
    /// Share of the time, at its end, that is reserved for the out-of-sample figure.
    public var heldOut = 0.3

    public init() {}

    /// The ranking of one horizon.
    public struct Table: Sendable, Equatable, Codable {
        public let horizon: Int
        /// Best first.
        public let scores: [ClusterScore]
        /// Ids of the chosen clusters, best first.
        public let best: [Int]
        /// Number of members without a known return: no close at the time, or too near the end.
        public let unknown: Int
    }

    /// The student t tail probability, passed by the caller, so that this target has no further dependency.
    public typealias Tail = @Sendable (_ t: Double, _ degrees: Double) -> Double

    /// Ranks clusters by the forward returns of their own members: bought `lag` sessions after the member's day, sold `horizon`
    /// sessions later, both on or before `through`.
    /// - Parameters:
    ///   - correction: turns p-values into q-values.
    /// - Throws: `ClusterError` if members have no days; errors of reading prices.
    public func rank(
        _ model: ClusterModel, prices: some RankingPrices, tail: Tail, correction: ([Double]) -> [Double]
    ) throws -> [Table] {
        guard !model.members.isEmpty, model.members.allSatisfy({ $0.day != nil }) else {
            throw ClusterError(
                .invalidInput, model.provenance.source,
                "does not say which tickers and days were clustered; rank clusters that 'tapedeck clusters fit' made, or give --compat original")
        }
        let cut = through ?? model.provenance.fitted_through
        let byTicker = Dictionary(grouping: model.members, by: \.ticker)
        var samples = [[Sample]](repeating: [], count: horizons.count)
        for ticker in byTicker.keys.sorted(by: bytesAscend) {
            guard let (days, closes) = try prices.series(of: ticker) else { continue }
            let places = Dictionary(uniqueKeysWithValues: days.enumerated().map { ($1, $0) })
            for member in byTicker[ticker] ?? [] {
                guard let day = member.day, let place = places[day] else { continue }
                for (index, horizon) in horizons.enumerated() {
                    let (entry, exit) = (place + lag, place + lag + horizon)
                    guard exit < days.count, cut.map({ days[exit] <= $0 }) ?? true else { continue }
                    let change = Double(closes[exit]) / Double(closes[entry]) - 1
                    if change.isFinite, closes[entry] > 0 {
                        samples[index].append(Sample(ticker: ticker, day: day, cluster: member.cluster, value: change))
                    }
                }
            }
        }
        return horizons.enumerated().map { index, horizon in
            table(horizon, samples[index], model, tail: tail, correction: correction)
        }
    }

    private struct Sample {
        let ticker: String
        let day: Day
        let cluster: Int
        var value: Double
    }

    private func table(
        _ horizon: Int, _ raw: [Sample], _ model: ClusterModel, tail: Tail, correction: ([Double]) -> [Double]
    ) -> Table {
        var samples = raw
        let sorted = raw.map(\.value).sorted()
        if !sorted.isEmpty, winsorised > 0 {
            let edge = min((sorted.count - 1) / 2, Int((winsorised * Double(sorted.count)).rounded(.up)))
            let (low, high) = (sorted[edge], sorted[sorted.count - 1 - edge])
            for place in samples.indices { samples[place].value = min(high, max(low, samples[place].value)) }
        }
        let overall = Figures(samples.map(\.value)).mean
        let allDays = Set(samples.map(\.day)).sorted()
        let split = allDays.isEmpty ? nil : allDays[min(allDays.count - 1, Int(Double(allDays.count) * (1 - heldOut)))]
        let later = split.map { split in samples.filter { $0.day >= split } } ?? []
        let laterMean = Figures(later.map(\.value)).mean
        let groups = Dictionary(grouping: samples, by: \.cluster)
        var scores: [ClusterScore] = []
        for cluster in groups.keys.sorted() {
            let own = groups[cluster] ?? []
            let figures = Figures(own.map(\.value))
            // A day's returns move together, so each day counts once.
            let byDay = Dictionary(grouping: own, by: \.day).sorted { $0.key < $1.key }
                .map { Figures($0.value.map(\.value)).mean - overall }
            let daily = Figures(byDay)
            var t: Double?
            if byDay.count > 2, daily.volatility > 0 {
                let deviation = daily.volatility * (Double(byDay.count) / Double(byDay.count - 1)).squareRoot()
                t = daily.mean / (deviation / Double(byDay.count).squareRoot())
            }
            let after = split.map { split in own.filter { $0.day >= split } } ?? []
            scores.append(
                ClusterScore(
                    cluster_id: cluster, num_stocks: Set(own.map(\.ticker)).count, mean_return: figures.mean, median_return: figures.median,
                    win_rate: figures.winRate, sharpe: figures.volatility > 0 ? figures.mean / figures.volatility : 0,
                    volatility: figures.volatility, skewness: figures.skewness, num_samples: own.count, days: byDay.count, t_statistic: t,
                    p_value: t.map { tail($0, Double(byDay.count - 1)) }, q_value: nil,
                    out_of_sample: after.isEmpty ? nil : Figures(after.map(\.value)).mean - laterMean,
                    eligible: own.count >= leastMembers && byDay.count >= leastDays))
        }
        let tested = scores.indices.filter { scores[$0].p_value != nil }
        for (place, rate) in zip(tested, correction(tested.map { scores[$0].p_value ?? 1 })) { scores[place].q_value = rate }
        scores.sort { $0.mean_return != $1.mean_return ? $0.mean_return > $1.mean_return : $0.cluster_id < $1.cluster_id }
        let choice = scores.filter { $0.eligible && (largestQ >= 1 || ($0.q_value ?? 1) <= largestQ) }
        return Table(
            horizon: horizon, scores: scores, best: Self.cover(choice, of: scores, share: coverage),
            unknown: model.members.count - samples.count)
    }

    /// The best clusters that together cover a share of the tickers, counted once for each cluster they are in.
    static func cover(_ choice: [ClusterScore], of all: [ClusterScore], share: Double) -> [Int] {
        let target = Int(Double(all.reduce(0) { $0 + $1.num_stocks }) * share)
        var best: [Int] = []
        var covered = 0
        for score in choice {
            best.append(score.cluster_id)
            covered += score.num_stocks
            if covered >= target { break }
        }
        return best
    }

    /// Ranks clusters as the original's analyze_clusters does: by all forward returns that any ticker of the cluster ever had,
    /// whenever it was in it.
    ///
    /// Numbers have single precision, like the original's; their last digits depend on the order of summation.
    /// - Throws: errors of `prices`.
    public func rankAsOriginal(_ model: ClusterModel, prices: some RankingPrices) throws -> [Table] {
        var tickers = [Set<String>](repeating: [], count: model.count)
        for member in model.members { tickers[member.cluster].insert(member.ticker) }
        var known: [String: (days: [Day], prices: [Float])] = [:]
        for ticker in Set(model.members.map(\.ticker)) { known[ticker] = try prices.series(of: ticker) }
        return horizons.map { horizon in
            var scores: [ClusterScore] = []
            for cluster in 0..<model.count where !tickers[cluster].isEmpty {
                var values: [Double] = []
                for ticker in tickers[cluster].sorted(by: bytesAscend) {
                    guard let closes = known[ticker]?.prices, closes.count > horizon else { continue }
                    for place in 0..<closes.count - horizon {
                        let change = (closes[place + horizon] - closes[place]) / closes[place]
                        if change.isFinite { values.append(Double(change)) }
                    }
                }
                guard !values.isEmpty else { continue }
                let figures = Figures(values)
                scores.append(
                    ClusterScore(
                        cluster_id: cluster, num_stocks: tickers[cluster].count, mean_return: figures.mean, median_return: figures.median,
                        win_rate: figures.winRate, sharpe: figures.volatility > 0 ? figures.mean / figures.volatility : 0,
                        volatility: figures.volatility, skewness: figures.skewness, num_samples: values.count, days: 0, eligible: true))
            }
            scores.sort { $0.mean_return != $1.mean_return ? $0.mean_return > $1.mean_return : $0.cluster_id < $1.cluster_id }
            return Table(horizon: horizon, scores: scores, best: Self.cover(scores, of: scores, share: coverage), unknown: 0)
        }
    }

    private struct Figures {
        let mean, median, winRate, volatility, skewness: Double

        init(_ values: [Double]) {
            guard !values.isEmpty else {
                (mean, median, winRate, volatility, skewness) = (0, 0, 0, 0, 0)
                return
            }
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            self.mean = mean
            let sorted = values.sorted(), middle = values.count / 2
            median = values.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            winRate = Double(values.count { $0 > 0 }) / count
            var (second, third) = (0.0, 0.0)
            for value in values {
                let gap = value - mean
                second += gap * gap
                third += gap * gap * gap
            }
            volatility = (second / count).squareRoot()
            skewness = second > 0 ? third / count / pow(second / count, 1.5) : 0
        }
    }
}

/// The original's text files about clusters.
public enum ClusterLists {
    /// The text of `cluster_ranking_{h}d.csv`.
    public static func csv(_ table: ClusterRanking.Table) -> String {
        var text = "cluster_id,num_stocks,mean_return,median_return,win_rate,sharpe,volatility,skewness,num_samples\n"
        for score in table.scores {
            // The original's numbers have single precision, except the win rate.
            func single(_ value: Double) -> String { "\(Float(value))" }
            text +=
                "\(score.cluster_id),\(score.num_stocks),\(single(score.mean_return)),\(single(score.median_return)),\(score.win_rate),"
                + "\(single(score.sharpe)),\(single(score.volatility)),\(single(score.skewness)),\(score.num_samples)\n"
        }
        return text
    }

    /// The text of `best_clusters_{h}d.txt`.
    /// - Parameters:
    ///   - digest: of the clusters; the original's reader skips its line.
    ///   - through: last day whose prices were used; the original's reader skips its line.
    public static func best(_ table: ClusterRanking.Table, digest: String, through: Day? = nil) -> String {
        "# Best clusters for \(table.horizon)-day horizon\n# Total: \(table.best.count) clusters\n# clusters \(digest)\n"
            + (through.map { "# through \($0)\n" } ?? "") + table.best.map { "\($0)\n" }.joined()
    }

    /// Reads a list of best clusters: one id per line, `#` starts a comment.
    /// - Throws: `ClusterError` naming the line.
    public static func readBest(_ path: String) throws(ClusterError) -> BestClusters {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ClusterError(.unavailable, path, "cannot be read; 'tapedeck clusters rank' writes it")
        }
        var best = BestClusters()
        for (number, line) in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("# clusters ") { best.digest = String(text.dropFirst(11)) }
            if text.hasPrefix("# through ") { best.through = Day(iso: String(text.dropFirst(10))) }
            guard !text.isEmpty, !text.hasPrefix("#") else { continue }
            guard let id = Int(text) else { throw ClusterError(.malformed, path, "line \(number + 1) is '\(text)', not a whole number") }
            if !best.ids.contains(id) { best.ids.append(id) }
        }
        return best
    }
}

/// A list of best clusters.
public struct BestClusters: Sendable, Equatable {
    /// In rank order.
    public var ids: [Int] = []
    /// Digest of the clusters that the ids refer to; `nil` if the file does not state it.
    public var digest: String?
    /// Last day whose prices the ranking used; `nil` if the file does not state it.
    public var through: Day?

    public init() {}
}
