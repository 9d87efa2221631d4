import ArgumentParser
import Encoders
import Foundation
import ModelFiles

struct BenchEncode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Texts a second of the encoder, beside the machine's ceiling.",
        discussion: """
            Random tokens of one length: the cost does not depend on which. The ceiling is oneDNN's speed at the same \
            matrix products, measured in the same run.

            Example:
              tapedeck bench encode --model minilm --tokens 64 --batch 32 --threads 2
            """)

    @Option(help: ArgumentHelp("A model by key, hub name or folder, with its weights.", valueName: "model"))
    var model: String?

    @Option(help: ArgumentHelp("A shape with random weights: minilm, bge-base, e5-base or nomic.", valueName: "shape"))
    var shape: String?

    @Option(help: ArgumentHelp("Tokens of a text.", valueName: "n"))
    var tokens = 64

    @Option(help: ArgumentHelp("Texts of a call.", valueName: "n"))
    var batch = 32

    @Option(help: ArgumentHelp("Threads. Default: the machine's cores.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("int8, bf16 or f32. Default: all three.", valueName: "precision"))
    var precision: Precision?

    @Option(help: "Where the models run; this build has the processor only.")
    var device: Device = .auto

    @Option(help: ArgumentHelp("How long each is measured.", valueName: "s"))
    var seconds = 3.0

    @Flag(help: "Print one JSON object a measurement.")
    var json = false

    private struct Measurement: Encodable {
        var model: String
        var tokens: Int
        var batch: Int
        var threads: Int
        var precision: String
        var texts_per_second: Double
        var tokens_per_second: Double
        var gop_per_second: Double
        var share_of_ceiling: Double
        var startup_ms: Double
        var peak_memory_bytes: Int
    }

    func validate() throws {
        guard model == nil || shape == nil else { throw ValidationError("Give --model or --shape, not both.") }
        guard tokens > 1, batch > 0, threads ?? 1 > 0, seconds > 0 else {
            throw ValidationError("--tokens (at least 2), --batch, --threads and --seconds must be positive.")
        }
        if let shape, EncoderShape.named[shape] == nil {
            throw ValidationError(
                "--shape '\(shape)' is not one of \(EncoderShape.named.keys.sorted().joined(separator: ", ")).")
        }
    }

    func run() async throws {
        _ = try device.resolved()
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        var table = TextTable([
            ("model", .left), ("precision", .left), ("texts/s", .right), ("tokens/s", .right), ("GOP/s", .right),
            ("of ceiling", .right), ("start-up", .right), ("peak memory", .right),
        ])
        for precision in precision.map({ [$0] }) ?? [.int8, .bf16, .f32] {
            let benchmark = EncoderBenchmark(
                tokens: tokens, batch: batch, threads: threads, precision: precision, seconds: seconds)
            let name = shape ?? model ?? "minilm"
            let result: EncoderBenchmark.Result
            if let shape, let dimensions = EncoderShape.named[shape] {
                result = try benchmark.run { precision, pool in
                    try TextEncoder(
                        shape: dimensions, weights: RandomWeights(shape: dimensions, seed: 1), precision: precision, pool: pool)
                }
            } else {
                let folder = try ModelLocator().model(name).folder
                result = try benchmark.run { precision, pool in
                    try TextEncoder(folder: folder, precision: precision, pool: pool)
                }
            }
            if json {
                try Terminal.printJSON(
                    Measurement(
                        model: name, tokens: tokens, batch: batch, threads: threads, precision: precision.rawValue,
                        texts_per_second: result.textsPerSecond, tokens_per_second: result.tokensPerSecond,
                        gop_per_second: result.gigaOperationsPerSecond, share_of_ceiling: result.shareOfCeiling,
                        startup_ms: result.startupMilliseconds, peak_memory_bytes: result.peakMemoryBytes),
                    pretty: false)
                continue
            }
            table.add([
                name, precision.rawValue, Numbers.fixed(result.textsPerSecond, 0),
                Numbers.grouped(Int(result.tokensPerSecond)), Numbers.fixed(result.gigaOperationsPerSecond, 0),
                Numbers.fixed(result.shareOfCeiling, 2), Numbers.fixed(result.startupMilliseconds, 0) + " ms",
                Numbers.bytes(result.peakMemoryBytes),
            ])
        }
        guard !json else { return }
        print("\(tokens) tokens a text, \(batch) texts a call, \(threads) threads")
        table.print()
    }
}
