/// The names BERT's tensors have in a model file, less an optional `bert.` in front.
enum BertTensorNames {
    static let words = "embeddings.word_embeddings.weight"
    static let positions = "embeddings.position_embeddings.weight"
    static let tokenTypes = "embeddings.token_type_embeddings.weight"
    static let embeddingNorm = "embeddings.LayerNorm"

    static func query(_ layer: Int) -> String { "encoder.layer.\(layer).attention.self.query" }
    static func key(_ layer: Int) -> String { "encoder.layer.\(layer).attention.self.key" }
    static func value(_ layer: Int) -> String { "encoder.layer.\(layer).attention.self.value" }
    static func attentionOutput(_ layer: Int) -> String { "encoder.layer.\(layer).attention.output.dense" }
    static func attentionNorm(_ layer: Int) -> String { "encoder.layer.\(layer).attention.output.LayerNorm" }
    static func intermediate(_ layer: Int) -> String { "encoder.layer.\(layer).intermediate.dense" }
    static func output(_ layer: Int) -> String { "encoder.layer.\(layer).output.dense" }
    static func outputNorm(_ layer: Int) -> String { "encoder.layer.\(layer).output.LayerNorm" }

    /// Every tensor of an encoder of this shape. Matrices are [outputs, inputs].
    static func shapes(of shape: EncoderShape) -> [String: [Int]] {
        let c = shape.configuration, hidden = c.hiddenSize, wide = c.intermediateSize
        var shapes = [
            words: [c.vocabularySize, hidden], positions: [c.maxPositions, hidden], tokenTypes: [c.typeVocabularySize, hidden],
        ]
        func norm(_ name: String) {
            shapes[name + ".weight"] = [hidden]
            shapes[name + ".bias"] = [hidden]
        }
        func dense(_ name: String, _ outputs: Int, _ inputs: Int) {
            shapes[name + ".weight"] = [outputs, inputs]
            shapes[name + ".bias"] = [outputs]
        }
        norm(embeddingNorm)
        for layer in 0..<c.layerCount {
            for name in [query(layer), key(layer), value(layer), attentionOutput(layer)] { dense(name, hidden, hidden) }
            dense(intermediate(layer), wide, hidden)
            dense(output(layer), hidden, wide)
            norm(attentionNorm(layer))
            norm(outputNorm(layer))
        }
        return shapes
    }
}
