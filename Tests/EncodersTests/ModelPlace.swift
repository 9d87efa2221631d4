import Foundation
import ModelFiles

/// A temporary folder of tiny models, laid out as the hub lays them out, and removed with its owner.
final class ModelPlace {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tapedeck-encoders-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Finds models only here.
    var locator: ModelLocator { ModelLocator(environment: ["TAPEDECK_MODELS": path, "HOME": path]) }

    /// Puts the weights of a tiny model here under a name, with a vocabulary of whole words.
    /// - Parameters:
    ///   - extraWords: more words of the vocabulary, for a different tokenizer.
    ///   - change: gets the name of each tensor of the weights and its numbers.
    func add(
        _ name: String, _ model: TinyModel, extraWords: [String] = [], change: ((String, inout [Float]) -> Void)? = nil
    ) throws {
        let c = model.shape.configuration, folder = path + "/" + name
        try FileManager.default.createDirectory(atPath: folder + "/1_Pooling", withIntermediateDirectories: true)
        func write(_ text: String, to file: String) throws {
            try text.write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
        }
        let weights = try Golden.file(model.rawValue)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: weights.path))
        for (name, info) in weights.tensors where info.elementType == .bf16 {
            guard let change else { break }
            var numbers = try weights.floats(name, shape: info.shape)
            change(name, &numbers)
            let halves = numbers.map { UInt16($0.bitPattern >> 16).littleEndian }
            halves.withUnsafeBytes { bytes.replaceSubrange(info.byteRange, with: $0) }
        }
        try bytes.write(to: URL(fileURLWithPath: folder + "/model.safetensors"))
        let special =
            c.architecture == .bert
            ? #""model_type":"bert","hidden_act":"gelu""#
            : #""model_type":"nomic_bert","rotary_emb_base":\#(c.rotaryBase ?? 0)"#
        try write(
            """
            {\(special),"hidden_size":\(c.hiddenSize),"num_hidden_layers":\(c.layerCount),"num_attention_heads":\(c.headCount),
            "intermediate_size":\(c.intermediateSize),"max_position_embeddings":\(c.maxPositions),"layer_norm_eps":\(c.layerNormEpsilon),
            "vocab_size":\(c.vocabularySize),"type_vocab_size":\(c.typeVocabularySize)}
            """, to: "config.json")
        try write(#"{"pooling_mode":"\#(model.shape.pooling.rawValue)"}"#, to: "1_Pooling/config.json")
        try write(
            #"[{"type":"sentence_transformers.models.Transformer","path":""},{"type":"sentence_transformers.models.Pooling","path":"1_Pooling"}]"#,
            to: "modules.json")
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", "_", ","] + Self.words + extraWords
        try write(words.joined(separator: "\n") + "\n", to: "vocab.txt")
    }

    /// Words that every model here knows: those of the catalogue's prefixes and of a few descriptions.
    static let words = """
        represent this sentence for searching relevant passages query passage search document apple call put option deep far in out of the \
        at money high low volume heavy trading expires week month year soon tight wide spread implied volatility rising falling stock
        """.split(separator: " ").map(String.init)
}
