import ArgumentParser
import VectorIndex

struct BenchSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Measure the recall of a FAISS index file, and its milliseconds per query.",
        discussion: """
            Reads the queries from an n x d float32 .npy file, and the true nearest ids from an n x k .npy file.

            Example:
              tapedeck bench search --index a.faiss --queries q.npy --truth t.npy
            """)

    @Option(help: ArgumentHelp("Index file.", valueName: "file"))
    var index: String

    @Option(help: ArgumentHelp("Query vectors (.npy).", valueName: "file"))
    var queries: String

    @Option(help: ArgumentHelp("True nearest ids (.npy), to compute the recall.", valueName: "file"))
    var truth: String?

    @Option(help: ArgumentHelp("Number of inverted lists to visit per query.", valueName: "n"))
    var nprobe = 32

    @Option(help: ArgumentHelp("Number of threads.", valueName: "n"))
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
