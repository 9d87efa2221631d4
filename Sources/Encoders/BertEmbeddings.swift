import CKernels

/// Word, position and token type embeddings with the norm that follows them.
final class BertEmbeddings: Sendable {
    private let source: any WeightSource
    private let wordShape: [Int]
    // Position embeddings with token type 0's added: every text here is of that type.
    private let positions: AlignedBuffer<Float>
    private let norm: LayerNorm

    init(_ shape: EncoderShape, from source: some WeightSource) throws(EncoderError) {
        let c = shape.configuration, hidden = c.hiddenSize
        self.source = source
        wordShape = [c.vocabularySize, hidden]
        // Word vectors stay where they are stored and are read as tokens need them; their shape is checked here.
        try source.withTensor(named: BertTensorNames.words, shape: wordShape) { _ throws(EncoderError) in }
        positions = try source.floats(named: BertTensorNames.positions, shape: [c.maxPositions, hidden])
        let types = try source.floats(named: BertTensorNames.tokenTypes, shape: [c.typeVocabularySize, hidden])
        for row in 0..<c.maxPositions {
            for column in 0..<hidden { positions.pointer[row * hidden + column] += types.pointer[column] }
        }
        norm = try LayerNorm(BertTensorNames.embeddingNorm, width: hidden, epsilon: c.layerNormEpsilon, from: source)
    }

    /// x = norm(word + position + type), once more into `next` unless that is f32. Ids and positions have been checked.
    func apply(
        ids: UnsafePointer<Int32>, positions position: UnsafePointer<Int32>, rows count: Int, to x: UnsafeMutablePointer<Float>,
        next: Rows
    ) throws(EncoderError) {
        try source.withTensor(named: BertTensorNames.words, shape: wordShape) { (words) throws(EncoderError) in
            tk_embed(
                words.bytes.baseAddress, words.element.kernelElement, positions.pointer, ids, position, count, wordShape[1], x)
        }
        norm.apply(x, rows: count, next: next)
    }
}
