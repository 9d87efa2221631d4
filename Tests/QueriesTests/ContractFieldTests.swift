import Foundation
import MarketData
import Queries
import Testing

/// Numbers of contracts that need more than the row: the strikes of its chain, or the source's own greeks.
@Suite struct ContractFieldTests {
    private let engine: SearchEngine

    init() async throws { engine = try await AskedStore.shared.value.engine() }

    private func rows(_ question: String, greeks: GreeksSource = .solved) async throws -> [SearchResult] {
        let request = SearchRequest(question: question, k: 100_000, models: ["minilm"], isStrict: true, greeks: greeks)
        let answer = try await engine.search(request)
        #expect(answer.notUnderstood == [] && answer.cannotKnow == [], "\(question)")
        return answer.results
    }

    private func name(_ row: SearchResult) -> String { "\(row.contract ?? "") \(row.quoteDate)" }

    /// Against strikes counted here.
    @Test(arguments: [("two strikes out of the money", 2...2), ("1 to 3 strikes OTM", 1...3), ("2 strikes ITM", -2 ... -2)])
    func strikesAreCountedFromTheMoney(_ words: String, _ range: ClosedRange<Int>) async throws {
        let all = try await rows("SIMA options")
        struct Chain: Hashable {
            var day: Day
            var expiry: Day?
        }
        let chains = Dictionary(grouping: all) { Chain(day: $0.quoteDate, expiry: $0.expiration) }
        var expected: Set<String> = []
        for (_, rows) in chains {
            let strikes = Set(rows.compactMap(\.strike)).sorted()
            for row in rows {
                guard let close = row.underlyingClose, let strike = row.strike, let place = strikes.firstIndex(of: strike),
                    let money = strikes.indices.min(by: { abs(strikes[$0] - close) < abs(strikes[$1] - close) })
                else { continue }
                if range.contains(row.kind == "put" ? money - place : place - money) { expected.insert(name(row)) }
            }
        }
        let found = try await rows("SIMA options \(words)")
        #expect(!expected.isEmpty)
        #expect(Set(found.map(name)) == expected)
    }

    /// Ladders of all names over all days are not read.
    @Test func strikesNeedANameOrDays() async throws {
        let answer = try await engine.search(SearchRequest(question: "calls two strikes out of the money", k: 5, models: ["minilm"]))
        #expect(answer.cannotKnow.count == 1)
        #expect(answer.constraints == ["call"])
    }

    @Test func constraintsUseTheGreeksAskedFor() async throws {
        let all = try await rows("SIMA calls")
        func deltas(_ row: SearchResult) -> (vendor: Double, solved: Double)? {
            guard let vendor = row.numbers["vendor_delta"], let solved = row.delta else { return nil }
            return (vendor, solved)
        }
        // Between the two deltas of the contract whose deltas differ most.
        let widest = try #require(all.compactMap(deltas).max { abs($0.vendor - $0.solved) < abs($1.vendor - $1.solved) })
        let bound = try #require(Double(String(format: "%.5f", (widest.vendor + widest.solved) / 2)))
        let vendor = Set(all.filter { ($0.numbers["vendor_delta"] ?? 0) > bound }.map(name))
        let solved = Set(all.filter { ($0.delta ?? 0) > bound }.map(name))
        #expect(!vendor.isEmpty && vendor != solved)
        #expect(Set(try await rows("SIMA calls with delta over \(bound)", greeks: .vendor).map(name)) == vendor)
        #expect(Set(try await rows("SIMA calls with delta over \(bound)").map(name)) == solved)
        let volatile = Set(all.filter { ($0.numbers["vendor_implied_volatility"] ?? 0) > 0.4 }.map(name))
        #expect(Set(try await rows("SIMA calls with IV over 40%", greeks: .vendor).map(name)) == volatile)
    }

    @Test func realisedVolatilitiesOfSeveralWindowsAreConditions() async throws {
        // The market of this test has too few sessions for any of them: rows without the number do not match.
        for field in ["HV10", "HV30", "HV60", "HV90"] { #expect(try await rows("SIMA calls when \(field) is above 1%").isEmpty) }
    }
}
