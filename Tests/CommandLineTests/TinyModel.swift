import Foundation

/// A tiny BERT with random weights in a folder with the layout of sentence-transformers: enough for tests of the command line,
/// except for the quality of answers.
enum TinyModel {
    private static let hidden = 32
    private static let wide = 64
    private static let layers = 1
    private static let positions = 64

    /// Marks, letters and digits, each also as a continuation: every word can be spelled.
    static let vocabulary: [String] = {
        let characters = (33...126).map { String(UnicodeScalar(UInt8($0))) }.filter { $0 == $0.lowercased() }
        return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + characters + characters.map { "##" + $0 }
    }()

    /// - Parameter vocabulary: its tokenizer's vocabulary; one that the weights were not made for is an error.
    static func write(to folder: String, vocabulary: [String] = vocabulary) throws {
        func put(_ bytes: Data, _ name: String) throws {
            let url = URL(fileURLWithPath: folder + "/" + name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try bytes.write(to: url)
        }
        func put(_ text: String, _ name: String) throws { try put(Data(text.utf8), name) }
        try put(
            """
            {"model_type": "bert", "hidden_act": "gelu", "hidden_size": \(hidden), "num_hidden_layers": \(layers), \
            "num_attention_heads": 2, "intermediate_size": \(wide), "layer_norm_eps": 1e-12, \
            "max_position_embeddings": \(positions), "vocab_size": \(Self.vocabulary.count), "type_vocab_size": 2}
            """, "config.json")
        try put(vocabulary.joined(separator: "\n") + "\n", "vocab.txt")
        try put(#"{"do_lower_case": true}"#, "tokenizer_config.json")
        try put(
            #"[{"type": "sentence_transformers.models.Transformer", "path": ""}, "#
                + #"{"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}]"#, "modules.json")
        try put(#"{"pooling_mode_mean_tokens": true}"#, "1_Pooling/config.json")
        try put(weights(), "model.safetensors")
    }

    /// https://github.com/huggingface/safetensors: the header's length, the header, the tensors.
    private static func weights() -> Data {
        var header: [String] = []
        var data = Data()
        var state: UInt64 = 1
        func add(_ name: String, _ shape: [Int], ones: Bool = false) {
            let start = data.count
            for _ in 0..<shape.reduce(1, *) {
                // SplitMix64 (Steele, Lea, Flood 2014).
                state &+= 0x9E37_79B9_7F4A_7C15
                var z = state
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                let value = ones ? 1 : (Float((z ^ (z >> 31)) >> 40) / Float(1 << 24) - 0.5) * 0.5
                withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
            }
            header.append(#""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(start),\#(data.count)]}"#)
        }
        func dense(_ name: String, _ outputs: Int, _ inputs: Int) {
            add(name + ".weight", [outputs, inputs])
            add(name + ".bias", [outputs])
        }
        func norm(_ name: String) {
            add(name + ".weight", [hidden], ones: true)
            add(name + ".bias", [hidden])
        }
        add("embeddings.word_embeddings.weight", [vocabulary.count, hidden])
        add("embeddings.position_embeddings.weight", [positions, hidden])
        add("embeddings.token_type_embeddings.weight", [2, hidden])
        norm("embeddings.LayerNorm")
        for layer in 0..<layers {
            let name = "encoder.layer.\(layer)."
            for part in ["self.query", "self.key", "self.value", "output.dense"] { dense(name + "attention." + part, hidden, hidden) }
            norm(name + "attention.output.LayerNorm")
            dense(name + "intermediate.dense", wide, hidden)
            dense(name + "output.dense", hidden, wide)
            norm(name + "output.LayerNorm")
        }
        let text = Data("{\(header.joined(separator: ","))}".utf8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text + data
    }
}
