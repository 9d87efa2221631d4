import Base
public import ModelFiles

/// The heads of a stock model: predictions from vectors that were encoded before.
///
/// Only the heads' weights are read, a small part of a checkpoint. The predictions for a vector depend on the vector alone,
/// and equal those of `StockEncoder.predict` for its window in single precision.
public final class StockPredictor: Sendable {
    /// Configuration of the model.
    public let configuration: StockModelConfiguration
    /// The checkpoint.
    public let file: StockModelFile
    /// Bin edges used for expected returns; `nil` if there are none.
    public let binEdges: StockBinEdges?
    private let heads: StockHeads
    private let pool: WorkerPool

    /// Reads the heads of a checkpoint.
    /// - Parameters:
    ///   - binEdges: used if the checkpoint has no usable bin edges of its own.
    ///   - pool: the threads to use.
    /// - Throws: `EncoderError` when the heads are damaged or have unsupported widths.
    public init(file: StockModelFile, binEdges: StockBinEdges? = nil, pool: WorkerPool) throws(EncoderError) {
        _ = try OneDNN.shared()
        let shape = try StockShape(file.configuration)
        let source = StockWeights(base: StockFileWeights(file: file), shape: shape)
        let parts = UnfinishedLayers<StockInput, StockLayer, StockHeads>(layers: 0)
        try pool.run(1) { [threads = pool.threads, configuration = file.configuration] (_, worker) throws(EncoderError) in
            parts.heads = try StockHeads(configuration, from: source, workers: threads, worker: worker)
        }
        guard let heads = parts.heads else { throw .missingTensor("pred_head.0.weight") }
        (self.heads, self.pool, self.file) = (heads, pool, file)
        configuration = file.configuration
        self.binEdges = file.binEdges ?? binEdges
    }

    /// Applies the heads to vectors.
    /// - Parameter vectors: n x hidden, row-major.
    /// - Throws: `EncoderError.unsuitableWindows` for vectors of another width.
    public func predict(_ vectors: [Float]) throws(EncoderError) -> StockPredictions {
        guard vectors.count.isMultiple(of: configuration.hidden) else {
            throw .unsuitableWindows("\(vectors.count) values are not a multiple of dimension \(configuration.hidden)")
        }
        return try StockPredictions.make(
            vectors, configuration: configuration, heads: heads, edges: binEdges, target: binEdges?.target ?? file.target, pool: pool)
    }
}

extension StockEncoder {
    /// The fingerprint of an encoder of this file, without making the encoder.
    /// - Throws: `ModelFileError` when the weights cannot be read.
    public static func fingerprint(of file: StockModelFile, precision: Precision) throws -> StockModelFingerprint {
        let c = file.configuration
        return StockModelFingerprint(
            weightsSHA256: try file.weightsDigest(), architecture: StockModelFile.architecture, features: c.features, hidden: c.hidden,
            layers: c.layers, heads: c.heads, precision: precision.rawValue, arithmetic: arithmetic(of: precision), pooling: "mean")
    }

    /// Name of the arithmetic that a precision uses on this machine.
    static func arithmetic(of precision: Precision) -> String {
        let set = InstructionSet.current, input = StockInput.precision(for: precision)
        return [precision, input].map { $0.arithmetic(on: set) }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }.joined(separator: " ")
    }
}
