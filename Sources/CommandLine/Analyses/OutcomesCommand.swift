import Analyses
import ArgumentParser
import MarketData
import Queries
import Tapedeck

struct OutcomesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes", abstract: "Tell what happened afterwards to the contracts that answer a question.",
        discussion: """
            Buys every result at its ask and sells it at the bid a number of sessions later, and does the same with random \
            contracts of the same names and days. Contracts that expired, split or have no later quote are counted, not \
            dropped.

            Example:
              tapedeck outcomes "AAPL calls with high volume" --horizons 1,5
            """)

    @Argument(help: "The question.")
    var question: [String]

    @Option(help: ArgumentHelp("Sessions ahead.", valueName: "1,5,10,20"))
    var horizons = "1,5,10,20"

    @Option(name: .customShort("k"), help: "Number of results. Default: as many as the question says, otherwise 20.")
    var k: Int?

    @Option(help: ArgumentHelp("Hide every row after this day from the question; outcomes look ahead of it.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Option(help: ArgumentHelp("Draw the distribution at the first horizon into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "Sell at the bid and buy back at the ask.")
    var sell = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    private func sessions() throws -> [Int] {
        let numbers = ListText.items(horizons).map { Int($0) }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { (1...260).contains($0) } ?? false }) else {
            throw ValidationError("--horizons '\(horizons)' are not numbers of sessions from 1 to 260, such as 1,5,10.")
        }
        return numbers.compactMap(\.self)
    }

    func validate() throws {
        _ = try sessions()
        _ = try DateText.day(asOf, "--as-of")
        if let k, k <= 0 { throw ValidationError("-k must be at least 1, not \(k).") }
        guard question.joined().contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let models = ListText.items(Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: models)
        let request = OutcomesRequest(
            question: question.joined(separator: " "), horizons: try sessions(), side: sell ? .sell : .buy, k: k,
            asOf: try DateText.day(asOf, "--as-of"), models: models)
        let found = try await request.answer(from: store)
        let (answer, report) = (found.report.answer, found.report.outcomes)
        if let plot, let first = request.horizons.min() {
            try FileSystem.write(Array(report.histogram(horizon: first).svg.utf8), to: plot)
        }
        if json { return try Terminal.printJSON(found) }
        SearchPrinter.printUnderstanding(answer)
        guard !report.summary.isEmpty, report.summary[0].cases > 0 else { return print("No option answers the question.") }
        var table = TextTable(
            [
                ("after", .right), ("cases", .right), ("gained", .right), ("median", .right), ("95 % of the median", .right), ("mean", .right),
                ("underlying", .right), ("random: gained", .right), ("median", .right), ("expired", .right), ("no quote", .right),
            ], expendable: ["underlying", "mean", "expired"])
        for one in report.summary {
            let found = one.distribution
            let interval = found.interval.map { "\($0.low.percent) … \($0.high.percent)" } ?? "–"
            table.add([
                "\(one.horizon)", "\(found.count) of \(one.cases)", found.gain_share?.percent ?? "–", found.median?.percent ?? "–", interval,
                found.mean?.percent ?? "–", found.underlying_mean?.percent ?? "–", one.baseline?.gain_share?.percent ?? "–",
                one.baseline?.median?.percent ?? "–", String(one.expired), String(one.no_later_quote),
            ])
        }
        table.print()
        for one in report.summary {
            let others = one.statuses.filter { $0.value > 0 && $0.key != .quoted }.sorted { $0.key.rawValue < $1.key.rawValue }
            guard !others.isEmpty else { continue }
            let words = others.map { "\($0.value) \($0.key.rawValue.replacing("_", with: " "))" }
            Terminal.printParagraphs("After \(one.horizon): \(words.joined(separator: ", ")).", style: Terminal.dim)
        }
        Terminal.printParagraphs(
            "\nReturns of \(sell ? "selling at the bid and buying back at the ask" : "buying at the ask and selling at the bid"), "
                + "\"after\" in sessions. Intervals come from a block bootstrap over dates.", style: Terminal.dim)
    }
}
