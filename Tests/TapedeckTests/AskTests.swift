import Foundation
import Tapedeck
import Testing

/// The analysis chosen for a question, and the notes of the answer.
@Suite struct AskTests {
    private func ask(_ question: String, k: Int? = nil, asOf: Day? = nil) async throws -> AskAnswer {
        try await AnalysisStore.store.ask(question, k: k, asOf: asOf)
    }

    @Test(arguments: [
        ("SIMA calls with high volume", Intent.find, "search 'SIMA calls with high volume'"),
        ("the most traded SIMB puts", .rank, "search 'the most traded SIMB puts'"),
        ("how many SIMA calls", .aggregate, "search 'how many SIMA calls'"),
        ("days like 2014-02-03 in SIMA", .similarDays, "analogs SIMA --date 2014-02-03"),
        ("what happened after days like 2014-02-03 in SIMA", .similarDays, "analogs SIMA --date 2014-02-03"),
        ("what happened over the next 5 days after days like 2014-02-03 in SIMA", .similarDays, "analogs SIMA --date 2014-02-03 --horizons 5"),
        ("regimes of SIMA", .regimes, "regimes SIMA"), ("market regimes", .regimes, "regimes"),
        ("days like 2014-02-03", .similarDays, "analogs --date 2014-02-03"),
        ("arbitrage on 2014-02-03", .arbitrage, "arbitrage --date 2014-02-03"),
        ("unusual flow in SIMB on 2014-02-03", .flow, "flow --date 2014-02-03 --symbols SIMB"),
        (
            "how have SIMA calls changed since 2013", .evolution,
            "evolution 'how have SIMA calls changed since 2013' --start-year 2013 --end-year 2014"
        ),
        (
            "what happened next to SIMA calls over the next 5 days", .outcome,
            "outcomes 'what happened next to SIMA calls over the next 5 days' --horizons 5"
        ),
        ("compare bge-base and minilm on puts", .compare, "compare 'compare bge-base and minilm on puts' --models bge-base,minilm"),
    ])
    func questionsBecomeCommands(_ question: String, _ intent: Intent, _ command: String) async throws {
        let answer = try await ask(question)
        #expect(answer.intent == intent)
        #expect(answer.command == "tapedeck " + command)
        #expect(answer.notes.isEmpty)
    }

    @Test func anAnswerIsThatOfItsAnalysis() async throws {
        let store = try await AnalysisStore.store
        let day = try #require(Day(iso: "2014-02-03"))
        func json(_ value: some Encodable) throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
            var members = try #require(object as? [String: Any])
            members["elapsed_ms"] = nil
            return members
        }
        let asked = try json(try await ask("days like 2014-02-03 in SIMA"))
        #expect(Set(asked.keys) == ["intent", "command", "notes", "answer"])
        var answer = try #require(asked["answer"] as? [String: Any])
        #expect(answer.removeValue(forKey: "elapsed_ms") is Double)
        let direct = try json(try await store.answer(AnalogsRequest(symbol: "SIMA", date: day)))
        #expect(answer as NSDictionary == direct as NSDictionary)
        guard case .search(let found) = try await ask("SIMA calls", k: 3).answer else { throw CocoaError(.formatting) }
        #expect(found.results.count == 3)
    }

    @Test func contractsAreComparedAndPriced() async throws {
        let row = try #require(
            try await AnalysisStore.rows().first { $0.underlying == "SIMA" && $0.impliedVolatility != nil && ($0.daysToExpiry ?? 0) > 9 })
        let contract = try #require(row.contract)
        let similar = try await ask("similar to \(contract) on \(row.quoteDate)", k: 4)
        guard case .similar(let found) = similar.answer else { throw CocoaError(.formatting) }
        #expect(similar.command == "tapedeck similar --contract \(contract) --date \(row.quoteDate)" && found.report.results.count == 4)
        let asked = try await ask("what is the risk of \(contract) on \(row.quoteDate)")
        guard case .risk(let risk) = asked.answer else { throw CocoaError(.formatting) }
        #expect(asked.command == "tapedeck risk --contract \(contract) --date \(row.quoteDate)" && asked.notes.isEmpty)
        #expect(risk.report.risk.positions.map(\.contract?.description) == [contract])
    }

    @Test func unroutedQuestionsAreSearchedWithAReason() async throws {
        for (question, word) in [
            ("regimes of SIMA and SIMB", "several"), ("days like 2014-02-03 in SIMA or SIMB", "several"),
            ("tell me when SIMA iv30 is above 50%", "alerts add"),
            ("what is the risk of this position", "contract"),
        ] {
            let answer = try await ask(question)
            guard case .search = answer.answer else {
                Issue.record("\(question) became \(answer.command)")
                continue
            }
            #expect(answer.notes.count == 1 && answer.notes[0].contains("searched") && answer.notes[0].contains(word), "\(answer.notes)")
        }
    }

    @Test func omittedRowsAreReported() async throws {
        let days = try await AnalysisStore.rows().map(\.quoteDate)
        let last = try #require(days.max())
        let answer = try await ask("unusual flow in SIMA puts")
        #expect(answer.command == "tapedeck flow --date \(last) --symbols SIMA")
        #expect(answer.notes.count == 2 && answer.notes[0].contains(last.description) && answer.notes[1].contains("`flow` does not apply: put"))
        let early = try #require(Day(iso: "2014-01-03"))
        #expect(try await ask("arbitrage", asOf: early).command == "tapedeck arbitrage --date 2014-01-03")
        let error = await #expect(throws: QueryError.self) { try await ask("arbitrage on 2014-02-03", asOf: early) }
        #expect(error?.description.contains("2014-02-03") == true)
    }
}
