import Archive
import Foundation
import StrictJSON
import Tapedeck
import Testing

/// The look-ahead check passes analyses that look back, and finds those that look ahead.
@Suite struct LookAheadTests {
    @Test func analysesDoNotLookAhead() async throws {
        var check = LookAheadCheck()
        check.days = 4
        check.seed = UInt64.random(in: 0...UInt64.max)
        let report = try await AnalysisStore.store.check(check)
        #expect(!report.hasDifferences, "seed \(check.seed): \(report.results.filter { !$0.differences.isEmpty })")
        #expect(report.results.map(\.analysis) == LookAheadCheck.Analysis.allCases)
        #expect(report.results.allSatisfy { $0.days == 4 }, "\(report.results)")
    }

    /// Outcomes look ahead on purpose, as do the bars and the state of the last day.
    @Test func lookAheadIsFound() async throws {
        let store = try await AnalysisStore.store
        var check = LookAheadCheck()
        check.days = 5
        let outcomes = try await store.lookAhead(check, name: "outcomes") { sample in
            let answer = try await sample.store.search("\(sample.symbols[0]) calls with a bid over 0.5", k: 20, asOf: sample.day)
            return try JSONText.encode(try await sample.store.outcomes(of: answer.results))
        }
        #expect(outcomes.days == 5 && outcomes.differences.count >= 4)
        let states = try await store.lookAhead(check, name: "states") { try JSONText.encode(try await $0.store.regimes(of: $0.symbols[0])) }
        #expect(states.days == 5 && states.differences.count == 5)
        let searches = try await store.lookAhead(check, name: "search") { sample in
            var answer = try await sample.store.search("most traded calls", k: 20)
            answer.elapsedMilliseconds = 0
            return try JSONText.encode(answer)
        }
        #expect(searches.differences.count == 5)
    }

    @Test func refusedDaysAreNotComparedDays() async throws {
        var check = LookAheadCheck()
        check.days = 1000
        check.analyses = [.regimes]
        let finding = try #require(try await AnalysisStore.store.check(check).results.first)
        let days = Set(try await AnalysisStore.rows().map(\.quoteDate)).count
        // The last day has nothing after it; the first ones have too little before them.
        #expect(finding.days + finding.refused == days - 1 && finding.refused > 15)
    }
}
