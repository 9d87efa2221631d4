import Foundation
import MarketData
import Queries
import Questions
import Testing
import TestSupport

/// Every way to search gives the same rows, and they are those that a pass over all rows finds.
@Suite struct SearchStrategyTests {
    let engine: SearchEngine

    init() async throws { engine = try await AskedStore.shared.value.engine() }

    /// A question of random conditions, joined by "and" and "or".
    private func question(_ random: inout SplitMix) -> String {
        func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
        func condition() -> String {
            switch random.next() % 8 {
            case 0: pick(["SIMA", "SIMB", "SIMC", "SIMA or SIMC"])
            case 1: pick(["calls", "puts"])
            case 2: "strike \(pick([">", "<"])) \(20 + random.next() % 300)"
            case 3: "volume \(pick(["over", "under"])) \(random.next() % 2000)"
            case 4: "open interest \(pick(["over", "under"])) \(random.next() % 5000)"
            case 5: "implied volatility \(pick(["above", "below"])) \(10 + random.next() % 90)%"
            case 6: "\(pick(["more", "less"])) than \(1 + random.next() % 200) days to expiration"
            default: "bid \(pick([">", "<"])) \(random.next() % 30)"
            }
        }
        let wanted = 1 + random.next() % 4
        var text = condition()
        for _ in 1..<max(2, wanted) where wanted > 1 { text += pick([" and ", " or ", " with ", " and not "]) + condition() }
        return text
    }

    @Test(arguments: ["parts", "joint"])
    func waysAgreeWithEachOtherAndWithAPassOverAllRows(_ template: String) async throws {
        let engine = template == "joint" ? try await AskedStore.joint.value.engine() : engine
        var random = SplitMix(printing: "waysAgreeWithEachOtherAndWithAPassOverAllRows")
        var matched = 0
        for _ in 0..<(ProcessInfo.processInfo.environment["TAPEDECK_TEST_QUESTIONS"].flatMap { Int($0) } ?? 150) {
            let text = question(&random)
            var request = SearchRequest(question: text, k: 1 + Int(random.next() % 40), models: ["minilm"])
            if random.next() % 4 == 0 { request.asOf = Day(iso: "2013-12-31") }
            request.countsMatches = true
            var answers: [SearchAnswer] = []
            for strategy in SearchStrategy.allCases { answers.append(try await engine.search(request, strategy: strategy)) }
            for answer in answers.dropFirst() { #expect(answer.results.map(place) == answers[0].results.map(place), "\(text)") }

            let answer = answers[0]
            guard answer.query.constraints.conditions.allSatisfy(isKnown) else { continue }
            var everything = request
            (everything.semantic, everything.k) = (true, 1_000_000)
            let rows = try await engine.search(everything).results
            let expected = rows.filter { holds(answer.query.constraints, $0) == true }
            let full = answer.results.filter(\.misses.isEmpty)
            #expect(full.count == min(expected.count, request.k ?? 0), "\(text)")
            #expect(answer.matchingRows == expected.count, "\(text)")
            #expect(answer.results.count == min(rows.count, request.k ?? 0), "\(text)")
            // Rows of all come in the order of their similarity, so the first ones that match are the best.
            #expect(full.map(\.similarity) == expected.prefix(full.count).map(\.similarity), "\(text)")
            let known = Set(expected.map(place))
            #expect(full.allSatisfy { known.contains(place($0)) }, "\(text)")
            matched += full.count
        }
        #expect(matched > 0)
    }

    private func place(_ result: SearchResult) -> String { "\(result.source.key) \(result.source.line)" }

    /// A tree over a shown row; `nil` when the row lacks a number.
    private func holds(_ tree: ConstraintTree, _ row: SearchResult) -> Bool? {
        switch tree {
        case .all(let parts):
            let verdicts = parts.map { holds($0, row) }
            return verdicts.contains(false) ? false : verdicts.contains(nil) ? nil : true
        case .any(let parts):
            let verdicts = parts.map { holds($0, row) }
            return verdicts.contains(true) ? true : verdicts.contains(nil) ? nil : false
        case .not(let inner): return holds(inner, row).map { !$0 }
        case .test(.symbols(let names)): return names.contains(row.underlying)
        case .test(.kinds(let kinds)): return kinds.contains { $0.name == row.kind }
        case .test(.number(let field, let bounds)): return number(field, row).map { bounds.contains($0) }
        case .test: return nil
        }
    }

    /// Whether `holds` can decide it.
    private func isKnown(_ condition: Condition) -> Bool {
        switch condition {
        case .symbols, .kinds: true
        case .number(let field, _): [.strike, .volume, .openInterest, .impliedVolatility, .daysToExpiry, .bid].contains(field)
        default: false
        }
    }

    private func number(_ field: Field, _ row: SearchResult) -> Double? {
        switch field {
        case .strike: row.strike
        case .volume: row.volume.map(Double.init)
        case .openInterest: row.openInterest.map(Double.init)
        case .impliedVolatility: row.impliedVolatility
        case .daysToExpiry: row.daysToExpiry.map(Double.init)
        case .bid: row.bid
        default: nil
        }
    }

    @Test func questionsOfABatchAreAnsweredAsOneByOne() async throws {
        let questions = ["SIMA calls", "", "puts with volume over 100", "average IV of SIMB calls by month", "2014 SIMC puts"]
        let requests = questions.map { SearchRequest(question: $0, k: 7, models: $0.isEmpty ? ["nomic"] : ["minilm"]) }
        var answers: [Result<SearchAnswer, any Error>] = []
        try await engine.search(requests, width: 3) { request, answer in
            #expect(request.question == questions[answers.count])
            answers.append(answer)
        }
        #expect(answers.count == questions.count)
        for (request, answer) in zip(requests, answers) where !request.question.isEmpty {
            let alone = try await engine.search(request)
            #expect(try answer.get().results.map(place) == alone.results.map(place))
            #expect(try answer.get().groups?.map(\.key) == alone.groups?.map(\.key))
        }
        #expect(throws: QueryError.self) { try answers[1].get() }
    }

    /// A request of all models, on an engine that has the encoder of one, fails alone.
    @Test func requestOfAModelWithoutAnEncoderIsRefused() async throws {
        let store = try await AskedStore.shared.value
        let archive = try await store.archive()
        let encoders = try await store.encoders().filter { $0.key == "minilm" }
        let engine = try await SearchEngine(archive: archive, encoders: encoders, aliases: archive.aliases())
        let requests = [SearchRequest(question: "SIMA calls", k: 3), SearchRequest(question: "SIMA calls", k: 3, models: ["minilm"])]
        var answers: [Result<SearchAnswer, any Error>] = []
        try await engine.search(requests, width: 2) { answers.append($1) }
        let error = #expect(throws: QueryError.self) { try answers[0].get() }
        #expect(error?.description.contains("bge-base") == true)
        #expect(try answers[1].get().results.count == 3)
        await #expect(throws: QueryError.self) { try await engine.search(requests[0]) }
    }
}
