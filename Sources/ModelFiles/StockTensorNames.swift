/// Names of a stock model's tensors in its checkpoints.
enum StockTensorNames {
    /// Modules that wrappers add around a model or a part of it: `torch.compile`, parallel training, averages of weights
    /// (`AveragedModel`), Fabric, FSDP and activation checkpointing.
    private static let wrappers: Set<Substring> = [
        "_orig_mod", "module", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
    ]
    /// Counter in averages of weights: the number of averaged models.
    private static let averageCount = "n_averaged"

    /// Maps names without wrapper prefixes to names in the file.
    /// - Throws: `ModelFileError` with code `.unsupported` for tensors of other models, or of several models.
    static func canonical(_ names: [String], path: String) throws(ModelFileError) -> [String: String] {
        if let flat = names.first(where: { ["_flat_param", "flat_param"].contains($0.split(separator: ".").last) }) {
            throw ModelFileError(
                .unsupported, path, "FSDP saved its weights flattened (\(printable(flat))); save them with StateDictType.FULL_STATE_DICT")
        }
        let stored = names.filter { $0.split(separator: ".").last.map(String.init) != averageCount }
        var plain = stored.map(withoutWrappers)
        func drop(_ prefixes: [String]) {
            while let prefix = prefixes.first(where: { prefix in !plain.isEmpty && plain.allSatisfy { $0.hasPrefix(prefix) } }) {
                plain = plain.map { String($0.dropFirst(prefix.count)) }
            }
        }
        // Lightning modules usually hold the network as `model`.
        drop(["model."])
        if let family = otherFamily(plain) {
            throw ModelFileError(
                .unsupported, path, "a \(family); only \(StockModelFile.architecture) is supported")
        }
        drop(["model.", "encoder."])
        var result: [String: String] = [:]
        for (name, stored) in zip(plain, stored) {
            guard let other = result.updateValue(stored, forKey: name) else { continue }
            throw ModelFileError(
                .unsupported, path,
                "it holds the weights more than once: \(printable(min(other, stored))) and \(printable(max(other, stored))) are both "
                    + "\(printable(name)) without wrappers; save one of the models alone")
        }
        return result
    }

    private static func withoutWrappers(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).filter { !wrappers.contains($0) }.joined(separator: ".")
    }

    /// The family that these tensors belong to, if it is known but not supported.
    private static func otherFamily(_ names: [String]) -> String? {
        func any(_ prefixes: String...) -> Bool {
            names.contains { name in prefixes.contains { name.hasPrefix($0) || name.hasPrefix("encoder." + $0) } }
        }
        if any("projection_head.") { return "contrastive model (projection_head.…)" }
        if any("regression_head.") { return "DirectPricePredictor (regression_head.…)" }
        if any("technical_encoder.", "fundamental_encoder.", "fundamentals_encoder.", "news_encoder.") {
            return "multi-modal model (technical_encoder.…)"
        }
        let wrapped = names.count { $0.hasPrefix("encoder.") }
        if wrapped > 0 && wrapped < names.count { return "portfolio model (encoder.… and a head of its own)" }
        return nil
    }
}
