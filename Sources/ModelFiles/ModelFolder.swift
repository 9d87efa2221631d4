import Base
import Foundation
import StrictJSON

/// A sentence encoder in a folder with the Hugging Face hub's layout of sentence-transformers models: `config.json`,
/// `tokenizer.json` or `vocab.txt`, `model.safetensors`, `modules.json`, `1_Pooling/config.json`,
/// `sentence_bert_config.json`, `config_sentence_transformers.json`.
///
/// Opening a folder reads only the small files. `weights()` opens the weights and `weightsDigest()` hashes them on demand.
public struct ModelFolder: Sendable {
    /// Path of the folder.
    public let path: String
    /// Configuration of the encoder.
    public let configuration: BertConfiguration
    /// How token vectors are combined into the text's vector.
    public let pooling: Pooling
    /// Maximum number of tokens of a text, including `[CLS]` and `[SEP]`: the smallest of the limits in the folder's files,
    /// the model's positions and the catalogue.
    public let maxTokens: Int
    /// Prompts that the folder gives; empty if it gives none.
    public let prompts: ModelPrompts
    /// Path of `tokenizer.json`, or of `vocab.txt` if there is no other.
    public let tokenizerFile: String

    /// Path of the weights.
    public var weightsFile: String { path + "/model.safetensors" }
    /// Architecture of the encoder.
    public var architecture: BertConfiguration.Architecture { configuration.architecture }

    /// Paths of all files in the folder, all of which may be read.
    public var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return (names + ["1_Pooling/config.json"]).map { path + "/" + $0 }
    }

    /// Size limit of `config.json` and similar files.
    private static let maximumSettingsByteCount = 1 << 20

    /// Opens a folder.
    /// - Parameters:
    ///   - path: the folder.
    ///   - model: the model's catalogue entry; supplies the pooling and the length if the folder does not give them.
    /// - Throws: `ModelFileError`, naming the file and the setting: `.notFound` and `.missing` for what the folder lacks,
    ///   `.unsupported` for architectures, poolings and modules that are not implemented.
    public init(path: String, model: CatalogModel? = nil) throws(ModelFileError) {
        self.path = path
        if let absent = Self.missingFile(in: path) {
            throw ModelFileError(.notFound, path, "not the folder of a model that can be run: it has no \(absent)")
        }
        let configurationPath = path + "/config.json"
        guard let json = try Self.settings(configurationPath) else {
            throw ModelFileError(.notFound, configurationPath, "there is no such file")
        }
        configuration = try BertConfiguration(json, path: configurationPath)
        tokenizerFile = Self.tokenizerFile(in: path) ?? ""
        guard let pooling = try Self.pooling(in: path) ?? model?.pooling else {
            throw ModelFileError(
                .missing, path,
                "it has no modules.json, so how it pools its tokens is unknown; "
                    + "fetch the whole folder of a sentence-transformers model")
        }
        self.pooling = pooling
        let promptsPath = path + "/config_sentence_transformers.json"
        prompts = if let json = try Self.settings(promptsPath) { try ModelPrompts(json, path: promptsPath) } else { ModelPrompts() }

        var limits = [configuration.maxPositions]
        if let model { limits.append(model.maxTokens) }
        let lengthPath = path + "/sentence_bert_config.json"
        if let length = try Self.settings(lengthPath)?["max_seq_length"] {
            guard let length = length.integer, length >= 2 else {
                throw ModelFileError(.malformed, lengthPath, "max_seq_length must be a whole number of at least 2")
            }
            limits.append(length)
        } else if model == nil, let length = try Self.settings(path + "/tokenizer_config.json")?["model_max_length"] {
            // Tokenizers without a limit have 1e30 here.
            if let length = length.integer, length >= 2 { limits.append(length) }
        }
        maxTokens = limits.min() ?? configuration.maxPositions
    }

    /// Opens the weights.
    /// - Throws: `ModelFileError`; see `SafetensorsFile.init(path:)`.
    public func weights() throws(ModelFileError) -> SafetensorsFile { try SafetensorsFile(path: weightsFile) }

    /// SHA-256 of the weights in lower-case hexadecimal. Reads the whole file, unless its current digest is cached.
    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`.
    public func weightsDigest() throws(ModelFileError) -> String { try weightsDigest(cache: DigestCache()) }

    package func weightsDigest(cache: DigestCache) throws(ModelFileError) -> String { try cache.digest(weightsFile) }

    /// SHA-256 of the tokenizer file, in hexadecimal.
    /// - Throws: `ModelFileError` when the file cannot be read.
    public func tokenizerDigest() throws(ModelFileError) -> String { try fileDigest(tokenizerFile) }

    /// Name of the first required file that the folder lacks; `nil` if it has all of them.
    static func missingFile(in path: String) -> String? {
        for name in ["config.json", "model.safetensors"] where !FileSystem.isFile(path + "/" + name) { return name }
        return tokenizerFile(in: path) == nil ? "tokenizer.json or vocab.txt" : nil
    }

    private static func tokenizerFile(in path: String) -> String? {
        ["tokenizer.json", "vocab.txt"].map { path + "/" + $0 }.first(where: FileSystem.isFile)
    }

    /// Reads a small JSON file; `nil` if it does not exist.
    private static func settings(_ path: String) throws(ModelFileError) -> JSONValue? {
        guard FileSystem.isFile(path) else { return nil }
        let file = try MemoryMap.modelFile(path)
        guard file.bytes.count <= maximumSettingsByteCount else {
            throw ModelFileError(.malformed, path, "\(file.bytes.count) bytes are too many for a settings file")
        }
        do {
            return try JSONValue(parsing: Array(file.bytes))
        } catch {
            throw ModelFileError(.malformed, path, "not JSON: \(error)")
        }
    }

    /// The pooling that `modules.json` refers to; `nil` if the file does not exist.
    private static func pooling(in path: String) throws(ModelFileError) -> Pooling? {
        let modulesPath = path + "/modules.json"
        guard let json = try settings(modulesPath) else { return nil }
        guard let modules = json.array else { throw ModelFileError(.malformed, modulesPath, "not a list of modules") }
        var pooling: Pooling?
        for module in modules {
            // The Python name of the module, such as sentence_transformers.models.Pooling.
            let type = module["type"]?.string ?? "?"
            switch type.split(separator: ".").last {
            case "Normalize": break
            case "Transformer":
                guard module["path"]?.string ?? "" == "" else {
                    throw ModelFileError(
                        .unsupported, modulesPath,
                        "it keeps the transformer in the folder \(module["path"]?.string ?? ""), as early "
                            + "models do; move that folder's files up beside modules.json and set the module's path to \"\"")
                }
            case "Pooling":
                let folder = module["path"]?.string ?? ""
                guard !folder.split(separator: "/").contains(".."), !folder.hasPrefix("/") else {
                    throw ModelFileError(.malformed, modulesPath, "the path \(folder) leaves the folder")
                }
                let poolingPath = path + "/" + folder + "/config.json"
                guard let settings = try settings(poolingPath) else {
                    throw ModelFileError(.notFound, poolingPath, "modules.json names it; fetch the whole folder")
                }
                pooling = try Pooling(settings, path: poolingPath)
            default:
                throw ModelFileError(.unsupported, modulesPath, "the module \(type) is not supported")
            }
        }
        guard let pooling else { throw ModelFileError(.missing, modulesPath, "it names no pooling module") }
        return pooling
    }
}
