import Analyses
import ArgumentParser
import Drawing
import Foundation
import MarketData
import Queries
import Tapedeck

struct OutcomesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes", abstract: "Report what happened afterwards to the contracts that answer a question, or to those of a list.",
        discussion: """
            Buys every result at its ask and sells it at the bid a number of sessions later, and does the same with random \
            contracts of the same names and days. Contracts that expired, split or have no later quote are counted, not \
            dropped. --results takes the contracts from the JSON of `search`, `similar` or `flow`.

            Example:
              tapedeck outcomes "AAPL calls with high volume" --horizons 1,5
              tapedeck outcomes --results similar.json --horizons 5 --store store
            """)

    @Argument(help: "The question.")
    var question: [String] = []

    @Option(help: ArgumentHelp("JSON file with results, in place of a question (- for standard input).", valueName: "file"))
    var results: String?

    @Option(help: ArgumentHelp("Sessions ahead.", valueName: "1,5,10,20"))
    var horizons = "1,5,10,20"

    @Option(name: .customShort("k"), help: "Number of results. Default: as many as the question says, otherwise 20.")
    var k: Int?

    @Option(help: ArgumentHelp("Years to search. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Hide every row after this day from the question; outcomes still use later days.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Option(help: ArgumentHelp("Draw the distribution at the first horizon into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "Sell at the bid and buy back at the ask.")
    var sell = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        _ = try ListText.sessions(horizons)
        _ = try DateText.day(asOf, "--as-of")
        _ = try ListText.years(years)
        if let k, k <= 0 { throw ValidationError("-k must be at least 1, not \(k).") }
        let isEmpty = !question.joined().contains { !$0.isWhitespace }
        guard results != nil || !isEmpty else { throw ValidationError("The question is empty.") }
        guard results == nil || (isEmpty && asOf == nil && years == nil) else {
            throw ValidationError("--results takes the contracts from a file; leave out the question, --years and --as-of.")
        }
    }

    /// The contracts of a file.
    private func contracts(_ path: String) throws -> [ContractDay] {
        // Rows of stocks have no contract.
        struct Row: Decodable {
            var option: ContractDay?

            private enum CodingKeys: String, CodingKey { case contract }

            init(from decoder: any Decoder) throws {
                let box = try decoder.container(keyedBy: CodingKeys.self)
                option = try box.decodeIfPresent(String.self, forKey: .contract) == nil ? nil : ContractDay(from: decoder)
            }
        }
        struct Answer: Decodable { var results: [Row] }
        let bytes = try InputFile.read(path == "-" ? "/dev/stdin" : path, what: "results")
        let found: [ContractDay]
        do {
            found = try JSONDecoder().decode(Answer.self, from: Data(bytes)).results.compactMap(\.option)
        } catch {
            throw CommandError(
                "\(path) is not the JSON of results with contract, underlying and quote_date, as `search --json` prints it: \(ErrorText.describe(error))"
            )
        }
        guard !found.isEmpty else { throw CommandError("\(path) lists no option.") }
        return Array(found.prefix(k ?? found.count))
    }

    func run() async throws {
        let text = question.joined(separator: " ")
        var study = OutcomeStudy()
        study.horizons = try ListText.sessions(horizons)
        study.side = sell ? .sell : .buy
        let models = ListText.items(Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: models)
        let answer = try await store.noted(
            OutcomesRequest(
                try results.map { .contracts(try contracts($0), from: $0) }
                    ?? .search(
                        SearchRequest(question: text, k: k, models: models, years: try ListText.years(years), asOf: try DateText.day(asOf, "--as-of"))
                    ), study: study))
        if let plot, let first = study.horizons.min() {
            try FileSystem.write(Array(answer.report.outcomes.histogram(horizon: first).svg.utf8), to: plot)
        }
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report, side: study.side) }
    }

    static func print(_ answer: OutcomesRequest.Report, side: OutcomeStudy.Side) {
        let report = answer.outcomes
        if let answer = answer.answer { SearchPrinter.printUnderstanding(answer) }
        guard !report.summary.isEmpty, report.summary[0].cases > 0 else { return Swift.print("No option to follow.") }
        print(report.summary)
        for one in report.summary {
            let others = one.statuses.filter { $0.value > 0 && $0.key != .quoted }.sorted { $0.key.rawValue < $1.key.rawValue }
            guard !others.isEmpty else { continue }
            let words = others.map { "\($0.value) \($0.key.rawValue.replacing("_", with: " "))" }
            Terminal.printParagraphs("After \(one.horizon): \(words.joined(separator: ", ")).", style: Terminal.dim)
        }
        Terminal.printParagraphs(
            "\nReturns of \(side == .sell ? "selling at the bid and buying back at the ask" : "buying at the ask and selling at the bid"), "
                + "\"after\" in sessions. Intervals come from a block bootstrap over dates.", style: Terminal.dim)
    }

    /// A table of what happened, a row for each horizon.
    static func print(_ summary: [OutcomeSummary]) {
        var table = TextTable(
            [
                ("after", .right), ("cases", .right), ("gained", .right), ("median", .right), ("95 % of the median", .right), ("mean", .right),
                ("underlying", .right), ("random: gained", .right), ("median", .right), ("expired", .right), ("no quote", .right),
            ], expendable: ["underlying", "mean", "expired"])
        for one in summary {
            let found = one.distribution
            let interval = found.interval.map { "\($0.low.percent) … \($0.high.percent)" } ?? "–"
            table.add([
                "\(one.horizon)", "\(found.count) of \(one.cases)", found.gain_share?.percent ?? "–", found.median?.percent ?? "–", interval,
                found.mean?.percent ?? "–", found.underlying_mean?.percent ?? "–", one.baseline?.gain_share?.percent ?? "–",
                one.baseline?.median?.percent ?? "–", String(one.expired), String(one.no_later_quote),
            ])
        }
        table.print()
    }
}
