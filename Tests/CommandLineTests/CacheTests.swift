import Foundation
import HDF5
import Testing
import TestSupport

/// The commands of the cache.
struct CacheTests {
    let folder: TemporaryFolder
    let tool: Tool
    static let flags = ["--model-path", FeatureFixture.checkpoint, "--dataset-path", "features.h5"]

    init() throws {
        folder = try TemporaryFolder()
        tool = Tool(folder: folder)
        try FeatureFixture.writeFeatures(to: folder.path + "/features.h5", tickers: 12, days: 120)
    }

    func run(_ line: String) throws -> Tool.Outcome {
        try tool.shell("\"$TAPEDECK\" cache " + line.replacing("MODEL", with: Self.flags.joined(separator: " ")))
    }

    func json(_ outcome: Tool.Outcome) throws -> [String: Any] {
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)) }

    @Test func fromACheckpointToAnExport() throws {
        let dry = try run("build MODEL --output-path cache.h5 --num-months 2 --dry-run")
        #expect(dry.status == 0 && dry.output.contains("12 tickers x 42 days (2024-02-29 to 2024-04-29): 504 windows to encode"), "\(dry)")
        #expect(
            dry.output.contains("more until the build ends (cache.h5 ") && dry.output.contains(", cache.h5.partial ")
                && dry.output.contains(" free;"), "\(dry)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/cache.h5"))
        let built = try json(run("build MODEL --output-path cache.h5 --num-months 2 --json"))
        #expect(built["encoded"] as? Int == 504)
        let info = try json(run("info cache.h5 --json"))
        #expect((info["fingerprint"] as? [String: Any])?["rows"] as? Int == 60)
        #expect((info["cells"] as? [String: Int])?["cached"] == 504)
        #expect(try run("info cache.h5 --tickers").output.contains("T011  42"))
        #expect(try run("build MODEL --output-path cache.h5 --num-months 2").output.contains("already complete"))
        let again = try json(run("build MODEL --output-path cache.h5 --num-months 2 --dry-run --json"))
        #expect(again["complete_already"] as? Bool == true && again["windows"] as? Int == 0)
        #expect(try run("verify cache.h5 --dataset-path features.h5").output.contains("504 windows are unchanged"))

        // In parts, put together; and in two steps: the same file each time.
        #expect(try run("build MODEL --output-path a.h5 --num-months 2 --take 5 --batch-size 3").status == 0)
        #expect(try run("build MODEL --output-path b.h5 --num-months 2 --num-stocks 7").status == 0)
        #expect(try run("merge a.h5 b.h5 --output-path merged.h5").status == 0)
        #expect(try bytes("merged.h5") == bytes("cache.h5"))
        #expect(try run("build MODEL --output-path grown.h5 --num-months 2 --end 2024-04-01 --start 2024-02-29").status == 0)
        #expect(try run("append grown.h5 MODEL --start 2024-04-02").status == 0)
        #expect(try bytes("grown.h5") == bytes("cache.h5"))
        #expect(try run("prune grown.h5 --end 2024-04-01 --drop-tickers T003").output.contains("11 of 12 tickers"))

        #expect(try run("export cache.h5 --output-path original.h5").status == 0)
        #expect(try run("import original.h5 --output-path imported.h5").output.contains("504 cached"))
        let mixed = try run("merge cache.h5 imported.h5 --output-path mixed.h5")
        expectFailure(mixed, naming: "imported.h5", "cache.h5", "another model")
    }

    @Test(arguments: [
        "build", "build MODEL", "build MODEL --output-path c.h5 --window 0", "build MODEL --output-path c.h5 --window 5 --repeat-row 5",
        "build MODEL --output-path c.h5 --start 2024-02-30", "build MODEL --output-path c.h5 --start 2024-03-01 --end 2024-02-01",
        "build MODEL --output-path c.h5 --batch-size 0", "build MODEL --output-path c.h5 --max-failures 2",
        "build MODEL --output-path c.h5 --dtype f64", "build MODEL --output-path c.h5 --precision int8-smooth",
        "build MODEL --output-path c.h5 --dates later", "build MODEL --output-path c.h5 --compat other",
        "build MODEL --output-path c.h5 --compat original --window 60", "build MODEL --output-path c.h5 --compat original --repeat-row 60",
        "build MODEL --output-path c.h5 --compat original --width strict", "build MODEL --output-path c.h5 --compat original --dates refuse",
        "merge a.h5 --output-path b.h5 --tolerance 2", "import a.h5 --output-path b.h5 --max-failures -1", "build MODEL --output-path c.h5 --skip -1",
        "merge", "merge a.h5",
        "prune a.h5", "prune a.h5 --drop-days tuesday", "export a.h5", "import a.h5", "info", "verify", "frobnicate",
    ])
    func wrongUsage(_ line: String) throws {
        expectFailure(try run(line), status: 2, naming: "--help' for more information")
    }

    @Test(arguments: [
        ("build --model-path nothing.pt --dataset-path features.h5 --output-path c.h5", "nothing.pt"),
        ("build --model-path features.h5 --dataset-path features.h5 --output-path c.h5", "features.h5"),
        ("build --model-path \(FeatureFixture.checkpoint) --dataset-path nothing.h5 --output-path c.h5", "nothing.h5"),
        ("build MODEL --output-path no/where/c.h5 --tickers T001", "no/where/c.h5"),
        ("build MODEL --output-path c.h5 --tickers T001,NOPE", "NOPE"),
        ("build MODEL --output-path c.h5 --tickers-file nothing.txt", "tickers"),
        ("build MODEL --output-path c.h5 --window 500", "positions for 1 to 208"),
        ("build MODEL --output-path c.h5 --device cuda", "cuda"), ("build MODEL --output-path c.h5 --start 2030-01-01", "2024-04-29"),
        ("build MODEL --output-path features.h5", "is the file that is read"),
        ("build MODEL --output-path features.h5 --overwrite", "is the file that is read"), ("info features.h5", "not a cache"),
        ("info nothing.h5", "nothing.h5"),
        ("verify nothing.h5", "nothing.h5"), ("merge nothing.h5 --output-path c.h5", "nothing.h5"),
        ("import features.h5 --output-path c.h5", "is not a day"), ("export features.h5 --output-path c.h5", "not a cache"),
        ("prune features.h5 --start 2024-01-01", "not a cache"),
    ])
    func wrongInputIsNamed(_ line: String, _ name: String) throws {
        let before = try bytes("features.h5")
        expectFailure(try run(line), naming: name)
        #expect(try bytes("features.h5") == before)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/c.h5"))
    }

    @Test func failuresAreListedAndCounted() throws {
        try FeatureFixture.writeFeatures(to: folder.path + "/wide.h5", tickers: 3, days: 80, wide: 1)
        let line = "build --model-path \(FeatureFixture.checkpoint) --dataset-path wide.h5 --output-path wide-cache.h5"
        let built = try run(line)
        #expect(built.status == 1)
        #expect(built.errors.contains("failed: T001") && built.errors.contains("24 features per row, but the model reads 23"))
        #expect(built.output.contains("cells: 30 cached"), "\(built)")
        #expect(try run("info wide-cache.h5 --failures").output.contains("failed: T001"))
        #expect(try run(line + " --overwrite --max-failures 0.9").status == 0)
        let fit = try run(line.replacing("wide-cache", with: "fit") + " --width fit --json")
        #expect((try json(fit)["failures"] as? [Any])?.isEmpty == true)
    }

    /// Beside the project, if there is one.
    static let nanHead =
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
        + "/shared/data/failed-inputs/inspect-says-ok-build-refuses/nan_head.pt"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: nanHead), "the checkpoint is not here"))
    func inspectRejectsFilesThatBuildRejects() throws {
        let path = Self.nanHead
        let inspected = try tool.shell("\"$TAPEDECK\" models inspect '\(path)'")
        expectFailure(inspected, naming: "nan_head.pt", "pred_head.3.bias has values that are not finite")
        let built = try tool.shell("\"$TAPEDECK\" cache build --model-path '\(path)' --dataset-path features.h5 --output-path c.h5")
        expectFailure(built, naming: "nan_head.pt", "pred_head.3.bias has values that are not finite")
    }

    /// Only precisions that the models support are offered.
    @Test func everyPrecisionThatIsOfferedRuns() throws {
        let help = try run("build --help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let values = try #require(help.firstMatch(of: /Arithmetic of the model.*?\(values: (.*?);/)?.1).split(separator: ", ")
        #expect(values == ["f32", "bf16", "int8"])
        for value in values {
            #expect(try run("build MODEL --output-path \(value).h5 --num-months 1 --take 1 --precision \(value)").status == 0, "\(value)")
        }
    }

    @Test func aMissingFileIsReportedInOneLine() throws {
        let outcome = try run(
            "build MODEL --output-path c.h5".replacing("MODEL", with: "--model-path \(FeatureFixture.checkpoint) --dataset-path nothing.h5"))
        #expect(outcome.status == 1 && outcome.errors == "Error: nothing.h5: there is no such file; check the path\n", "\(outcome)")
    }

    /// A cache without vectors is a failure.
    @Test func aBuildOfShortHistoriesFails() throws {
        try FeatureFixture.writeFeatures(to: folder.path + "/short.h5", tickers: 2, days: 50)
        let line = "build --model-path \(FeatureFixture.checkpoint) --dataset-path short.h5 --output-path short-cache.h5 --num-months 1"
        let dry = try run(line + " --dry-run")
        #expect(dry.status == 0 && dry.output.contains("0 windows to encode (other cells: 40 short history)"), "\(dry)")
        #expect(dry.errors.contains("Warning: only 0 of 40 cells have a vector"), "\(dry)")
        for _ in 0..<2 {
            let built = try run(line)
            #expect(
                built.status == 1 && built.errors.contains("Error: 0 of 40 cells have a vector (40 short history); windows have 60 rows"), "\(built)")
            #expect(built.errors.contains("--window"))
        }
        // Some, but few.
        let few = try run(line.replacing("short-cache", with: "few") + " --window 40")
        #expect(few.status == 0 && few.errors.contains("Warning: only 12 of 40 cells have a vector"), "\(few)")
        let most = try run(line.replacing("short-cache", with: "most") + " --window 10")
        #expect(most.status == 0 && most.errors.isEmpty, "\(most)")
    }

    @Test func aCacheOfOtherFeaturesIsNotComplete() throws {
        #expect(try run("build MODEL --output-path cache.h5 --num-months 1").status == 0)
        try FileManager.default.removeItem(atPath: folder.path + "/features.h5")
        // The same tickers and days, other numbers.
        try FeatureFixture.writeFeatures(to: folder.path + "/features.h5", tickers: 12, days: 120, seed: 4)
        for flag in ["", " --dry-run"] {
            expectFailure(try run("build MODEL --output-path cache.h5 --num-months 1" + flag), naming: "other features", "--overwrite")
        }
        #expect(try run("build MODEL --output-path cache.h5 --num-months 1 --overwrite").status == 0)
    }

    @Test func unreadObjectsAreNamed() throws {
        let file = try HDF5File(creating: folder.path + "/more.h5")
        let dates = FeatureFixture.dates(70)
        for path in [["BF"], ["BF", "B"]] {
            var group = file.root
            for name in path { group = try group.contains(name) ? group.group(name) : group.createGroup(name) }
            try group.createTexts("dates", dates)
            try group.createDataset("features", type: .float64, columns: 23).append((0..<70 * 23).map { Double($0 % 13) })
        }
        _ = try file.root.createGroup("empty")
        try file.close()
        let built = try run("build --model-path \(FeatureFixture.checkpoint) --dataset-path more.h5 --output-path c.h5 --num-months 1 --window 9")
        #expect(built.status == 0 && built.errors == "Warning: not read, because they are external links or hold no features: empty\n", "\(built)")
        #expect(try run("info c.h5 --tickers").output.contains("BF/B  "))
    }

    @Test func anImportWithABadVectorIsMade() throws {
        let file = try HDF5File(creating: folder.path + "/original.h5")
        for ticker in ["AAPL", "MSFT"] {
            let group = try file.root.createGroup(ticker)
            for day in ["2024-01-02", "2024-01-03"] {
                try group.createDataset(day, type: .float32).append((0..<8).map { ticker == "MSFT" && $0 == 3 ? .nan : Float($0) })
            }
        }
        try file.close()
        let imported = try run("import original.h5 --output-path c.h5")
        #expect(imported.status == 1 && imported.output.contains("cells: 2 cached, 2 failed"), "\(imported)")
        #expect(imported.errors.contains("failed: MSFT (2 days, 2024-01-02 to 2024-01-03): its vector holds numbers that are not finite"))
        #expect(try run("import original.h5 --output-path d.h5 --max-failures 0.5").status == 0)
        // It cannot belong to a model of another width.
        expectFailure(
            try run("import original.h5 --output-path e.h5 --model-path \(FeatureFixture.checkpoint)"),
            naming: "vectors of 8 numbers, and the model gives 16")
    }

    /// The test's checkpoint has positions for 208 rows.
    @Test func compatibilityRepeatsARowTwoThousandTimes() throws {
        for flags in ["--compat original", "--compat original --all-days --width fit --dates sort --repeat-row 2000"] {
            expectFailure(try run("build MODEL --output-path c.h5 \(flags)"), naming: "windows of 2000 rows", "positions for 1 to 208")
        }
    }

    static let original = "../shared/data/original-backtest/inputs"

    /// Vectors that the original's own program cached.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: original), "the original's files are not here"))
    func compatibilityGivesTheOriginalsVectors() throws {
        let original = FileManager.default.currentDirectoryPath + "/" + Self.original
        let span = "--start 2024-10-25 --end 2024-10-26"
        let build = "build --model-path \(original)/model_train.pt --dataset-path \(original)/features.h5"
        let built = try run(build + " --output-path own.h5 --num-stocks 4 --compat original \(span)")
        // Friday and Saturday.
        #expect(built.status == 0 && built.output.contains("cells: 8 cached"), "\(built)")
        #expect(try run("import \(original)/embeddings_cache.h5 --output-path theirs.h5 --model-path \(original)/model_train.pt").status == 0)
        #expect(try run("prune theirs.h5 \(span)").status == 0)
        expectFailure(try run("merge own.h5 theirs.h5 --output-path both.h5"), naming: "different vectors for 8 cells", "--tolerance 0.0001")
        let merged = try run("merge own.h5 theirs.h5 --output-path both.h5 --tolerance 0.0001")
        #expect(merged.status == 0 && merged.output.contains("cells: 32 cached") && !merged.output.contains("conflicts"), "\(merged)")
        // The three flags are the switch.
        #expect(try run(build + " --output-path flags.h5 --num-stocks 4 --repeat-row 2000 --all-days --width fit \(span)").status == 0)
        #expect(try bytes("flags.h5") == bytes("own.h5"))
        // A checkpoint of walk-forward training, whose losses are NumPy numbers.
        let walk = try run(build.replacing("model_train", with: "model_wf_cls") + " --output-path walk.h5 --num-stocks 2 --num-months 1")
        #expect(walk.status == 0, "\(walk)")
    }

    @Test func aCacheOfAnotherModelIsRefused() throws {
        #expect(try run("build MODEL --output-path cache.h5 --num-months 1").status == 0)
        try FeatureFixture.writeFeatures(to: folder.path + "/other.h5", tickers: 2, days: 120, features: 31)
        let other = try run(
            "append cache.h5 --model-path \(FeatureFixture.otherCheckpoint) --dataset-path other.h5 --num-months 1")
        expectFailure(other, naming: "another model", "features 23, not 31")
        // The same tickers with other numbers.
        try FileManager.default.removeItem(atPath: folder.path + "/other.h5")
        try FeatureFixture.writeFeatures(to: folder.path + "/other.h5", tickers: 12, days: 121)
        let changed = try run("append cache.h5 --model-path \(FeatureFixture.checkpoint) --dataset-path other.h5 --num-months 1")
        expectFailure(changed, naming: "not those that", "--allow-changed-features")
    }

    @Test func aDamagedDayIsNamed() throws {
        #expect(try run("build MODEL --output-path cache.h5 --num-months 1").status == 0)
        var bytes = try bytes("cache.h5")
        // A component of a vector: the matrix is the last large block.
        bytes[bytes.count - 500] ^= 1
        try bytes.write(to: URL(fileURLWithPath: folder.path + "/damaged.h5"))
        let outcome = try run("verify damaged.h5")
        let opened = try run("info damaged.h5")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("damaged: 2024-") || opened.status == 1, "\(outcome)")
    }

    /// A build killed with kill -9 at random moments gives the same file as an undisturbed one. `TAPEDECK_KILLS` is the number
    /// of kills.
    @Test func aKilledBuildResumes() throws {
        let environment = ProcessInfo.processInfo.environment
        let kills = environment["TAPEDECK_KILLS"].flatMap { Int($0) } ?? (environment["TAPEDECK_HEAVY_TESTS"] == nil ? 2 : 6)
        try FeatureFixture.writeFeatures(to: folder.path + "/large.h5", tickers: 300, days: 300)
        let arguments = [
            "cache", "build", "--model-path", FeatureFixture.checkpoint, "--dataset-path", "large.h5", "--batch-size", "8",
        ]
        let clock = ContinuousClock()
        let whole = clock.measure { _ = try? tool.start(arguments + ["--output-path", "whole.h5"], messages: "whole").waitUntilExit() }
        let expected = try bytes("whole.h5")
        for kill in 0..<kills {
            let name = "killed-\(kill).h5"
            var runs = 0
            while !FileManager.default.fileExists(atPath: folder.path + "/" + name), runs < 100 {
                runs += 1
                let process = try tool.start(arguments + ["--output-path", name], messages: "messages-\(kill)")
                // Let every fourth run finish, so that one does.
                if runs % 4 != 0 {
                    usleep(UInt32.random(in: 0...UInt32(whole / .microseconds(1))))
                    Foundation.kill(process.processIdentifier, SIGKILL)
                }
                process.waitUntilExit()
            }
            // Run once more to remove what was left after the rename.
            try tool.start(arguments + ["--output-path", name], messages: "messages-\(kill)").waitUntilExit()
            #expect(try bytes(name) == expected)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/" + name + ".partial"))
            try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        }
    }

    @Test func anInterruptionKeepsCompletedWork() throws {
        try FeatureFixture.writeFeatures(to: folder.path + "/large.h5", tickers: 300, days: 300)
        let arguments = [
            "cache", "build", "--model-path", FeatureFixture.checkpoint, "--dataset-path", "large.h5", "--output-path", "large-cache.h5",
            "--batch-size", "1",
        ]
        let partial = folder.path + "/large-cache.h5.partial"
        // A build on a fast or busy machine may end before the signal reaches it.
        var status: Int32 = 0
        for _ in 0..<20 where status != 130 {
            try? FileManager.default.removeItem(atPath: folder.path + "/large-cache.h5")
            let process = try tool.start(arguments, messages: "messages")
            while process.isRunning, !FileManager.default.fileExists(atPath: partial) { usleep(500) }
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            status = process.terminationStatus
        }
        #expect(status == 130)
        #expect(String(decoding: try bytes("messages"), as: UTF8.self).contains("the same command resumes"))
        #expect(try tool.shell("\"$TAPEDECK\" \(arguments.joined(separator: " "))").status == 0)
        #expect(!FileManager.default.fileExists(atPath: partial))
    }
}
