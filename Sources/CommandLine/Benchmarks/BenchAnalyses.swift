import ArgumentParser
import Benchmarks
import Monitoring
import Tapedeck

struct BenchAnalyses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyses", abstract: "Measure the analyses of a store, in milliseconds per run.",
        discussion: """
            Runs each analysis once to warm up, then on sampled days, tickers and contracts, and prints the quantiles.

            Example:
              tapedeck bench analyses --store store
            """)

    @Option(help: ArgumentHelp("Number of measured runs of each analysis.", valueName: "n"))
    var runs = 30

    @Option(help: ArgumentHelp("Random seed of days, tickers and contracts.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Models by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Flag(help: "Print one JSON object per analysis.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws { guard runs > 0 else { throw ValidationError("--runs must be at least 1, not \(runs).") } }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location(), models: ListText.items(models ?? Settings.current.text(.models)))
        var table = TextTable([("analysis", .left), ("of", .left), ("p50 ms", .right), ("p95 ms", .right), ("max ms", .right)])
        try await AnalysisBenchmark(store, runs: runs, seed: seed).run { times in
            if json {
                try Terminal.printJSON(times, pretty: false)
            } else {
                table.add([times.analysis, times.of] + [times.p50_ms, times.p95_ms, times.max_ms].map { Numbers.fixed($0, 1) })
            }
        }
        if !json { table.print() }
    }
}
