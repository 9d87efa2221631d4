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

    @Test func questionsOfAFileAreAnsweredLineByLine() throws {
        let place = try Workplace()
        let questions = ["calls", "puts with volume over 5", "average IV by month"]
        try Data((questions.joined(separator: "\n") + "\n\n").utf8).write(to: URL(fileURLWithPath: place.path("questions.txt")))
        let outcome = try place.tool("search", "--batch", "questions.txt", "-k", "4", "--store", "store")
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == questions.count)
        for (question, line) in zip(questions, lines) {
            let answer = try object(String(line))
            #expect(answer["question"] as? String == question)
            #expect((answer["results"] as? [Any])?.count == 4)
        }
        expectFailure(try place.tool("search", "--batch", "absent.txt", "--store", "store"), naming: "absent.txt")
        expectFailure(try place.tool.shell("echo | \"$TAPEDECK\" search --batch - --store store"), naming: "no question")
        expectFailure(try place.tool("search", "calls", "--batch", "questions.txt", "--store", "store"), status: 2, naming: "--batch", "calls")
        let counted = try place.tool("search", "calls", "--verbose", "--memory-limit", "8MB", "--store", "store")
        #expect(counted.status == 0 && counted.errors.contains("0 requests to the store"))
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
