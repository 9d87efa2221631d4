public import Analyses
import Base
import Foundation
public import MarketData
public import Queries
public import Questions

extension Store {
    /// A question on every stored day: how many rows meet its constraints, what they look like, and what happened to them.
    ///
    /// Makes one pass over the rows that can match, and for outcomes a second one over the rows of the matches' underlyings.
    /// - Parameters:
    ///   - request: its constraints, years and as-of day apply; outcomes read later days on purpose.
    ///   - measures: numbers to report the mean and median of, in addition to those that the question names.
    ///   - study: horizons and side of outcomes; without horizons, no outcomes.
    ///   - sample: matches of a day that are followed, drawn at random.
    /// - Throws: `QueryError` for a question without constraints, and for a measure that search cannot compute; errors of the store.
    public func everyDay(
        _ request: SearchRequest, measures: [Field] = [], study: OutcomeStudy = OutcomeStudy(), sample: Int = 100
    ) async throws -> (answer: SearchAnswer, series: DailySeries) {
        let wanted = study.horizons.isEmpty ? 0 : sample
        let (answer, fields, days) = try await searchBase().everyDay(request, fields: measures, sample: wanted, seed: study.seed)
        let reader = try await reader()
        let horizons = Set(study.horizons.filter { $0 > 0 }).sorted()
        var plain = study
        // A day has too few outcomes for intervals.
        plain.samples = 0
        var returns: [Day: [Int: [Double?]]] = [:]
        for some in days.filter({ !$0.sample.isEmpty }).inGroups(of: ChainReader.daysTogether) {
            let entries = some.flatMap { one in
                one.sample.map { ChainReader.Entry(contract: $0.contract, underlying: $0.underlying, day: one.day) }
            }
            for outcome in plain.run(try await reader.cases(entries, horizon: horizons.last ?? 0)).results {
                returns[outcome.quote_date, default: [:]][outcome.horizon, default: []].append(outcome.executable_return)
            }
        }
        let rows = days.map { one in
            DailyRow(
                day: one.day, matches: one.matches,
                measures: Dictionary(uniqueKeysWithValues: zip(fields.map(\.snakeCase), one.values.map(DailyMeasure.init))),
                outcomes: horizons.map { DailyOutcome(horizon: $0, returns: returns[one.day]?[$0] ?? []) })
        }
        let sides = study.side == .buy ? "bought at the ask and sold at the bid" : "sold at the bid and bought back at the ask"
        let assumptions =
            horizons.isEmpty
            ? "matches are rows that meet every constraint"
            : "matches are rows that meet every constraint; at most \(sample) options of a day are followed, drawn at random with seed "
                + "\(study.seed), \(sides)"
        return (
            answer,
            DailySeries(
                results: rows,
                summary: horizons.map { horizon in
                    DailyOutcome(horizon: horizon, returns: days.flatMap { returns[$0.day]?[horizon] ?? [] })
                }, assumptions: assumptions)
        )
    }

    /// A screen on every stored day: how many combinations it considers, what the best of each day look like, and what happened to them.
    /// - Parameters:
    ///   - symbols: underlyings; all when empty.
    ///   - k: best combinations of each day, which are measured and followed.
    ///   - first: the first day; the store's first when `nil`.
    ///   - last: the last day.
    ///   - study: horizons and fees of outcomes; without horizons, no outcomes.
    /// - Throws: `QueryError` for days or a ticker that the store does not have; errors of the store.
    public func everyDay(
        _ screen: StrategyScreen, symbols: [String] = [], k: Int = 20, from first: Day? = nil, to last: Day? = nil,
        study: StrategyStudy = StrategyStudy()
    ) async throws -> DailySeries {
        let reader = try await reader()
        let stored = try await reader.days()
        let days = stored.filter { day in (first.map { $0 <= day } ?? true) && (last.map { day <= $0 } ?? true) }
        guard !days.isEmpty else {
            throw QueryError(
                stored.isEmpty
                    ? "the store has no option chains"
                    : "the store has no option quotes on these days; it has \(stored[0]) to \(stored[stored.count - 1])")
        }
        let horizons = Set(study.horizons.filter { $0 > 0 }).sorted()
        var rows: [DailyRow] = []
        var returns: [Int: [Double?]] = [:]
        var pending: [(day: Day, report: ScreenReport)] = []
        func finish() async throws {
            let found = pending.flatMap(\.report.results)
            let entries = Set(
                found.flatMap { result in
                    result.legs.compactMap(\.contract).map { ChainReader.Entry(contract: $0, underlying: result.underlying, day: result.quote_date) }
                })
            var cases: [ChainReader.Entry: OutcomeCase] = [:]
            if !horizons.isEmpty {
                for one in try await reader.cases(Array(entries), horizon: horizons.last ?? 0) {
                    cases[ChainReader.Entry(contract: one.quote.contract, underlying: one.underlying, day: one.day)] = one
                }
            }
            for (day, report) in pending {
                var outcomes: [Int: [Double?]] = [:]
                for result in report.results where !horizons.isEmpty {
                    let legs = result.legs.compactMap(\.contract).compactMap {
                        cases[ChainReader.Entry(contract: $0, underlying: result.underlying, day: day)]
                    }
                    for outcome in study.outcomes(of: result, legs: legs) { outcomes[outcome.horizon, default: []].append(outcome.profit_on_risk) }
                }
                for (horizon, values) in outcomes { returns[horizon, default: []] += values }
                rows.append(
                    DailyRow(
                        day: day, matches: report.considered,
                        measures: [screen.measure.rawValue: DailyMeasure(report.results.map(screen.measure.value(of:)))],
                        outcomes: horizons.map { DailyOutcome(horizon: $0, returns: outcomes[$0] ?? []) }))
            }
            pending = []
        }
        try await reader.forEachDay(days, symbols) { day, chains in
            pending.append((day, screen.best(k, of: chains, asOf: day)))
            if pending.count == ChainReader.daysTogether { try await finish() }
        }
        try await finish()
        return DailySeries(
            results: rows, summary: horizons.map { DailyOutcome(horizon: $0, returns: returns[$0] ?? []) },
            assumptions:
                "matches are combinations considered; measures and outcomes are of the best \(k) of each day, profit over maximum loss, entered and "
                + "closed at executable sides, \(study.feePerContract) dollars per contract, at the horizon or when the first leg expires")
    }
}

extension Array {
    /// Slices of a length, the last one shorter.
    fileprivate func inGroups(of length: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
    }
}
