import Analyses
import ArgumentParser
import Tapedeck

struct ArbitrageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arbitrage", abstract: "Find packages of options whose worst case is a profit.",
        discussion: """
            Looks at the quotes of one day, at executable sides only: what is bought pays the ask, what is sold gets the \
            bid. Families: conversions, reversals, boxes, verticals, butterflies and calendars. docs/arbitrage.md has the \
            formulas and says why most candidates cannot be traded.

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
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await ArbitrageRequest(date: try day.day(), symbols: day.names, k: k, settings: settings).answer(from: store)
        if day.json { return try Terminal.printJSON(answer) }
        let (report, found) = (answer.report.report, answer.report.found)
        print(
            "\(Numbers.grouped(found)) candidates in \(Numbers.grouped(report.quotes)) quotes of \(report.as_of)"
                + (report.too_small > 0 ? "; \(Numbers.grouped(report.too_small)) more need larger quotes than there were" : ""))
        for (number, candidate) in report.candidates.enumerated() {
            let size = candidate.size.map { "\($0) packages" } ?? "size unknown"
            print(
                "\n\(number + 1)  \(candidate.underlying) \(candidate.family.rawValue.replacing("_", with: " ")), \(candidate.days_to_expiry) days: "
                    + "profit $\(Numbers.fixed(candidate.profit, 4)) a share, \(size), $\(Numbers.fixed(candidate.profit_dollars, 2))")
            for leg in candidate.legs {
                let name = leg.contract?.description ?? "\(leg.symbol ?? "") shares"
                print("   \(leg.side.rawValue) \(leg.ratio) × \(name) at \(Numbers.fixed(leg.price, 2))")
            }
            for reason in candidate.against { Terminal.printParagraphs("   Against: \(reason)") }
        }
        if let words = report.rejected.words { Terminal.printParagraphs("\nQuotes left out: \(words)", style: Terminal.dim) }
    }
}
