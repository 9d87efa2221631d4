import Tapedeck
import ArgumentParser
import MarketData
import Queries

struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Search a store with a question in plain English.",
        discussion: """
            Market terms in the question become constraints: tickers and names, calls and puts, moneyness, days to expiry, \
            volume, open interest, volatility, dates and numbers. Rows that satisfy them are sorted by similarity.

            Example:
              tapedeck search "Apple puts expiring this week" -k 5 --store store
            """)

    @Argument(help: "The question.")
    var question: String

    @Option(name: .customShort("k"), help: "Number of results.")
    var k = 20

    @Option(help: ArgumentHelp("Models to search with, by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(help: ArgumentHelp("Years to search. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Hide every row after this day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Flag(help: "Plain vector search: ignore constraints in the question.")
    var semantic = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try ListText.years(years)
        _ = try asOfDay()
        guard question.contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let wanted = ListText.items(models ?? Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: wanted)
        let answer = try await store.search(
            SearchRequest(
                question: question, k: k, models: wanted, years: try ListText.years(years), asOf: try asOfDay(),
                semantic: semantic))
        if json {
            try Terminal.printJSON(answer)
        } else {
            SearchPrinter.print(answer)
        }
    }

    private func asOfDay() throws -> Day? {
        guard let asOf else { return nil }
        guard let day = Day(iso: asOf) else {
            throw ValidationError("--as-of '\(asOf)' is not a date; write YYYY-MM-DD.")
        }
        return day
    }
}
