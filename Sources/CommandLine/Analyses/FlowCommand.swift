import Analyses
import ArgumentParser
import Monitoring
import Tapedeck

struct FlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "Find unusual option trading of a day.",
        discussion: """
            Compares the volume of every contract and underlying with open interest and with the 20 sessions before. A \
            score is the sum of its parts, which are listed. --past finds earlier events like each contract's, and reports \
            what they returned by the day.

            Example:
              tapedeck flow --date 2014-06-06 --store store
            """)

    @OptionGroup var day: DayOptions

    @Option(name: .customShort("k"), help: "Number of events.")
    var k = 20

    @Option(help: ArgumentHelp("Minimum volume of a contract.", valueName: "contracts"))
    var minVolume = 100

    @Option(help: ArgumentHelp("Sessions to look back for events like each contract's.", valueName: "n"))
    var past: Int?

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        guard past ?? 1 > 0 else { throw ValidationError("--past must be at least 1 session.") }
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await store.noted(FlowRequest(date: try day.day(), symbols: day.names, minVolume: minVolume, k: k, past: past ?? 0))
        if day.json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ answer: FlowRequest.Report) {
        let report = answer.flow
        var table = TextTable(
            [("score", .right), ("contract", .left), ("volume", .right), ("open int", .right), ("notional", .right)], expendable: ["notional"])
        for event in report.results {
            table.add(
                [
                    Numbers.fixed(event.score, 1), event.contract?.description ?? "\(event.underlying), all options", Numbers.grouped(event.volume),
                    event.open_interest.map(Numbers.grouped) ?? "–", event.notional.map { "$" + Numbers.grouped(Int($0)) } ?? "–",
                ], note: event.reasons.joined(separator: "; "))
        }
        report.results.isEmpty ? Swift.print("Nothing unusual on \(report.as_of).") : table.print()
        for (event, past) in zip(report.results, answer.past ?? []) {
            guard let past, !past.results.isEmpty, let contract = event.contract else { continue }
            Swift.print("\n\(past.results.count) events like that of \(contract), bought at the ask:")
            OutcomesCommand.print(past.summary)
        }
        Terminal.printParagraphs(
            "\n\(Numbers.grouped(report.contracts)) contracts examined. Note: \(report.caveat).", style: Terminal.dim)
    }
}
