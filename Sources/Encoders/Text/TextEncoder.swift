import Base
import CKernels
import Foundation
public import ModelFiles
public import Tokenization

/// A BERT-family sentence encoder on this machine's CPU: token ids in, vectors of L2 norm 1 out.
///
/// A text's vector depends only on its tokens and the precision, not on other texts, the batch size or the number of
/// threads.
public final class TextEncoder: Sendable {
    /// Dimensions of the encoder.
    public let shape: EncoderShape
    /// Precision of the matrix products.
    public let precision: Precision
    let pool: WorkerPool
    private let formats: ActivationFormats
    private let embeddings: BertEmbeddings
    private let layers: [BertLayer]
    private let workspaces: [LazyWorkspace<Workspace>]

    /// Length of a vector.
    public var dimension: Int { shape.configuration.hiddenSize }
    /// Maximum number of tokens of a text, including `[CLS]` and `[SEP]`.
    public var maxTokens: Int { shape.maxTokens }
    /// Number of worker threads.
    public var threads: Int { pool.threads }

    /// Name of the arithmetic of its products on this processor.
    public var arithmetic: String { precision.arithmetic(on: .current) }

    /// Operand format of its matrix products on this processor.
    var productOperand: MatrixProduct.Operand { formats.product }

    /// Maximum tokens in a run of texts, the unit of work of a worker, unless a single text has more. The activations of a
    /// run then stay in the second-level cache.
    static let runTokens = 256

    /// Opens a model folder's weights and repacks them for `precision`.
    /// - Parameter pool: the threads to use; several encoders may share one pool.
    /// - Throws: `EncoderError` when weights are missing, have the wrong shape, or belong to an unsupported architecture.
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

    /// Like `init(folder:precision:pool:)`, but with its own threads.
    /// - Throws: `EncoderError` for shapes that the kernels do not support, or weights that do not match the configuration.
    public convenience init(folder: ModelFolder, precision: Precision, threads: Int) throws(EncoderError) {
        try self.init(folder: folder, precision: precision, pool: WorkerPool(threads: threads))
    }

