import Foundation
import Testing
import TestSupport

/// Conventions of every command: exit codes, stdout and stderr, closed pipes, signals.
struct ConventionTests {
    @Test(arguments: [
        "gnerate", "models foo", "bench foo", "generate --sorce x", "search --store store", "search '' --store store",
        "search '  ' --store store", "search calls -k 0 --store store", "search calls -k x --store store",
        "search calls --years 20x --store store", "search calls --years 2015-2013 --store store",
        "search calls --as-of 2014-02-30 --store store", "search calls --store ftp://x", "status", "generate --store store",
        "generate --source market", "generate --source market --store store --batch-size 0",
        "generate --source market --store store --start-year 2015 --end-year 2014",
        "generate --source market --store store --kinds bonds", "generate --source market --store store --models ,",
        "verify", "verify --store store --max-workers 0", "gc", "index rebuild --store store", "index rebuild --all",
        "index rebuild --store store --year 20x --model minilm", "plan", "plan --source market --batch-size 0",
        "simulate", "models pull", "evaluate --questions q --store store -k 0",
        "plan --source market --machines 0", "plan --source market --price 1", "plan --source market --machines 2 --price=-1",
        "plan --source market --unit-size 1MB", "export --out x --store store", "export --to csv --out x --store store",
        "export --to parquet --store store", "export --to parquet --out ftp://x --store store", "export --to parquet --out x --store store --limit 0",
        "export --to parquet --out x --store store --kinds bonds", "export --to parquet --out x --store store --kinds ,",
        "export --to parquet --out x --store store --years 20x", "export --to parquet --out x --store store --each file",
        "export --to milvus --out x --store store --no-vectors", "export --to faiss --out x --store store --limit 5",
        "export --to parquet --out store --store store", "export --to parquet --out store/financial-embeddings/x --store store",
    ])
    func wrongUsage(_ command: String) throws {
        let place = try Workplace()
        let before = try place.folder.contents(of: "store")
        let outcome = try place.tool.shell("\"$TAPEDECK\" \(command)")
        expectFailure(outcome, status: 2, naming: "--help' for more information")
        #expect(try place.folder.contents(of: "store") == before)
    }

    @Test func mistypedCommandIsAnsweredWithTheCommands() throws {
        let outcome = try Workplace(store: false).tool("serach")
        expectFailure(outcome, status: 2, naming: "'serach'", "generate, resume, stop")
    }

    @Test func messagesGoToStandardError() throws {
        let place = try Workplace(store: false)
        let outcome = try place.tool("generate", "--source", "market", "--store", "store", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("files of market data"))
        // No terminal, so nothing is drawn over.
        #expect(!outcome.errors.contains("\r") && !outcome.errors.contains("\u{1B}"))
        #expect(!outcome.output.contains("\u{1B}"))
        #expect(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) is [String: Any])
    }

    @Test(arguments: ["search calls -k 500", "search calls -k 500 --json", "status", "models list"])
    func aClosedPipeIsNotAnError(_ command: String) throws {
        let place = try Workplace()
        let store = command.hasPrefix("models") ? "" : "--store store"
        let outcome = try place.tool.shell("\"$TAPEDECK\" \(command) \(store) | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}")
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
    }

    @Test func generateContinuesWhenItsMessagesAreNotRead() throws {
        let place = try Workplace(store: false)
        let outcome = try place.tool.shell(
            "\"$TAPEDECK\" generate --source market --store store 2>&1 > /dev/null | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}")
        #expect(outcome.status == 0)
        #expect(try place.tool("status", "--store", "store").output.contains("complete"))
    }

    @Test func outputThatCannotBeWrittenIsAnError() throws {
        let place = try Workplace()
        let outcome = try place.tool.shell("\"$TAPEDECK\" search calls --store store > /dev/full")
        expectFailure(outcome, naming: "standard output", "No space left")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func signalLeavesTheStoreIntact(_ signal: Int32) throws {
        let place = try Workplace(store: false)
        // A batch after every file, so that the run is long enough to be interrupted.
        let settings = ["--source", "market", "--store", "store", "--batch-size", "1", "--no-faiss"]
        let process = try place.tool.start(["generate"] + settings, messages: "messages")
        let manifest = place.path("store/financial-embeddings/manifest.json")
        while process.isRunning, !FileManager.default.fileExists(atPath: manifest) { usleep(1000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationStatus == 128 + signal)
        let messages = String(decoding: try Data(contentsOf: URL(fileURLWithPath: place.path("messages"))), as: UTF8.self)
        #expect(messages.contains("Stopping") && messages.contains("`tapedeck resume` resumes"), "\(messages)")
        #expect(try place.tool("status", "--store", "store").output.contains("partial"))
        let resumed = try place.tool.shell("\"$TAPEDECK\" resume \(settings.joined(separator: " "))")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.output.contains("complete"))
        let files = try FileManager.default.subpathsOfDirectory(atPath: place.path("store"))
        #expect(!files.contains { $0.contains("tapedeck-tmp") })
    }

    @Test func aSecondSignalStopsAtOnce() throws {
        let place = try Workplace(store: false)
        let settings = ["--source", "market", "--store", "store", "--batch-size", "1", "--no-faiss"]
        let process = try place.tool.start(["generate"] + settings, messages: "messages")
        let manifest = place.path("store/financial-embeddings/manifest.json")
        while process.isRunning, !FileManager.default.fileExists(atPath: manifest) { usleep(1000) }
        kill(process.processIdentifier, SIGINT)
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect([128 + SIGINT, 128 + SIGTERM].contains(process.terminationStatus))
        let resumed = try place.tool.shell("\"$TAPEDECK\" resume \(settings.joined(separator: " "))")
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(resumed.output.contains("complete"))
    }

    @Test(arguments: ["0", "-1GB", "2 bytes", "x", "1e99GB"])
    func anInvalidMemoryLimitIsWrongUsage(_ limit: String) throws {
        let place = try Workplace(store: false)
        let outcome = try place.tool("generate", "--source", "market", "--store", "store", "--memory-limit=\(limit)")
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("memory-limit"))
    }

    @Test func aTooSmallMemoryLimitNamesTheSmallestThatWorks() throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool("generate", "--source", "market", "--store", "store", "--memory-limit", "100MB"), naming: "--memory-limit")
    }

    @Test func controlCharactersNeverReachTheTerminal() throws {
        let place = try Workplace()
        let outcome = try place.tool("search", "calls \u{1B}]0;title\u{7} \u{1B}[31mglimmer 😀", "--store", "store")
        #expect(outcome.status == 0)
        #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\u{7}"))
        let failed = try place.tool("status", "--store", "no\u{1B}[31mwhere")
        #expect(failed.status == 1)
        #expect(!failed.errors.contains("\u{1B}"))
    }

    @Test(arguments: ["😀", "\u{1}\u{2}\u{7F}", "¿?", "\u{202E}sllac", "NULL", "--", "%s%n", "' OR 1=1"])
    func anyQuestionIsAnswered(_ question: String) throws {
        let outcome = try Workplace().tool("search", "--store", "store", "--json", "--", question)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) is [String: Any])
    }

    @Test(arguments: ["deep in the money calls ", "x", "😀 "])
    func veryLongQuestionIsAnswered(_ piece: String) throws {
        let question = String(repeating: piece, count: 100_000 / piece.utf8.count)
        let outcome = try Workplace().tool("search", question, "--store", "store", "-k", "1")
        #expect(outcome.status == 0, "\(outcome.errors.prefix(500))")
    }
}
