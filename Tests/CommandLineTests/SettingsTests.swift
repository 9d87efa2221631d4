import Foundation
import Testing
import TestSupport

/// Flags over environment over `tapedeck.yaml` over defaults.
struct SettingsTests {
    @Test func fileNamesStoreAndSource() throws {
        let place = try Workplace(store: false)
        try place.folder.write("# settings\nsource: market\nstore: store\nmodels: [minilm]\nno-faiss: true\n", to: "tapedeck.yaml")
        #expect(try place.tool("generate").status == 0)
        #expect(try place.tool("status").output.contains("complete"))
        #expect(!FileManager.default.fileExists(atPath: place.path("store/financial-embeddings/indices")))
    }

    @Test func environmentGoesOverTheFileAndFlagsOverBoth() throws {
        let place = try Workplace()
        try place.folder.write("store: in-the-file\n", to: "tapedeck.yaml")
        expectFailure(try place.tool("status"), naming: "in-the-file")
        var tool = place.tool
        tool.environment["TAPEDECK_STORE"] = "in-the-environment"
        expectFailure(try tool("status"), naming: "in-the-environment")
        #expect(try tool("status", "--store", "store").status == 0)
        tool.environment["TAPEDECK_STORE"] = ""
        expectFailure(try tool("status"), naming: "in-the-file")
    }

    @Test func valuesOfTheFileReachTheRun() throws {
        let place = try Workplace(store: false)
        try place.folder.write("batch-size: 123\nprecision: f32\n", to: "tapedeck.yaml")
        let help = try place.tool("generate", "--help").output
        #expect(help.contains("(default: 123)"))
        #expect(help.contains("default: f32"))
        var tool = place.tool
        tool.environment["TAPEDECK_BATCH_SIZE"] = "456"
        #expect(try tool("generate", "--help").output.contains("(default: 456)"))
    }

    @Test func pathsInAFileElsewhereAreRelativeToIt() throws {
        let place = try Workplace()
        try place.folder.write("store: ../store\n", to: "settings/mine.yaml")
        var tool = place.tool
        tool.environment["TAPEDECK_CONFIG"] = "settings/mine.yaml"
        #expect(try tool("status").status == 0)
        tool.environment["TAPEDECK_CONFIG"] = "settings/none.yaml"
        expectFailure(try tool("status", "--store", "store"), status: 2, naming: "TAPEDECK_CONFIG", "settings/none.yaml")
    }

    @Test(arguments: [
        ("store: a\nbatchsize: 3\n", ["tapedeck.yaml, line 2", "'batchsize'", "batch-size", "checkpoint-frequency"]),
        ("batch-size: many\n", ["tapedeck.yaml, line 1", "batch-size", "whole number", "'many'"]),
        ("batch-size: 0\n", ["line 1", "batch-size", "at least 1"]),
        ("\nbatch-size: [1, 2]\n", ["line 2", "batch-size", "not a list"]),
        ("precision: int9\n", ["line 1", "precision", "f32, bf16, int8, int8-smooth, auto"]),
        ("no-faiss: perhaps\n", ["line 1", "no-faiss", "true or false"]),
        ("store:\n", ["line 1", "store", "no value"]),
        ("store:\n  here: there\n", ["line 1", "store", "plain value"]),
        ("models: []\n", ["line 1", "models", "empty list"]),
        ("models: [a, [b]]\n", ["line 1", "models", "plain values"]),
        ("store: a\nstore: b\n", ["tapedeck.yaml", "more than once", "store"]),
        ("store: \"a\n", ["tapedeck.yaml", "not YAML"]),
        ("a: &x [*x]\n", ["tapedeck.yaml"]),
        ("just words\n", ["tapedeck.yaml", "'key: value'"]),
        ("1: 2\n", ["line 1", "'1'"]),
    ])
    func wrongFileIsNamedWithItsLineAndKey(_ text: String, _ words: [String]) throws {
        let place = try Workplace()
        try place.folder.write(text, to: "tapedeck.yaml")
        let outcome = try place.tool("status", "--store", "store")
        expectFailure(outcome, status: 2)
        for word in words { #expect(outcome.errors.contains(word), "\(word) in: \(outcome.errors)") }
        // Help works with any settings.
        #expect(try place.tool("status", "--help").status == 0)
        #expect(try place.tool("help", "status").status == 0)
    }

    @Test func wrongEnvironmentIsNamed() throws {
        let place = try Workplace()
        var tool = place.tool
        tool.environment["TAPEDECK_MAX_WORKERS"] = "two"
        expectFailure(try tool("status", "--store", "store"), status: 2, naming: "TAPEDECK_MAX_WORKERS", "'two'")
    }

    @Test(arguments: ["", "---\n", "# nothing\n", "null\n"])
    func emptyFileSetsNothing(_ text: String) throws {
        let place = try Workplace()
        try place.folder.write(text, to: "tapedeck.yaml")
        #expect(try place.tool("status", "--store", "store").status == 0)
    }

    @Test func fileThatIsNotTextIsRefused() throws {
        let place = try Workplace()
        try Data([0x73, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: place.path("tapedeck.yaml")))
        expectFailure(try place.tool("status", "--store", "store"), status: 2, naming: "tapedeck.yaml", "UTF-8")
    }

    /// Random damage to a good file: an answer or an error, never a crash.
    @Test func damagedFileNeverCrashes() throws {
        let place = try Workplace()
        let good = Array("source: market\nstore: \"store\"\nmodels: [a, 'b']\nbatch-size: 10\nno-faiss: true\n".utf8)
        var random = SplitMix(state: 11)
        for _ in 0..<40 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: place.path("tapedeck.yaml")))
            let outcome = try place.tool("models", "list")
            #expect([0, 2].contains(outcome.status), "\(String(decoding: bytes, as: UTF8.self)): \(outcome.errors)")
        }
    }

    /// The documentation's table has every setting, with its variable.
    @Test func everySettingIsDocumented() throws {
        let place = try Workplace(store: false)
        try place.folder.write("unknown: 1\n", to: "tapedeck.yaml")
        let message = try place.tool("models", "list").errors
        let list = try #require(message.split(separator: "the settings are ").last)
        let keys = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        #expect(keys.count > 10)
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/configuration.md").standardized
        let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
        for key in keys {
            #expect(text.contains("| `\(key)` |"), "\(key)")
            // The settings for access to S3 have the variables that other programs use.
            guard !["models", "s3-endpoint", "s3-region"].contains(key) else { continue }
            #expect(text.contains("`TAPEDECK_\(key.uppercased().replacing("-", with: "_"))`"), "\(key)")
        }
    }
}
