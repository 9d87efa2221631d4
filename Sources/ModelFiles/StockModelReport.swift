/// Description of a stock model checkpoint, as JSON: the members of `models inspect --json`.
package struct StockModelReport: Encodable, Sendable {
    package let path: String
    package let architecture: String
    package let flavour: String
    package let features: Int
    package let hidden: Int
    package let layers: Int
    package let heads: Int
    package let feed_forward: Int
    package let max_rows: Int
    package let trained_rows: Int?
    package let epoch: Int?
    package let prediction: String
    package let confidence: String
    package let target: String?
    package let bin_edges: Bool
    package let bin_edges_problem: String?
    package let weights_sha256: String

    /// - Throws: `ModelFileError` when the weights cannot be read.
    package init(_ model: StockModelFile, path: String) throws {
        let shape = model.configuration
        self.path = path
        architecture = StockModelFile.architecture
        flavour = model.flavour.rawValue
        features = shape.features
        hidden = shape.hidden
        layers = shape.layers
        heads = shape.heads
        feed_forward = shape.intermediate
        max_rows = shape.maxRows
        trained_rows = model.trainedRows
        epoch = model.epoch
        prediction = shape.prediction.rawValue
        confidence = shape.hasConfidence ? model.confidenceIsTrained ? "trained" : "not trained" : "none"
        target = model.target?.rawValue
        bin_edges = model.binEdges != nil
        bin_edges_problem = model.binEdgesFlaw
        weights_sha256 = try model.weightsDigest()
    }
}
