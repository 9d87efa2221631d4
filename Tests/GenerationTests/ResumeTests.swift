import Archive
import Foundation
import Generation
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// A run killed at any write leaves a store that the next run completes to the same bytes.
@Suite struct ResumeTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    /// The objects that make up a store, with their bytes. A kill may leave others, which no object of the store names.
    private func named(_ store: String) async throws -> [String: [UInt8]] {
        let objects = try await place.archive(store).manifest.objects
        return try place.folder.contents(of: store).filter { objects[$0.key] != nil || $0.key == ArchiveLayout.manifest }
    }

    /// Kills runs at one write after another, and resumes each.
    /// - Parameter before: what the store holds when the killed run begins; `nil` for none.
    private func killEverywhere(_ configuration: EmbeddingGenerationConfig, before: String? = nil) async throws {
        func fresh(_ name: String) throws -> EmbeddingGenerationConfig {
            var copy = configuration
            copy.store = place.folder.location(name)
            if let before { try place.folder.copy(before, to: name) }
            return copy
        }
        let whole = try fresh("whole")
        let counter = FailingStore(try whole.store.open(creating: true), limit: .max, writesFirst: false)
        let summary = try await EmbeddingGenerator(configuration: whole).run(into: counter)
        let expected = try await named("whole")
        #expect(counter.count > 5)
        for (limit, writesFirst) in (1...max(1, counter.count)).flatMap({ [($0, false), ($0, true)] }) {
            let name = "killed-\(limit)"
            let killed = try fresh(name)
            let store = FailingStore(
                try killed.store.open(creating: true), limit: limit, writesFirst: writesFirst)
            await #expect(throws: StoreError.self) { try await EmbeddingGenerator(configuration: killed).run(into: store) }
            // A reader in between finds an intact store.
            if let archive = try? await place.archive(name) {
                for key in archive.manifest.objects.keys where !key.contains("checkpoints/") {
                    let isThere = try await archive.store.contains(key)
                    #expect(isThere, "write \(limit): \(key) is named and absent")
                }
            }
            let resumed = try await EmbeddingGenerator(configuration: killed).run()
            #expect(resumed == summary, "killed at write \(limit)")
            let contents = try await named(name)
            let different = Set(contents.keys).union(expected.keys).filter { contents[$0] != expected[$0] }
            #expect(different.isEmpty, "killed at write \(limit): \(different.sorted())")
            try place.folder.remove(name)
        }
    }

    @Test(arguments: [1, 3])
    func aNewStore(_ checkpointFrequency: Int) async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2013-12-30", to: "2014-01-03", quirkRate: 0.01)
        var configuration = try place.configuration(batchSize: 60)
        configuration.checkpointFrequency = checkpointFrequency
        try await killEverywhere(configuration)
    }

    @Test func anAddedDay() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-07", quirkRate: 0)
        let last = "options-complete/2014-01-07options.csv"
        try place.folder.copy("market/" + last, to: "later.csv")
        try place.folder.remove("market/" + last)
        let configuration = try place.configuration(store: "before", batchSize: 60)
        try await place.generate(configuration)
        try place.folder.copy("later.csv", to: "market/" + last)
        try await killEverywhere(configuration, before: "before")
    }

    @Test func aChangedDay() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-06", quirkRate: 0)
        let configuration = try place.configuration(store: "before", batchSize: 60)
        try await place.generate(configuration)
        let key = "market/options-complete/2014-01-03options.csv"
        let lines = try place.folder.text(key).split(separator: "\n")
        try place.folder.write(lines.dropLast(2).joined(separator: "\n") + "\n", to: key)
        try await killEverywhere(configuration, before: "before")
    }

    /// Rows that only the store still has are in the batch that is written again, in a year that was not done.
    @Test func aChangedDayBesideOneThatIsGone() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-13", quirkRate: 0)
        let (gone, changed) = ("market/options-complete/2014-01-02options.csv", "market/options-complete/2014-01-03options.csv")
        let rows = try place.folder.text(gone).split(separator: "\n").count - 1
        let configuration = try place.configuration(store: "before", batchSize: rows + 1)
        let stop = StopRequest()
        await #expect(throws: GenerationStopped.self) {
            try await EmbeddingGenerator(configuration: configuration).run(stop: stop) { event in
                if case .batchStored(_, 1, _, _) = event { stop.ask() }
            }
        }
        #expect(try await place.archive("before").manifest.objects[ArchiveLayout.checkpoint(year: 2014, complete: false)] != nil)
        let lines = try place.folder.text(changed).split(separator: "\n")
        try place.folder.write(lines.dropLast(2).joined(separator: "\n") + "\n", to: changed)
        try place.folder.remove(gone)
        try await killEverywhere(configuration, before: "before")
        let stored = try #require(try await place.archive("whole").ledger(year: 2014))
        #expect(stored.inputs.first { gone.hasSuffix($0.key) }?.rows == rows)
    }

    @Test func aSecondModel() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-03", quirkRate: 0)
        try await place.generate(place.configuration(store: "before", batchSize: 60))
        try await killEverywhere(place.configuration(models: ["minilm", "bge-base"], batchSize: 60), before: "before")
    }

    /// Checkpoints cost writes; the result is the same.
    @Test func rareCheckpointsWriteLess() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-08", quirkRate: 0)
        var counts: [Int] = []
        for frequency in [1, 100] {
            var configuration = try place.configuration(store: "every-\(frequency)", batchSize: 60)
            configuration.checkpointFrequency = frequency
            let store = FailingStore(try configuration.store.open(creating: true), limit: .max, writesFirst: false)
            try await EmbeddingGenerator(configuration: configuration).run(into: store)
            counts.append(store.count)
        }
        #expect(counts[1] < counts[0])
        let rows = (try await place.storedRows("every-1"), try await place.storedRows("every-100"))
        #expect(rows.0 == rows.1)
    }
}
