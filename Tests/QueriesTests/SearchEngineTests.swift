import Archive
import Descriptions
import Foundation
import MarketData
import Queries
import Questions
import Testing
import TestSupport
import VectorIndex

@Suite struct SearchEngineTests {
    let store: AskedStore
    let engine: SearchEngine

    init() async throws {
        store = try await AskedStore.shared.value
        engine = try await store.engine()
    }

    private func ask(_ question: String, k: Int = 20, _ change: (inout SearchRequest) -> Void = { _ in }) async throws -> SearchAnswer {
        var request = SearchRequest(question: question, k: k, models: ["minilm"])
        change(&request)
        return try await engine.search(request)
    }

    @Test func constraintsHoldForEveryResult() async throws {
        let answer = try await ask("SIMA puts expiring within a month", k: 10)
        #expect(answer.constraints == ["underlying SIMA", "put", "expiring within a month"])
        #expect(answer.results.count == 10)
        for result in answer.results where result.misses.isEmpty {
            #expect(result.underlying == "SIMA" && result.kind == "put")
            #expect((8...31).contains(result.daysToExpiry ?? 0))
            #expect(result.satisfies == answer.constraints)
        }
        #expect(answer.results.first?.misses == [])
    }

    @Test func ranksBySimilarityThenClosenessThenDate() async throws {
        let answer = try await ask("calls with strikes between 10 and 400", k: 200)
        let full = answer.results.prefix { $0.misses.isEmpty }
        #expect(full.count > 20)
        for (before, after) in zip(full, full.dropFirst()) {
            #expect(before.similarity >= after.similarity)
            guard before.similarity == after.similarity else { continue }
            let distances = [before, after].map { abs(($0.strike ?? 0) - 205) }
            #expect(distances[0] <= distances[1] + 1e-9)
            if distances[0] == distances[1] { #expect(before.quoteDate >= after.quoteDate) }
        }
    }

    @Test func constraintsAreGivenUpOneAtATime() async throws {
        // No stock closes at a million, so that constraint is given up; the underlying is given up last.
        let answer = try await ask("SIMB calls with strike above 1000000", k: 5)
        #expect(answer.results.count == 5)
        for result in answer.results {
            #expect(result.underlying == "SIMB" && result.kind == "call")
            #expect(result.misses == ["strike > $1000000"])
            #expect(result.satisfies == ["underlying SIMB", "call"])
        }
        let many = try await ask("SIMB calls", k: 100_000)
        // First all constraints hold, then all but the kind, then all but kind and underlying.
        let levels = many.results.map { $0.misses.isEmpty ? 0 : $0.misses == ["call"] ? 1 : 2 }
        let areInOrder = zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 }
        #expect(areInOrder && Set(levels) == [0, 1, 2])
        #expect(many.results.first { !$0.misses.isEmpty }?.misses == ["call"], "the kind goes before the underlying")
    }

    @Test func moreThanThereIsGivesAllOnce() async throws {
        let archive = try await store.archive()
        var rows = 0
        for batch in archive.batches {
            switch try await archive.kind(ofBatch: batch.key) {
            case .options:
                let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
                rows += open.rowCount
            case .stocks:
                let open: OpenBatch<StockRows> = try await archive.openBatch(batch.key)
                rows += open.rowCount
            }
        }
        for question in ["SIMA calls", "anything at all"] {
            let answer = try await ask(question, k: rows + 1000)
            #expect(answer.results.count == rows)
            #expect(Set(answer.results.map { "\($0.source.key) \($0.source.line)" }).count == rows)
        }
    }

    @Test func laterRowsAreHidden() async throws {
        let day = try #require(Day(iso: "2013-12-30"))
        let answer = try await ask("calls", k: 100_000) { $0.asOf = day }
        #expect(!answer.results.isEmpty)
        #expect(answer.results.allSatisfy { $0.quoteDate <= day })
        let none = try await ask("calls") { $0.asOf = Day(iso: "2001-01-01") }
        #expect(none.results.isEmpty)
    }

    @Test func yearsAreChosen() async throws {
        let answer = try await ask("calls", k: 100_000) { $0.years = [2014] }
        #expect(!answer.results.isEmpty)
        #expect(answer.results.allSatisfy { $0.year == 2014 && $0.quoteDate.year == 2014 })
        let error = await #expect(throws: QueryError.self) { try await ask("calls") { $0.years = [2014, 1999] } }
        #expect(error?.description.contains("1999") == true && error?.description.contains("2013, 2014") == true)
    }

    @Test func semanticNeitherReadsNorAppliesConstraints() async throws {
        let answer = try await ask("SIMA puts", k: 100_000) { $0.semantic = true }
        #expect(answer.constraints.isEmpty)
        #expect(answer.results.allSatisfy { $0.satisfies.isEmpty && $0.misses.isEmpty })
        #expect(Set(answer.results.map(\.kind)) == ["call", "put", "stock"])
        let similarities = answer.results.map(\.similarity)
        #expect(zip(similarities, similarities.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test func unknownModelsAndNumbersAreRefused() async throws {
        let error = await #expect(throws: QueryError.self) { try await ask("calls") { $0.models = ["nomic"] } }
        #expect(error?.description.contains("nomic") == true && error?.description.contains("bge-base, minilm") == true)
        await #expect(throws: QueryError.self) { try await ask("calls", k: 0) }
        await #expect(throws: QueryError.self) { try await ask("calls", k: -5) }
    }

