import ArgumentParser
import Foundation
import MarketData
import Tapedeck

struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer any question, by search or by the analysis that it asks for.",
        discussion: """
            The question decides: rows and numbers are searched; "what happened next", "similar to", "how has … changed", \
            "compare", "arbitrage", "unusual flow", "regimes of", "days like" and "what is the risk of" run their analysis. \
            The first line is the command that gives the same answer. A question that lacks what its analysis needs is \
            searched, and the answer says why.

            Example:
              tapedeck ask "what happened after days like 2014-06-09 in AAPL"
            """)

    @Argument(help: "The question. Quotes are needed only around characters that the shell interprets.")
    var question: [String]

    @Option(name: .customShort("k"), help: "Number of results. Default: as many as the question says, otherwise the command's.")
    var k: Int?

    @Option(help: ArgumentHelp("Models by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(help: ArgumentHelp("Hide every row after this day; \"today\" means this day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        if let k, k <= 0 { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try DateText.day(asOf, "--as-of")
        guard question.joined().contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location(), models: ListText.items(models ?? Settings.current.text(.models)))
        let answer = try await store.ask(question.joined(separator: " "), k: k, asOf: try DateText.day(asOf, "--as-of"))
        if json { return try Terminal.printJSON(answer) }
        Terminal.printParagraphs("$ \(answer.command)", style: Terminal.dim)
        for note in answer.notes { Terminal.printParagraphs("Note: \(note)") }
        switch answer.answer {
        case .search(let answer): SearchPrinter.print(answer)
        case .similar(let answer): SimilarCommand.print(answer.report)
        case .evolution(let answer): EvolutionCommand.print(answer.report.evolution)
        case .outcomes(let answer): OutcomesCommand.print(answer.report, side: answer.request.study.side)
        case .compare(let answer): CompareCommand.print(answer.report)
        case .arbitrage(let answer): ArbitrageCommand.print(answer.report)
        case .flow(let answer): FlowCommand.print(answer.report)
        case .regimes(let answer): RegimesCommand.print(answer.report, of: answer.request.symbol)
        case .analogs(let answer): AnalogsCommand.print(answer.report)
        case .risk(let answer): RiskCommand.print(answer.report)
        }
    }
}
