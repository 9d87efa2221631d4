public import MarketData
import Portfolio

/// What happened to contracts after their quotes: returns at executable prices by sessions ahead, and how far they can be believed.
public struct OutcomeStudy: Sendable {
    public enum Side: String, CaseIterable, Codable, Hashable, Sendable {
        /// Buy the ask, sell the bid.
        case buy
        /// Sell the bid, buy back the ask.
        case sell
    }

    /// Sessions ahead.
    public var horizons = [1, 5, 10, 20]
    public var side = Side.buy
    /// Adjusted, mini and AM-settled contracts take part.
    public var includesContractsThatAreNotPlain = false
    /// Rearrangements of dates for intervals.
    public var samples = 1000
    /// Random seed; the same seed gives the same intervals.
    public var seed: UInt64 = 1
    public var calendar = TradingCalendar.unitedStates

    public init() {}

    /// - Parameters:
    ///   - cases: results of a question, in the order of the report.
    ///   - baseline: random rows of the same names and days; empty for none.
    public func run(_ cases: [OutcomeCase], baseline: [OutcomeCase] = []) -> OutcomeReport {
        let horizons = Set(horizons.filter { $0 > 0 }).sorted()
        let results = cases.flatMap { one in outcomes(of: one, horizons) }
        let others = baseline.flatMap { one in outcomes(of: one, horizons) }
        let summary = horizons.enumerated().map { place, horizon in
            let mine = stride(from: place, to: results.count, by: horizons.count).map { results[$0] }
            let random = stride(from: place, to: others.count, by: horizons.count).map { others[$0] }
            var statuses = Dictionary(uniqueKeysWithValues: OutcomeStatus.allCases.map { ($0, 0) })
            for outcome in mine { statuses[outcome.status, default: 0] += 1 }
            return OutcomeSummary(
                horizon: horizon, cases: mine.count, distribution: distribution(mine, horizon: horizon), statuses: statuses,
                baseline: baseline.isEmpty ? nil : distribution(random, horizon: horizon))
        }
        return OutcomeReport(results: results, summary: summary)
    }

    // MARK: One case

    private func outcomes(of one: OutcomeCase, _ horizons: [Int]) -> [Outcome] {
        var later: [Day: LaterQuote] = [:]
        // Of two rows of a day the first stays.
        for quote in one.later where quote.day > one.day && later[quote.day] == nil { later[quote.day] = quote }
        let firstSplit = one.later.filter { $0.isSplitDay && $0.day > one.day }.map(\.day).min()
        return horizons.map { outcome(of: one, horizon: $0, later: later, firstSplit: firstSplit) }
    }

    private func outcome(of one: OutcomeCase, horizon: Int, later: [Day: LaterQuote], firstSplit: Day?) -> Outcome {
        let (contract, quote) = (one.quote.contract, one.quote)
        let target = calendar.session(horizon, after: one.day)
        let last = contract.lastTradingDay
        let isExpired = last <= target
        var outcome = Outcome(
            contract: contract, underlying: one.underlying, quote_date: one.day, horizon: horizon, status: .noLaterQuote,
            exit_date: isExpired ? last : target)
        let point = later[outcome.exit_date]
        let isSplit = firstSplit.map { $0 <= outcome.exit_date } ?? false
        if !isSplit, let close = point?.close, close > 0, one.close > 0 { outcome.underlying_return = close / one.close - 1 }
        if !includesContractsThatAreNotPlain,
            ContractSeries(root: contract.root, underlying: one.underlying, expiry: contract.expiry) != .plain
        {
            outcome.status = .notPlain
            return outcome
        }
        // A bid of 0 can be bought from the other side, not sold to.
        guard quote.ask > 0, quote.bid <= quote.ask, side == .buy ? quote.bid >= 0 : quote.bid > 0 else {
            outcome.status = .noEntry
            return outcome
        }
        outcome.entry = side == .buy ? quote.ask : quote.bid
        guard !isSplit else {
            outcome.status = .split
            return outcome
        }
        let (executable, middle): (Double, Double)
        if isExpired {
            guard last > one.day, let close = point?.close, close > 0 else { return outcome }
            executable = quote.intrinsic(close)
            middle = executable
            outcome.status = executable > 0 ? .expiredInTheMoney : .expiredWorthless
        } else {
            guard let point, point.bid >= 0, point.ask > 0, point.bid <= point.ask else { return outcome }
            executable = side == .buy ? point.bid : point.ask
            middle = (point.bid + point.ask) / 2
            outcome.status = point.bid > 0 ? .quoted : .noBid
        }
        outcome.exit = executable
        if let entry = outcome.entry { outcome.executable_return = (side == .buy ? executable - entry : entry - executable) / entry }
        outcome.mid_return = (side == .buy ? middle - quote.mid : quote.mid - middle) / quote.mid
        return outcome
    }

