import ArgumentParser
import VectorIndex

struct BenchSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Milliseconds a query and recall of a FAISS index file.",
        discussion: """
            Queries are an n x d float32 .npy; the truth an n x k .npy of ids.

            Example:
              tapedeck bench search --index a.faiss --queries q.npy --truth t.npy
            """)

    @Option(help: ArgumentHelp("The index file.", valueName: "file"))
    var index: String

    @Option(help: ArgumentHelp("The queries, .npy.", valueName: "file"))
    var queries: String

    @Option(help: ArgumentHelp("The true nearest ids, .npy.", valueName: "file"))
    var truth: String?

    @Option(help: ArgumentHelp("Lists visited.", valueName: "n"))
    var nprobe = 32

    @Option(help: ArgumentHelp("Threads.", valueName: "n"))
    var threads = 1

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let result = try SearchBenchmark.run(
            index: index, queries: queries, truth: truth, probes: nprobe, threads: threads)
        if json { return try Terminal.printJSON(result, pretty: false) }
        print(
            "\(Numbers.grouped(result.vectors)) x \(result.dims), nprobe \(result.nprobe), \(result.threads) threads: "
                + "open \(Numbers.fixed(result.openMilliseconds, 1)) ms, "
                + "single \(Numbers.fixed(result.singleMilliseconds, 3)) ms, "
                + "batch \(Numbers.fixed(result.batchMilliseconds, 3)) ms a query"
                + (result.recallAt10.map { ", recall at 10 \(Numbers.fixed($0, 3))" } ?? ""))
    }
}
