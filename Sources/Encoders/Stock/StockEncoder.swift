import Base
import CKernels
public import ModelFiles

/// A stock model, `SimpleTransformerPredictor`, on this machine's CPU: windows of feature rows in, vectors or predictions
/// out.
///
/// Computes input cleaning, projection, learned positions, pre-norm layers and the mean over rows, as PyTorch does. A
/// window's vector depends only on the window and the precision, not on other windows or the number of threads.
public final class StockEncoder: WindowEncoding {
    /// Configuration of the model.
    public let configuration: StockModelConfiguration
    /// Precision of the matrix products.
    public let precision: Precision
    /// Supported precisions, fastest first; int8-smooth is only for sentence models.
    public static let precisions: [Precision] = [.int8, .bf16, .f32]
    /// The checkpoint; `nil` for random weights.
    public let file: StockModelFile?
    /// Bin edges used for expected returns; `nil` if there are none.
    public let binEdges: StockBinEdges?
    let shape: StockShape
    let pool: WorkerPool
    let formats: ActivationFormats
    private let inputFormats: ActivationFormats
    private let input: StockInput
    private let layers: [StockLayer]
    private let heads: StockHeads
    private let workspaces: [LazyWorkspace<StockWorkspace>]

    /// Numbers per vector.
    public var dimension: Int { configuration.hidden }
    /// Numbers per feature row.
    public var features: Int { configuration.features }
    /// Maximum rows per window.
    public var maxRows: Int { configuration.maxRows }
    /// Number of worker threads.
    public var threads: Int { pool.threads }

    /// Target number of rows in a run of windows, the unit of work of a worker.
    private static let runRows = 256

    /// Opens a checkpoint and repacks its weights for `precision`.
    /// - Parameters:
    ///   - binEdges: used if the checkpoint has no usable bin edges of its own.
    ///   - pool: the threads to use; several encoders may share one pool.
    /// - Throws: `EncoderError` when the model is not supported or its weights are damaged.
    public convenience init(
        file: StockModelFile, binEdges: StockBinEdges? = nil, precision: Precision, pool: WorkerPool
    ) throws(EncoderError) {
        try self.init(
            configuration: file.configuration, weights: StockFileWeights(file: file), file: file, binEdges: file.binEdges ?? binEdges,
            precision: precision, pool: pool)
    }

    /// Like `init(file:binEdges:precision:pool:)`, but with its own threads.
    /// - Throws: `ModelFileError` and `EncoderError`.
    public convenience init(path: String, heads: Int? = nil, precision: Precision, threads: Int) throws {
        try self.init(file: StockModelFile(path: path, heads: heads), precision: precision, pool: WorkerPool(threads: threads))
    }

    /// Checks whether an encoder can be made from a checkpoint: its widths are supported, and its tensors are intact.
    /// - Throws: `ModelFileError` and `EncoderError`, as making an encoder would.
    public static func check(_ file: StockModelFile) throws {
        _ = try StockShape(file.configuration)
        try file.checkTensors()
    }

    /// Makes an encoder with seeded random weights, for benchmarks and for tests that need no checkpoint.
    package convenience init(
        randomWeightsOf configuration: StockModelConfiguration, seed: UInt64, precision: Precision, pool: WorkerPool
    ) throws(EncoderError) {
        try self.init(
            configuration: configuration, weights: RandomWeights(shapes: configuration.shapes, seed: seed), file: nil, binEdges: nil,
            precision: precision, pool: pool)
    }

    private init(
        configuration: StockModelConfiguration, weights: some WeightSource, file: StockModelFile?, binEdges: StockBinEdges?,
        precision: Precision, pool: WorkerPool
    ) throws(EncoderError) {
        guard Self.precisions.contains(precision) else {
            throw .unsupportedModel("stock models do not run in \(precision.rawValue); \(Self.precisions.map(\.rawValue).joined(separator: ", ")) do")
        }
        _ = try OneDNN.shared()
        let shape = try StockShape(configuration)
        self.configuration = configuration
        self.shape = shape
        self.precision = precision
        self.pool = pool
        self.file = file
        self.binEdges = binEdges
        let formats = ActivationFormats(precision: precision, headSize: shape.paddedHead)
        let inputPrecision = StockInput.precision(for: precision)
        let inputFormats = ActivationFormats(precision: inputPrecision, headSize: shape.paddedHead)
        self.formats = formats
        self.inputFormats = inputFormats
        let source = StockWeights(base: weights, shape: shape)
        let parts = UnfinishedLayers<StockInput, StockLayer, StockHeads>(layers: configuration.layers)
        try pool.run(parts.layers.count + 2) { [threads = pool.threads] (item, worker) throws(EncoderError) in
            switch item {
            case 0:
                parts.input = try StockInput(
                    shape: shape, precision: inputPrecision, formats: inputFormats, from: source, workers: threads, worker: worker)
            case 1: parts.heads = try StockHeads(configuration, from: source, workers: threads, worker: worker)
            default:
                parts.layers[item - 2] = try StockLayer(
                    item - 2, shape: shape, precision: precision, formats: formats, from: source, workers: threads, worker: worker)
            }
        }
        guard let input = parts.input, let heads = parts.heads else { throw .missingTensor("input_proj.0.weight") }
        self.input = input
        self.heads = heads
        layers = parts.layers.compactMap { $0 }
        workspaces = (0..<pool.threads).map { _ in LazyWorkspace() }
    }

