public import Analyses
import Base
import Foundation
public import MarketData
import Queries

/// Earlier entries similar to one of today, and their outcomes up to today.
public struct PastReport<Entry: Encodable & Sendable>: Encodable, Sendable {
    /// Nearest first.
    public var results: [PastEntry<Entry>]
    /// By horizon. Entries whose horizon ends after the day have no later quote.
    public var summary: [OutcomeSummary]
}

/// An earlier entry and its distance.
public struct PastEntry<Entry: Encodable & Sendable>: Encodable, Sendable {
    public var entry: Entry
    /// Root mean square of the standardised differences.
    public var distance: Double

    private enum CodingKeys: String, CodingKey { case distance }

    /// The members of the entry, and `distance`.
    public func encode(to encoder: any Encoder) throws {
        try entry.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(distance, forKey: .distance)
    }
}

/// A contract on an earlier day, whose risk was like a position's.
public struct PastPosition: Codable, Hashable, Sendable {
    public var contract: OptionContract
    public var underlying: String
    public var quote_date: Day
    public var implied_volatility: Double?
    public var delta: Double?
}

extension Store {
    /// Contracts of earlier days of the same underlying whose risk was nearest to a position's, with what they returned by the day.
    ///
    /// Risk is `PositionRisk.vector`, standardised over all rows of the underlying before the day. Each contract counts once, on its nearest
    /// day; the position's own contract is left out.
    /// - Parameters:
    ///   - position: a contract; its sign says whether it is bought or sold.
    ///   - study: horizons and statistics; the side follows from the position.
    /// - Throws: `QueryError` for shares, for a day or ticker that the store does not have, and for a position without a price that day.
    public func riskAnalogs(
        of position: Position, on day: Day, k: Int = 20, analysis: RiskAnalysis = RiskAnalysis(), study: OutcomeStudy = OutcomeStudy()
    ) async throws -> PastReport<PastPosition> {
        guard let contract = position.contract else { throw QueryError("analogs of risk need option contracts, but \(position.symbol) is shares") }
        let reader = try await reader()
        var analysis = analysis
        // Vectors need no scenarios.
        analysis.sigmas = []
        let one = Position(contract: contract, symbol: position.symbol, quantity: 1)
        let today = analysis.run(try await reader.positions([one], on: day), asOf: day)
        guard let reference = today.positions.first?.vector else {
            throw QueryError("\(contract) cannot be compared: \(today.not_priced.first?.reason ?? "it has no price on \(day)")")
        }
        let days = try await reader.days().filter { $0 < day }
        var found: [(position: PastPosition, vector: [Double])] = []
        try await reader.forEachDay(days, [position.symbol]) { day, chains in
            for chain in chains {
                let rows = chain.quotes.filter { $0.contract != contract && $0.bid > 0 }.map { quote in
                    RiskPosition(
                        contract: quote.contract, underlying: chain.underlying, quantity: 1, spot: chain.close, volatility: quote.impliedVolatility,
                        mid: quote.mid)
                }
                for risk in analysis.run(rows, asOf: day).positions {
                    guard let contract = risk.contract else { continue }
                    found.append(
                        (
                            PastPosition(
                                contract: contract, underlying: chain.underlying, quote_date: day, implied_volatility: risk.implied_volatility,
                                delta: risk.delta), risk.vector
                        ))
                }
            }
        }
        var study = study
        study.side = position.quantity < 0 ? .sell : .buy
        return try await past(
            NearestVectors.find(found.count, like: reference, among: found.map(\.vector)).map { (found[$0.place].position, $0.distance) },
            k: k, by: day, study: study
        ) { ChainReader.Entry(contract: $0.contract, underlying: $0.underlying, day: $0.quote_date) }
    }

    /// For each event of a contract, the most similar events of earlier sessions, with the returns of their contracts up to the day.
    ///
    /// Events are compared by the points of their parts, standardised over all events of those sessions and underlyings.
    /// - Parameters:
    ///   - events: of one day; those of whole underlyings have no past.
    ///   - sessions: how far to look back.
    ///   - k: events of the past for each.
    ///   - study: horizons, side and statistics.
    /// - Returns: by position in `events`; `nil` for an underlying as a whole.
    /// - Throws: errors of the store.
    public func pastFlow(
        like events: [FlowEvent], sessions: Int = 60, k: Int = 20, detector: FlowDetector = FlowDetector(), study: OutcomeStudy = OutcomeStudy()
    ) async throws -> [PastReport<FlowEvent>?] {
        guard let day = events.map(\.quote_date).max() else { return [] }
        let reader = try await reader()
        let symbols = Set(events.filter { $0.contract != nil }.map(\.underlying)).sorted()
        var pool: [FlowEvent] = []
        if !symbols.isEmpty {
            for earlier in try await reader.days().filter({ $0 < day }).suffix(sessions) {
                let report = detector.detect(try await reader.flow(earlier, symbols), limit: .max, asOf: earlier)
                pool += report.results.filter { $0.contract != nil }
            }
        }
        func points(_ event: FlowEvent, _ name: FlowPartName) -> Double { event.parts.first { $0.name == name }?.points ?? 0 }
        // A part that is equal in all events, such as those of whole underlyings, carries no information and must not count as unknown.
        let names = FlowPartName.allCases.filter { name in Set(pool.map { points($0, name) }).count > 1 }
        func vector(_ event: FlowEvent) -> [Double] { names.map { points(event, $0) } }
        let vectors = pool.map(vector)
        var results: [PastReport<FlowEvent>?] = []
        for event in events {
            guard let contract = event.contract else {
                results.append(nil)
                continue
            }
            let nearest = NearestVectors.find(pool.count, like: vector(event), among: vectors)
                .map { (pool[$0.place], $0.distance) }.filter { $0.0.contract != contract }
            results.append(
                try await past(nearest, k: k, by: day, study: study) { event in
                    event.contract.map { ChainReader.Entry(contract: $0, underlying: event.underlying, day: event.quote_date) }
                })
        }
        return results
    }

    /// The nearest entries, one per contract, with the outcomes known on a day.
    private func past<Entry: Encodable & Sendable>(
        _ nearest: [(entry: Entry, distance: Double)], k: Int, by day: Day, study: OutcomeStudy, _ entry: (Entry) -> ChainReader.Entry?
    ) async throws -> PastReport<Entry> {
        var contracts: Set<OptionContract> = []
        var results: [PastEntry<Entry>] = []
        var entries: [ChainReader.Entry] = []
        for one in nearest where results.count < k {
            guard let found = entry(one.entry), contracts.insert(found.contract).inserted else { continue }
            results.append(PastEntry(entry: one.entry, distance: one.distance))
            entries.append(found)
        }
        let reader = try await reader()
        let horizon = study.horizons.max() ?? 0
        func known(_ entries: [ChainReader.Entry]) async throws -> [OutcomeCase] {
            try await reader.cases(entries, horizon: horizon).map { one in
                var one = one
                one.later.removeAll { $0.day > day }
                return one
            }
        }
        let random = try await reader.baseline(entries, perEntry: 10, seed: study.seed)
        let report = study.run(try await known(entries), baseline: try await known(random))
        return PastReport(results: results, summary: report.summary)
    }
}
