import ArgumentParser
import Tapedeck

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check properties of answers on a store.",
        discussion: """
            Example:
              tapedeck check look-ahead --store store
            """, subcommands: [CheckLookAhead.self])
}

struct CheckLookAhead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "look-ahead", abstract: "Check that no answer as of a day depends on later rows.",
        discussion: """
            Runs each analysis twice on sampled days: on the store as it is, and with noise in place of everything after the \
            day. Both answers must be the same, byte for byte. Ends with exit code 1 and names the analysis and the days \
            where they differ. Writes nothing.

            Example:
              tapedeck check look-ahead --days 20 --store store
            """)

    @Option(help: ArgumentHelp("Days that each analysis answers.", valueName: "n"))
    var days = 10

    @Option(
        help: ArgumentHelp(
            "Analyses to check. Default: all (\(LookAheadCheck.Analysis.allCases.map(\.rawValue).joined(separator: ", "))).", valueName: "a,b"))
    var analyses: String?

    @Option(help: ArgumentHelp("Random seed of days, tickers, contracts and noise.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Models of search and similar. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    private func chosen() throws -> [LookAheadCheck.Analysis] {
        let names = ListText.items(analyses)
        guard !names.isEmpty else { return LookAheadCheck.Analysis.allCases }
        return try names.map { name in
            guard let analysis = LookAheadCheck.Analysis(rawValue: name) else {
                throw ValidationError(
                    "--analyses '\(name)' is not one of \(LookAheadCheck.Analysis.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return analysis
        }
    }

    func validate() throws {
        guard days > 0 else { throw ValidationError("--days must be at least 1, not \(days).") }
        _ = try chosen()
    }

    func run() async throws {
        var check = LookAheadCheck()
        check.days = days
        check.seed = seed
        check.analyses = try chosen()
        let store = try await Store.open(at: try storeOption.location(), models: ListText.items(models ?? Settings.current.text(.models)))
        let report = try await store.check(check) { analysis, done in Terminal.showProgress("\(analysis.rawValue): \(done) of \(days) days") }
        Terminal.showProgress("")
        if json {
            try Terminal.printJSON(report)
        } else {
            var table = TextTable([("analysis", .left), ("days", .right), ("refused", .right), ("differ", .right)])
            for finding in report.results {
                table.add(
                    [finding.analysis.rawValue, String(finding.days), String(finding.refused), String(finding.differences.count)],
                    note: finding.differences.isEmpty ? "" : "as of " + finding.differences.map(\.description).joined(separator: ", "))
            }
            table.print()
            Terminal.printParagraphs(
                "\nRefused: days that an analysis does not answer, such as those with too little history.", style: Terminal.dim)
        }
        let unanswered = report.results.filter { $0.days == 0 }.map(\.analysis.rawValue)
        if report.hasDifferences {
            let names = report.results.filter { !$0.differences.isEmpty }.map(\.analysis.rawValue).joined(separator: ", ")
            throw CommandError("answers of \(names) depend on data after their day; please report this with the seed, \(seed).")
        }
        if !unanswered.isEmpty {
            throw CommandError("\(unanswered.joined(separator: ", ")) answered no sampled day, so nothing was checked; use a longer store.")
        }
    }
}
