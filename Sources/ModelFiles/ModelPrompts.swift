import StrictJSON

/// Prompts that a model expects before a text.
public struct ModelPrompts: Sendable, Equatable {
    /// Prompt before a question.
    public var query: String
    /// Prompt before a stored text.
    public var document: String

    /// Creates prompts; empty by default.
    public init(query: String = "", document: String = "") {
        self.query = query
        self.document = document
    }
}

extension ModelPrompts {
    /// Reads `config_sentence_transformers.json` as sentence-transformers does: `encode_query` uses the prompt named `query`
    /// and `encode_document` the one named `document`. If neither exists, the prompt that `default_prompt_name` names
    /// precedes every text, as with `encode`.
    /// - Throws: `ModelFileError` with code `.malformed` when a prompt is not a text, or the default names no prompt.
    init(_ settings: JSONValue, path: String) throws(ModelFileError) {
        var prompts: [String: String] = [:]
        switch settings["prompts"] {
        case nil: break
        case .object(let members):
            for (name, value) in members {
                guard value == .null || value.string != nil else {
                    throw ModelFileError(.malformed, path, "the prompt '\(name)' must be a text")
                }
                prompts[name] = value.string ?? ""
            }
        default: throw ModelFileError(.malformed, path, "prompts must be an object of texts")
        }
        self.init(query: prompts["query"] ?? "", document: prompts["document"] ?? "")
        guard let name = settings["default_prompt_name"] else { return }
        let roles = ["query", "document"]
        guard let name = name.string, let prompt = prompts[name] ?? (roles.contains(name) ? "" : nil) else {
            let named = name.string.map { "'\($0)'" } ?? "no text"
            throw ModelFileError(.malformed, path, "default_prompt_name is \(named), which is not one of its prompts")
        }
        if roles.allSatisfy({ prompts[$0] == nil }) { self.init(query: prompt, document: prompt) }
    }
}
