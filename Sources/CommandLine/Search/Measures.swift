import Analyses
import ArgumentParser
import Drawing
import Foundation
import MarketData
import Monitoring
import Queries
import Tapedeck

struct Measures: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measures", abstract: "Print the state of an underlying by day: implied volatility, skew, flow, open interest.",
        discussion: """
            One row per day with quotes. docs/questions.md defines the measures.

            Example:
              tapedeck measures AAPL --from 2014-06-01 --to 2014-06-30 --store store
            """)

    @Argument(help: "The ticker.")
    var symbol: String

    @Option(help: ArgumentHelp("First day. Default: the first day with quotes.", valueName: "YYYY-MM-DD"))
    var from: String?

    @Option(help: ArgumentHelp("Last day. Default: the last day with quotes.", valueName: "YYYY-MM-DD"))
    var to: String?

    @Option(help: ArgumentHelp("Draw close, IV30 and HV20 into an SVG file.", valueName: "file"))
    var plot: String?

    @Option(help: ArgumentHelp("Draw the skew of the last day listed into an SVG file.", valueName: "file"))
    var skew: String?

    @Option(help: ArgumentHelp("Draw the term structure of the last day listed into an SVG file.", valueName: "file"))
    var term: String?

    @Flag(help: "Print CSV with all measures.")
    var csv = false

    @Flag(help: "Print one JSON object with all measures.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard !(csv && json) else { throw ValidationError("Give either --csv or --json.") }
        _ = try DateText.days(from, "--from", to, "--to")
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location(), models: [])
        let request = MeasuresRequest(symbol: symbol, from: try DateText.day(from, "--from"), to: try DateText.day(to, "--to"))
        let answer = try await store.noted(request)
        let days = answer.report.results
        if let plot { try write(days, to: plot) }
        if skew != nil || term != nil {
            guard let last = days.last?.date else { throw CommandError("there are no quotes of \(symbol) on these days to draw.") }
            let quotes = try await store.quotes(of: symbol, on: last)
            if let skew { try FileSystem.write(Array(quotes.skewChart().svg.utf8), to: skew) }
            if let term { try FileSystem.write(Array(quotes.termStructureChart.svg.utf8), to: term) }
        }
        if json {
            try Terminal.printJSON(answer)
        } else if csv {
            print((["date", "close"] + NameDay.measures).joined(separator: ","))
            for day in days {
                let values = (["close"] + NameDay.measures).map { name in day.values[name].map { "\($0)" } ?? "" }
                print(([day.date.description] + values).joined(separator: ","))
            }
        } else {
            printTable(days)
        }
    }

    private func printTable(_ days: [NameDay]) {
        guard !days.isEmpty else { return print("No quotes of \(symbol) on these days.") }
        let percents = [
            ("IV30", "iv30"), ("IV90", "iv90"), ("HV20", "hv20"), ("skew", "skew25"), ("exp. move", "expected_move_percent"),
        ]
        var table = TextTable(
            [("date", .left), ("close", .right)] + percents.map { ($0.0, .right) } + [
                ("IV rank", .right), ("P/C volume", .right), ("P/C open int", .right), ("max pain", .right), ("GEX, $M", .right),
            ], expendable: ["GEX, $M", "max pain", "P/C open int", "skew", "IV90", "exp. move"])
        for day in days {
            let percent = percents.map { name in day.values[name.1].map { Numbers.fixed($0 * 100, 1) + "%" } ?? "–" }
            table.add(
                [day.date.description, Numbers.optional(day.values["close"], 2)] + percent + [
                    Numbers.optional(day.values["iv_rank"], 0), Numbers.optional(day.values["put_call_volume"], 2),
                    Numbers.optional(day.values["put_call_oi"], 2), Numbers.optional(day.values["max_pain"], 2),
                    Numbers.optional(day.values["gex"].map { $0 / 1e6 }, 2),
                ])
        }
        table.print()
        print(Terminal.dim("\n–: not enough quotes or history. GEX assumes that dealers are long calls and short puts."))
    }

    private func write(_ days: [NameDay], to path: String) throws {
        func series(_ name: String) -> [Double?] { days.map { $0.values[name] } }
        let plot = LinePlot(
            title: "\(symbol), \(days.first?.date.description ?? "") to \(days.last?.date.description ?? "")", labels: days.map(\.date.description),
            panels: [
                .init(title: "close, dollars", lines: [("close", series("close"))]),
                .init(title: "volatility", lines: [("IV30", series("iv30")), ("HV20", series("hv20"))]),
            ])
        try FileSystem.write(Array(plot.svg.utf8), to: path)
    }
}
