import Foundation
import ModelFiles
import Testing
import TestSupport

@Suite struct ModelLocatorTests {
    static let commit = "0123456789abcdef0123456789abcdef01234567"

    private func locator(_ root: TemporaryFolder, _ more: [String: String] = [:]) -> ModelLocator {
        ModelLocator(environment: ["HOME": root.path].merging(more) { $1 })
    }

    /// A hub cache as its tools leave it: blobs, links to them in a snapshot, the branch's commit.
    private func writeHubCache(_ root: TemporaryFolder, _ cache: String, hubID: String) throws {
        let repository = cache + "/models--" + hubID.replacingOccurrences(of: "/", with: "--")
        try Made.write(root, repository + "/blobs/")
        try root.write(Self.commit, to: repository + "/refs/main")
        let snapshot = root.path + "/" + repository + "/snapshots/" + Self.commit
        try FileManager.default.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
        for name in ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling"] {
            try FileManager.default.createSymbolicLink(
                atPath: snapshot + "/" + name, withDestinationPath: "../../blobs/" + name)
        }
    }

    @Test func findsAModelInTheHubsCacheWhereverThatIs() throws {
        for (cache, variables) in [
            (".cache/huggingface/hub", [:]), ("xdg/huggingface/hub", ["XDG_CACHE_HOME": "~/xdg"]),
            ("hf/hub", ["HF_HOME": "~/hf", "XDG_CACHE_HOME": "~/xdg"]), ("direct", ["HF_HUB_CACHE": "~/direct", "HF_HOME": "~/hf"]),
        ] as [(String, [String: String])] {
            let root = try TemporaryFolder()
            try writeHubCache(root, cache, hubID: "BAAI/bge-base-en-v1.5")
            for name in ["bge-base", "BAAI/bge-base-en-v1.5"] {
                let found = try locator(root, variables).model(name)
                #expect(found.name == "bge-base")
                #expect(found.folder.path.hasSuffix("/snapshots/" + Self.commit))
                #expect(found.folder.path.hasPrefix(root.path + "/" + cache))
            }
        }
    }

    @Test func findsAnyModelOfTheFamilyByItsNameOnTheHub() throws {
        let root = try TemporaryFolder()
        try writeHubCache(root, ".cache/huggingface/hub", hubID: "some-body/small.model_1")
        let found = try locator(root).model("some-body/small.model_1")
        #expect(found.model == nil)
        #expect(found.folder.maxTokens == 512)
    }

    @Test func prefersTheNamedFolderThenTheHubsCacheThenItsOwn() throws {
        let root = try TemporaryFolder()
        try Made.write(root, ".cache/tapedeck/models/minilm/")
        #expect(try locator(root).model("minilm").folder.path == root.path + "/.cache/tapedeck/models/minilm")
        try writeHubCache(root, ".cache/huggingface/hub", hubID: CatalogModel.minilm.hubID)
        #expect(try locator(root).model("minilm").folder.path.contains("huggingface"))
        try Made.write(root, "mine/minilm/")
        let variables = ["TAPEDECK_MODELS": root.path + "/mine"]
        #expect(try locator(root, variables).model("minilm").folder.path == root.path + "/mine/minilm")
    }

    @Test func passesOverASnapshotWithoutWeightsButNotANamedFolder() throws {
        let root = try TemporaryFolder()
        try writeHubCache(root, ".cache/huggingface/hub", hubID: CatalogModel.minilm.hubID)
        let blobs = root.path + "/.cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/blobs"
        try FileManager.default.removeItem(atPath: blobs + "/model.safetensors")
        let error = #expect(throws: ModelFileError.self) { try locator(root).model("minilm") }
        #expect(error?.description.contains("it has no model.safetensors") == true)
        try Made.write(root, ".cache/tapedeck/models/minilm/")
        #expect(try locator(root).model("minilm").folder.path.contains("tapedeck"))
        try root.write(Made.bert, to: "mine/minilm/config.json")
        #expect(throws: ModelFileError.self) {
            try locator(root, ["TAPEDECK_MODELS": root.path + "/mine"]).model("minilm")
        }
    }

    @Test func saysHowToGetAMissingModel() throws {
        let error = #expect(throws: ModelFileError.self) { try locator(TemporaryFolder()).model("nomic") }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("tapedeck models pull nomic") == true)
        #expect(error?.description.contains("models--nomic-ai--nomic-embed-text-v1") == true)
    }

    @Test(arguments: ["gpt-9", "", "..", "a/b/c", "a/../b", "../b--c/d/..", "a/b c", "/nowhere"])
    func rejectsInvalidNames(_ name: String) throws {
        let error = #expect(throws: ModelFileError.self) { try locator(TemporaryFolder()).model(name) }
        #expect(error?.code == .notFound)
    }

    @Test func cataloguesTheFourModels() {
        #expect(CatalogModel.all.map(\.key) == ["minilm", "bge-base", "e5-base", "nomic"])
        #expect(CatalogModel.named("intfloat/e5-base-v2")?.documentPrefix == "passage: ")
        #expect(CatalogModel.named("nothing") == nil)
    }
}