    // MARK: Distribution

    private func distribution(_ outcomes: [Outcome], horizon: Int) -> OutcomeDistribution {
        let known = outcomes.compactMap { outcome in outcome.executable_return.map { (day: outcome.quote_date, value: $0) } }
            .sorted { $0.day != $1.day ? $0.day < $1.day : $0.value < $1.value }
        func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
        var days: [Day] = []
        // The place of each value's date, and sums by date.
        var dates: [Int] = []
        var (sums, counts, gains) = ([Double](), [Int](), [Int]())
        for (day, value) in known {
            if days.last != day {
                days.append(day)
                sums.append(0)
                counts.append(0)
                gains.append(0)
            }
            dates.append(days.count - 1)
            sums[days.count - 1] += value
            counts[days.count - 1] += 1
            gains[days.count - 1] += value > 0 ? 1 : 0
        }
        let sorted = known.map(\.value).sorted()
        // Values in their order, with their dates: quantiles of a rearrangement are a walk over them.
        let order = known.indices.sorted { known[$0].value != known[$1].value ? known[$0].value < known[$1].value : $0 < $1 }
        let ordered = order.map { (value: known[$0].value, date: dates[$0]) }
        var weights = [Int](repeating: 0, count: days.count)
        let intervals = Statistics.bootstrapIntervals(
            count: days.count, samples: samples, meanBlock: overlap(days, horizon), seed: seed
        ) { places in
            for date in weights.indices { weights[date] = 0 }
            var (sum, total, won) = (0.0, 0, 0)
            for place in places {
                weights[place] += 1
                sum += sums[place]
                total += counts[place]
                won += gains[place]
            }
            guard total > 0 else { return [nil, nil, nil] }
            return [Double(won) / Double(total), sum / Double(total), Self.median(ordered, weights, total)]
        }.map { $0.map { OutcomeDistribution.Interval(low: $0.low, high: $0.high) } }
        let won = gains.reduce(0, +)
        let quartiles = [0.25, 0.75].compactMap { PerformanceMetrics.percentile(sorted, $0) }
        return OutcomeDistribution(
            count: known.count, dates: days.count, gains: won, gain_share: known.isEmpty ? nil : Double(won) / Double(known.count),
            gain_share_interval: intervals[0], mean: mean(known.map(\.value)), mean_interval: intervals[1],
            median: PerformanceMetrics.percentile(sorted, 0.5), interval: intervals[2], quartiles: quartiles.isEmpty ? nil : quartiles,
            mid_mean: mean(outcomes.compactMap(\.mid_return)), underlying_mean: mean(outcomes.compactMap(\.underlying_return)))
    }

    /// The mean number of dates whose outcomes overlap with a date's: blocks of about this length keep their dependence.
    private func overlap(_ days: [Day], _ horizon: Int) -> Double {
        guard !days.isEmpty else { return 1 }
        var (sum, end) = (0, 0)
        for (start, day) in days.enumerated() {
            let limit = calendar.session(horizon, after: day)
            while end < days.count, days[end] < limit { end += 1 }
            sum += max(1, end - start)
        }
        return Double(sum) / Double(days.count)
    }

    /// The median of values repeated as often as their date.
    private static func median(_ ordered: [(value: Double, date: Int)], _ weights: [Int], _ total: Int) -> Double? {
        let (low, high) = ((total - 1) / 2, total / 2)
        var (passed, first) = (0, Double?.none)
        for (value, date) in ordered where weights[date] > 0 {
            passed += weights[date]
            if first == nil, passed > low { first = value }
            if passed > high { return first.map { ($0 + value) / 2 } }
        }
        return first
    }
}
