import Foundation
import Monitoring
import Tapedeck
import TestSupport
import Testing
import TinyStore

/// A program that imports only `Tapedeck`.
@Suite struct StoreTests {
    let folder: TemporaryFolder
    let options: StoreOptions

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
        options = StoreOptions(
            creates: true, threads: 2, environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
    }

    @Test func generatesAsksAndVerifies() async throws {
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let store = try await Store.open(folder.file("store"), options)
        var configuration = try store.configuration(source: folder.file("market"))
        configuration.models = ["minilm", "bge-base"]
        configuration.precision = .f32
        let plan = try await store.plan(configuration)
        let summary = try await store.generate(configuration)
        #expect(plan.rows > 0 && summary.rows > 0)
        #expect(try await store.summary() == summary)
        // The run is in the event log, where other processes see it.
        let status = try await store.status()
        #expect(status.summary == summary && status.run?.state == "finished")
        #expect(try await store.collectGarbage(isTrial: true).removed.isEmpty)
        // Several tasks may ask at once, and get the same.
        let answers = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 { group.addTask { try await store.search("calls", k: 3).results.map(\.description) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 4 && Set(answers).count == 1 && answers[0].count == 3)
        #expect(try await store.search("calls", k: 1, asOf: Day(iso: "2001-01-02")).results.isEmpty)
        #expect(try await store.verify().isIntact)
        #expect(try await store.control.stop() == .noRun)
        // Opened again, for one of its models.
        var one = options
        one.models = ["bge-base"]
        let again = try await Store.open(folder.file("store"), one).search("calls", k: 1)
        #expect(again.results.first?.similarities.keys.sorted() == ["bge-base"])
    }

    @Test func errorsHaveAKind() async throws {
        let invalid = await #expect(throws: StoreError.self) { try await Store.open("ftp://there") }
        #expect(invalid?.kind == .invalidInput && invalid?.kind.httpStatus == 400)
        var existing = options
        existing.creates = false
        let missing = await #expect(throws: StoreError.self) { try await Store.open(folder.file("none"), existing) }
        #expect(missing?.kind == .notFound && missing?.remedy.isEmpty == false)
        // A folder that holds no store, and a model that is not here.
        let store = try await Store.open(folder.file("store"), options)
        func kind(_ body: () async throws -> Void) async -> ErrorKind? {
            do {
                try await body()
                return nil
            } catch {
                return (error as? any TapedeckError)?.kind
            }
        }
        #expect(await kind { _ = try await store.search("calls") } == .notFound)
        let model = await kind {
            var configuration = try store.configuration(source: folder.path)
            configuration.models = ["e5-base"]
            try await store.generate(configuration)
        }
        #expect(model == .notFound || model == .invalidInput)
    }

    @Test func aModelWithOtherWeightsIsRefused() async throws {
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let store = try await Store.open(folder.file("store"), options)
        try await store.generate(from: folder.file("market"))
        try TinyModel.write(to: folder, name: "models/minilm", seed: 9)
        let error = await #expect(throws: ModelFileError.self) { try await store.search("calls") }
        #expect(error?.kind == .damaged && error?.message.contains("TAPEDECK_MODELS") == true)
    }
}

@Suite struct DocumentationTests {
    private func text(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The program in README.md is Examples/Ask, which the tests compile.
    @Test func theProgramOfTheReadmeIsTheExample() throws {
        #expect(try text("README.md").contains("```swift\n" + text("Examples/Ask/main.swift") + "```"))
    }

    /// Each snippet of an article is the body of a function that the tests compile.
    @Test(arguments: [("GettingStarted.md", "GettingStarted.swift"), ("Analyses.md", "AnalysesArticle.swift")])
    func theSnippetsOfTheArticlesAreCompiled(_ article: String, _ program: String) throws {
        let blocks = try text("Sources/Tapedeck/Tapedeck.docc/" + article).components(separatedBy: "```swift\n").dropFirst()
        let source = try text("Tests/TapedeckTests/" + program)
        #expect(blocks.count == 6)
        for block in blocks {
            let lines = block.components(separatedBy: "```")[0].split(separator: "\n")
            #expect(source.contains(lines.map { "        " + $0 + "\n" }.joined() + "    }"), "\(lines[0])")
        }
    }
}
