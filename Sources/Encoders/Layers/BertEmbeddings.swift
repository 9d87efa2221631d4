import CKernels
import ModelFiles

/// Word, token type and, in BERT, position embeddings, followed by their norm.
final class BertEmbeddings: Sendable {
    private let source: any WeightSource
    private let wordShape: [Int]
    private let names: TensorNames
    // Embedding of token type 0, which all texts use. If positions are learned, one row per position, with the position's
    // embedding added.
    private let positions: AlignedBuffer<Float>
    private let norm: LayerNorm

    init(_ shape: EncoderShape, precision: Precision, from source: some WeightSource) throws(EncoderError) {
        let c = shape.configuration, hidden = c.hiddenSize
        self.source = source
        names = TensorNames(c.architecture)
        wordShape = [c.vocabularySize, hidden]
        // Word vectors stay in the file and are read when tokens need them; check their shape now.
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

    /// Memory in bytes, without word vectors, which are read from the weights.
    var byteCount: Int { positions.byteCount + norm.byteCount }

    /// x = norm(word + position + type); also written to `next` unless that is f32. The caller has checked ids and
    /// positions.
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
