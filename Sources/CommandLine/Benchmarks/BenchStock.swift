import ArgumentParser
import Benchmarks
import Encoders
import Foundation
import ModelFiles
import Monitoring

struct BenchStock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Measure a stock model in windows per second, relative to the machine's limit.",
        discussion: """
            Encodes random windows, all of one length; the cost does not depend on their values. Without --model, uses random \
            weights of the default shape: width 1024, ten layers of 16 heads, 1123 features.

            Example:
              tapedeck bench stock --rows 60 --batch 32 --threads 2
            """)

    @Option(help: ArgumentHelp("Checkpoint (.pt or .safetensors).", valueName: "file"))
    var model: String?

    @Option(help: ArgumentHelp("Number of attention heads, for checkpoints that do not state it.", valueName: "n"))
    var heads: Int?

    @Option(help: ArgumentHelp("Number of rows per window.", valueName: "n"))
    var rows = 60

    @Option(help: ArgumentHelp("Arithmetic of the model. Default: all three.", valueName: "precision"))
    var precision: StockPrecision?

    @OptionGroup var measuring: MeasuringOptions

    private struct Measurement: Encodable {
        var model: String
        var rows: Int
        var batch: Int
        var threads: Int
        var precision: String
        var windows_per_second: Double
        var gop_per_second: Double
        var share_of_ceiling: Double
        var startup_ms: Double
        var peak_memory_bytes: Int
    }

    func validate() throws {
        guard rows > 0, heads ?? 1 > 0 else { throw ValidationError("--rows and --heads must be positive.") }
        guard heads == nil || model != nil else { throw ValidationError("--heads is for a --model.") }
    }

    func run() async throws {
        let (batch, threads, seconds, json) = measuring.values
        let file = try model.map { try StockModelFile(path: $0, heads: heads) }
        var table = TextTable([
            ("model", .left), ("precision", .left), ("windows/s", .right), ("a minute", .right), ("GOP/s", .right),
            ("of ceiling", .right), ("start-up", .right), ("peak memory", .right),
        ])
        for precision in precision.map({ [$0.precision] }) ?? StockEncoder.precisions {
            let result = try StockBenchmark(rows: rows, batch: batch, threads: threads, precision: precision, seconds: seconds).run(file)
            let name = model ?? "random"
            if json {
                try Terminal.printJSON(
                    Measurement(
                        model: name, rows: rows, batch: batch, threads: threads, precision: precision.rawValue,
                        windows_per_second: result.windowsPerSecond, gop_per_second: result.gigaOperationsPerSecond,
                        share_of_ceiling: result.shareOfCeiling, startup_ms: result.startupMilliseconds,
                        peak_memory_bytes: result.peakMemoryBytes),
                    pretty: false)
                continue
            }
            table.add([
                name, precision.rawValue, Numbers.fixed(result.windowsPerSecond, 1),
                Numbers.grouped(Int(result.windowsPerSecond * 60)), Numbers.fixed(result.gigaOperationsPerSecond, 0),
                Numbers.fixed(result.shareOfCeiling, 2), Numbers.fixed(result.startupMilliseconds, 0) + " ms",
                Numbers.bytes(result.peakMemoryBytes),
            ])
        }
        guard !json else { return }
        print("\(rows) rows per window, \(batch) windows per call, \(threads) threads")
        table.print()
    }
}
