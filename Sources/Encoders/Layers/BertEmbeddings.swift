import CKernels

/// Word, token type and, in BERT, position embeddings with the norm that follows them.
final class BertEmbeddings: Sendable {
    private let source: any WeightSource
    private let wordShape: [Int]
    private let names: TensorNames
    // Token type 0's embedding, which every text here is of, with each position's added to it where positions are learned.
    private let positions: AlignedBuffer<Float>
    private let norm: LayerNorm

    init(_ shape: EncoderShape, precision: Precision, from source: some WeightSource) throws(EncoderError) {
        let c = shape.configuration, hidden = c.hiddenSize
        self.source = source
        names = TensorNames(c.architecture)
        wordShape = [c.vocabularySize, hidden]
        // Word vectors stay where they are stored and are read as tokens need them; their shape is checked here.
        try source.withTensor(named: names.words, shape: wordShape) { _ throws(EncoderError) in }
        let types = try source.floats(named: names.tokenTypes, shape: [c.typeVocabularySize, hidden])
        if let learned = names.positions {
            positions = try source.floats(named: learned, shape: [c.maxPositions, hidden])
            for row in 0..<c.maxPositions {
                for column in 0..<hidden { positions.pointer[row * hidden + column] += types.pointer[column] }
            }
        } else {
            positions = types
        }
        norm = try LayerNorm(
            names.embeddingNorm, width: hidden, epsilon: c.layerNormEpsilon,
            smoothing: try .before(layer: 0, of: shape, precision: precision, from: source), from: source)
    }

    /// Bytes it holds; word vectors are read where the weights are.
    var byteCount: Int { positions.byteCount + norm.byteCount }

    /// x = norm(word + position + type), once more into `next` unless that is f32. Ids and positions have been checked.
    func apply(
        ids: UnsafePointer<Int32>, positions position: UnsafePointer<Int32>, rows count: Int, to x: UnsafeMutablePointer<Float>,
        next: ActivationMatrix
    ) throws(EncoderError) {
        try source.withTensor(named: names.words, shape: wordShape) { (words) throws(EncoderError) in
            tk_embed(
                words.bytes.baseAddress, words.element.kernelElement, positions.pointer, ids,
                names.positions == nil ? nil : position, count, wordShape[1], x)
        }
        norm.apply(x, rows: count, next: next)
    }
}
