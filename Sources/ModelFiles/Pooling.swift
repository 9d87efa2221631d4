import StrictJSON

/// How the vectors of a text's tokens are combined into the vector of the text.
public enum Pooling: String, Sendable {
    /// The first token's vector.
    case cls
    /// Mean over the text's own tokens, including `[CLS]` and `[SEP]`.
    case mean
}

extension Pooling {
    /// Reads the configuration of a sentence-transformers pooling module, in its older form (a flag for each mode) or its
    /// newer form (`pooling_mode`).
    /// - Throws: `ModelFileError` with code `.unsupported` for other modes and for several modes at once.
    init(_ configuration: JSONValue, path: String) throws(ModelFileError) {
        let flags = [
            ("pooling_mode_cls_token", "cls"), ("pooling_mode_mean_tokens", "mean"),
            ("pooling_mode_max_tokens", "max"), ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
            ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
        ]
        var modes = flags.filter { configuration[$0.0]?.bool == true }.map(\.1)
        switch configuration["pooling_mode"] {
        case .string(let mode): modes = [mode]
        case .array(let several): modes = several.map { $0.string ?? "?" }
        default: break
        }
        guard modes.count == 1, let pooling = Pooling(rawValue: modes[0]) else {
            let named = modes.isEmpty ? "no pooling mode" : "the pooling \(modes.joined(separator: " with "))"
            throw ModelFileError(.unsupported, path, "it names \(named); cls and mean are supported")
        }
        guard configuration["include_prompt"]?.bool != false else {
            throw ModelFileError(.unsupported, path, "it leaves a prompt's tokens out of the pooling")
        }
        self = pooling
    }
}
