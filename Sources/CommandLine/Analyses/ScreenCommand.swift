import Analyses
import ArgumentParser
import Tapedeck

struct ScreenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "Rank spreads, condors, covered calls, puts and calendars of a day.",
        discussion: """
            Prices are executable: what is bought pays the ask, what is sold gets the bid. Strategies: \
            \(Strategy.allCases.map(\.rawValue).joined(separator: ", ")). Measures: \
            \(StrategyMeasure.allCases.map(\.rawValue).joined(separator: ", ")).

            Example:
              tapedeck screen vertical --date 2014-06-06 --symbols AAPL --by pop
            """)

    @Argument(help: ArgumentHelp("The strategy.", valueName: "strategy"))
    var strategy: Strategy

    @OptionGroup var day: DayOptions

    @Option(help: ArgumentHelp("The measure that ranks them.", valueName: "measure"))
    var by = StrategyMeasure.returnOnRisk

    @Option(name: .customShort("k"), help: "Number of results.")
    var k = 20

    @Option(help: ArgumentHelp("Fewest and most days to expiry.", valueName: "1-60"))
    var days = "1-60"

    @Option(help: ArgumentHelp("Least volume of every leg.", valueName: "contracts"))
    var minVolume = 0

    @Option(help: ArgumentHelp("Least open interest of every leg.", valueName: "contracts"))
    var minOpenInterest = 0

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
    }

    func run() async throws {
        let request = ScreenRequest(
            strategy: strategy, by: by, date: try day.day(), symbols: day.names, k: k, days: try range(), leastVolume: minVolume,
            leastOpenInterest: minOpenInterest)
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await request.answer(from: store)
        if day.json { return try Terminal.printJSON(answer) }
        let report = answer.report
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
