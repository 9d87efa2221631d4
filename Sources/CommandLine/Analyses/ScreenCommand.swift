import Analyses
public import ArgumentParser
import Drawing
import Monitoring
import Tapedeck

struct ScreenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "Rank spreads, condors, covered calls, puts and calendars of a day.",
        discussion: """
            Prices are executable: what is bought pays the ask, what is sold gets the bid. Strategies: \
            \(Strategy.allCases.map(\.rawValue).joined(separator: ", ")). Measures: \
            \(StrategyMeasure.allCases.map(\.rawValue).joined(separator: ", ")). --every-day screens each stored day and \
            reports what the best of each day earned.

            Example:
              tapedeck screen vertical --date 2014-06-06 --symbols AAPL --by pop
              tapedeck screen condor --every-day --symbols AAPL --horizons 5,10
            """)

    @Argument(help: ArgumentHelp("The strategy.", valueName: "strategy"))
    var strategy: Strategy

    @Option(help: ArgumentHelp("Day of the quotes.", valueName: "YYYY-MM-DD"))
    var date: String?

    @OptionGroup var daily: EveryDayOptions

    @Option(help: ArgumentHelp("With --every-day: first day. Default: the store's first.", valueName: "YYYY-MM-DD"))
    var from: String?

    @Option(help: ArgumentHelp("With --every-day: last day. Default: the store's last.", valueName: "YYYY-MM-DD"))
    var to: String?

    @Option(help: ArgumentHelp("Underlyings. Default: all.", valueName: "AAPL,MSFT"))
    var symbols: String?

    @Option(help: ArgumentHelp("The measure that ranks them.", valueName: "measure"))
    var by = StrategyMeasure.returnOnRisk

    @Option(name: .customShort("k"), help: "Number of results.")
    var k = 20

    @Option(help: ArgumentHelp("Minimum and maximum days to expiry.", valueName: "1-60"))
    var days = "1-60"

    @Option(help: ArgumentHelp("Minimum volume of every leg.", valueName: "contracts"))
    var minVolume = 0

    @Option(help: ArgumentHelp("Minimum open interest of every leg.", valueName: "contracts"))
    var minOpenInterest = 0

    @Option(help: ArgumentHelp("Draw the payoff of the best result into an SVG file.", valueName: "file"))
    var payoff: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    private func range() throws -> ClosedRange<Int> {
        let ends = days.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, first <= last else {
            throw ValidationError("--days '\(days)' is not a range such as 1-60.")
        }
        return first...last
    }

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try range()
        _ = try DateText.day(date, "--date")
        _ = try DateText.days(from, "--from", to, "--to")
        guard (date == nil) == daily.everyDay else { throw ValidationError("Give either --date or --every-day.") }
        guard daily.everyDay || (from == nil && to == nil) else { throw ValidationError("--from and --to need --every-day.") }
        guard !(daily.everyDay && payoff != nil) else { throw ValidationError("--payoff draws a result of one day; give --date.") }
        guard !(daily.csv && json) else { throw ValidationError("Give either --csv or --json.") }
    }

    func run() async throws {
        var settings = ScreenSettings()
        settings.days = try range()
        settings.leastVolume = minVolume
        settings.leastOpenInterest = minOpenInterest
        let store = try await Store.open(at: try storeOption.location())
        let screen = StrategyScreen(strategy, by: by, settings: settings)
        let names = ListText.items(symbols).map { $0.uppercased() }
        guard let day = try DateText.day(date, "--date") else {
            var study = StrategyStudy()
            study.horizons = try daily.sessions()
            let answer = try await store.noted(
                ScreenSeriesRequest(
                    screen, symbols: names, k: k, from: try DateText.day(from, "--from"), to: try DateText.day(to, "--to"), study: study))
            try daily.draw(answer.report, title: "best \(k) \(strategy.rawValue) by \(by.rawValue), every day")
            return json ? try Terminal.printJSON(answer) : daily.show(answer.report)
        }
        let answer = try await store.noted(ScreenRequest(screen, date: day, symbols: names, k: k))
        if let payoff, let best = answer.report.results.first {
            let fees = settings.feePerContract / 100 * Double(best.legs.count { $0.contract != nil })
            try FileSystem.write(Array(best.payoffChart(rate: settings.rate, fees: fees).svg.utf8), to: payoff)
        }
        if json { try Terminal.printJSON(answer) } else { show(answer.report) }
    }

    private func show(_ report: ScreenReport) {
        var table = TextTable(
            [
                ("", .right), ("underlying", .left), ("legs", .left), ("days", .right), ("credit", .right), ("max profit", .right),
                ("max loss", .right), ("return", .right), ("annualised", .right), ("POP", .right),
            ], expendable: ["max profit", "annualised", "days"])
        for (number, result) in report.results.enumerated() {
            let legs = result.legs.map { leg in
                let price = Numbers.optional(leg.strike, 2)
                return "\(leg.side == .buy ? "+" : "−")\(leg.strike == nil ? "" : price + " ")\(leg.kind)"
            }
            table.add([
                String(number + 1), result.underlying, legs.joined(separator: " "), String(result.days_to_expiry), Numbers.fixed(result.credit, 2),
                Numbers.fixed(result.max_profit, 2), Numbers.fixed(result.max_loss, 2), result.return_on_risk.percent, result.annualised.percent,
                result.pop?.percent ?? "–",
            ])
        }
        report.results.isEmpty ? print("No \(strategy.rawValue) meets the conditions on \(report.as_of).") : table.print()
        Terminal.printParagraphs(
            "\n\(Numbers.grouped(report.considered)) combinations considered, \(Numbers.grouped(report.riskless)) without risk left out. \(report.assumptions)",
            style: Terminal.dim)
        if let words = report.rejected.words { Terminal.printParagraphs("Quotes left out: \(words)", style: Terminal.dim) }
    }
}

extension Strategy: ExpressibleByArgument {}
extension StrategyMeasure: ExpressibleByArgument {}