    /// Reciprocal rank fusion, worked out from the two models' own rankings.
    @Test func twoModelsAreFusedByRank() async throws {
        let k = 15
        func place(_ result: SearchResult) -> String { "\(result.source.key) \(result.source.line)" }
        var scores: [String: Double] = [:]
        for model in ["bge-base", "minilm"] {
            let answer = try await ask("SIMC calls", k: k) { $0.models = [model] }
            for (rank, result) in answer.results.enumerated() { scores[place(result), default: 0] += 1 / Double(61 + rank) }
        }
        let fused = try await ask("SIMC calls", k: k) { $0.models = ["bge-base", "minilm"] }
        #expect(fused.results.count == k)
        let found = fused.results.map { scores[place($0)] ?? 0 }
        #expect(found == Array(scores.values.sorted(by: >).prefix(k)))
        #expect(fused.results.allSatisfy { Set($0.similarities.keys) == ["bge-base", "minilm"] })
        #expect(fused.results.allSatisfy { $0.similarity == $0.similarities["bge-base"] })
    }

    /// The names that other programs rely on (docs: search --json).
    @Test func theJSONIsAsDocumented() async throws {
        let option = try await ask("SIMA calls", k: 1)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(option)) as? [String: Any]
        #expect(
            Set((object ?? [:]).keys) == [
                "question", "constraints", "query", "not_understood", "cannot_know", "corrections", "notes", "relaxed", "exact",
                "matching_rows", "elapsed_ms", "results",
            ])
        let shared: Set<String> = [
            "underlying", "kind", "strike", "expiration", "quote_date", "year", "days_to_expiry", "similarity", "similarities",
            "bid", "ask", "volume", "open_interest", "implied_volatility", "delta", "underlying_close", "description",
            "vendor_delta", "vendor_implied_volatility",
            "satisfies", "misses", "source",
        ]
        let result = try #require((object?["results"] as? [[String: Any]])?.first)
        #expect(Set(result.keys) == shared.union(["contract"]))
        #expect(Set((result["source"] as? [String: Any] ?? [:]).keys) == ["key", "line"])
        let stock = try await ask("SIMA stock", k: 1)
        let other = try JSONSerialization.jsonObject(with: JSONEncoder().encode(stock)) as? [String: Any]
        let bar = try #require((other?["results"] as? [[String: Any]])?.first)
        #expect(Set(bar.keys) == shared.union(["symbol"]))
        #expect(bar["strike"] is NSNull)
    }

    /// A result has the values of its source line.
    @Test func resultsPointAtTheirSource() async throws {
        let answer = try await ask("SIMB puts", k: 5)
        for result in answer.results {
            let lines = try store.folder.text("market/" + result.source.key).split(separator: "\n", omittingEmptySubsequences: false)
            let fields = lines[result.source.line - 1].split(separator: ",", omittingEmptySubsequences: false)
            #expect(fields.first.map(String.init) == result.contract)
            #expect(Double(fields[6]) == result.bid && Double(fields[8]) == result.ask)
        }
    }

    /// Search over parts is exact: its scores are the inner products with the composed vectors that the FAISS file holds.
    @Test func scoresByTableAreThoseOfTheComposedVectors() async throws {
        let archive = try await store.archive()
        let encoders = try await store.encoders()
        for year in [2013, 2014] {
            let path = try await archive.store.localPath(of: ArchiveLayout.index(model: "minilm", year: year))
            let index = try OpenIndex(path: path)
            let question = "deep in the money calls on SIMA"
            let encoder = try #require(encoders["minilm"])
            let vector = try await encoder.encode([question], as: .query)
            let hits = try index.search(vector, k: index.count)[0]
            let exact = Dictionary(uniqueKeysWithValues: hits.map { (UInt64(bitPattern: $0.id), $0.score) })
            #expect(exact.count == index.count)
            var keys: [String: UInt64] = [:]
            for batch in archive.batches where batch.year == year {
                guard try await archive.kind(ofBatch: batch.key) == .options else { continue }
                let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
                for description in open.keys.indices {
                    try open.forEachBlock(in: Int(open.rowStart[description])..<Int(open.rowStart[description + 1])) {
                        rows, positions, _ in
                        for row in positions {
                            keys["\(open.files[Int(rows.file[row])]) \(rows.line[row])"] = open.keys[description].rawValue
                        }
                    }
                }
            }
            let answer = try await ask(question, k: 100_000) {
                $0.semantic = true; $0.years = [year]
            }
            var compared = 0
            for result in answer.results where result.kind != "stock" {
                let key = try #require(keys["\(result.source.key) \(result.source.line)"])
                let score = try #require(exact[key])
                #expect(abs(score - result.similarity) < 1e-5)
                compared += 1
            }
            #expect(compared > 50)
        }
    }
}
