import Foundation
import ModelFiles
import Testing
import TestSupport

/// Folders of models made up for a test.
enum Made {
    static let bert = """
        {"model_type":"bert","hidden_act":"gelu","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":4,
        "intermediate_size":16,"layer_norm_eps":1e-12,"max_position_embeddings":512,"vocab_size":30,"type_vocab_size":2}
        """

    /// The settings of nomic-embed-text, in the spelling of its own code.
    static let nomic = """
        {"model_type":"nomic_bert","activation_function":"swiglu","n_embd":8,"n_head":2,"n_inner":16,"n_layer":3,
        "n_positions":8192,"layer_norm_epsilon":1e-12,"vocab_size":64,"type_vocab_size":2,"rotary_emb_base":1000,
        "rotary_emb_fraction":1.0,"rotary_emb_interleaved":false,"rotary_scaling_factor":null,"prenorm":false,
        "qkv_proj_bias":false,"mlp_fc1_bias":false,"mlp_fc2_bias":false,"use_rms_norm":false,"parallel_block":false}
        """

    static func write(
        _ folder: TemporaryFolder, _ prefix: String = "", configuration: String = bert,
        pooling: String? = #"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false}"#,
        length: String? = #"{"max_seq_length":256}"#
    ) throws {
        try folder.write(configuration, to: prefix + "config.json")
        try folder.write("{}", to: prefix + "tokenizer.json")
        try folder.write(safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, dataByteCount: 4), to: prefix + "model.safetensors")
        if let pooling {
            try folder.write(
                #"[{"type":"sentence_transformers.models.Transformer","path":""},"#
                    + #"{"type":"sentence_transformers.models.Pooling","path":"1_Pooling"},"#
                    + #"{"type":"sentence_transformers.models.Normalize","path":"2_Normalize"}]"#, to: prefix + "modules.json")
            try folder.write(pooling, to: prefix + "1_Pooling/config.json")
        }
        if let length { try folder.write(length, to: prefix + "sentence_bert_config.json") }
    }
}

