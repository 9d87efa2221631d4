import Foundation
import Testing

/// The names in the JSON of the command line, which other programs rely on.
struct SearchJSONTests {
    private static let answerKeys: Set = [
        "question", "constraints", "query", "not_understood", "cannot_know", "corrections", "notes", "relaxed", "exact", "matching_rows",
        "elapsed_ms", "results",
    ]
    private static let resultKeys: Set = [
        "underlying", "kind", "strike", "expiration", "quote_date", "year", "days_to_expiry", "similarity", "similarities",
        "bid", "ask", "volume", "open_interest", "implied_volatility", "delta", "underlying_close", "description",
        "vendor_delta", "vendor_implied_volatility",
        "satisfies", "misses", "source",
    ]

    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func namesOfOptions() throws {
        let place = try Workplace()
        let outcome = try place.tool("search", "calls with glimmer", "-k", "3", "--store", "store", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let answer = try object(outcome.output)
        #expect(Set(answer.keys) == Self.answerKeys)
        #expect(answer["question"] as? String == "calls with glimmer")
        #expect(answer["constraints"] as? [String] == ["call"])
        #expect(answer["not_understood"] as? [String] == ["with glimmer"])
        let results = try #require(answer["results"] as? [[String: Any]])
        #expect(results.count == 3)
        for result in results {
            #expect(Set(result.keys) == Self.resultKeys.union(["contract"]))
            #expect(result["kind"] as? String == "call")
            #expect(Set((result["similarities"] as? [String: Any] ?? [:]).keys) == ["minilm"])
            let source = try #require(result["source"] as? [String: Any])
            #expect(Set(source.keys) == ["key", "line"])
        }
    }

    @Test func namesOfStocks() throws {
        let place = try Workplace()
        let outcome = try place.tool("search", "stocks", "-k", "2", "--store", "store", "--json")
        let results = try #require(try object(outcome.output)["results"] as? [[String: Any]])
        #expect(results.count == 2)
        for result in results {
            #expect(Set(result.keys) == Self.resultKeys.union(["symbol"]))
            #expect(result["strike"] is NSNull)
        }
    }

    @Test func namesOfStatus() throws {
        let place = try Workplace()
        let outcome = try place.tool("status", "--store", "store", "--json")
        #expect(outcome.errors.isEmpty)
        let status = try object(outcome.output)
        let rows = try #require(status["rows"] as? Int)
        let refused = (status["quarantined"] as? [String: Int] ?? [:]).values.reduce(0, +)
        #expect(status["searchable"] as? Int == rows - refused)
        #expect(status["simulated"] as? Bool == true)
    }
}
