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

        private struct Description: Encodable {
            var path: String
            var architecture: String
            var flavour: String
            var features: Int
            var hidden: Int
            var layers: Int
            var heads: Int
            var feed_forward: Int
            var max_rows: Int
            var trained_rows: Int?
            var epoch: Int?
            var prediction: String
            var confidence: String
            var target: String?
            var bin_edges: Bool
            var bin_edges_problem: String?
            var weights_sha256: String
        }

        func validate() throws {
            guard heads ?? 1 > 0 else { throw ValidationError("--heads must be positive.") }
        }

        func run() async throws {
            let model = try StockModelFile(path: file, heads: heads), shape = model.configuration
            try StockEncoder.check(model)
            let description = Description(
                path: file, architecture: StockModelFile.architecture, flavour: model.flavour.rawValue, features: shape.features,
                hidden: shape.hidden, layers: shape.layers, heads: shape.heads, feed_forward: shape.intermediate, max_rows: shape.maxRows,
                trained_rows: model.trainedRows, epoch: model.epoch, prediction: shape.prediction.rawValue,
                confidence: shape.hasConfidence ? model.confidenceIsTrained ? "trained" : "not trained" : "none",
                target: model.target?.rawValue, bin_edges: model.binEdges != nil, bin_edges_problem: model.binEdgesFlaw,
                weights_sha256: try model.weightsDigest())
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