@Suite struct ModelFolderTests {
    @Test func readsABERTFolder() throws {
        let made = try TemporaryFolder()
        try Made.write(made)
        let folder = try ModelFolder(path: made.path)
        #expect(
            folder.configuration
                == BertConfiguration(
                    architecture: .bert, hiddenSize: 8, layerCount: 2, headCount: 4, intermediateSize: 16,
                    maxPositions: 512, vocabularySize: 30))
        #expect(folder.pooling == .mean)
        #expect(folder.maxTokens == 256)
        #expect(folder.tokenizerFile == made.path + "/tokenizer.json")
        #expect(try folder.weights().tensors.keys.sorted() == ["a"])
        #expect(try folder.weightsDigest().count == 64)
    }

    @Test func readsANomicFolderInBothSpellings() throws {
        let made = try TemporaryFolder()
        try Made.write(
            made, configuration: Made.nomic, pooling: #"{"pooling_mode":"cls"}"#, length: #"{"max_seq_length":8192}"#)
        let folder = try ModelFolder(path: made.path)
        #expect(folder.architecture == .nomicBert)
        #expect(folder.configuration.rotaryBase == 1000)
        #expect(folder.configuration.intermediateSize == 16)
        #expect(folder.pooling == .cls)
        #expect(folder.maxTokens == 8192)
        try made.write(
            """
            {"model_type":"nomic_bert","hidden_act":"silu","hidden_size":8,"num_attention_heads":2,"intermediate_size":16,
            "num_hidden_layers":3,"max_position_embeddings":2048,"layer_norm_eps":1e-12,"vocab_size":64,"type_vocab_size":2,
            "rope_parameters":{"rope_theta":1000.0,"rope_type":"default"}}
            """, to: "config.json")
        let other = try ModelFolder(path: made.path)
        #expect(other.configuration.rotaryBase == 1000)
        #expect(other.maxTokens == 2048)
    }

    /// As in NomicBERT's own code and in transformers, whose other models with rotary positions begin at 10000.
    @Test func aNomicsRotaryBaseIs1000UnlessTheFileSaysOtherwise() throws {
        let made = try TemporaryFolder()
        for (setting, base) in [("", 1000.0), (#""rotary_emb_base":null,"#, 1000), (#""rotary_emb_base":10000,"#, 10000)] {
            let configuration = Made.nomic.replacingOccurrences(of: #""rotary_emb_base":1000,"#, with: setting)
            try Made.write(made, configuration: configuration, length: #"{"max_seq_length":8192}"#)
            #expect(try ModelFolder(path: made.path).configuration.rotaryBase == base)
        }
    }

    /// Beyond the trained length such a model changes its rotary base, which is not implemented.
    @Test(arguments: [(#""rotary_scaling_factor":2"#, 2048), (#""rotary_scaling_factor":2,"max_trained_positions":1024"#, 1024)])
    func endsANomicWithScalingWhereItsTrainingDid(_ scaling: String, _ limit: Int) throws {
        let made = try TemporaryFolder()
        try Made.write(
            made, configuration: Made.nomic.replacingOccurrences(of: #""rotary_scaling_factor":null"#, with: scaling),
            length: #"{"max_seq_length":8192}"#)
        #expect(try ModelFolder(path: made.path).maxTokens == limit)
    }

    @Test func takesTheSmallestLength() throws {
        let made = try TemporaryFolder()
        try Made.write(made, length: nil)
        #expect(try ModelFolder(path: made.path).maxTokens == 512)
        try made.write(#"{"model_max_length":128}"#, to: "tokenizer_config.json")
        #expect(try ModelFolder(path: made.path).maxTokens == 128)
        try made.write(#"{"model_max_length":1000000000000000019884624838656}"#, to: "tokenizer_config.json")
        #expect(try ModelFolder(path: made.path).maxTokens == 512)
        #expect(try ModelFolder(path: made.path, model: .minilm).maxTokens == 256)
        try made.write(#"{"max_seq_length":1}"#, to: "sentence_bert_config.json")
        #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
    }

    /// A change to a good folder, and a word that its refusal must contain.
    @Test(arguments: [
        (#""model_type":"bert""#, #""model_type":"roberta""#, "roberta"),
        (#""model_type":"bert""#, #""model_type":"t5""#, "t5"),
        (#""model_type":"bert","#, "", "model_type"),
        (#""hidden_act":"gelu""#, #""hidden_act":"relu""#, "relu"),
        (#""hidden_act":"gelu""#, #""hidden_act":"gelu","position_embedding_type":"relative_key""#, "relative_key"),
        (#""hidden_size":8"#, #""hidden_size":9"#, "attention heads"),
        (#""hidden_size":8"#, #""hidden_size":-8"#, "hidden_size"),
        (#""hidden_size":8"#, #""hidden_size":8e300"#, "hidden_size"),
        (#""hidden_size":8"#, #""hidden_size":"8""#, "hidden_size"),
        (#""hidden_size":8,"#, "", "hidden_size"),
        (#""layer_norm_eps":1e-12"#, #""layer_norm_eps":-1"#, "epsilon"),
        (#""vocab_size":30,"#, #""vocab_size":30,"vocab_size":31,"#, "vocab_size"),
        ("}", "", "JSON"),
    ])
    func refusesByName(_ old: String, _ new: String, _ word: String) throws {
        let made = try TemporaryFolder()
        let changed = Made.bert.replacingOccurrences(of: old, with: new)
        #expect(changed != Made.bert)
        try Made.write(made, configuration: changed)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        #expect(error?.path == made.path + "/config.json")
    }

    @Test(arguments: [
        (#""rotary_emb_fraction":1.0"#, #""rotary_emb_fraction":0.5"#, "rotary_emb_fraction"),
        (#""prenorm":false"#, #""prenorm":true"#, "prenorm"),
        (#""qkv_proj_bias":false"#, #""qkv_proj_bias":true"#, "qkv_proj_bias"),
        (#""activation_function":"swiglu""#, #""activation_function":"gelu""#, "gelu"),
        (#""rotary_emb_base":1000,"#, #""rotary_emb_base":1,"#, "rotary_emb_base"),
        (#""rotary_emb_base":1000,"#, #""rotary_emb_base":"1000","#, "rotary_emb_base"),
    ])
    func refusesOtherVariantsOfNomic(_ old: String, _ new: String, _ word: String) throws {
        let made = try TemporaryFolder()
        let changed = Made.nomic.replacingOccurrences(of: old, with: new)
        #expect(changed != Made.nomic)
        try Made.write(made, configuration: changed)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (#"{"pooling_mode_max_tokens":true}"#, "max"), ("{}", "no pooling mode"),
        (#"{"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true}"#, "cls with mean"),
        (#"{"pooling_mode":"lasttoken"}"#, "lasttoken"), (#"{"pooling_mode":["mean","max"]}"#, "mean with max"),
        (#"{"pooling_mode":"mean","include_prompt":false}"#, "prompt"),
    ])
    func refusesOtherPoolings(_ pooling: String, _ word: String) throws {
        let made = try TemporaryFolder()
        try Made.write(made, pooling: pooling)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.code == .unsupported)
        #expect(error?.description.contains(word) == true)
    }

    @Test func refusesFurtherModulesAndPathsThatLeaveTheFolder() throws {
        let made = try TemporaryFolder()
        try Made.write(made)
        try made.write(#"[{"type":"sentence_transformers.models.Dense","path":"2_Dense"}]"#, to: "modules.json")
        #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        try made.write(#"[{"type":"x.Pooling","path":"../1_Pooling"}]"#, to: "modules.json")
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.code == .malformed)
    }

    @Test func needsPoolingFromSomewhere() throws {
        let made = try TemporaryFolder()
        try Made.write(made, pooling: nil)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.code == .missing)
        #expect(try ModelFolder(path: made.path, model: .bgeBase).pooling == .cls)
    }

    @Test(arguments: ["config.json", "tokenizer.json", "model.safetensors"])
    func namesAMissingFile(_ name: String) throws {
        let made = try TemporaryFolder()
        try Made.write(made)
        try FileManager.default.removeItem(atPath: made.path + "/" + name)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: made.path) }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains(name) == true)
    }
}
