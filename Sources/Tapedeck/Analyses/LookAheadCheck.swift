import Analyses
import Archive
import Base
import Foundation
public import MarketData
import Queries
import StrictJSON

/// Checks that no answer as of a day changes when every later row becomes noise.
///
/// For sampled days, each analysis runs twice: on the store as it is, and with noise in place of the numbers of all later rows, of the later
/// state of underlyings, and with other later splits. Both answers must be the same bytes of JSON.
public struct LookAheadCheck: Sendable {
    /// What is checked.
    public enum Analysis: String, CaseIterable, Codable, Sendable {
        case arbitrage
        case relativeValue = "relative-value"
        case screen, flow
        case pastFlow = "past-flow"
        case regimes, analogs, risk
        case riskAnalogs = "risk-analogs"
        case similar, evolution, search
    }

    /// The result for one analysis.
    public struct Finding: Codable, Hashable, Sendable {
        public var analysis: Analysis
        /// Days on which both runs answered.
        public var days: Int
        /// Days on which both runs refused to answer, mostly for lack of history. Not counted in `days`.
        public var refused: Int
        /// Days whose answers differ.
        public var differences: [Day]
    }

    public struct Report: Codable, Sendable {
        public var seed: UInt64
        public var results: [Finding]

        /// Whether some answer looked ahead.
        public var hasDifferences: Bool { results.contains { !$0.differences.isEmpty } }
    }

    /// Days to check per analysis; fewer if the analysis can answer fewer days of the store.
    public var days = 10
    /// Random seed of days, tickers, contracts and noise.
    public var seed: UInt64 = 1
    public var analyses = Analysis.allCases
    /// Number of underlyings for analyses of a whole day.
    public var symbolsPerDay = 20

    public init() {}
}

extension Store {
    /// Runs a check of look-ahead on the store.
    /// - Parameter progress: gets the analysis, and its days done.
    /// - Throws: `QueryError` for a store with fewer than two days of option quotes; errors of the store.
    public func check(
        _ check: LookAheadCheck, progress: @Sendable (LookAheadCheck.Analysis, _ done: Int) -> Void = { _, _ in }
    ) async throws -> LookAheadCheck.Report {
        var report = LookAheadCheck.Report(seed: check.seed, results: [])
        for analysis in check.analyses {
            let finding = try await lookAhead(check, name: analysis.rawValue, progress: { progress(analysis, $0) }) { try await $0.answer(analysis) }
            report.results.append(
                LookAheadCheck.Finding(analysis: analysis, days: finding.days, refused: finding.refused, differences: finding.differences))
        }
        return report
    }

    /// The subject of one answer; the same for both runs.
    package struct LookAheadSample {
        package let store: Store
        package let day: Day
        /// Of the day.
        package let symbols: [String]
        package let contract: OptionContract
        package let number: Int
    }

    /// Compares the answers of one analysis on sampled days.
    /// - Parameter answer: as JSON.
    package func lookAhead(
        _ check: LookAheadCheck, name: String, progress: (Int) -> Void = { _ in }, answer: (LookAheadSample) async throws -> [UInt8]
    ) async throws -> (days: Int, refused: Int, differences: [Day]) {
        let base = try await searchBase()
        // There are no rows after the last day to disturb.
        let stored = try await base.optionDays().dropLast()
        guard !stored.isEmpty else { throw QueryError("a look-ahead check needs option quotes of two days; the store has fewer") }
        var random = SplitMix64(state: check.seed &+ name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        var result = (days: 0, refused: 0, differences: [Day]())
        for day in stored.shuffled(using: &random) where result.days < check.days {
            let symbols = Array(try await base.tickers(on: day).shuffled(using: &random).prefix(check.symbolsPerDay)).sorted()
            guard let symbol = symbols.randomElement(using: &random),
                let quote = try await reader().chains(day, [symbol]).first?.quotes.randomElement(using: &random)
            else { continue }
            let noise = LaterNoise(after: day, seed: random.next())
            func answered(_ store: Store) async throws -> [UInt8]? {
                let sample = LookAheadSample(
                    store: store, day: day, symbols: [symbol] + symbols.filter { $0 != symbol }, contract: quote.contract, number: result.days)
                do { return try await answer(sample) } catch is QueryError { return nil }
            }
            let (known, blind) = (try await answered(self), try await answered(disturbed(by: noise)))
            if known == nil, blind == nil {
                result.refused += 1
                continue
            }
            result.days += 1
            if known != blind { result.differences.append(day) }
            progress(result.days)
        }
        result.differences.sort()
        return result
    }
}

extension Store.LookAheadSample {
    /// Questions that filter, order and count. `$` stands for a ticker.
    private static let questions = [
        "$ calls with high volume", "the most traded puts", "$ options with volume over open interest", "average IV of $ calls by month",
        "puts when IV rank is above 50", "$ calls about 30 delta expiring within 60 days", "unusual options activity", "$ shares",
    ]

    /// The answer of an analysis as JSON, without the time that it took.
    func answer(_ analysis: LookAheadCheck.Analysis) async throws -> [UInt8] {
        switch analysis {
        case .arbitrage: return try JSONText.encode(try await store.arbitrage(on: day, symbols: symbols))
        case .relativeValue:
            return try JSONText.encode(try await store.relativeValue(on: day, symbols: symbols).candidates)
        case .screen:
            let strategies = Strategy.allCases
            return try JSONText.encode(
                try await store.screen(StrategyScreen(strategies[number % strategies.count]), on: day, symbols: symbols))
        case .flow: return try JSONText.encode(try await store.unusualFlow(on: day, symbols: symbols))
        case .pastFlow:
            let events = try await store.unusualFlow(on: day, symbols: [symbols[0]], limit: 5).results
            return try JSONText.encode(try await store.pastFlow(like: events, sessions: 10))
        case .riskAnalogs:
            return try JSONText.encode(
                try await store.riskAnalogs(of: Position(contract: contract, symbol: symbols[0], quantity: -1), on: day))
        case .evolution:
            let question = number.isMultiple(of: 2) ? "\(symbols[0]) calls with high volume" : "glimmering"
            let evolution = try await store.evolution(question, years: 1900...day.year, asOf: day)
            return try JSONText.encode(EvolutionRequest.Report(evolution: evolution))
        case .regimes:
            // With and without vectors, in turn.
            let model = number.isMultiple(of: 2) ? nil : try await store.searchBase().archive.manifest.models.keys.min()
            return try JSONText.encode(
                try await store.regimes(of: number % 3 == 0 ? nil : symbols[0], through: day, model: number % 3 == 0 ? nil : model))
        case .analogs: return try JSONText.encode(try await store.analogs(of: number % 3 == 0 ? nil : symbols[0], like: day))
        case .risk:
            return try JSONText.encode(
                try await store.risk(
                    of: [Position(contract: contract, symbol: contract.root, quantity: -2), Position(symbol: symbols[0], quantity: 200)], on: day))
        case .similar: return try JSONText.encode(try await store.similar(to: contract, on: day))
        case .search:
            let question = Self.questions[number % Self.questions.count].replacing("$", with: symbols[0])
            var answer = try await store.search(
                SearchRequest(question: question, models: store.options.models, asOf: day, countsMatches: true))
            answer.elapsedMilliseconds = 0
            return try JSONText.encode(answer)
        }
    }
}
