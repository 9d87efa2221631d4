import Foundation
import Testing

/// The analyses' JSON names, which other programs rely on, and what they say of wrong input.
struct AnalysisCommandTests {
    private func object(_ outcome: Tool.Outcome) throws -> [String: Any] {
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// A day of the market with option quotes.
    private func day(_ place: Workplace) throws -> String {
        String(try #require(try place.optionFiles().last?.split(separator: "/").last).prefix(10))
    }

    @Test func namesInJSON() throws {
        let place = try Workplace()
        let day = try day(place)
        let arbitrage = try object(place.tool("arbitrage", "--date", day, "--store", "store", "--json"))
        #expect(Set(arbitrage.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "candidates", "rejected"]))
        let screen = try object(place.tool("screen", "vertical", "--date", day, "--store", "store", "--json"))
        #expect(Set(screen.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "results", "rejected"]))
        let flow = try object(place.tool("flow", "--date", day, "--min-volume", "1", "--store", "store", "--json"))
        #expect(Set(flow.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "results"]))
        let outcomes = try object(place.tool("outcomes", "calls", "--horizons", "1,2", "--store", "store", "--json"))
        #expect(Set(outcomes.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "results", "summary"]))
        let summary = try #require((outcomes["summary"] as? [[String: Any]])?.first)
        #expect(Set(summary.keys).isSuperset(of: ["horizon", "count", "gains", "no_later_quote"]))
        let evolution = try object(
            place.tool("evolution", "calls", "--start-year", "2000", "--end-year", "2030", "--store", "store", "--json"))
        let years = try #require(evolution["years"] as? [String: [String: Any]])
        #expect(years.values.allSatisfy { Set($0.keys) == ["matches", "rows", "per_million", "interval", "best"] })
        let compared = try object(place.tool("compare", "calls", "--store", "store", "--json"))
        #expect(Set(compared.keys).isSuperset(of: ["request", "elapsed_ms", "models", "pairs"]))
        let found = try object(place.tool("search", "calls", "-k", "1", "--as-of", day, "--store", "store", "--json"))
        let first = try #require((found["results"] as? [[String: Any]])?.first)
        let contract = try #require(first["contract"] as? String)
        let quoted = try #require(first["quote_date"] as? String)
        let similar = try object(place.tool("similar", "--contract", contract, "--date", quoted, "--store", "store", "--json"))
        let results = try #require(similar["results"] as? [[String: Any]])
        #expect(results.allSatisfy { $0["distance"] is Double && $0["similarity"] is Double && $0["source"] is [String: Any] })
        try Data("contract,quantity\n\(contract),-2\n".utf8).write(to: URL(fileURLWithPath: place.path("positions.csv")))
        let risk = try object(place.tool("risk", "--positions", "positions.csv", "--date", quoted, "--store", "store", "--json"))
        #expect(Set(risk.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "positions", "total", "scenarios"]))
    }

    @Test func tablesForPeople() throws {
        let place = try Workplace()
        let day = try day(place)
        for arguments in [
            ["arbitrage", "--date", day], ["screen", "covered-call", "--date", day], ["flow", "--date", day], ["outcomes", "calls"],
            ["evolution", "calls", "--start-year", "2000", "--end-year", "2030", "--plot", "plot.svg"], ["compare", "calls"],
        ] {
            let outcome = try place.tool.shell("\"$TAPEDECK\" \(arguments.joined(separator: " ")) --store store")
            #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(arguments): \(outcome.errors)")
        }
        #expect(try place.text("plot.svg").contains("<svg"))
    }

    @Test(arguments: [
        ("arbitrage --date 2001-01-06", "nearest"), ("flow --date 2001-01-06", "nearest"), ("analogs NONE --date 2014-01-02", "no NONE"),
        ("regimes NONE", "no NONE"), ("similar --contract AAPL140621C00650000 --date 2001-01-06", "AAPL"),
        ("evolution calls --start-year 1990 --end-year 1991", "1990"), ("risk --positions none.csv --date 2014-01-02", "none.csv"),
        ("compare calls --models nomic", "nomic"),
    ])
    func wrongInputSaysWhatThereIs(_ command: String, _ word: String) throws {
        let place = try Workplace()
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store store"), naming: word)
    }

    @Test(arguments: [
        ("screen butterfly --date 2014-01-02", "butterfly"), ("arbitrage --date yesterday", "yesterday"),
        ("outcomes calls --horizons 0", "--horizons"),
        ("evolution calls --start-year 2015 --end-year 2014", "2015"), ("similar --contract ABC --date 2014-01-02", "ABC"),
        ("screen vertical --date 2014-01-02 --days 60", "--days"),
    ])
    func wrongUsage(_ command: String, _ word: String) throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store store"), status: 2, naming: word)
    }
}
