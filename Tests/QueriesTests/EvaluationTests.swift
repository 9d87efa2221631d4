import Descriptions
import Foundation
import MarketData
import Queries
import Testing
import TestSupport
import TinyStore

@Suite struct EvaluationTests {
    /// A row of the store; tests replace its numbers.
    private let row: SearchResult

    init() async throws {
        let engine = try await AskedStore.shared.value.engine()
        let answer = try await engine.search(SearchRequest(question: "SIMA calls", k: 1, models: ["minilm"]))
        row = try #require(answer.results.first)
    }

    private func question(_ condition: String) throws -> QuestionExample {
        try JSONDecoder().decode(
            QuestionExample.self, from: Data(#"{"id":"q","text":"t","where":\#(condition)}"#.utf8))
    }

    private func result(
        kind: String = "call", strike: Double? = 100, close: Double? = 120, days: Int? = 30, volume: Int64? = 500,
        openInterest: Int? = 100, volatility: Double? = 0.4, delta: Double? = -0.3
    ) -> SearchResult {
        var result = row
        result.underlying = "AAPL"
        result.quoteDate = Day(iso: "2014-06-09") ?? result.quoteDate
        result.kind = kind
        result.daysToExpiry = days
        result.numbers = [:]
        result.numbers["strike"] = strike
        result.numbers["underlying_close"] = close
        result.numbers["volume"] = volume.map(Double.init)
        result.numbers["open_interest"] = openInterest.map(Double.init)
        result.numbers["implied_volatility"] = volatility
        result.delta = delta
        return result
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"underlying":["MSFT","AAPL"]}"#, true), (#"{"underlying":["MSFT"]}"#, false),
        (#"{"kind":"call"}"#, true), (#"{"kind":"put"}"#, false),
        (#"{"m":[1.2,null]}"#, true), (#"{"m":[null,1.2]}"#, false), (#"{"m":[1.05,1.2]}"#, false), (#"{"m":[1.2,1.3]}"#, true),
        (#"{"dte":[8,30]}"#, true), (#"{"dte":[31,60]}"#, false), (#"{"dte":[30,null]}"#, true),
        (#"{"iv":[0.4,0.7]}"#, true), (#"{"iv":[0.25,0.4]}"#, false), (#"{"volume":[500,500]}"#, true),
        (#"{"volume":[501,null]}"#, false), (#"{"open_interest":[null,100]}"#, true), (#"{"delta_abs":[0.25,0.35]}"#, true),
        (#"{"strike":[100,100]}"#, true), (#"{"strike":[100.5,null]}"#, false), (#"{"date":["2014-06-09","2014-06-09"]}"#, true),
        (#"{"date":["2014-06-10"]}"#, false), (#"{"date":[null,"2014-06-08"]}"#, false), (#"{"unusual":true}"#, true),
        (#"{"kind":"call","volume":[501,null]}"#, false),
    ])
    func conditionsAreJudgedByTheRow(_ condition: String, _ expected: Bool) throws {
        #expect(try question(condition).where.holds(for: result()) == expected)
    }

    @Test func aRowWithoutTheInputDoesNotSatisfy() throws {
        let empty = result(strike: nil, close: nil, days: nil, volume: nil, openInterest: nil, volatility: nil, delta: nil)
        for condition in [
            #"{"m":[0,9]}"#, #"{"dte":[0,999]}"#, #"{"iv":[0,9]}"#, #"{"volume":[0,null]}"#, #"{"open_interest":[0,null]}"#,
            #"{"delta_abs":[0,1]}"#, #"{"strike":[0,null]}"#, #"{"unusual":true}"#,
        ] {
            #expect(try !question(condition).where.holds(for: empty), "\(condition)")
        }
        #expect(try !question(#"{"unusual":true}"#).where.holds(for: result(volume: 200, openInterest: 100)))
        #expect(try question(#"{"m":[1.25,1.3]}"#).where.holds(for: result(kind: "put", strike: 125, close: 100)))
    }

    @Test func mistakesNameTheirLine() throws {
        let folder = try TemporaryFolder()
        try folder.write("{\"id\":\"1\",\"text\":\"calls\",\"where\":{}}\n\n{\"id\":2}\n", to: "q.jsonl")
        let error = #expect(throws: QueryError.self) { try PrecisionReport.questions(path: folder.file("q.jsonl")) }
        #expect(error?.description.contains("q.jsonl, line 3") == true)
        #expect(throws: QueryError.self) { try PrecisionReport.questions(path: folder.file("absent.jsonl")) }
    }

    @Test func precisionIsTheShareOfTheFirstK() async throws {
        let engine = try await AskedStore.shared.value.engine()
        let text = """
            {"id":"right","text":"SIMA calls","where":{"underlying":["SIMA"],"kind":"call"}}
            {"id":"wrong","text":"SIMA calls","where":{"underlying":["SIMB"]}}
            """
        let folder = try TemporaryFolder()
        try folder.write(text, to: "q.jsonl")
        let report = try await PrecisionReport.measure(
            PrecisionReport.questions(path: folder.file("q.jsonl")), k: 10, semantic: false, models: ["minilm"], engine: engine)
        #expect(report.questions.map(\.precision) == [1, 0])
        #expect(report.precision == 0.5)
    }
}
