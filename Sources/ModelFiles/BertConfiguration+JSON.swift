import StrictJSON

extension BertConfiguration {
    /// Reads a `config.json`.
    /// - Throws: `ModelFileError`: `.missing` for an absent value, `.unsupported`, naming it, for an architecture or variant
    ///   that is not implemented, since a wrong vector would be worse than none.
    init(_ json: JSONValue, path: String) throws(ModelFileError) {
        let fields = Fields(json: json, path: path)
        guard let type = json["model_type"]?.string else {
            throw ModelFileError(.missing, path, "it has no model_type")
        }
        guard let architecture = Architecture(rawValue: type) else {
            let known = Architecture.allCases.map(\.rawValue).joined(separator: " and ")
            throw ModelFileError(.unsupported, path, "the architecture \(type) is not supported; \(known) are")
        }
        switch architecture {
        case .bert:
            try fields.require("hidden_act", .string("gelu"))
            try fields.require("position_embedding_type", .string("absolute"), whenAbsent: true)
            try fields.require("is_decoder", .bool(false), whenAbsent: true)
        case .nomicBert:
            try fields.requireNomicVariant()
        }
        // NomicBERT's own code uses GPT-2's names for these, its implementation in transformers BERT's names.
        self.init(
            architecture: architecture,
            hiddenSize: try fields.size("hidden_size", "n_embd"),
            layerCount: try fields.size("num_hidden_layers", "n_layer"),
            headCount: try fields.size("num_attention_heads", "n_head"),
            intermediateSize: try fields.size("intermediate_size", "n_inner"),
            layerNormEpsilon: Float(try fields.number("layer_norm_eps", "layer_norm_epsilon")),
            maxPositions: try fields.positions(),
            vocabularySize: try fields.size("vocab_size"),
            typeVocabularySize: try fields.size("type_vocab_size"),
            rotaryBase: architecture == .nomicBert ? try fields.rotaryBase() : nil)
        guard hiddenSize % headCount == 0 else {
            throw ModelFileError(
                .malformed, path, "hidden_size \(hiddenSize) cannot be shared among \(headCount) attention heads")
        }
        guard layerNormEpsilon > 0, layerNormEpsilon < 1 else {
            throw ModelFileError(.malformed, path, "a layer norm epsilon of \(layerNormEpsilon)")
        }
    }

    /// A `config.json` and the errors for its values.
    private struct Fields {
        /// Largest size accepted; keeps products of two sizes far below 64 bits.
        static let maximumSize = 1 << 24

        let json: JSONValue
        let path: String

        func size(_ names: String...) throws(ModelFileError) -> Int {
            for name in names {
                guard let value = json[name] else { continue }
                guard let size = value.integer, (1...Self.maximumSize).contains(size) else {
                    throw ModelFileError(.malformed, path, "\(name) must be a whole number from 1 to \(Self.maximumSize)")
                }
                return size
            }
            throw ModelFileError(.missing, path, "it has no \(names.joined(separator: " or "))")
        }

        /// Maximum number of positions. With a `rotary_scaling_factor`, NomicBERT changes its rotary base for texts longer
        /// than those it was trained on: 2,048 tokens unless the file gives another number. That is not implemented, so
        /// longer texts are not accepted.
        func positions() throws(ModelFileError) -> Int {
            let positions = try size("max_position_embeddings", "n_positions")
            guard json["rotary_scaling_factor"] != nil else { return positions }
            return min(positions, json["max_trained_positions"] == nil ? 2048 : try size("max_trained_positions"))
        }

        func number(_ names: String...) throws(ModelFileError) -> Double {
            for name in names {
                guard let value = json[name] else { continue }
                guard let number = value.double else { throw ModelFileError(.malformed, path, "\(name) must be a number") }
                return number
            }
            throw ModelFileError(.missing, path, "it has no \(names.joined(separator: " or "))")
        }

        func require(_ name: String, _ wanted: JSONValue, whenAbsent: Bool = false) throws(ModelFileError) {
            guard let value = json[name] else {
                if whenAbsent { return }
                throw ModelFileError(.missing, path, "it has no \(name)")
            }
            guard value == wanted || (value.double != nil && value.double == wanted.double) else {
                throw ModelFileError(.unsupported, path, "\(name) \(text(value)) is not supported; \(text(wanted)) is")
            }
        }

        func text(_ value: JSONValue) -> String {
            switch value {
            case .null: "null"
            case .bool(let value): "\(value)"
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .string(let value): value
            case .array, .object: "of this kind"
            }
        }

        /// Requires the variant of NomicBERT that nomic-embed-text uses.
        func requireNomicVariant() throws(ModelFileError) {
            for name in [
                "prenorm", "parallel_block", "rotary_emb_interleaved", "use_rms_norm", "qkv_proj_bias", "mlp_fc1_bias",
                "mlp_fc2_bias", "causal",
            ] {
                try require(name, .bool(false), whenAbsent: true)
            }
            try require("rotary_emb_fraction", .integer(1), whenAbsent: true)
            try require("activation_function", .string("swiglu"), whenAbsent: true)
            try require("hidden_act", .string("silu"), whenAbsent: true)
            for name in ["rotary_emb_scale_base", "num_experts"] where json[name] != nil {
                throw ModelFileError(.unsupported, path, "\(name) is not supported")
            }
            if let kind = json["rope_parameters"]?["rope_type"]?.string, kind != "default" {
                throw ModelFileError(.unsupported, path, "rope_type \(kind) is not supported; default is")
            }
        }

        /// The rotary base. When the file does not give it, NomicBERT's base is 1000, in its own code (`NomicBertConfig`,
        /// `rotary_emb_base`) as in transformers (`default_theta`). The 10000 of most other models with rotary positions
        /// would give wrong vectors.
        func rotaryBase() throws(ModelFileError) -> Double {
            let value = json["rope_parameters"]?["rope_theta"] ?? json["rotary_emb_base"] ?? json["rope_theta"]
            guard let value else { return 1000 }
            guard let base = value.double, base > 1, base.isFinite else {
                throw ModelFileError(.malformed, path, "rotary_emb_base (or rope_theta) must be a number above 1")
            }
            return base
        }
    }
}
