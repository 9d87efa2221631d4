/// Files as they should be, small, for `Mutator` to damage.
enum Samples {
    static let documents: [[UInt8]] = [
        #"{"a":[1,2.5e-3,-0,true,null,{"b":"é\u00e9\ud83d\ude00\n"}],"c":{},"d":[[],[[]]]}"#, #"[9007199254740993,"",{"":0}]"#,
        #""text""#, "-12.5E+7", #"{"architectures":["BertModel"],"vocab_size":30522,"layer_norm_eps":1e-12}"#,
    ].map { Array($0.utf8) }

    /// Header and length of the tensors' bytes.
    static let tensors: [(header: [UInt8], byteCount: Int)] = [
        (#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}"#, 32),
        (
            #"{"__metadata__":{"format":"pt"},"h":{"dtype":"F16","shape":[3,1],"data_offsets":[0,6]},"i":{"dtype":"I64","shape":[],"data_offsets":[6,14]}}"#,
            14
        ),
        (#"{"e":{"dtype":"F32","shape":[0,7],"data_offsets":[0,0]},"u":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}   "#, 5),
        ("{}", 0),
    ].map { (Array($0.utf8), $1) }

    private static let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "call", "##s", "put", "option", ":", ",", "query", "é", "日", "##ing", "deep", "in",
    ]

    static let vocabulary = Array((pieces.joined(separator: "\n") + "\n").utf8)

    static let tokenizer = Array(
        """
        {"version":"1.0","truncation":null,"added_tokens":[{"id":2,"content":"[CLS]","single_word":false,"lstrip":false,
        "rstrip":false,"normalized":false,"special":true},{"id":3,"content":"[SEP]","normalized":false}],
        "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
        "pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",
        "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
        "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,
        "vocab":{\(pieces.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ","))}}}
        """.utf8)

    static let texts = ["calls and puts: deep in", "", "é日 [SEP]call \u{0}", String(repeating: "puts", count: 60)]

    /// The settings of a model's folder, by file.
    static let settings: [[String: [UInt8]]] = [
        [
            "config.json":
                #"{"model_type":"bert","hidden_act":"gelu","hidden_size":32,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":64,"layer_norm_eps":1e-12,"max_position_embeddings":64,"vocab_size":17,"type_vocab_size":2}"#,
            "modules.json":
                #"[{"type":"sentence_transformers.models.Transformer","path":""},{"type":"sentence_transformers.models.Pooling","path":"1_Pooling"}]"#,
            "1_Pooling/config.json": #"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false}"#,
            "sentence_bert_config.json": #"{"max_seq_length":32}"#,
        ],
        [
            "config.json":
                #"{"model_type":"nomic_bert","activation_function":"swiglu","n_embd":32,"n_head":1,"n_inner":64,"n_layer":2,"n_positions":128,"layer_norm_epsilon":1e-12,"vocab_size":17,"type_vocab_size":2,"rotary_emb_base":1000,"rotary_emb_fraction":1.0,"rotary_scaling_factor":null}"#,
            "modules.json": #"[{"type":"sentence_transformers.models.Pooling","path":"1_Pooling"}]"#,
            "1_Pooling/config.json": #"{"pooling_mode":"mean"}"#,
            "tokenizer_config.json": #"{"model_max_length":512,"do_lower_case":true}"#,
        ],
    ].map { $0.mapValues { Array($0.utf8) } }
}
