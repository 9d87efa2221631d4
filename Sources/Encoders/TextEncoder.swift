import CKernels
import ModelFiles
import Tokenization

/// A BERT-family sentence encoder on this machine's processor: token ids in, vectors of L2 norm 1 out.
///
/// A text's vector depends on its tokens and the precision alone: not on the texts beside it, the size of the batch or the number of threads.
public final class TextEncoder: Sendable {
    public let shape: EncoderShape
    public let precision: Precision
    private let pool: WorkerPool
    private let formats: ActivationFormats
    private let embeddings: BertEmbeddings
    private let layers: [BertLayer]
    private let workspaces: [LazyWorkspace]

    /// Length of a vector.
    public var dimension: Int { shape.configuration.hiddenSize }
    /// Most tokens of a text, `[CLS]` and `[SEP]` included.
    public var maxTokens: Int { shape.maxTokens }
    /// Number of worker threads.
    public var threads: Int { pool.threads }

    /// How its matrix products are made on this processor.
    var productOperand: MatrixProduct.Operand { formats.product }

    /// Texts are handed to workers in runs of about this many tokens: activations of a run stay in the processor's second-level cache.
    static let runTokens = 256

    /// Opens a model folder's weights and repacks them for `precision`.
    /// - Parameter pool: the threads to work on; several encoders may share one.
    /// - Throws: `EncoderError` when weights are missing, misshapen or of an architecture without an encoder.
    public convenience init(folder: ModelFolder, precision: Precision, pool: WorkerPool) throws(EncoderError) {
        let weights: SafetensorsFile
        do {
            weights = try folder.weights()
        } catch {
            throw .unreadableWeights(tensor: "", reason: "\(error)")
        }
        try self.init(
            shape: EncoderShape(folder: folder), weights: FileWeights(file: weights), precision: precision, pool: pool)
    }

    /// As `init(folder:precision:pool:)`, on threads of its own.
    public convenience init(folder: ModelFolder, precision: Precision, threads: Int) throws(EncoderError) {
        try self.init(folder: folder, precision: precision, pool: WorkerPool(threads: threads))
    }

    /// An encoder of any supported shape with weights from any source.
    public init(
        shape: EncoderShape, weights: some WeightSource, precision: Precision, pool: WorkerPool
    ) throws(EncoderError) {
        try shape.validate()
        _ = try OneDNN.shared()
        self.shape = shape
        self.precision = precision
        self.pool = pool
        let formats = ActivationFormats(precision: precision, headSize: shape.headSize)
        self.formats = formats
        var rotary: RotaryPositions?
        if shape.configuration.architecture == .nomicBert, let base = shape.configuration.rotaryBase {
            rotary = RotaryPositions(count: shape.maxTokens, headSize: shape.headSize, base: base)
        }
        let parts = Parts(layers: shape.configuration.layerCount)
        try pool.run(parts.layers.count + 1) { [threads = pool.threads, rotary] (item, worker) throws(EncoderError) in
            if item == 0 {
                parts.embeddings = try BertEmbeddings(shape, from: weights)
            } else {
                parts.layers[item - 1] = try BertLayer(
                    item - 1, shape: shape, rotary: rotary, precision: precision, formats: formats, from: weights,
                    workers: threads, worker: worker)
            }
        }
        guard let embeddings = parts.embeddings else { throw .missingTensor(TensorNames(shape.configuration.architecture).words) }
        self.embeddings = embeddings
        layers = parts.layers.compactMap { $0 }
        workspaces = (0..<pool.threads).map { _ in LazyWorkspace() }
    }

    /// Encodes a batch.
    ///
    /// Blocks the calling thread until the workers are done, so call it from a thread that may wait.
    /// - Parameter tokens: ids within the vocabulary, 1 to `maxTokens` for each text.
    /// - Returns: one vector a text in their order, `tokens.count` x `dimension`, row-major, each of L2 norm 1.
    /// - Throws: `EncoderError`; `.tokenOutOfRange`, `.tooManyTokens` and `.malformedBatch` say what is wrong with the batch.
    public func encode(tokens: TokenBatch) throws(EncoderError) -> [Float] {
        let runs = try plan(tokens)
        var result = [Float](repeating: 0, count: tokens.count * dimension)
        var failure: EncoderError?
        result.withUnsafeMutableBufferPointer { vectors in
            tokens.ids.withUnsafeBufferPointer { ids in
                tokens.offsets.withUnsafeBufferPointer { offsets in
                    guard let to = vectors.baseAddress, let ids = ids.baseAddress, let offsets = offsets.baseAddress else {
                        return
                    }
                    let batch = Batch(ids: ids, offsets: offsets, vectors: to)
                    do throws(EncoderError) {
                        try pool.run(runs.count) { (item, worker) throws(EncoderError) in
                            try self.encode(runs[item], of: batch, worker: worker)
                        }
                    } catch { failure = error }
                }
            }
        }
        if let failure { throw failure }
        return result
    }

