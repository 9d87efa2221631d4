import Foundation
import Testing
import TestSupport

/// No command writes over a file that it reads, however the path is spelt.
struct OutputFileTests {
    /// Runs a command line that must be rejected without changes to the folder.
    private func refuse(_ folder: TemporaryFolder, _ tool: Tool, _ line: String, naming word: String = "is the file that is read") throws {
        let before = try folder.contents(of: ".")
        expectFailure(try tool.shell(line), naming: word)
        #expect(try folder.contents(of: ".") == before, "\(line)")
    }

    @Test func cachesAreNotWrittenOverTheirInputs() throws {
        let folder = try TemporaryFolder(), tool = Tool(folder: folder)
        try FeatureFixture.writeFeatures(to: folder.file("features.h5"), tickers: 2, days: 80)
        try FileManager.default.copyItem(atPath: FeatureFixture.checkpoint, toPath: folder.file("model.pt"))
        try folder.write("T000\n", to: "tickers.txt")
        let build = "\"$TAPEDECK\" cache build --model-path model.pt --dataset-path features.h5 --num-months 1 --tickers-file tickers.txt"
        #expect(try tool.shell(build + " --output-path cache.h5").status == 0)
        #expect(try tool.shell("\"$TAPEDECK\" cache export cache.h5 --output-path original.h5").status == 0)
        _ = try tool.shell("ln -s model.pt link.pt; ln features.h5 hard.h5; mkdir -p a; ln -s .. a/up; touch tapedeck.yaml")
        for path in [
            "model.pt", "./model.pt", "link.pt", "a/../model.pt", "a/up/model.pt", "\"$PWD/model.pt\"", "features.h5", "hard.h5", "tickers.txt",
            "tapedeck.yaml",
        ] {
            for flag in ["", " --overwrite", " --overwrite --restart", " --dry-run"] {
                try refuse(folder, tool, build + flag + " --output-path " + path)
            }
        }
        // Temporary files that are removed.
        for ending in [".new", ".partial", ".lock", ".additions", ".partial.new"] {
            try folder.copy("features.h5", to: "c.h5" + ending)
            try refuse(
                folder, tool, build.replacing("features.h5", with: "c.h5" + ending) + " --overwrite --restart --output-path c.h5",
                naming: "written on the way")
            try FileManager.default.removeItem(atPath: folder.file("c.h5" + ending))
        }
        for line in [
            "export cache.h5 --overwrite --output-path ./cache.h5", "import original.h5 --overwrite --output-path a/../original.h5",
            "import original.h5 --overwrite --model-path model.pt --output-path link.pt",
            "append cache.h5 --model-path model.pt --dataset-path cache.h5",
            "prune cache.h5 --tickers-file tickers.txt --overwrite --output-path tickers.txt",
        ] { try refuse(folder, tool, "\"$TAPEDECK\" cache " + line) }
        try folder.copy("cache.h5", to: "cache.h5.new")
        try refuse(folder, tool, "\"$TAPEDECK\" cache merge cache.h5 cache.h5.new --output-path cache.h5", naming: "written on the way")
    }

    /// `merge`, `prune` and `append` replace a cache that they read, also through a link or under another spelling.
    @Test func aCacheIsReplacedInPlace() throws {
        let folder = try TemporaryFolder(), tool = Tool(folder: folder)
        try FeatureFixture.writeFeatures(to: folder.file("features.h5"), tickers: 3, days: 80)
        let build = "\"$TAPEDECK\" cache build --model-path '\(FeatureFixture.checkpoint)' --dataset-path features.h5 --num-months 1"
        // A name of one character is one too.
        #expect(try tool.shell(build + " --take 2 --output-path c && ln -s c link").status == 0)
        #expect(try tool.shell("\"$TAPEDECK\" cache merge c --output-path ./c").status == 0)
        #expect(try tool.shell("\"$TAPEDECK\" cache prune link --drop-tickers T000").status == 0)
        #expect(try tool.shell("test -L link && \"$TAPEDECK\" cache info c --tickers").output.contains("T000") == false)
        let append = build.replacing("cache build", with: "cache append link")
        #expect(try tool.shell(append).status == 0)
        #expect(try tool.shell("test -L link && \"$TAPEDECK\" cache info c --tickers").output.contains("T002"))
    }

    @Test func otherCommandsNeither() throws {
        let place = try Workplace()
        let (folder, tool) = (place.folder, place.tool)
        try folder.write("a\nb\n", to: "texts.jsonl")
        try folder.write("AAPL,Apple\n", to: "names.csv")
        _ = try tool.shell("ln -s texts.jsonl link.jsonl; ln -s models/minilm m")
        for line in [
            "embed --texts texts.jsonl --out texts.jsonl", "embed --texts texts.jsonl --out ./link.jsonl",
            "embed --texts texts.jsonl --out m/model.safetensors", "embed --texts texts.jsonl --out models/minilm/config.json --format json",
            "embed --out link.jsonl < texts.jsonl", "generate --source market --store store --names names.csv --events ./names.csv",
        ] { try refuse(folder, tool, "\"$TAPEDECK\" " + line) }
        try folder.copy("texts.jsonl", to: "v.npy.tapedeck-partial")
        try refuse(folder, tool, "\"$TAPEDECK\" embed --texts v.npy.tapedeck-partial --out v.npy", naming: "written on the way")
        let file = try place.optionFiles()[0]
        try refuse(folder, tool, "\"$TAPEDECK\" generate --source market --store store --events \(file)", naming: "whose files are read")
        try refuse(
            folder, tool, "\"$TAPEDECK\" monitor report --store store --output store/financial-embeddings/report.md", naming: "whose files are read")
        #expect(try tool.shell("\"$TAPEDECK\" simulate --out market").status == 1)
    }
}