    /// Makes an encoder of any supported shape with weights from any source.
    /// - Throws: `EncoderError` for shapes that the kernels do not support, or weights that do not match the configuration.
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
        let parts = UnfinishedLayers<BertEmbeddings, BertLayer, Never>(layers: shape.configuration.layerCount)
        try pool.run(parts.layers.count + 1) { [threads = pool.threads, rotary] (item, worker) throws(EncoderError) in
            if item == 0 {
                parts.input = try BertEmbeddings(shape, precision: precision, from: weights)
            } else {
                parts.layers[item - 1] = try BertLayer(
                    item - 1, shape: shape, rotary: rotary, precision: precision, formats: formats, from: weights,
                    workers: threads, worker: worker)
            }
        }
        guard let embeddings = parts.input else { throw .missingTensor(TensorNames(shape.configuration.architecture).words) }
        self.embeddings = embeddings
        layers = parts.layers.compactMap { $0 }
        workspaces = (0..<pool.threads).map { _ in LazyWorkspace() }
    }

    /// Encodes a batch.
    ///
    /// Blocks the calling thread until the workers are done, so call it from a thread that may wait.
    /// - Parameter tokens: ids within the vocabulary, 1 to `maxTokens` for each text.
    /// - Returns: one vector per text, in order: `tokens.count` x `dimension`, row-major, each of L2 norm 1.
    /// - Throws: `EncoderError`; `.tokenOutOfRange`, `.tooManyTokens` and `.malformedBatch` describe a problem with the
    ///   batch.
    public func encode(tokens: TokenBatch) throws(EncoderError) -> [Float] {
        try Self.encode([(self, tokens)])[0]
    }

    /// Encodes the batches of several encoders at once. A free worker takes the next run of texts of any encoder; runs of
    /// costly encoders come first, so that all workers are busy until the last runs.
    /// - Returns: for each batch, the result of `encode(tokens:)`, bit for bit.
    /// - Throws: as `encode(tokens:)`; `.mixedPools` when the encoders do not share their threads.
    package static func encode(_ batches: [(encoder: TextEncoder, tokens: TokenBatch)]) throws(EncoderError) -> [[Float]] {
        guard let pool = batches.first?.encoder.pool else { return [] }
        guard batches.allSatisfy({ $0.encoder.pool === pool }) else { throw .mixedPools }
        var work: [Run] = [], vectors: [AlignedBuffer<Float>] = []
        for (encoder, tokens) in batches {
            let place = AlignedBuffer<Float>(count: tokens.count * encoder.dimension)
            vectors.append(place)
            work += try encoder.runs(of: tokens, to: place)
        }
        let costs = Dictionary(
            batches.map { (ObjectIdentifier($0.encoder), $0.encoder.shape.operations(tokens: 1)) }, uniquingKeysWith: { $1 })
        work.sort { costs[ObjectIdentifier($0.encoder), default: 0] > costs[ObjectIdentifier($1.encoder), default: 0] }
        try WorkerPool.wait { start(work, in: pool, finished: $0) }
        return zip(batches, vectors).map { batch, place in batch.encoder.values(of: batch.tokens, in: place) }
    }

    /// Like `encode(tokens:)`, but returns at once.
    /// - Parameter finished: called with the vectors by the worker that finishes last, which then takes other work: it must not block.
    package func start(_ tokens: TokenBatch, finished: @escaping @Sendable (Result<[Float], EncoderError>) -> Void) {
        let vectors = AlignedBuffer<Float>(count: tokens.count * dimension)
        do throws(EncoderError) {
            Self.start(try runs(of: tokens, to: vectors), in: pool) { error in
                finished(error.map { .failure($0) } ?? .success(self.values(of: tokens, in: vectors)))
            }
        } catch {
            finished(.failure(error))
        }
    }

    /// Starts runs of texts. Workers share a run that has the pool to itself.
    private static func start(_ work: [Run], in pool: WorkerPool, finished: @escaping @Sendable (EncoderError?) -> Void) {
        if work.count == 1, let run = work.first, run.encoder.groupSize > 1, pool.isIdle {
            pool.startGroup(of: run.encoder.groupSize, { (worker) throws(EncoderError) in try run.encode(on: worker) }, finished: finished)
        } else {
            pool.start(work.count, { (item, worker) throws(EncoderError) in try work[item].encode(on: worker) }, finished: finished)
        }
    }

    private func runs(of tokens: TokenBatch, to vectors: AlignedBuffer<Float>) throws(EncoderError) -> [Run] {
        try plan(tokens).map { Run(encoder: self, tokens: tokens, texts: $0, vectors: vectors) }
    }

    private func values(of tokens: TokenBatch, in vectors: AlignedBuffer<Float>) -> [Float] {
        Array(UnsafeBufferPointer(start: vectors.pointer, count: tokens.count * dimension))
    }

    /// Number of workers that share the products of a single text; with more, each would have too little to do.
    private var groupSize: Int {
        min(threads, ProcessInfo.processInfo.activeProcessorCount, (shape.configuration.hiddenSize + 63) / 64)
    }

    /// Checks a batch and splits it into runs of whole texts.
    private func plan(_ tokens: TokenBatch) throws(EncoderError) -> [Range<Int>] {
        let vocabulary = shape.configuration.vocabularySize
        guard let end = tokens.offsets.last, tokens.offsets.first == 0, Int(end) == tokens.ids.count else {
            throw .malformedBatch("offsets must start at 0 and end at the number of ids, \(tokens.ids.count)")
        }
        for id in tokens.ids where id < 0 || Int(id) >= vocabulary {
            throw .tokenOutOfRange(id: id, vocabulary: vocabulary)
        }
        // Use a number of runs that gives every worker the same number, with as many tokens each as the texts allow.
        let most = (tokens.ids.count + Self.runTokens - 1) / Self.runTokens
        let even = (most + threads - 1) / threads * threads
        var runs: [Range<Int>] = [], first = 0, held = 0
        for text in 0..<tokens.count {
            let length = Int(tokens.offsets[text + 1]) - Int(tokens.offsets[text])
            guard length > 0 else { throw .malformedBatch("text \(text) has no tokens or offsets descend there") }
            guard length <= maxTokens else { throw .tooManyTokens(text: text, tokens: length, limit: maxTokens) }
            let middle = Int(tokens.offsets[text]) + length / 2
            if held > 0, held + length > Self.runTokens || middle * even >= (runs.count + 1) * tokens.ids.count {
                runs.append(first..<text)
                first = text
                held = 0
            }
            held += length
        }
        if held > 0 { runs.append(first..<tokens.count) }
        return runs
    }

    /// Encodes the texts of a run; in a group of workers, all members call this.
    /// - Parameters:
    ///   - offsets: starts of the `count` texts relative to the batch's first id, followed by the end of the last.
    ///   - ids: the first id of the first text.
    fileprivate func encode(
        ids: UnsafePointer<Int32>, offsets: UnsafePointer<Int32>, count: Int, to vectors: UnsafeMutablePointer<Float>, worker: Worker
    ) throws(EncoderError) {
        let tokens = Int(offsets[count] - offsets[0])
        let own = workspaces[worker.index].room(for: max(tokens, Self.runTokens)) {
            Workspace(shape: shape, formats: formats, capacity: $0)
        }
        if worker.member == 0 {
            for text in 0..<count {
                let first = Int(offsets[text] - offsets[0])
                for position in 0..<Int(offsets[text + 1] - offsets[text]) { own.positions.pointer[first + position] = Int32(position) }
            }
        }
        let w = try worker.sharedWorkspace(own)
        let rows = worker.share(of: tokens)
        try embeddings.apply(
            ids: ids + rows.lowerBound, positions: w.positions.pointer + rows.lowerBound, rows: rows.count,
            to: w.x.pointer + rows.lowerBound * dimension, next: w.operand.from(rows.lowerBound))
        try worker.synchronize()
        for layer in layers {
            try layer.apply(w, own: own, tokens: tokens, offsets: offsets, sequences: count, worker: worker)
        }
        guard worker.member == 0 else { return }
        switch shape.pooling {
        case .mean: tk_pool_mean(w.x.pointer, offsets, count, dimension, vectors)
        case .cls: tk_pool_first(w.x.pointer, offsets, count, dimension, vectors)
        }
    }

    /// Memory of an encoder, in bytes.
    public struct Memory: Sendable, Equatable {
        /// Weights as the products read them. Excludes word vectors, which are read from the file's mapped pages.
        public var weights: Int
        /// Activations of all workers; allocated on first use.
        public var workspaces: Int
    }

    /// Memory of the encoder for texts of up to `tokens` tokens. Batches need only their ids and vectors in addition.
    public func memory(tokens: Int) -> Memory {
        let rotary = shape.configuration.architecture == .nomicBert ? maxTokens * shape.headSize * MemoryLayout<Float>.stride : 0
        let each = Workspace(shape: shape, formats: formats, capacity: max(min(tokens, maxTokens), Self.runTokens)).byteCount
        return Memory(weights: layers.reduce(embeddings.byteCount + rotary) { $0 + $1.byteCount }, workspaces: threads * each)
    }
}

/// Some texts of a batch, their encoder, and the output for the whole batch. Workers write disjoint parts of the output.
private struct Run: Sendable {
    let encoder: TextEncoder
    let tokens: TokenBatch
    let texts: Range<Int>
    let vectors: AlignedBuffer<Float>

    func encode(on worker: Worker) throws(EncoderError) {
        try tokens.ids.withUnsafeBufferPointer { (ids) throws(EncoderError) in
            try tokens.offsets.withUnsafeBufferPointer { (offsets) throws(EncoderError) in
                guard let ids = ids.baseAddress, let offsets = offsets.baseAddress else { return }
                let first = offsets + texts.lowerBound
                try encoder.encode(
                    ids: ids + Int(first[0]), offsets: first, count: texts.count,
                    to: vectors.pointer + texts.lowerBound * encoder.dimension, worker: worker)
            }
        }
    }
}
