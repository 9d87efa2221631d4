/// The names of a stock model's tensors as its checkpoints have them.
enum StockTensorNames {
    /// What `torch.compile`, parallel training and portfolio models put in front of every name.
    private static let wrappers = ["_orig_mod.", "module."]

    /// Names in the file by the names without prefixes.
    /// - Throws: `ModelFileError` with code `.unsupported` for the tensors of other models.
    static func canonical(_ names: [String], path: String) throws(ModelFileError) -> [String: String] {
        var plain = names
        func drop(_ prefixes: [String]) {
            while let prefix = prefixes.first(where: { prefix in !plain.isEmpty && plain.allSatisfy { $0.hasPrefix(prefix) } }) {
                plain = plain.map { String($0.dropFirst(prefix.count)) }
            }
        }
        drop(wrappers)
        if let family = otherFamily(plain) {
            throw ModelFileError(
                .unsupported, path, "a \(family); only \(StockModelFile.architecture) is supported")
        }
        drop(wrappers + ["encoder."])
        var result: [String: String] = [:]
        for (name, stored) in zip(plain, names) {
            guard result.updateValue(stored, forKey: name) == nil else {
                throw ModelFileError(.malformed, path, "two of its tensors are named \(printable(name))")
            }
        }
        return result
    }

    /// The model that these tensors are of, where it is one that is known and not supported.
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
