public import TestSupport

/// A BERT with seeded random weights and a vocabulary of the market's words, as a folder: real enough to encode with in
/// milliseconds, so that tests need no downloads.
public enum TinyModel {
    static let hidden = 32
    static let wide = 64
    static let positions = 64
    static let words =
        [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "call", "put", "option", "stock", "in", "out", "at", "of", "the",
            "money", "deep", "expiring", "this", "week", "within", "month", "one", "to", "three", "twelve", "months",
            "long", "dated", "leaps", "more", "than", "year", "volume", "open", "interest", "no", "low", "moderate", "high",
            "very", "light", "active", "unusual", "options", "activity", "far", "above", "simulated", "(", ")", ",", "-",
        ] + "abcdefghijklmnopqrstuvwxyz0123456789".flatMap { [String($0), "##\($0)"] }

    /// Writes the folder; models of different seeds have different vectors.
    public static func write(to folder: TemporaryFolder, name: String, seed: UInt64) throws {
        try folder.write(
            """
            {"model_type":"bert","hidden_act":"gelu","hidden_size":\(hidden),"num_hidden_layers":1,"num_attention_heads":2,
            "intermediate_size":\(wide),"layer_norm_eps":1e-12,"max_position_embeddings":\(positions),
            "vocab_size":\(words.count),"type_vocab_size":2}
            """, to: name + "/config.json")
        try writeRest(to: folder, name, shapes, seed)
    }

    /// Writes the folder of a model of nomic's architecture: rotary positions, a gated layer, no biases; vectors of 64 numbers.
    public static func writeNomic(to folder: TemporaryFolder, name: String, seed: UInt64) throws {
        try folder.write(
            """
            {"model_type":"nomic_bert","activation_function":"swiglu","n_embd":\(wide),"n_head":2,"n_inner":80,"n_layer":1,
            "n_positions":\(positions),"layer_norm_epsilon":1e-12,"vocab_size":\(words.count),"type_vocab_size":2,"rotary_emb_base":1000,
            "rotary_emb_fraction":1.0,"rotary_emb_interleaved":false,"rotary_scaling_factor":null,"prenorm":false,
            "qkv_proj_bias":false,"mlp_fc1_bias":false,"mlp_fc2_bias":false,"use_rms_norm":false,"parallel_block":false}
            """, to: name + "/config.json")
        try writeRest(to: folder, name, nomicShapes, seed)
    }

    private static func writeRest(to folder: TemporaryFolder, _ name: String, _ shapes: [(name: String, shape: [Int])], _ seed: UInt64) throws {
        try folder.write(words.joined(separator: "\n") + "\n", to: name + "/vocab.txt")
        try folder.write(
            #"[{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"1_Pooling"}]"#, to: name + "/modules.json")
        try folder.write(#"{"pooling_mode_mean_tokens":true}"#, to: name + "/1_Pooling/config.json")
        try folder.write(weights(shapes, seed: seed), to: name + "/model.safetensors")
    }

    private static var nomicShapes: [(name: String, shape: [Int])] {
        let layer = "encoder.layers.0."
        func norm(_ name: String) -> [(String, [Int])] { [(name + ".weight", [wide]), (name + ".bias", [wide])] }
        var shapes: [(String, [Int])] = [
            ("embeddings.word_embeddings.weight", [words.count, wide]), ("embeddings.token_type_embeddings.weight", [2, wide]),
        ]
        shapes += norm("emb_ln") + norm(layer + "norm1") + norm(layer + "norm2")
        shapes += [
            (layer + "attn.Wqkv.weight", [3 * wide, wide]), (layer + "attn.out_proj.weight", [wide, wide]),
            (layer + "mlp.fc11.weight", [80, wide]), (layer + "mlp.fc12.weight", [80, wide]), (layer + "mlp.fc2.weight", [wide, 80]),
        ]
        return shapes.map { (name: $0.0, shape: $0.1) }
    }

    private static var shapes: [(name: String, shape: [Int])] {
        let layer = "encoder.layer.0."
        func dense(_ name: String, _ outputs: Int, _ inputs: Int) -> [(String, [Int])] {
            [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])]
        }
        func norm(_ name: String) -> [(String, [Int])] { [(name + ".weight", [hidden]), (name + ".bias", [hidden])] }
        var shapes: [(String, [Int])] = [
            ("embeddings.word_embeddings.weight", [words.count, hidden]),
            ("embeddings.position_embeddings.weight", [positions, hidden]),
            ("embeddings.token_type_embeddings.weight", [2, hidden]),
        ]
        shapes += norm("embeddings.LayerNorm")
        for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            shapes += dense(layer + name, hidden, hidden)
        }
        shapes += dense(layer + "intermediate.dense", wide, hidden) + dense(layer + "output.dense", hidden, wide)
        shapes += norm(layer + "attention.output.LayerNorm") + norm(layer + "output.LayerNorm")
        return shapes.map { (name: $0.0, shape: $0.1) }
    }

    private static func weights(_ shapes: [(name: String, shape: [Int])], seed: UInt64) -> [UInt8] {
        var state = seed
        func uniform() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
        }
        var entries: [String] = []
        var data: [UInt8] = []
        for (name, shape) in shapes {
            let start = data.count
            let count = shape.reduce(1, *)
            // Words differ much, positions little, so that texts of the same words are alike.
            let scale: Float = name.contains("word") ? 1 : name.contains("position") ? 0.05 : 0.1
            let isNorm = ["LayerNorm", "norm1", "norm2", "emb_ln"].contains { name.hasSuffix($0 + ".weight") }
            let mean: Float = isNorm ? 1 : 0
            for _ in 0..<count {
                withUnsafeBytes(of: (mean + scale * uniform()).bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            entries.append(#""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(start),\#(data.count)]}"#)
        }
        let header = "{" + entries.joined(separator: ",") + "}"
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        return length + Array(header.utf8) + data
    }
}
