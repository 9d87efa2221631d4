import Foundation
import Testing

/// The JSON names of analyses, which other programs rely on, and their errors for wrong input.
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
        try Data(JSONSerialization.data(withJSONObject: similar)).write(to: URL(fileURLWithPath: place.path("similar.json")))
        let followed = try object(place.tool("outcomes", "--results", "similar.json", "--horizons", "1", "--store", "store", "--json"))
        #expect((followed["results"] as? [Any])?.count == results.count && followed["constraints"] == nil)
        let past = try object(place.tool("flow", "--date", day, "--min-volume", "1", "--past", "5", "--store", "store", "--json"))
        #expect((past["past"] as? [Any])?.count == (past["results"] as? [Any])?.count)
        try Data("contract,quantity\n\(contract),-2\n".utf8).write(to: URL(fileURLWithPath: place.path("positions.csv")))
        let risk = try object(place.tool("risk", "--positions", "positions.csv", "--date", quoted, "--store", "store", "--json"))
        #expect(Set(risk.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "positions", "total", "scenarios"]))
        let alone = try object(place.tool("risk", "--contract", contract, "--date", quoted, "--analogs", "2", "--store", "store", "--json"))
        #expect((alone["request"] as? [String: Any])?["positions"] as? String == contract && alone["analogs"] is [Any])
    }

    @Test func questionsInJSON() throws {
        let place = try Workplace()
        let day = try day(place)
        let asked = try object(place.tool("ask", "arbitrage on \(day)", "--store", "store", "--json"))
        #expect(Set(asked.keys) == ["intent", "command", "notes", "answer"])
        #expect(asked["intent"] as? String == "arbitrage" && asked["command"] as? String == "tapedeck arbitrage --date \(day)")
        let answer = try #require(asked["answer"] as? [String: Any])
        #expect(Set(answer.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "candidates", "rejected"]))
        let daily = try object(place.tool("search", "calls", "--every-day", "--measures", "iv", "--horizons", "1", "--store", "store", "--json"))
        #expect(Set(daily.keys).isSuperset(of: ["question", "constraints", "as_of", "elapsed_ms", "results", "summary", "assumptions"]))
        let row = try #require((daily["results"] as? [[String: Any]])?.first)
        #expect(Set(row.keys) == ["day", "matches", "measures", "outcomes"])
        let screened = try object(place.tool("screen", "vertical", "--every-day", "--to", day, "-k", "2", "--store", "store", "--json"))
        #expect(Set(screened.keys).isSuperset(of: ["request", "as_of", "elapsed_ms", "results", "summary"]))
        let found = try object(place.tool("search", "calls", "-k", "1", "--as-of", day, "--store", "store", "--json"))
        let source = try #require(((found["results"] as? [[String: Any]])?.first)?["source"] as? [String: Any])
        let key = try #require(source["key"] as? String), line = try #require(source["line"] as? Int)
        let lines = try place.text("market/" + key).split(separator: "\n")
        try place.folder.write("\(lines[0])\n\(lines[line - 1])\nbad\n", to: "reference.csv")
        let similar = try object(place.tool("similar", "--reference", "reference.csv", "-k", "3", "--store", "store", "--json"))
        let results = try #require(similar["results"] as? [[String: Any]])
        #expect(results.count == 3 && results.allSatisfy { $0["reference_line"] as? Int == 2 && $0["distance"] is Double })
        #expect((similar["problems"] as? [[String: Any]])?.first?["line"] as? Int == 3)
    }

    @Test func aDailySeriesIsATableOrCSV() throws {
        let place = try Workplace()
        let table = try place.tool("search", "calls", "--every-day", "--horizons", "1", "--plot", "series.svg", "--store", "store")
        #expect(table.status == 0 && table.output.contains("median after 1") && table.output.contains("\nall "))
        #expect(try place.text("series.svg").contains("<svg"))
        let csv = try place.tool("search", "calls", "--every-day", "--csv", "--store", "store")
        #expect(csv.status == 0 && csv.output.hasPrefix("day,matches\n2014-"))
    }

    @Test func lookAheadIsChecked() throws {
        let place = try Workplace()
        let outcome = try place.tool("check", "look-ahead", "--days", "1", "--analyses", "arbitrage,search", "--store", "store")
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains("arbitrage     1        0       0") && outcome.output.contains("search"))
    }

    @Test func alertsAreAskedOnce() throws {
        let place = try Workplace()
        let day = try day(place)
        let added = try place.tool("alerts", "add", "all-calls", "calls", "--from", day, "-k", "2", "--store", "store")
        #expect(added.status == 0 && added.output.contains("all-calls"), "\(added.errors)")
        let first = try place.tool("alerts", "run", "--out", "events.jsonl")
        #expect(first.status == 0 && first.errors.contains("1 days asked about, 1 with matches"), "\(first.errors)")
        #expect(try place.text("events.jsonl") == first.output && first.output.contains("\"alert\":\"all-calls\""))
        let second = try place.tool("alerts", "run", "--out", "events.jsonl")
        #expect(second.status == 0 && second.output.isEmpty)
        let listed = try place.tool("alerts", "list")
        #expect(listed.output.contains("all-calls") && listed.output.contains(day))
        expectFailure(try place.tool("alerts", "run", "none"), naming: "no alert 'none'", "all-calls")
        #expect(try place.text("state/tapedeck/alerts.json").contains("\"seen_through\" : \"\(day)\""))
    }

    @Test func tablesForPeople() throws {
        let place = try Workplace()
        let day = try day(place)
        for arguments in [
            ["arbitrage", "--date", day], ["screen", "covered-call", "--date", day], ["flow", "--date", day], ["outcomes", "calls"],
            ["evolution", "calls", "--start-year", "2000", "--end-year", "2030", "--plot", "plot.svg"], ["compare", "calls"],
            ["ask", "calls"], ["ask", "how", "have", "calls", "changed"], ["ask", "unusual", "flow"],
            ["ask", "what", "happened", "next", "to", "puts"],
            ["arbitrage", "--date", day, "--relative-value"], ["regimes", "SIMA", "--model", "minilm", "--plot", "regimes.svg"],
            ["measures", "SIMA", "--skew", "skew.svg", "--term", "term.svg"], ["bench", "analyses", "--runs", "1"],
            ["screen", "covered-call", "--date", day, "--payoff", "payoff.svg"], ["screen", "vertical", "--every-day", "--horizons", "1"],
        ] {
            let outcome = try place.tool.shell("\"$TAPEDECK\" \(arguments.joined(separator: " ")) --store store")
            #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(arguments): \(outcome.errors)")
        }
        #expect(try place.text("plot.svg").contains("<svg"))
        for picture in ["payoff", "regimes", "skew", "term"] { #expect(try place.text(picture + ".svg").contains("<svg")) }
    }

    @Test(arguments: [
        ("arbitrage --date 2001-01-06", "nearest"), ("flow --date 2001-01-06", "nearest"), ("analogs NONE --date 2014-01-02", "no NONE"),
        ("regimes NONE", "no NONE"), ("similar --contract AAPL140621C00650000 --date 2001-01-06", "AAPL"),
        ("evolution calls --start-year 1990 --end-year 1991", "1990"), ("risk --positions none.csv --date 2014-01-02", "none.csv"),
        ("compare calls --models nomic", "nomic"), ("search glimmering --every-day", "no condition"), ("similar --reference none.csv", "none.csv"),
        ("outcomes --results none.json", "none.json"),
        ("alerts add a glimmering", "no condition"), ("screen vertical --every-day --from 2020-01-01", "2014"),
    ])
    func wrongInputSaysWhatThereIs(_ command: String, _ word: String) throws {
        let place = try Workplace()
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store store"), naming: word)
    }

    @Test(arguments: [
        ("screen butterfly --date 2014-01-02", "butterfly"), ("arbitrage --date yesterday", "yesterday"),
        ("outcomes calls --horizons 0", "--horizons"),
        ("evolution calls --start-year 2015 --end-year 2014", "2015"), ("similar --contract ABC --date 2014-01-02", "ABC"),
        ("risk --date 2014-01-02", "--contract"), ("risk --contract ABC --date 2014-01-02", "ABC"), ("outcomes calls --results a.json", "--results"),
        ("outcomes", "empty"), ("flow --date 2014-01-02 --past 0", "--past"),
        ("risk --positions a.csv --date 2014-01-02 --analogs 0", "--analogs"),
        ("screen vertical --date 2014-01-02 --days 60", "--days"), ("screen vertical", "--every-day"),
        ("screen vertical --every-day --date 2014-01-02", "--every-day"), ("search calls --csv", "--every-day"),
        ("search calls --every-day -k 3", "-k"), ("search calls --every-day --measures price", "--measures"), ("ask ''", "empty"),
        ("check look-ahead --days 0", "--days"), ("check look-ahead --analyses magic", "magic"),
        ("similar --reference a.csv --date 2014-01-02", "--reference"),
        ("similar --contract AAPL140621C00650000", "--date"), ("analogs SIMA --date 2014-01-02 --horizons 0", "--horizons"),
    ])
    func wrongUsage(_ command: String, _ word: String) throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store store"), status: 2, naming: word)
    }
}
