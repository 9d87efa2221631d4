import Archive
import Foundation
import Tapedeck
import TestSupport
import Testing
import TinyStore

/// Questions to stores with segments of workers: every answer is that of the compacted store.
@Suite struct SegmentAnswersTests {
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
        try await TinyMarket.write(to: folder, name: "market", from: "2013-12-02", to: "2014-01-14", rowsPerDay: 50, quirkRate: 0)
    }

    private func options(threads: Int = 2) -> StoreOptions {
        StoreOptions(
            models: ["minilm"], creates: true, threads: threads, environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
    }

    private func open(_ name: String) async throws -> Store { try await Store.open(folder.file(name), options()) }

    private func configuration(_ store: Store, template: String, models: [String] = ["minilm"]) throws -> EmbeddingGenerationConfig {
        var configuration = try store.configuration(source: folder.file("market"))
        configuration.models = models
        configuration.precision = .f32
        configuration.template = try .builtIn(template)
        configuration.batchSize = 700
        return configuration
    }

    /// Lists the rows of each option file in another order, so that every segment has its own order of tickers.
    private func shuffleRows(_ random: inout SplitMix) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("market/options-complete")) where name.hasSuffix(".csv") {
            let path = "market/options-complete/" + name
            var lines = try folder.text(path).split(separator: "\n").map(String.init)
            let head = lines.removeFirst()
            lines.shuffle(using: &random)
            try folder.write(([head] + lines).joined(separator: "\n") + "\n", to: path)
        }
    }

    /// Some workers at once, until all units are done.
    private func work(_ configuration: EmbeddingGenerationConfig, workers: Int, unitSize: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<workers {
                group.addTask {
                    let worker = StoreWorker(configuration: configuration, options: WorkOptions(unitSize: unitSize), worker: "worker-\(number)")
                    _ = try await worker.run()
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: - Questions

    private static let fixed = [
        "SIMA calls with high volume", "the most traded SIMB puts", "how many SIMA calls", "average implied volatility by month",
        "how many options by underlying", "median strike by kind", "highest open interest puts per expiry", "total volume by underlying and month",
        "put/call ratio by month", "average IV rank of SIMA", "SIMC puts with IV rank above 40",
        "calls with delta between 0.2 and 0.4 expiring nearest first",
        "options with a bid ask spread under 10%", "stocks that fell more than 1%", "SIMA stock in January 2014", "total premium traded by week",
        "cheapest calls with more than 60 days to expiration", "puts on 2014-01-03", "largest gamma exposure days", "latest quotes of SIMB",
        "average bid of calls in December", "expected move of SIMA above 3%", "5 strikes above the money calls", "count by weekday",
    ]

    private func questions(_ count: Int, _ random: inout SplitMix) throws -> [String] {
        func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next() % UInt64(values.count))] }
        func condition() -> String {
            switch random.next() % 8 {
            case 0: pick(["SIMA", "SIMB", "SIMC", "SIMA or SIMC"])
            case 1: pick(["calls", "puts"])
            case 2: "strike \(pick([">", "<"])) \(20 + random.next() % 300)"
            case 3: "volume \(pick(["over", "under"])) \(random.next() % 2000)"
            case 4: "open interest \(pick(["over", "under"])) \(random.next() % 5000)"
            case 5: "implied volatility \(pick(["above", "below"])) \(10 + random.next() % 90)%"
            case 6: "\(pick(["more", "less"])) than \(1 + random.next() % 200) days to expiration"
            default: "bid \(pick([">", "<"])) \(random.next() % 30)"
            }
        }
        let golden = try String(contentsOfFile: Self.golden, encoding: .utf8).split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["text"] as? String
        }
        let made = (0..<count).map { _ in
            pick(["", "", "average iv of ", "how many ", "most traded ", "highest iv "]) + condition() + pick([" and ", " or ", " and not "])
                + condition()
                + pick(["", "", " by underlying", " by month"])
        }
        return Self.fixed + made + (0..<count).map { _ in pick(golden) }
    }

    private static let golden =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../QueriesTests/Golden/evaluation-simulated.jsonl").path

    /// An answer as JSON, without what differs from run to run.
    private func text(_ value: some Encodable) throws -> String {
        func bare(_ value: Any) -> Any {
            if let members = value as? [String: Any] {
                return members.filter { $0.key != "elapsed_ms" }.mapValues(bare)
            }
            return (value as? [Any])?.map(bare) ?? value
        }
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let object = bare(try JSONSerialization.jsonObject(with: try encoder.encode(value)))
        return String(decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .fragmentsAllowed]), as: UTF8.self)
    }

    private func answers(_ store: Store, _ questions: [String]) async throws -> [String: String] {
        var answers: [String: String] = [:]
        for (number, question) in questions.enumerated() {
            var request = SearchRequest(question: question, k: 1 + number * 7 % 40, models: [])
            request.countsMatches = true
            request.semantic = number % 11 == 10
            if number % 5 == 4 { request.asOf = Day(iso: "2014-01-06") }
            answers["\(number) \(question)"] = try text(try await store.search(request))
        }
        return answers
    }

    /// The answers of the analyses, by name.
    private func reports(_ store: Store) async throws -> [String: String] {
        let day = try #require(Day(iso: "2014-01-08"))
        var reports: [String: String] = [:]
        func add(_ name: String, _ request: some AnalysisRequest) async throws { reports[name] = try text(try await store.answer(request)) }
        try await add("measures", MeasuresRequest(symbol: "SIMA"))
        try await add("flow", FlowRequest(date: day, minVolume: 1, k: 30))
        try await add("arbitrage", ArbitrageRequest(date: day))
        try await add("relative value", ArbitrageRequest(date: day, relativeValue: true))
        try await add("analogs", AnalogsRequest(symbol: nil, date: day, horizons: [1, 2]))
        try await add("evolution", EvolutionRequest(question: "SIMA calls", years: 2013...2014))
        try await add("outcomes", OutcomesRequest(.search(SearchRequest(question: "SIMB calls", k: 20))))
        try await add("compare", ComparisonRequest(question: "SIMA puts"))
        let row = try #require(
            try await store.search(SearchRequest(question: "SIMC calls with more than 20 days to expiration on 2014-01-08", k: 1)).results.first)
        let contract = try OptionContract(parsing: try #require(row.contract))
        try await add("similar", SimilarRequest(.stored(contract, row.quoteDate), k: 30))
        try await add("risk", RiskRequest(positions: [Position(contract: contract, symbol: "SIMC", quantity: 2)], date: row.quoteDate))
        for question in ["days like 2014-01-08 in SIMA", "what happened next to SIMA calls over the next 2 days", "how many puts"] {
            reports[question] = try text(try await store.ask(question))
        }
        return reports
    }

    private func expectSame(_ found: [String: String], _ expected: [String: String], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.count == expected.count, sourceLocation: sourceLocation)
        for (question, answer) in expected where found[question] != answer {
            let (a, b) = (found[question] ?? "", answer)
            let same = a.commonPrefix(with: b).count
            Issue.record(
                "\(question): '\(a.dropFirst(max(0, same - 150)).prefix(300))' in place of '\(b.dropFirst(max(0, same - 150)).prefix(300))'",
                sourceLocation: sourceLocation)
        }
    }

    // MARK: - Tests

    @Test(arguments: ["parts", "joint"])
    func answersOfSegmentsAreThoseOfTheCompactedStore(_ template: String) async throws {
        var random = SplitMix(printing: "answersOfSegmentsAreThoseOfTheCompactedStore")
        try shuffleRows(&random)
        let count = ProcessInfo.processInfo.environment["TAPEDECK_TEST_QUESTIONS"].flatMap { Int($0) } ?? 60
        let questions = try questions(count, &random)
        let single = try await open("single")
        try await single.generate(configuration(single, template: template))
        let wanted = try await answers(single, questions)
        let shared = try await open("shared")
        try await work(configuration(shared, template: template), workers: 3, unitSize: 1_000 + Int(random.next() % 20_000))
        #expect(try await shared.status().segments?.rows == single.summary().searchable)
        expectSame(try await answers(shared, questions), wanted)
        expectSame(try await reports(shared), try await reports(single))
        #expect(try await shared.compact().isComplete)
        expectSame(try await answers(shared, questions), wanted)
    }

    /// Segments beside a store that has a part of the source already, two models, and a plan that is not done.
    @Test func segmentsAreReadBesideTheStore() async throws {
        var random = SplitMix(printing: "segmentsAreReadBesideTheStore")
        try shuffleRows(&random)
        let questions = try questions(30, &random)
        let models = ["minilm", "bge-base"]
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("market/options-complete")).filter { $0.hasSuffix(".csv") }
            .sorted()
        let later = names.enumerated().filter { $0.offset % 3 == 1 }.map(\.element)
        for name in later {
            try folder.copy("market/options-complete/" + name, to: "later-" + name)
            try folder.remove("market/options-complete/" + name)
        }
        var both = options()
        both.models = models
        let single = try await Store.open(folder.file("single"), both)
        try await single.generate(configuration(single, template: "parts", models: models))
        try folder.copy("single", to: "shared")
        let shared = try await Store.open(folder.file("shared"), both)
        let before = try await shared.search("how many options").groups?.first?.rows ?? 0
        for name in later { try folder.copy("later-" + name, to: "market/options-complete/" + name) }
        try await single.generate(configuration(single, template: "parts", models: models))
        let wanted = try await answers(single, questions)
        try await work(configuration(shared, template: "parts", models: models), workers: 2, unitSize: 3_000)
        // The open store sees the segments by itself.
        shared.refresh()
        expectSame(try await answers(shared, questions), wanted)
        expectSame(try await reports(shared), try await reports(single))

        // Without a unit, its rows are missing, and none counts twice.
        let objects = shared.objects
        let published = try await objects.list(prefix: ArchiveLayout.segmentsPrefix).filter { $0.key.contains("/published/") }.map(\.key)
        let last = try #require(published.last)
        let bytes = try await objects.get(last)
        try await objects.delete(last)
        shared.refresh()
        let without = try await shared.search("how many options").groups?.first?.rows ?? 0
        let all = try await single.search("how many options").groups?.first?.rows ?? 0
        #expect(before < without && without < all)
        try await objects.put(last, bytes)
        let export = try await shared.export(to: .folder(folder.file("export")), ExportSettings(format: .parquet, record: .row))
        let expected = try await single.export(to: .folder(folder.file("expected")), ExportSettings(format: .parquet, record: .row))
        #expect(export.manifest.records == expected.manifest.records && export.manifest.tables.map(\.name) == expected.manifest.tables.map(\.name))
        await #expect(throws: ExportError.self) { try await shared.export(to: .folder(folder.file("faiss")), ExportSettings(format: .faiss)) }
    }

    /// A compaction that ends at any write: rows count once, and answers report which rows they lack.
    @Test func answersDuringACompaction() async throws {
        let shared = try await open("shared")
        var configuration = try configuration(shared, template: "parts")
        configuration.batchSize = 500
        configuration.buildsIndices = false
        try await work(configuration, workers: 2, unitSize: 40_000)
        try folder.copy("shared", to: "counted")
        func compaction(_ store: any ObjectStore) -> SegmentCompaction { SegmentCompaction(store, memoryLimit: nil, maxWorkers: 2) }
        let counter = FailingStore(try folder.location("counted").open(creating: false), limit: .max, writesFirst: false)
        _ = try await compaction(counter).run()
        let compacted = try await open("counted")
        var request = SearchRequest(question: "options or stocks", k: 100_000)
        request.semantic = true
        let all = try await compacted.search(request).results.count
        for limit in stride(from: 1, through: counter.count, by: max(1, counter.count / 6)) {
            try folder.copy("shared", to: "killed")
            let objects = try folder.location("killed").open(creating: false)
            _ = try? await compaction(FailingStore(objects, limit: limit, writesFirst: limit % 2 == 0)).run()
            let answer = try await open("killed").search(request)
            let places = answer.results.map { "\($0.source.key) \($0.source.line)" }
            #expect(Set(places).count == places.count, "after \(limit) writes")
            let lacks = answer.notes.contains { $0.contains("partly compacted") }
            #expect(places.count == all || lacks && places.count < all, "after \(limit) writes: \(places.count) of \(all), \(answer.notes)")
            try folder.remove("killed")
        }
        // A store that was open before the compaction answers after it.
        let before = try await shared.search(request).results.count
        _ = try await compaction(shared.objects).run()
        #expect(try await shared.search(request).results.count == before && before == all)
    }

    /// A compaction that ends between two batches of a unit.
    @Test func aPartlyCompactedUnitWaits() async throws {
        let shared = try await open("shared")
        var configuration = try configuration(shared, template: "parts")
        configuration.batchSize = 150
        configuration.buildsIndices = false
        try await work(configuration, workers: 1, unitSize: 1_000_000)
        var request = SearchRequest(question: "options or stocks", k: 100_000)
        request.semantic = true
        let all = try await shared.search(request).results.count
        var lacking: [Int] = []
        for limit in stride(from: 4, to: 60, by: 4) {
            try folder.copy("shared", to: "killed")
            let objects = try folder.location("killed").open(creating: false)
            _ = try? await SegmentCompaction(FailingStore(objects, limit: limit, writesFirst: false), memoryLimit: nil, maxWorkers: 2).run()
            let answer = try await open("killed").search(request)
            if let note = answer.notes.first(where: { $0.contains("partly compacted") }) {
                let rows = try #require(note.split(separator: " ").compactMap { Int($0) }.first)
                lacking.append(rows)
                // Rows that are already compacted count in the unit as well.
                #expect(answer.results.count < all && answer.results.count + rows >= all, "after \(limit) writes: \(note)")
            }
            try folder.remove("killed")
        }
        #expect(!lacking.isEmpty)
    }

    /// Files derived from segments are kept, and made again if damaged.
    @Test func joinedIndicesAreKept() async throws {
        let shared = try await open("shared")
        try await work(configuration(shared, template: "parts"), workers: 2, unitSize: 10_000)
        let questions = ["how many puts", "SIMA calls with high volume"]
        let wanted = try await answers(shared, questions)
        func joined() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.file(".cache/tapedeck/objects")).filter { $0.hasSuffix("descriptions.h5") }
        }
        let files = try joined()
        // One per year.
        #expect(files.count == 2)
        let path = folder.file(".cache/tapedeck/objects/" + files[0])
        let inode = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        expectSame(try await answers(open("shared"), questions), wanted)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == inode)
        for file in files { try folder.write("damaged", to: ".cache/tapedeck/objects/" + file) }
        expectSame(try await answers(open("shared"), questions), wanted)
        #expect(try joined() == files)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 > 1_000)
    }

    /// A damaged segment is found, named and made again.
    @Test func segmentsAreVerifiedAndRepaired() async throws {
        let single = try await open("single")
        try await single.generate(configuration(single, template: "parts"))
        let shared = try await open("shared")
        try await work(configuration(shared, template: "parts"), workers: 2, unitSize: 10_000)
        let report = try await shared.verify()
        #expect(report.isIntact && report.objects > 20 && report.unnamed.isEmpty && report.unfinished.isEmpty, "\(report)")
        let (found, wanted) = (try await shared.summary(), try await single.summary())
        #expect(found.rows == wanted.rows && found.searchable == wanted.searchable && found.quarantined == wanted.quarantined)
        #expect(found.years.map(\.inputs) == wanted.years.map(\.inputs) && found.years.allSatisfy { !$0.complete })

        let overview = try await shared.overview()
        #expect(overview.summary.rows == wanted.rows && overview.symbols == ["SIMA", "SIMB", "SIMC"])

        let batch = try #require(try await shared.objects.list(prefix: ArchiveLayout.segmentsPrefix).last { $0.key.contains("/batch_") })
        var bytes = try await shared.objects.get(batch.key)
        bytes[bytes.count / 2] ^= 1
        try await shared.objects.put(batch.key, bytes)
        let damaged = try await shared.verify()
        #expect(damaged.damaged.map(\.key) == [batch.key] && damaged.damaged.first?.mending == .work)
        let outcome = try #require(try await shared.verify(repairs: true, purpose: "test").repaired)
        #expect(outcome.dropped.count == 1 && outcome.dropped.allSatisfy { $0.contains("/published/") })
        #expect(try await shared.verify().isIntact)
        try await work(configuration(shared, template: "parts"), workers: 2, unitSize: 10_000)
        shared.refresh()
        #expect(try await shared.summary().rows == wanted.rows)
        #expect(try await shared.compact().isComplete)
        expectSame(try await reports(shared), try await reports(single))
    }
}
