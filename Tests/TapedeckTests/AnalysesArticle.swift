import Foundation
import Tapedeck

/// The snippets of Sources/Tapedeck/Tapedeck.docc/Analyses.md. `DocumentationTests` compares them; nothing calls them.
enum AnalysesArticle {
    static func ask() async throws {
        let store = try await Store.open("store")
        let answer = try await store.ask("what happened after days like 2014-06-09 in AAPL")
        print(answer.command)
        if case .analogs(let analogs) = answer.answer {
            for day in analogs.report.results {
                print(day.day, day.distance, day.followed)
            }
        }
    }

    static func similar(_ store: Store) async throws {
        let contract = try OptionContract(parsing: "AAPL140621C00650000")
        guard let day = Day(iso: "2014-06-06") else { return }
        let similar = try await store.similar(to: contract, on: day) { $0.k = 50 }
        let outcomes = try await store.outcomes(of: similar.map(\.result))
        for one in outcomes.summary {
            print(one.horizon, one.distribution.gains, "of", one.distribution.count, one.baseline?.gain_share ?? 0)
        }
    }

    static func screen(_ store: Store, on day: Day) async throws {
        var settings = ScreenSettings()
        settings.days = 30...45
        settings.leastOpenInterest = 500
        let screen = StrategyScreen(.vertical, by: .pop, settings: settings)
        for result in try await store.screen(screen, on: day, symbols: ["AAPL"], k: 5).results {
            print(result.name, result.credit, result.max_loss, result.pop ?? 0)
        }
    }

    static func everyDay(_ store: Store) async throws {
        var study = OutcomeStudy()
        study.horizons = [5]
        let request = SearchRequest(question: "AAPL calls about 30 delta")
        let (_, series) = try await store.everyDay(request, measures: [.impliedVolatility], study: study)
        for row in series.results {
            print(row.day, row.matches, row.outcomes[0].median ?? 0)
        }
        print(series.chart(title: "AAPL calls about 30 delta").svg)
    }

    static func check(_ store: Store) async throws {
        var check = LookAheadCheck()
        check.days = 20
        let report = try await store.check(check)
        for finding in report.results where !finding.differences.isEmpty {
            print(finding.analysis, finding.differences)
        }
    }

    static func serve(_ store: Store, on day: Day) async throws {
        let request = ArbitrageRequest(date: day, symbols: ["AAPL"])
        let json = try JSONEncoder().encode(try await store.answer(request))
        print(String(decoding: json, as: UTF8.self))
    }
}