    /// Identifies vectors of this model in this precision.
    /// - Throws: `ModelFileError` when the weights cannot be read; `EncoderError.unsupportedModel` for random weights.
    public func fingerprint() throws -> StockModelFingerprint {
        guard let file else { throw EncoderError.unsupportedModel("random weights have no fingerprint") }
        return try Self.fingerprint(of: file, precision: precision)
    }

    /// Name of the arithmetic of the products on this machine. It includes that of the input's products, which use another
    /// precision.
    public var arithmetic: String { Self.arithmetic(of: precision) }

    /// Encodes windows without running the heads.
    /// - Returns: windows x `dimension`, row-major, not normalised.
    /// - Throws: `EncoderError.unsuitableWindows`.
    public func encode(_ windows: WindowBatch) async throws -> [Float] {
        try await blocking { try self.encodeBlocking(windows) }
    }

    /// Encodes windows and applies the heads.
    /// - Throws: `EncoderError.unsuitableWindows`.
    public func predict(_ windows: WindowBatch) async throws -> StockPredictions {
        try await blocking { try self.predictBlocking(windows) }
    }

    /// Like `encode`, but blocks the calling thread.
    package func encodeBlocking(_ windows: WindowBatch) throws(EncoderError) -> [Float] {
        guard windows.features == features else {
            throw .unsuitableWindows("rows of \(windows.features) features, where the model takes \(features)")
        }
        guard windows.rows <= maxRows else {
            throw .unsuitableWindows("\(windows.rows) rows a window, and the model has positions for \(maxRows)")
        }
        guard windows.rows > 0 else { throw .unsuitableWindows("windows without rows") }
        let count = windows.count, length = windows.rows
        // Use a number of runs that gives every worker the same number, with as many windows each as fit.
        let most = (count * length + Self.runRows - 1) / Self.runRows
        let runs = max(1, (most + threads - 1) / threads * threads)
        let each = max(1, min((count + runs - 1) / runs, Self.runRows / length))
        let vectors = AlignedBuffer<Float>(count: count * dimension)
        var failure: EncoderError?
        windows.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            let source = SharedPointer(pointer: values)
            do throws(EncoderError) {
                try pool.run((count + each - 1) / each) { [features, dimension] (item, worker) throws(EncoderError) in
                    let first = item * each
                    try self.encode(
                        source.pointer + first * length * features, windows: min(each, count - first), length: length,
                        to: vectors.pointer + first * dimension, worker: worker)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return Array(UnsafeBufferPointer(start: vectors.pointer, count: vectors.count))
    }

    private func encode(
        _ values: UnsafePointer<Float>, windows: Int, length: Int, to vectors: UnsafeMutablePointer<Float>, worker: Worker
    ) throws(EncoderError) {
        let rows = windows * length
        let w = workspaces[worker.index].room(for: max(rows, Self.runRows)) {
            StockWorkspace(shape: shape, formats: formats, inputFormats: inputFormats, capacity: $0)
        }
        for window in 0...windows { w.offsets.pointer[window] = Int32(window * length) }
        try input.apply(values, windows: windows, length: length, w, worker: worker)
        for layer in layers { try layer.apply(w, rows: rows, offsets: w.offsets.pointer, sequences: windows, worker: worker) }
        tk_mean_rows(w.x.pointer, w.offsets.pointer, windows, dimension, vectors)
    }

    private func predictBlocking(_ windows: WindowBatch) throws(EncoderError) -> StockPredictions {
        try StockPredictions.make(
            try encodeBlocking(windows), configuration: configuration, heads: heads, edges: binEdges, target: binEdges?.target ?? file?.target,
            pool: pool)
    }
}

extension StockPredictions {
    /// Applies the heads to vectors, in parallel blocks.
    static func make(
        _ vectors: [Float], configuration: StockModelConfiguration, heads: StockHeads, edges: StockBinEdges?, target: StockBinEdges.Target?,
        pool: WorkerPool
    ) throws(EncoderError) -> StockPredictions {
        let dimension = configuration.hidden, count = vectors.count / dimension
        let scores = AlignedBuffer<Float>(count: count * configuration.predictionWidth)
        let horizons = StockModelConfiguration.horizons.count
        let confidences = configuration.hasConfidence ? AlignedBuffer<Float>(count: count * horizons) : nil
        let block = StockHeads.blockWindows, width = configuration.predictionWidth
        var failure: EncoderError?
        vectors.withUnsafeBufferPointer { vectors in
            guard let vectors = vectors.baseAddress else { return }
            let source = SharedPointer(pointer: vectors)
            do throws(EncoderError) {
                try pool.run((count + block - 1) / block) { (item, worker) throws(EncoderError) in
                    let first = item * block
                    try heads.apply(
                        source.pointer + first * dimension, windows: min(block, count - first), scores: scores.pointer + first * width,
                        confidences: confidences.map { $0.pointer + first * horizons }, worker: worker)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        func array(_ buffer: AlignedBuffer<Float>) -> [Float] { Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)) }
        let numbers = array(scores)
        let outlook = StockPredictions.outlook(numbers, configuration.prediction, edges: edges, target: target)
        return StockPredictions(
            vectors: vectors, scores: numbers, confidences: confidences.map(array) ?? [], expectedReturns: outlook.expected,
            gainProbabilities: outlook.gains, deviations: outlook.deviations)
    }
}

/// The caller's numbers, shared with the workers during one call.
private struct SharedPointer: @unchecked Sendable {
    let pointer: UnsafePointer<Float>
}
