import ArgumentParser
import Benchmarks
import Encoders
import Foundation
import ModelFiles
import Monitoring

struct BenchEncode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode", abstract: "Measure the encoder in texts per second, relative to the machine's limit.",
        discussion: """
            Encodes texts of random tokens, all of one length; the cost does not depend on the tokens. The limit is the speed of \
            products in registers on all threads, measured in the same run. Several models are also measured all at once, as \
            `generate` runs them, and compared with one after another.

            Example:
              tapedeck bench encode --model minilm --tokens 64 --batch 32 --threads 2
            """)

    @Option(help: ArgumentHelp("Models to measure with their own weights, by key, hub name or folder. Default: minilm.", valueName: "a,b"))
    var model: String?

    @Option(help: ArgumentHelp("Model shapes to measure with random weights: minilm, bge-base, e5-base, nomic.", valueName: "a,b"))
    var shape: String?

    @Option(help: ArgumentHelp("Number of tokens per text.", valueName: "n"))
    var tokens = 64

    @Option(help: ArgumentHelp("Arithmetic of the encoder. Default: int8, bf16 and f32.", valueName: "precision"))
    var precision: Precision?

    @Option(help: "Where the models run; this build supports only the CPU.")
    var device: Device = .auto

    @OptionGroup var measuring: MeasuringOptions

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
        var weight_bytes: Int
        var workspace_bytes: Int
        var peak_memory_bytes: Int
    }

    private struct Together: Encodable {
        var models: [String]
        var tokens: Int
        var batch: Int
        var threads: Int
        var precision: String
        var texts_per_second: Double
        var texts_per_second_in_turn: Double
        var cost_of_sum: Double
    }

    func validate() throws {
        guard tokens > 1 else { throw ValidationError("--tokens must be at least 2.") }
        for shape in ListText.items(shape) where EncoderShape.named[shape] == nil {
            throw ValidationError(
                "--shape '\(shape)' is not one of \(EncoderShape.named.keys.sorted().joined(separator: ", ")).")
        }
    }

    private typealias Opening = (Precision, WorkerPool) throws -> TextEncoder

    /// The models and shapes to measure, by the names given on the command line.
    private func subjects() throws -> [(name: String, open: Opening)] {
        let shapes = ListText.items(shape), named = ListText.items(model)
        let models = try (named.isEmpty && shapes.isEmpty ? ["minilm"] : named).map { name in
            let folder = try ModelLocator().model(name).folder
            let open: Opening = { try TextEncoder(folder: folder, precision: $0, pool: $1) }
            return (name, open)
        }
        return models
            + shapes.compactMap { name in
                guard let shape = EncoderShape.named[name] else { return nil }
                let open: Opening = {
                    try TextEncoder(shape: shape, weights: RandomWeights(shape: shape, seed: 1), precision: $0, pool: $1)
                }
                return (name, open)
            }
    }

    func run() async throws {
        _ = try device.resolved()
        let (batch, threads, seconds, json) = measuring.values, subjects = try subjects()
        var table = TextTable(
            [
                ("model", .left), ("precision", .left), ("texts/s", .right), ("tokens/s", .right), ("GOP/s", .right),
                ("of ceiling", .right), ("start-up", .right), ("weights", .right), ("workspaces", .right), ("peak memory", .right),
            ], expendable: ["GOP/s", "peak memory", "tokens/s"])
        for precision in precision.map({ [$0] }) ?? [.int8, .bf16, .f32] {
            let benchmark = EncoderBenchmark(
                tokens: tokens, batch: batch, threads: threads, precision: precision, seconds: seconds)
            for (name, open) in subjects {
                let result = try benchmark.run(open)
                if json {
                    try Terminal.printJSON(
                        Measurement(
                            model: name, tokens: tokens, batch: batch, threads: threads, precision: precision.rawValue,
                            texts_per_second: result.textsPerSecond, tokens_per_second: result.tokensPerSecond,
                            gop_per_second: result.gigaOperationsPerSecond, share_of_ceiling: result.shareOfCeiling,
                            startup_ms: result.startupMilliseconds, weight_bytes: result.memory.weights,
                            workspace_bytes: result.memory.workspaces, peak_memory_bytes: result.peakMemoryBytes),
                        pretty: false)
                }
                table.add([
                    name, precision.rawValue, Numbers.fixed(result.textsPerSecond, 0),
                    Numbers.grouped(Int(result.tokensPerSecond)), Numbers.fixed(result.gigaOperationsPerSecond, 0),
                    Numbers.fixed(result.shareOfCeiling, 2), Numbers.fixed(result.startupMilliseconds, 0) + " ms",
                    Numbers.bytes(result.memory.weights), Numbers.bytes(result.memory.workspaces),
                    Numbers.bytes(result.peakMemoryBytes),
                ])
            }
            guard subjects.count > 1 else { continue }
            let result = try benchmark.runTogether(subjects.map(\.open))
            if json {
                try Terminal.printJSON(
                    Together(
                        models: subjects.map(\.name), tokens: tokens, batch: batch, threads: threads,
                        precision: precision.rawValue, texts_per_second: result.textsPerSecond,
                        texts_per_second_in_turn: result.textsPerSecondInTurn, cost_of_sum: result.costOfSum),
                    pretty: false)
            }
            table.add(
                ["all at once", precision.rawValue, Numbers.fixed(result.textsPerSecond, 1)] + Array(repeating: "", count: 7),
                note: "one after another \(Numbers.fixed(result.textsPerSecondInTurn, 1)) texts/s: "
                    + "at once costs \(Numbers.fixed(result.costOfSum, 3)) of the sum of each alone")
        }
        guard !json else { return }
        print("\(tokens) tokens per text, \(batch) texts per call, \(threads) threads")
        table.print()
    }
}
