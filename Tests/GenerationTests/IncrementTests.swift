import Archive
import MarketData
import Foundation
import Generation
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// Later runs on a changed source, and on a damaged store.
@Suite struct IncrementTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    /// A market of four days, one option file each, and a store of it with several batches.
    private func made() async throws -> EmbeddingGenerationConfig {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 3, from: "2014-01-02", to: "2014-01-08", quirkRate: 0)
        let configuration = try place.configuration(batchSize: 60)
        try await place.generate(configuration)
        return configuration
    }

    private func key(_ day: String) -> String { "options-complete/2014-01-\(day)options.csv" }

    /// Batches of options by the source files in them.
    private func batches() async throws -> [String: [String]] {
        let archive = try await place.archive()
        var found: [String: [String]] = [:]
        for batch in archive.batches where try await archive.kind(ofBatch: batch.key) == .options {
            let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
            found[batch.key] = open.files
        }
        return found
    }

    /// All option rows of the store as lines of file, line and key, and the part numbers of their descriptions.
    private func rows() async throws -> Set<String> {
        let archive = try await place.archive()
        var lines: Set<String> = []
        for key in try await batches().keys {
            let open: OpenBatch<OptionRows> = try await archive.openBatch(key)
            for (number, description) in open.keys.enumerated() {
                let parts = open.parts[number * open.partCount..<(number + 1) * open.partCount]
                    .map { $0 == PartsTable.none ? "-" : archive.parts.texts[Int($0)] }.joined(separator: "; ")
                try open.forEachBlock(in: Int(open.rowStart[number])..<Int(open.rowStart[number + 1])) { rows, positions, _ in
                    for row in positions {
                        lines.insert("\(open.files[Int(rows.file[row])]) \(rows.line[row]) \(rows.strike[row]) \(description.kind as Any) \(parts)")
                    }
                }
            }
        }
        return lines
    }

    @Test func onlyTheBatchOfAChangedDayIsWrittenAgain() async throws {
        let configuration = try await made()
        let before = try await place.archive().manifest.objects
        let batchesBefore = try await batches()
        let rowsBefore = try await rows()
        let changed = key("06")
        let text = try place.folder.text("market/" + changed)
        let kept = text.split(separator: "\n").dropLast(2)
        try place.folder.write(kept.joined(separator: "\n") + "\n", to: "market/" + changed)
        let log = EventLog()
        let summary = try await place.generate(configuration) { log.add($0) }
        #expect(log.all.filter { $0.hasPrefix("done") } == ["done " + changed])
        #expect(log.count("index") == 1)
        let after = try await place.archive().manifest.objects
        for (batch, files) in batchesBefore {
            if files.contains(changed) {
                #expect(after[batch] == nil, "\(batch) held old rows")
            } else {
                #expect(after[batch] == before[batch], "\(batch) was to be left alone")
            }
        }
        let gone = rowsBefore.subtracting(try await rows())
        #expect(gone.count == 2 && gone.allSatisfy { $0.hasPrefix(changed) })
        #expect(try await rows().isSubset(of: rowsBefore))
        #expect(summary.years[0].searchable == (try await place.storedRows()[2014]))
        #expect(summary.years[0].complete)
        let again = EventLog()
        try await place.generate(configuration) { again.add($0) }
        #expect(again.count("done") + again.count("batch") + again.count("warning") == 0)
    }

    @Test func rowsOfAFileThatIsGoneStay() async throws {
        let configuration = try await made()
        let rowsBefore = try await rows()
        try place.folder.remove("market/" + key("03"))
        // Even where the batch that holds them is written again.
        let text = try place.folder.text("market/" + key("02"))
        try place.folder.write(text + "\n", to: "market/" + key("02"))
        let summary = try await place.generate(configuration)
        #expect(try await rows() == rowsBefore)
        #expect(summary.warnings.contains { $0.contains(key("03")) && $0.contains("stay") })
    }

    @Test func aDayUnderAnotherNameTakesThePlaceOfTheOldOne() async throws {
        let configuration = try await made()
        let count = try await rows().count
        try place.folder.copy("market/" + key("03"), to: "market/options-complete/copy")
        try place.folder.remove("market/" + key("03"))
        try place.folder.write(try place.folder.text("market/options-complete/copy"), to: "market/options/2014/2014-01-03options.csv")
        try place.folder.remove("market/options-complete/copy")
        let summary = try await place.generate(configuration)
        let stored = try await rows()
        #expect(stored.count == count)
        #expect(stored.contains { $0.hasPrefix("options/2014/2014-01-03") } && !stored.contains { $0.hasPrefix(key("03")) })
        #expect(!summary.warnings.contains { $0.contains("stay") })
    }

    /// The numbers of parts and tickers stay, so the whole store is unchanged except for the numbers of batches.
    @Test(arguments: [true, false])
    func aBatchThatIsDamagedIsMadeAgain(_ isMissing: Bool) async throws {
        let configuration = try await made()
        let rowsBefore = try await rows()
        let batch = try #require(try await batches().keys.sorted().first)
        let bytes = try place.folder.contents(of: "store")[batch] ?? []
        if isMissing {
            try place.folder.remove("store/" + batch)
        } else {
            try place.folder.write(Array(bytes.dropLast()), to: "store/" + batch)
        }
        let log = EventLog()
        let summary = try await place.generate(configuration) { log.add($0) }
        #expect(log.all.contains { $0.hasPrefix("warning") && $0.contains(batch) })
        #expect(try await rows() == rowsBefore)
        #expect(summary.years[0].complete)
        #expect(log.count("encoded") == 0, "the texts are known")
    }

    /// Stored data does not depend on timing, workers or memory.
    @Test func workersAndMemoryChangeNoByte() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 3, from: "2013-12-27", to: "2014-01-08", quirkRate: 0.01)
        var stores: [[String: [UInt8]]] = []
        for (workers, limit) in [(1, nil), (2, 700 << 20), (7, nil)] as [(Int, Int?)] {
            for template in ["parts", "joint"] {
                var configuration = try place.configuration(store: "\(template)-\(workers)", batchSize: 70, template: template)
                configuration.maxWorkers = workers
                configuration.memoryLimit = limit
                _ = try? await place.generate(configuration)
                stores.append(try place.folder.contents(of: "\(template)-\(workers)"))
            }
        }
        #expect(stores[0].count > 8)
        for index in stores.indices.dropFirst(2) {
            #expect(stores[index] == stores[index % 2])
        }
    }

    @Test func tooLittleMemoryIsRejectedWithTheMinimum() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", from: "2014-01-02", to: "2014-01-03", quirkRate: 0)
        var configuration = try place.configuration()
        configuration.memoryLimit = 50_000_000
        let error = await #expect(throws: GenerationError.self) { try await place.generate(configuration) }
        let text = try #require(error?.description)
        #expect(text.contains("50 MB") && text.contains("--memory-limit"))
        let enough = try #require(text.firstMatch(of: /--memory-limit (\d+)MB/).flatMap { Int($0.1) })
        configuration.memoryLimit = enough * 1_000_000
        try await place.generate(configuration)
        #expect(try await place.storedRows().isEmpty == false)
    }
}
