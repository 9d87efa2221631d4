/// Edges of the bins of returns that a classification stock model scores, and the quantity they refer to.
public struct StockBinEdges: Sendable, Equatable {
    /// Quantity that the model was trained to predict.
    public enum Target: String, Sendable {
        /// Future price divided by today's, minus 1: walk-forward training.
        case returns
        /// Future value divided by today's: the first training script.
        case ratios
    }

    /// 101 edges, ascending; bins between equal edges are empty.
    public let edges: [Float]
    /// Quantity that the edges refer to.
    public let target: Target

    /// Checks edges and infers their quantity from the middle edge, which is near 0 or near 1.
    /// - Parameter path: source of the edges, for messages.
    /// - Throws: `ModelFileError` with code `.malformed` for invalid edges, or edges that fit neither target.
    public init(_ edges: [Float], path: String) throws(ModelFileError) {
        func flaw(_ reason: String) -> ModelFileError { ModelFileError(.malformed, path, "bad bin edges: \(reason)") }
        guard edges.count == StockModelConfiguration.bins + 1 else {
            throw flaw("\(edges.count) instead of \(StockModelConfiguration.bins + 1)")
        }
        guard edges.allSatisfy(\.isFinite) else { throw flaw("not all are finite") }
        guard zip(edges, edges.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw flaw("they do not ascend") }
        guard edges[0] < edges[edges.count - 1] else { throw flaw("all are \(edges[0]); give a file of edges (adaptive_bin_edges.pt)") }
        switch edges[edges.count / 2] {
        case -0.25...0.25: target = .returns
        case 0.75...1.25: target = .ratios
        case let middle: throw flaw("their middle, \(middle), is near neither 0 (returns) nor 1 (ratios)")
        }
        self.edges = edges
    }

    /// Reads `adaptive_bin_edges.pt`: a single saved tensor.
    /// - Throws: `ModelFileError` when the file cannot be read or does not hold valid edges.
    public init(path: String) throws(ModelFileError) {
        let file = try TorchFile(path: path)
        guard let tensor = file.root.tensor else {
            throw ModelFileError(.malformed, path, "bad bin edges: the file holds \(file.root.kind) instead of a tensor")
        }
        try self.init(try file.floats(tensor), path: path)
    }

    /// Midpoint of each bin.
    public var middles: [Float] { zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 } }
}
