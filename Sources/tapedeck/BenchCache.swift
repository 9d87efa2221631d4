import ArgumentParser
import EmbeddingCache
import Foundation

struct BenchCache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Milliseconds to read a day's vectors from an embeddings cache, and its size.",
        discussion: """
            Makes a cache of random vectors and reads a random subset of its tickers for every day, as a backtest does.

            Example:
              tapedeck bench cache --tickers 2000 --days 120 --dims 1024 --subset 100
            """)

    @Option(help: ArgumentHelp("Tickers of the cache.", valueName: "n"))
    var tickers = 500

    @Option(help: ArgumentHelp("Days of the cache.", valueName: "n"))
    var days = 60

    @Option(help: ArgumentHelp("Numbers a vector.", valueName: "n"))
    var dims = 1024

    @Option(help: ArgumentHelp("Tickers read a day.", valueName: "n"))
    var subset = 100

    @Option(help: "How vectors are stored.")
    var dtype: CacheVectorType = .f32

    @Option(help: ArgumentHelp("Where the cache is made, and removed again. Default: the folder for temporary files.", valueName: "folder"))
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
