import Foundation
import Testing
import TestSupport

/// Wrong market data and wrong models: a clear message, a non-zero exit code, and an unchanged store.
struct WrongInputTests {
    private func generate(_ place: Workplace, _ arguments: String...) throws -> Tool.Outcome {
        try place.tool.shell("\"$TAPEDECK\" generate --store store \(arguments.joined(separator: " "))")
    }

    /// Runs `generate` on an existing store, which must fail and change nothing.
    private func refused(_ place: Workplace, _ arguments: String, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Tool.Outcome
    {
        // The event log may contain the rejected run; it is not part of the store's content.
        func content() throws -> [String: [UInt8]] { try place.folder.contents(of: "store").filter { !$0.key.contains("/events/") } }
        let before = try content()
        let outcome = try generate(place, arguments)
        #expect(try content() == before, sourceLocation: sourceLocation)
        return outcome
    }

    // MARK: - Source

    @Test func missingSource() throws {
        expectFailure(try refused(Workplace(), "--source nowhere"), naming: "nowhere", "no such folder", "check the path")
    }

    @Test func emptySource() throws {
        let place = try Workplace()
        try FileManager.default.createDirectory(atPath: place.path("empty"), withIntermediateDirectories: true)
        expectFailure(try refused(place, "--source empty"), naming: "empty", "tapedeck simulate")
    }

    @Test func sourceWithoutMarketData() throws {
        let place = try Workplace()
        try place.folder.write("hello", to: "other/README.txt")
        expectFailure(try refused(place, "--source other"), naming: "other", "none of them is market data", "options-complete/")
    }

    @Test func aFileForASource() throws {
        expectFailure(try refused(Workplace(), "--source models/minilm/config.json"), naming: "config.json", "not a folder")
    }

    @Test func yearsThatTheSourceLacks() throws {
        expectFailure(
            try refused(Workplace(), "--source market --start-year 1999 --end-year 1999"), naming: "years asked for", "2014")
    }

    @Test func unreadableFile() throws {
        // Root can read everything, so a test under root drops root's rights for the run.
        let place = try Workplace(store: false)
        let file = try place.optionFiles()[3]
        let asRoot = getuid() == 0
        if asRoot {
            _ = try place.tool.shell("chmod -R a+rwX .")
            guard try place.tool.shell("setpriv --reuid 65534 --clear-groups \"$TAPEDECK\" --version").status == 0 else {
                print("skipped: run as root, and setpriv cannot give its rights up here")
                return
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: place.path(file))
        let outcome = try place.tool.shell(
            "\(asRoot ? "setpriv --reuid 65534 --clear-groups " : "")\"$TAPEDECK\" generate --source market --store store")
        expectFailure(outcome, naming: "everything else is done", URL(fileURLWithPath: file).lastPathComponent, "permission denied")
        #expect(try place.tool("status", "--store", "store").output.contains("partial"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: place.path(file))
        #expect(try generate(place, "--source market").status == 0)
    }

    @Test func badRowsAreQuarantined() throws {
        let place = try Workplace(store: false)
        try place.edit(try place.optionFiles()[0]) { $0 += Data("garbage,row\nSIMA,,,\n".utf8) }
        let outcome = try generate(place, "--source market --json")
        #expect(outcome.status == 0)
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let refused = (summary["quarantined"] as? [String: Int] ?? [:]).values.reduce(0, +)
        #expect(refused >= 2)
        #expect(summary["rows"] as? Int == (summary["searchable"] as? Int ?? 0) + refused)
        let kept = try place.folder.contents(of: "store/financial-embeddings/quarantine")
        #expect(kept.values.contains { String(decoding: $0, as: UTF8.self).contains("garbage,row") })
    }

    @Test func unusableHeader() throws {
        let place = try Workplace(store: false)
        let files = try place.optionFiles()
        try place.edit(files[0]) { $0 = Data("a,b,c\n1,2,3\n".utf8) }
        try place.edit(files[1]) { $0 = Data() }
        let outcome = try generate(place, "--source market")
        expectFailure(
            outcome, naming: "2 files cannot be used", URL(fileURLWithPath: files[0]).lastPathComponent, "header",
            URL(fileURLWithPath: files[1]).lastPathComponent, "is empty")
        #expect(try place.tool("search", "calls", "--store", "store").status == 0)
    }

    @Test func changedKindOfData() throws {
        let place = try Workplace()
        try FileManager.default.removeItem(atPath: place.path("market/SIMULATED.md"))
        expectFailure(try refused(place, "--source market"), naming: "simulated", "another", "--store")
    }

    // MARK: - Models

    @Test func unknownModel() throws {
        expectFailure(try refused(Workplace(), "--source market --models nonesuch"), naming: "nonesuch", "minilm, bge-base")
    }

    @Test func aMissingModel() throws {
        expectFailure(
            try refused(Workplace(), "--source market --models bge-base"), naming: "bge-base", "tapedeck models pull bge-base")
    }

    @Test func truncatedWeights() throws {
        let place = try Workplace()
        try place.edit("models/minilm/model.safetensors") { $0.removeLast(1000) }
        expectFailure(try refused(place, "--source market"), naming: "model.safetensors", "truncated", "again")
        expectFailure(try place.tool("search", "calls", "--store", "store"), naming: "model.safetensors", "truncated")
    }

    @Test(arguments: [-130, -1, 1, 500])
    func tokenizerOfAnotherModel(_ difference: Int) throws {
        let place = try Workplace()
        let words = TinyModel.vocabulary
        let other = difference < 0 ? Array(words.dropLast(-difference)) : words + (0..<difference).map { "word\($0)" }
        try TinyModel.write(to: place.path("models/minilm"), vocabulary: other)
        // A few missing words can be padding of a model's table; then only the fingerprint shows the difference.
        expectFailure(try refused(place, "--source market"), naming: "tokenizer")
        expectFailure(try place.tool("search", "calls", "--store", "store"))
    }

    @Test func otherWeights() throws {
        let place = try Workplace()
        try place.edit("models/minilm/model.safetensors") { $0[$0.count - 2] ^= 1 }
        expectFailure(try refused(place, "--source market"), naming: "minilm", "stored", "wanted", "--store")
        expectFailure(try place.tool("search", "calls", "--store", "store"), naming: "minilm", "TAPEDECK_MODELS")
    }

    @Test func modelByItsFolder() throws {
        let place = try Workplace(store: false)
        try #require(try generate(place, "--source market --models ./models/minilm").status == 0)
        #expect(try place.tool("search", "calls", "--store", "store").status == 0)
    }

    // MARK: - Further files

    @Test(arguments: [
        ("AAPL,\"Apple\n", "never closed"), ("AAPL\n", "has no name"), ("\u{FFFD}\u{0}", "names.csv"),
    ])
    func wrongNames(_ text: String, _ word: String) throws {
        let place = try Workplace()
        try place.folder.write(text, to: "names.csv")
        expectFailure(try refused(place, "--source market --names names.csv"), naming: "names.csv", word)
    }

    @Test func missingFiles() throws {
        let place = try Workplace()
        expectFailure(try refused(place, "--source market --names none.csv"), naming: "none.csv", "No such file")
        expectFailure(try refused(place, "--source market --templates none.json"), naming: "none.json", "No such file")
        expectFailure(
            try place.tool("evaluate", "--questions", "none.jsonl", "--store", "store"), naming: "none.jsonl")
    }

    @Test(arguments: ["{", "[]", "{\"version\": \"1\", \"templates\": {}}", "{\"version\": \"1\", \"templates\": {\"parts\": 3}}"])
    func wrongTemplates(_ text: String) throws {
        let place = try Workplace()
        try place.folder.write(text, to: "templates.json")
        expectFailure(try refused(place, "--source market --templates templates.json"), naming: "templates.json")
    }

    @Test(arguments: ["{", "3", "{\"id\": \"a\"}", "{\"id\": \"a\", \"text\": 3, \"where\": {}}"])
    func wrongQuestions(_ text: String) throws {
        let place = try Workplace()
        try place.folder.write("\n" + text + "\n", to: "questions.jsonl")
        expectFailure(
            try place.tool("evaluate", "--questions", "questions.jsonl", "--store", "store"),
            naming: "questions.jsonl, line 2")
    }
}
