import ArgumentParser
import Benchmarks
import EmbeddingCache
import Foundation
import Monitoring

struct BenchCache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Measure reading a day's vectors from an embeddings cache, and its size.",
        discussion: """
            Builds a temporary cache of random vectors. For every day, reads a random subset of its tickers, as a backtest does. \
            Prints milliseconds per day.

            Example:
              tapedeck bench cache --tickers 2000 --days 120 --dims 1024 --subset 100
            """)

    @Option(help: ArgumentHelp("Number of tickers in the cache.", valueName: "n"))
    var tickers = 500

    @Option(help: ArgumentHelp("Number of days in the cache.", valueName: "n"))
    var days = 60

    @Option(help: ArgumentHelp("Dimension of the vectors.", valueName: "n"))
    var dims = 1024

    @Option(help: ArgumentHelp("Number of tickers read per day.", valueName: "n"))
    var subset = 100

    @Option(help: "Number type of stored vectors.")
    var dtype: CacheVectorType = .f32

    @Option(help: ArgumentHelp("Folder for the temporary cache. Default: the folder for temporary files.", valueName: "folder"))
    var folder: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        for (name, value, most) in [
            ("tickers", tickers, 1 << 20), ("days", days, 1 << 16), ("dims", dims, 1 << 16), ("subset", subset, 1 << 20),
        ] where !(1...most).contains(value) {
            throw ValidationError("--\(name) must be from 1 to \(most), not \(value).")
        }
    }

    func run() async throws {
        let result = try CacheBenchmark.run(
            tickers: tickers, days: days, dims: dims, subset: subset, vectorType: dtype,
            folder: folder ?? NSTemporaryDirectory())
        if json { return try Terminal.printJSON(result, pretty: false) }
        print(
            "\(Numbers.grouped(result.tickers)) tickers x \(result.days) days x \(result.dims), \(result.vectorType): "
                + "\(Numbers.bytes(result.bytes)) (\(Numbers.fixed(Double(result.bytes) / Double(result.rawBytes), 4)) of float32), "
                + "written in \(Numbers.fixed(result.writeSeconds, 2)) s")
        print(
            "open \(Numbers.fixed(result.openMilliseconds, 1)) ms; \(result.subset) tickers of a day: first "
                + "\(Numbers.fixed(result.millisecondsPerDay, 4)) ms (p95 \(Numbers.fixed(result.firstP95, 4))), again "
                + "\(Numbers.fixed(result.p50, 4)) ms (p95 \(Numbers.fixed(result.p95, 4))), without a copy "
                + "\(Numbers.fixed(result.lookupP50, 4)) ms")
    }
}
