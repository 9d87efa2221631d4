import Encoders
import Foundation
import ModelFiles
import Testing

/// Model folders with the settings that sentence-transformers' models have, against the vectors that the library itself makes of them:
/// scripts/golden/sentence_transformers.py.
@Suite struct SentenceTransformersTests {
    struct Configurations: Decodable {
        let texts: [String]
        let tokenizers: [String: String]
        let configurations: [Configuration]
    }

    struct Configuration: Decodable, CustomTestStringConvertible, Sendable {
        let name: String
        let weights: String
        /// The folder's small files.
        let files: [String: String]
        let tokenizer: TokenizerFile
        /// One vector per text.
        let query: [[Double]]
        let document: [[Double]]

        struct TokenizerFile: Decodable { let file, text: String }

        var testDescription: String { name }
    }

    private static let folder = Bundle.module.bundleURL.appendingPathComponent("Resources/sentence-transformers")

    private static let golden: Configurations? =
        (try? Data(contentsOf: folder.appendingPathComponent("configurations.json")))
        .flatMap { try? JSONDecoder().decode(Configurations.self, from: $0) }

    @Test func thereAreTwenty() { #expect(Self.golden.map { $0.configurations.count >= 20 } == true) }

    @Test(arguments: golden?.configurations ?? [])
    func vectorsAreTheLibrarys(_ configuration: Configuration) async throws {
        let golden = try #require(Self.golden), resources = Self.folder
        let place = try ModelPlace()
        func write(_ text: String, to file: String) throws {
            let path = place.path + "/" + file
            try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        for (file, text) in configuration.files { try write(text, to: file) }
        try write(try #require(golden.tokenizers[configuration.tokenizer.text]), to: configuration.tokenizer.file)
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/model.safetensors",
            withDestinationPath: resources.appendingPathComponent(configuration.weights + ".safetensors").path)
        let encoder = try #require(try SentenceEncoder.open(models: [place.path], precision: .f32, threads: 2)[place.path])
        let group = EncoderGroup(["one": encoder])
        for (role, expected) in [(SentenceEncoder.Role.query, configuration.query), (.document, configuration.document)] {
            let vectors = try await encoder.encode(golden.texts, as: role)
            for (index, reference) in expected.enumerated() {
                let own = vectors[index * encoder.dimension..<(index + 1) * encoder.dimension].map(Double.init)
                let cosine = zip(own, reference).map { $0 * $1 }.reduce(0, +)
                #expect(cosine >= 0.99999 && cosine < 1.00001, "\(role), '\(golden.texts[index])'")
            }
            // With other models in the group, the tokens are made in another way.
            #expect(try await group.encode(golden.texts, as: role)["one"] == vectors)
        }
        let fingerprint = try encoder.fingerprint()
        #expect(fingerprint.queryPrefix == encoder.model.prompts.query && fingerprint.documentPrefix == encoder.model.prompts.document)
    }

    /// Another truncation side, or other prompts, make it a different model.
    @Test func theFingerprintHasAllSettingsOfTheVectors() async throws {
        let place = try ModelPlace()
        try place.add("minilm", .mean)
        func fingerprint() throws -> ModelFingerprint {
            let name = place.path + "/minilm"
            return try #require(try SentenceEncoder.open(models: [name], precision: .f32, threads: 1)[name]).fingerprint()
        }
        let plain = try fingerprint()
        #expect(plain.truncationSide == nil && plain.queryPrefix.isEmpty)
        try #"{"truncation_side": "left"}"#.write(
            toFile: place.path + "/minilm/tokenizer_config.json", atomically: true, encoding: .utf8)
        let left = try fingerprint()
        #expect(left.truncationSide == "left" && !left.isComparable(with: plain))
        try #"{"prompts": {"query": "find "}}"#.write(
            toFile: place.path + "/minilm/config_sentence_transformers.json", atomically: true, encoding: .utf8)
        let prompted = try fingerprint()
        #expect(prompted.queryPrefix == "find " && prompted.documentPrefix.isEmpty && !prompted.isComparable(with: left))
        // Stores of earlier builds name no side; they truncate on the right.
        var members = try #require(JSONSerialization.jsonObject(with: JSONEncoder().encode(plain)) as? [String: Any])
        members["truncationSide"] = nil
        let earlier = try JSONDecoder().decode(ModelFingerprint.self, from: JSONSerialization.data(withJSONObject: members))
        #expect(earlier == plain)
    }

    @Test(arguments: [
        (#"{"prompts": 3}"#, "prompts must be an object of texts"), (#"{"prompts": {"query": 3}}"#, "the prompt 'query' must be a text"),
        (#"{"prompts": {"a": "b"}, "default_prompt_name": "c"}"#, "default_prompt_name is 'c'"),
        (#"{"default_prompt_name": ["query"]}"#, "default_prompt_name is no text"), ("{", "not JSON"),
    ])
    func wrongPromptsAreNamed(_ text: String, _ reason: String) throws {
        let place = try ModelPlace()
        try place.add("minilm", .mean)
        try text.write(toFile: place.path + "/minilm/config_sentence_transformers.json", atomically: true, encoding: .utf8)
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: place.path + "/minilm") }
        #expect(error?.reason.contains(reason) == true && error?.path.hasSuffix("config_sentence_transformers.json") == true)
    }

    @Test func aTransformerInAFolderOfItsOwnIsNamed() throws {
        let place = try ModelPlace()
        try place.add("minilm", .mean)
        let modules = place.path + "/minilm/modules.json"
        let text = try String(contentsOfFile: modules, encoding: .utf8)
        let moved = try JSONSerialization.data(
            withJSONObject: (try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])).map { module in
                let isTransformer = (module["type"] as? String)?.hasSuffix("Transformer") == true
                return isTransformer ? module.merging(["path": "0_Transformer"]) { $1 } : module
            })
        try moved.write(to: URL(fileURLWithPath: modules))
        let error = #expect(throws: ModelFileError.self) { try ModelFolder(path: place.path + "/minilm") }
        #expect(error?.reason.contains("0_Transformer") == true && error?.code == .unsupported)
    }

    /// The pointers that a clone without Git LFS has in place of the large files.
    @Test(arguments: ["model.safetensors", "tokenizer.json", "vocab.txt", "config.json"])
    func pointersOfGitAreNamed(_ file: String) throws {
        let place = try ModelPlace()
        try place.add("minilm", .mean)
        let path = place.path + "/minilm/" + file
        if !FileManager.default.fileExists(atPath: path) {
            for name in ["tokenizer.json", "vocab.txt"] { try? FileManager.default.removeItem(atPath: place.path + "/minilm/" + name) }
        }
        try "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 90868376\n".write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: (any Error).self) { try SentenceEncoder.open(models: [place.path + "/minilm"], precision: .f32, threads: 1) }
        #expect(error.map { "\($0)" }?.contains("a Git LFS pointer, not the file itself; run 'git lfs pull'") == true)
    }
}