    /// Checks a batch and cuts it into runs of whole texts.
    private func plan(_ tokens: TokenBatch) throws(EncoderError) -> [Range<Int>] {
        let vocabulary = shape.configuration.vocabularySize
        guard let end = tokens.offsets.last, tokens.offsets.first == 0, Int(end) == tokens.ids.count else {
            throw .malformedBatch("offsets must start at 0 and end at the number of ids, \(tokens.ids.count)")
        }
        for id in tokens.ids where id < 0 || Int(id) >= vocabulary {
            throw .tokenOutOfRange(id: id, vocabulary: vocabulary)
        }
        let share = (tokens.ids.count + threads - 1) / threads
        let target = max(1, min(Self.runTokens, share))
        var runs: [Range<Int>] = [], first = 0, held = 0
        for text in 0..<tokens.count {
            let length = Int(tokens.offsets[text + 1]) - Int(tokens.offsets[text])
            guard length > 0 else { throw .malformedBatch("text \(text) has no tokens or offsets descend there") }
            guard length <= maxTokens else { throw .tooManyTokens(text: text, tokens: length, limit: maxTokens) }
            if held > 0 && held + length > target {
                runs.append(first..<text)
                first = text
                held = 0
            }
            held += length
        }
        if held > 0 { runs.append(first..<tokens.count) }
        return runs
    }

    private func encode(_ texts: Range<Int>, of batch: Batch, worker: Worker) throws(EncoderError) {
        let offsets = batch.offsets + texts.lowerBound, ids = batch.ids + Int(offsets[0])
        let tokens = Int(offsets[texts.count] - offsets[0])
        let w = workspaces[worker.index].room(for: max(tokens, Self.runTokens), shape: shape, formats: formats)
        for text in 0..<texts.count {
            let first = Int(offsets[text] - offsets[0])
            for position in 0..<Int(offsets[text + 1] - offsets[text]) { w.positions.pointer[first + position] = Int32(position) }
        }
        try embeddings.apply(ids: ids, positions: w.positions.pointer, rows: tokens, to: w.x.pointer, next: w.operand)
        for layer in layers {
            try layer.apply(w, tokens: tokens, offsets: offsets, sequences: texts.count, worker: worker)
        }
        let vectors = batch.vectors + texts.lowerBound * dimension
        switch shape.pooling {
        case .mean: tk_pool_mean(w.x.pointer, offsets, texts.count, dimension, vectors)
        case .cls: tk_pool_first(w.x.pointer, offsets, texts.count, dimension, vectors)
        }
    }
}

/// The caller's batch and the place for its vectors, lent to the workers for the length of one call.
private struct Batch: @unchecked Sendable {
    let ids: UnsafePointer<Int32>
    let offsets: UnsafePointer<Int32>
    let vectors: UnsafeMutablePointer<Float>
}

/// Parts of an encoder while workers build them: each slot is written once by one worker, and read after all have ended.
private final class Parts: @unchecked Sendable {
    var embeddings: BertEmbeddings?
    let layers: UnsafeMutableBufferPointer<BertLayer?>

    init(layers count: Int) {
        layers = .allocate(capacity: count)
        layers.initialize(repeating: nil)
    }

    deinit {
        layers.deinitialize()
        layers.deallocate()
    }
}

/// A worker's workspace for one encoder, made when first needed and remade when a longer text comes. Touched by that worker only.
private final class LazyWorkspace: @unchecked Sendable {
    private var workspace: Workspace?

    func room(for tokens: Int, shape: EncoderShape, formats: ActivationFormats) -> Workspace {
        if let workspace, workspace.capacity >= tokens { return workspace }
        let made = Workspace(shape: shape, formats: formats, capacity: tokens)
        workspace = made
        return made
    }
}
