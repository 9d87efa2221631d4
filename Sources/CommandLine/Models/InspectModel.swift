import ArgumentParser
import Encoders
import ModelFiles

extension Models {
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a stock model's checkpoint contains and whether Tapedeck can run it.",
            discussion: "Example:\n  tapedeck models inspect fold_1_best.pt")

        @Argument(help: "Checkpoint (.pt or .safetensors).")
        var file: String

        @Option(help: ArgumentHelp("Number of attention heads, for checkpoints that do not state it.", valueName: "n"))
        var heads: Int?

        @Flag(help: "Print one JSON object.")
        var json = false

        func validate() throws {
            guard heads ?? 1 > 0 else { throw ValidationError("--heads must be positive.") }
        }

        func run() async throws {
            let model = try StockModelFile(path: file, heads: heads), shape = model.configuration
            try StockEncoder.check(model)
            let description = try StockModelReport(model, path: file)
            if json { return try Terminal.printJSON(description) }
            var table = TextTable([("checkpoint", .left), (file, .left)])
            func add(_ name: String, _ value: some CustomStringConvertible) { table.add([name, "\(value)"]) }
            add("architecture", "\(description.architecture), \(description.prediction)")
            add("written by", description.flavour + (model.epoch.map { ", epoch \($0)" } ?? ""))
            add("features", shape.features)
            add("width, layers, heads", "\(shape.hidden), \(shape.layers), \(shape.heads)")
            add("rows of a window", "at most \(shape.maxRows)" + (model.trainedRows.map { ", trained on \($0)" } ?? ""))
            add("confidence head", description.confidence)
            add("predicts", description.target ?? "unknown: returns or ratios")
            add(
                "bin edges",
                description.bin_edges
                    ? "in the checkpoint"
                    : (model.binEdgesFlaw.map { "cannot be used: \($0)" } ?? "none") + "; needed for expected returns of a classification")
            add("encoder's SHA-256", description.weights_sha256)
            table.print()
        }
    }
}
