import ModelFiles

/// Tensor names of a BERT-family encoder in a model file, without an optional prefix `bert.`.
struct TensorNames: Sendable {
    let words = "embeddings.word_embeddings.weight"
    /// `nil` if positions are not learned.
    let positions: String?
    let tokenTypes = "embeddings.token_type_embeddings.weight"
    let embeddingNorm: String
    private let architecture: BertConfiguration.Architecture

    /// The products and norms of one layer. Products have `.weight`, as [outputs, inputs], and in BERT `.bias`; several
    /// names are stacked vertically.
    struct Layer {
        /// Queries, keys and values: three matrices, or one for all three.
        let qkv: [String]
        let attentionOutput: String
        let attentionNorm: String
        /// First product of the feed-forward layer; with a gate, the matrix of the values and then that of the gate.
        let intermediate: [String]
        let output: String
        let outputNorm: String
        let hasBiases: Bool
    }

    init(_ architecture: BertConfiguration.Architecture) {
        self.architecture = architecture
        switch architecture {
        case .bert: (positions, embeddingNorm) = ("embeddings.position_embeddings.weight", "embeddings.LayerNorm")
        case .nomicBert: (positions, embeddingNorm) = (nil, "emb_ln")
        }
    }

    func layer(_ index: Int) -> Layer {
        switch architecture {
        case .bert:
            let prefix = "encoder.layer.\(index)."
            return Layer(
                qkv: ["query", "key", "value"].map { prefix + "attention.self." + $0 },
                attentionOutput: prefix + "attention.output.dense", attentionNorm: prefix + "attention.output.LayerNorm",
                intermediate: [prefix + "intermediate.dense"], output: prefix + "output.dense",
                outputNorm: prefix + "output.LayerNorm", hasBiases: true)
        case .nomicBert:
            let prefix = "encoder.layers.\(index)."
            return Layer(
                qkv: [prefix + "attn.Wqkv"], attentionOutput: prefix + "attn.out_proj", attentionNorm: prefix + "norm1",
                intermediate: [prefix + "mlp.fc11", prefix + "mlp.fc12"], output: prefix + "mlp.fc2", outputNorm: prefix + "norm2",
                hasBiases: false)
        }
    }

    /// Shapes of all tensors of an encoder with this configuration.
    static func shapes(of c: BertConfiguration) -> [String: [Int]] {
        let names = TensorNames(c.architecture), hidden = c.hiddenSize
        var shapes = [names.words: [c.vocabularySize, hidden], names.tokenTypes: [c.typeVocabularySize, hidden]]
        if let positions = names.positions { shapes[positions] = [c.maxPositions, hidden] }
        func norm(_ name: String) {
            shapes[name + ".weight"] = [hidden]
            shapes[name + ".bias"] = [hidden]
        }
        norm(names.embeddingNorm)
        for index in 0..<c.layerCount {
            let layer = names.layer(index)
            func dense(_ name: String, _ outputs: Int, _ inputs: Int) {
                shapes[name + ".weight"] = [outputs, inputs]
                if layer.hasBiases { shapes[name + ".bias"] = [outputs] }
            }
            for name in layer.qkv { dense(name, 3 * hidden / layer.qkv.count, hidden) }
            dense(layer.attentionOutput, hidden, hidden)
            for name in layer.intermediate { dense(name, c.intermediateSize, hidden) }
            dense(layer.output, hidden, c.intermediateSize)
            norm(layer.attentionNorm)
            norm(layer.outputNorm)
        }
        return shapes
    }
}
