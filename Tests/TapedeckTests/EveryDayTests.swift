import Foundation
import Tapedeck
import TestSupport
import Testing

/// A daily series gives for each day the answer of a question or a screen of that day.
@Suite struct EveryDayTests {
    private func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        return sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    @Test func questionsAreThoseOfEachDay() async throws {
        let store = try await AnalysisStore.store
        let rows = try await AnalysisStore.rows()
        var study = OutcomeStudy()
        study.horizons = [1, 5]
        let (answer, series) = try await store.everyDay(
            SearchRequest(question: "SIMA calls with a bid over 1"), measures: [.impliedVolatility], study: study, sample: 10_000)
        #expect(answer.constraints.count == 3)
        let days = Set(rows.map(\.quoteDate)).sorted()
        #expect(series.results.map(\.day) == days && series.as_of == days.last)
        for row in series.results {
            let expected = rows.filter { $0.quoteDate == row.day && $0.underlying == "SIMA" && $0.kind == "call" && ($0.bid ?? 0) > 1 }
            #expect(row.matches == expected.count)
            let volatilities = expected.compactMap(\.impliedVolatility)
            let measure = try #require(row.measures["iv"])
            #expect(measure.count == volatilities.count)
            #expect(abs((measure.median ?? -1) - (median(volatilities) ?? -1)) < 1e-6)
            let outcomes = try await store.outcomes(of: expected, study: study, perResult: 0)
            for (mine, theirs) in zip(row.outcomes, outcomes.summary) {
                #expect(mine.horizon == theirs.horizon && mine.cases == theirs.cases && mine.count == theirs.distribution.count)
                #expect(mine.gains == theirs.distribution.gains)
                #expect(abs((mine.median ?? -9) - (theirs.distribution.median ?? -9)) < 1e-12)
            }
        }
        #expect(series.summary[0].count == series.results.reduce(0) { $0 + $1.outcomes[0].count } && series.summary[0].count > 100)
        let lines = series.csv.split(separator: "\n")
        #expect(lines.count == days.count + 1)
        #expect(
            lines[0].hasPrefix("day,matches,iv_count,iv_mean,iv_median,after_1_cases")
                && lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 15 })
        #expect(series.chart(title: "t").svg.contains("median return after 1 sessions"))
    }

    @Test func samplesAreOfTheirDayAndNoMoreThanAskedFor() async throws {
        let store = try await AnalysisStore.store
        var study = OutcomeStudy()
        study.horizons = [1]
        let (_, series) = try await store.everyDay(SearchRequest(question: "calls"), study: study, sample: 7)
        #expect(series.results.allSatisfy { $0.matches > 7 && $0.outcomes[0].cases == 7 })
        let (_, again) = try await store.everyDay(SearchRequest(question: "calls"), study: study, sample: 7)
        #expect(again.results == series.results)
    }

    @Test func asOfAndDatesLimitTheDays() async throws {
        let store = try await AnalysisStore.store
        var study = OutcomeStudy()
        study.horizons = []
        let day = try #require(Day(iso: "2014-01-10"))
        let (_, series) = try await store.everyDay(SearchRequest(question: "SIMB puts in 2014", asOf: day), study: study)
        #expect(series.results.last?.day == day && series.results.first?.day.description == "2014-01-02")
        #expect(series.summary.isEmpty && series.results.allSatisfy { $0.outcomes.isEmpty && $0.matches > 0 })
        // A measure that the question names.
        let (_, measured) = try await store.everyDay(SearchRequest(question: "average IV of SIMA calls"), study: study)
        #expect(measured.measures == ["iv"])
        await #expect(throws: QueryError.self) { try await store.everyDay(SearchRequest(question: "glimmering")) }
    }

    @Test func screensAreThoseOfEachDay() async throws {
        let store = try await AnalysisStore.store
        let screen = StrategyScreen(.vertical, by: .credit)
        var study = StrategyStudy()
        study.horizons = [2]
        let first = try #require(Day(iso: "2014-01-06")), last = try #require(Day(iso: "2014-01-31"))
        let series = try await store.everyDay(screen, symbols: ["SIMA"], k: 5, from: first, to: last, study: study)
        #expect(series.results.count == 19)
        for row in series.results {
            let report = try await store.screen(screen, on: row.day, symbols: ["SIMA"], k: 5)
            #expect(row.matches == report.considered)
            #expect(row.measures["credit"]?.median == median(report.results.map(\.credit)))
            #expect(row.outcomes[0].cases == report.results.count)
        }
        #expect(series.summary[0].count > 0)
        await #expect(throws: QueryError.self) { try await store.everyDay(screen, from: Day(iso: "2020-01-01")) }
    }
}
