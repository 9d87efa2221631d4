import Analyses
import ArgumentParser
import MarketData
import Monitoring
import Tapedeck

struct ArbitrageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arbitrage", abstract: "Find packages of options whose worst case is a profit.",
        discussion: """
            Looks at the quotes of one day, at executable sides only: what is bought pays the ask, what is sold gets the \
            bid. Families: conversions, reversals, boxes, verticals, butterflies and calendars. docs/arbitrage.md has the \
            formulas and says why most candidates cannot be traded. --relative-value also lists contracts whose volatility is \
            out of line with that of the options most like them; those are not riskless.

            Example:
              tapedeck arbitrage --date 2014-06-06 --store store
            """)

    @OptionGroup var day: DayOptions

    @Option(name: .customShort("k"), help: "Number of candidates shown.")
    var k = 20

    @Option(help: ArgumentHelp("Annual rate, such as 0.02. Default: implied by the chain.", valueName: "rate"))
    var rate: Double?

    @Option(help: ArgumentHelp("Dollars per contract and leg.", valueName: "dollars"))
    var fee = 0.65

    @Option(help: ArgumentHelp("Highest annual dividend yield that a short seller may have to pay.", valueName: "yield"))
    var dividendYield: Double?

    @Flag(help: "Also compare the volatility of each contract with that of similar ones of the day.")
    var relativeValue = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        guard fee >= 0, fee.isFinite else { throw ValidationError("--fee must not be negative.") }
        guard (rate ?? 0).magnitude <= 1, (0...1).contains(dividendYield ?? 0) else {
            throw ValidationError("--rate and --dividend-yield are shares of 1, such as 0.02.")
        }
    }

    func run() async throws {
        var settings = ArbitrageSettings()
        if let rate { settings.rate = .fixed(rate) }
        if let dividendYield { settings.dividends = .yield(dividendYield) }
        settings.feePerContract = fee
        let store = try await Store.open(at: try storeOption.location(), models: ListText.items(Settings.current.text(.models)))
        let answer = try await store.noted(
            ArbitrageRequest(date: try day.day(), symbols: day.names, settings: settings, k: k, relativeValue: relativeValue))
        if day.json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ answer: ArbitrageRequest.Report) {
        let report = answer.arbitrage
        Swift.print(
            "\(Numbers.grouped(report.found)) candidates in \(Numbers.grouped(report.quotes)) quotes of \(report.as_of)"
                + (report.too_small > 0 ? "; \(Numbers.grouped(report.too_small)) more need more contracts than the quotes show" : ""))
        for (number, candidate) in report.candidates.enumerated() {
            let size = candidate.size.map { "\($0) packages" } ?? "size unknown"
            Swift.print(
                "\n\(number + 1)  \(candidate.underlying) \(candidate.family.rawValue.replacing("_", with: " ")), \(candidate.days_to_expiry) days: "
                    + "profit $\(Numbers.fixed(candidate.profit, 4)) a share, \(size), $\(Numbers.fixed(candidate.profit_dollars, 2))")
            for leg in candidate.legs {
                let name = leg.contract?.description ?? "\(leg.symbol ?? "") shares"
                Swift.print("   \(leg.side.rawValue) \(leg.ratio) × \(name) at \(Numbers.fixed(leg.price, 2))")
            }
            for reason in candidate.against { Terminal.printParagraphs("   Against: \(reason)") }
        }
        if let candidates = answer.relativeValue { print(candidates, of: report.as_of) }
        if let words = report.rejected.words { Terminal.printParagraphs("\nQuotes left out: \(words)", style: Terminal.dim) }
    }

    private static func print(_ candidates: [RelativeValueCandidate], of day: Day) {
        Swift.print("")
        guard !candidates.isEmpty else { return Swift.print("No contract of \(day) is out of line with those most like it.") }
        var table = TextTable(
            [
                ("", .left), ("contract", .left), ("price", .right), ("value", .right), ("edge", .right), ("IV", .right), ("neighbours", .right),
                ("residual", .right), ("99 %", .right),
            ], expendable: ["99 %"])
        for one in candidates {
            table.add(
                [
                    one.side.rawValue, one.contract.description, Numbers.fixed(one.price, 2), Numbers.fixed(one.value, 2), Numbers.fixed(one.edge, 2),
                    one.implied_volatility.percent, one.expected_volatility.percent, one.residual.percent, one.threshold.percent,
                ], note: one.against.joined(separator: "; "))
        }
        table.print()
    }
}
