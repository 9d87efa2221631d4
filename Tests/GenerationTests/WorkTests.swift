import Archive
import Base
import Foundation
import Generation
import MarketData
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// Workers that share a store, and the compaction of their segments.
@Suite struct WorkTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func options(unitSize: Int = 2_000, lease: Double = 30) -> WorkOptions {
        var options = WorkOptions(unitSize: unitSize, lease: lease)
        options.patience = 0
        return options
    }

    private func worker(_ configuration: EmbeddingGenerationConfig, _ name: String = "worker", _ options: WorkOptions? = nil) -> StoreWorker {
        StoreWorker(configuration: configuration, options: options ?? self.options(), worker: name)
    }

    /// Some workers at once, then the compaction.
    private func workAndCompact(_ configuration: EmbeddingGenerationConfig, workers: Int = 3) async throws -> SegmentCompaction.Outcome {
        try await withThrowingTaskGroup(of: WorkSummary.self) { group in
            for number in 0..<workers { group.addTask { try await worker(configuration, "worker-\(number)").run() } }
            for try await summary in group { #expect(summary.plan != nil) }
        }
        return try await compact(configuration)
    }

    private func compact(_ configuration: EmbeddingGenerationConfig) async throws -> SegmentCompaction.Outcome {
        try await SegmentCompaction(
            configuration.store.open(creating: false), memoryLimit: configuration.memoryLimit, maxWorkers: 2
        ).run()
    }

    /// A store's objects, without those of runs.
    private func contents(_ store: String) throws -> [String: [UInt8]] {
        try place.folder.contents(of: store).filter { key, _ in !key.contains("/control/") && !key.hasPrefix(".") }
    }

    private func expectSame(_ store: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let (found, wanted) = (try contents(store), try contents(expected))
        let different = Set(found.keys).union(wanted.keys).filter { found[$0] != wanted[$0] }
        #expect(different.isEmpty, "\(different.sorted())", sourceLocation: sourceLocation)
    }

    // MARK: - The same bytes

    @Test(arguments: ["parts", "joint"])
    func compactionEqualsASingleRun(_ template: String) async throws {
        try await TinyMarket.write(to: place.folder, name: "market")
        try place.folder.write("no header\n1,2,3\n", to: "market/options-complete/2014-01-07options.csv")
        let single = try place.configuration(store: "single", models: ["minilm", "bge-base"], template: template)
        await #expect(throws: GenerationError.self) { try await place.generate(single) }
        let shared = try place.configuration(store: "shared", models: ["minilm", "bge-base"], template: template)
        // The file without a header is reported after everything else, as in a single run.
        await #expect(throws: GenerationError.self) { try await workAndCompact(shared) }
        try expectSame("shared", "single")
        // The next run has nothing to read.
        let log = EventLog()
        await #expect(throws: GenerationError.self) { try await place.generate(shared) { log.add($0) } }
        #expect(log.count("done") == 0)
    }

    @Test func batchesAcrossUnitsAndUnitsAcrossBatches() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        for (number, (unitSize, batchSize)) in [(1, 100), (3_000, 45), (1_000_000, 70)].enumerated() {
            let single = try place.configuration(store: "single-\(number)", batchSize: batchSize)
            try await place.generate(single)
            let shared = try place.configuration(store: "shared-\(number)", batchSize: batchSize)
            _ = try await worker(shared, "only", options(unitSize: unitSize)).run()
            #expect(try await compact(shared).isComplete)
            try expectSame("shared-\(number)", "single-\(number)")
        }
    }

    @Test func oneUnderlyingOfOneYear() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0.02)
        func chosen(_ store: String) throws -> EmbeddingGenerationConfig {
            var configuration = try place.configuration(store: store)
            configuration.underlyings = ["SIMB"]
            configuration.startYear = 2014
            configuration.buildsIndices = false
            return configuration
        }
        try await place.generate(chosen("single"))
        _ = try await workAndCompact(chosen("shared"))
        try expectSame("shared", "single")
    }

    @Test func onlyNewInputsAreProcessed() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let last = "options-complete/2014-01-06options.csv"
        try place.folder.copy("market/" + last, to: "later.csv")
        try place.folder.remove("market/" + last)
        let (single, shared) = (try place.configuration(store: "single"), try place.configuration(store: "shared"))
        try await place.generate(single)
        try place.folder.copy("single", to: "shared")
        try place.folder.copy("later.csv", to: "market/" + last)
        // A changed day too: its old rows go.
        let changed = "market/options-complete/2014-01-03options.csv"
        var lines = try place.folder.text(changed).split(separator: "\n")
        lines.removeLast()
        try place.folder.write(lines.joined(separator: "\n") + "\n", to: changed)
        try await place.generate(single)
        let log = EventLog()
        let summary = try await worker(shared).run { log.add($0) }
        #expect(log.count("done") == 2)
        #expect(summary.unitsInPlan > 0)
        #expect(try await compact(shared).isComplete)
        try expectSame("shared", "single")
        #expect(try await worker(shared).run().plan == nil)
    }

    @Test func yearsAreCompactedAsTheyAreDone() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let (single, shared) = (try place.configuration(store: "single"), try place.configuration(store: "shared"))
        try await place.generate(single)
        _ = try await worker(shared).run()
        // A unit of the last year is not done.
        let store = try shared.store.open(creating: false)
        let published = try await store.list(prefix: ArchiveLayout.segmentsPrefix).filter { $0.key.contains("/published/") }.map(\.key)
        let last = try #require(published.last)
        try await store.delete(last)
        try await store.delete(last.replacing("/published/", with: "/claims/"))
        let outcome = try await compact(shared)
        #expect(outcome.years == [2013])
        #expect(outcome.missing == [2014: 1])
        #expect(try await place.archive("shared").years == [2013])
        let summary = try await worker(shared).run()
        #expect(summary.units == 1)
        #expect(try await compact(shared).isComplete)
        try expectSame("shared", "single")
    }

    // MARK: - Kills

    @Test func workersAreKilledAtAnyWrite() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2013-12-31", to: "2014-01-03", quirkRate: 0.01)
        try await place.generate(place.configuration(store: "single"))
        let counter = FailingStore(try place.configuration(store: "counted").store.open(creating: true), limit: .max, writesFirst: false)
        _ = try await worker(place.configuration(store: "counted")).run(into: counter)
        #expect(counter.count > 20)
        for limit in stride(from: 1, through: counter.count, by: 3) {
            let configuration = try place.configuration(store: "killed-\(limit)")
            let store = try configuration.store.open(creating: true)
            await #expect(throws: StoreError.self) {
                try await worker(configuration, "killed").run(into: FailingStore(store, limit: limit, writesFirst: limit % 2 == 0))
            }
            // Claims of the killed worker are taken over when their lease ends.
            for claim in try await store.list(prefix: ArchiveLayout.segmentsPrefix) where claim.key.contains("/claims/") {
                let text = String(decoding: try await store.get(claim.key), as: UTF8.self)
                try await store.put(claim.key, Array(text.replacing("\"lease\":30", with: "\"lease\":0").utf8))
            }
            _ = try await workAndCompact(configuration, workers: 2)
            try expectSame("killed-\(limit)", "single")
            try place.folder.remove("killed-\(limit)")
        }
    }

    @Test func compactionIsKilledAtAnyWrite() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2013-12-31", to: "2014-01-03", quirkRate: 0.01)
        try await place.generate(place.configuration(store: "single", batchSize: 60))
        let configuration = try place.configuration(store: "worked", batchSize: 60)
        _ = try await worker(configuration).run()
        try place.folder.copy("worked", to: "counted")
        func compaction(_ store: any ObjectStore) -> SegmentCompaction { SegmentCompaction(store, memoryLimit: nil, maxWorkers: 2) }
        let counter = FailingStore(try place.folder.location("counted").open(creating: false), limit: .max, writesFirst: false)
        _ = try await compaction(counter).run()
        for limit in stride(from: 1, through: counter.count, by: 3) {
            try place.folder.copy("worked", to: "killed")
            let store = try place.folder.location("killed").open(creating: false)
            _ = try? await compaction(FailingStore(store, limit: limit, writesFirst: limit % 2 == 0)).run()
            _ = try await compaction(store).run()
            // Leftovers of a killed run.
            _ = try await GarbageCollection.run(in: store, isTrial: false)
            try expectSame("killed", "single")
            try place.folder.remove("killed")
        }
    }

    // MARK: - Claims

    @Test func aUnitOfALiveWorkerIsNotTaken() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let store = try configuration.store.open(creating: true)
        _ = try await worker(configuration).run()
        let published = try await store.list(prefix: ArchiveLayout.segmentsPrefix).filter { $0.key.contains("/published/") }.map(\.key)
        let first = try #require(published.first)
        // Another machine has the first unit, and is alive.
        try await store.delete(first)
        let claim = first.replacing("/published/", with: "/claims/")
        let held = #"{"unit":0,"worker":"other","host":"elsewhere","pid":1,"lease":3600,"renewals":0,"elapsed":0,"bytesDone":0,"rows":0}"#
        try await store.put(claim, Array(held.utf8))
        let stop = StopRequest()
        let second = worker(configuration, "second")
        let running = Task { try await second.run(stop: stop) }
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await !store.contains(first))
        stop.ask()
        await #expect(throws: GenerationStopped.self) { try await running.value }
        // Released, it is taken at once.
        try await store.put(claim, Array(held.replacing("3600", with: "0").utf8))
        let log = try await worker(configuration, "third").run()
        #expect(log.units == 1)
        #expect(try await store.contains(first))
    }

    @Test func aStoppedWorkerReleasesItsUnit() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let stop = StopRequest()
        await #expect(throws: GenerationStopped.self) {
            try await worker(configuration, "first").run(stop: stop) { event in
                if case .unitClaimed = event { stop.ask() }
            }
        }
        let store = try configuration.store.open(creating: false)
        let keys = try await store.list(prefix: ArchiveLayout.segmentsPrefix).map(\.key)
        // Only the claim is left of the unit.
        #expect(keys.count == 1)
        #expect(keys.allSatisfy { $0.contains("/claims/") })
        #expect(try await worker(configuration, "second").run().units > 1)
    }

    /// A store whose plan is done except for its first unit, which is claimed.
    private func withOpenUnit(
        _ configuration: EmbeddingGenerationConfig, claim: String?
    ) async throws -> (store: any ObjectStore, plan: String, published: String) {
        let plan = try #require(try await worker(configuration).run().plan)
        let store = try configuration.store.open(creating: false)
        let published = ArchiveLayout.published(plan: plan, unit: 0)
        try await store.delete(published)
        try await store.delete(ArchiveLayout.claim(plan: plan, unit: 0))
        if let claim { try await store.put(ArchiveLayout.claim(plan: plan, unit: 0), Array(claim.utf8)) }
        return (store, plan, published)
    }

    @Test func aUnitWithWhichWorkersDieIsSetAside() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        // No process has this number.
        let host = ProcessInfo.processInfo.hostName
        func claim(deaths: Int) -> String {
            #"{"unit":0,"worker":"dead","host":"\#(host)","pid":2147483646,"lease":3600,"renewals":0,"elapsed":0,"bytesDone":0,"rows":0,"deaths":\#(deaths)}"#
        }
        let (store, plan, published) = try await withOpenUnit(configuration, claim: claim(deaths: Claim.deathLimit - 1))
        await #expect { try await worker(configuration, "second").run() } throws: { error in
            "\(error)".contains("unit 0") && "\(error)".contains("--retry-set-aside")
        }
        #expect(try await WorkProgress.read(store)?.held.map(\.isSetAside) == [true])
        var retrying = options()
        retrying.retriesSetAside = true
        #expect(try await worker(configuration, "third", retrying).run().units == 1)
        #expect(try await store.contains(published))
        // After one death fewer, another worker takes it over.
        try await store.delete(published)
        try await store.put(ArchiveLayout.claim(plan: plan, unit: 0), Array(claim(deaths: Claim.deathLimit - 2).utf8))
        #expect(try await worker(configuration, "fourth").run().units == 1)
        let last = String(decoding: try await store.get(ArchiveLayout.claim(plan: plan, unit: 0)), as: UTF8.self)
        #expect(last.contains(#""deaths":\#(Claim.deathLimit - 1)"#))
        #expect(try await compact(configuration).isComplete)
    }

    @Test func aRequestStopsTheWorkersThatItNames() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let (store, plan, _) = try await withOpenUnit(configuration, claim: nil)
        let request = WorkStop(requested: "now", workers: ["second"])
        try await store.put(ArchiveLayout.workStop(plan: plan), Array(try JSONEncoder().encode(request)))
        await #expect(throws: GenerationStopped.self) { try await worker(configuration, "second").run() }
        #expect(try await worker(configuration, "third").run().units == 1)
        #expect(try await compact(configuration).isComplete)
        #expect(try await !store.contains(ArchiveLayout.workStop(plan: plan)))
    }

    @Test func aStoreWithoutConditionsIsRefused() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let store = CarelessStore(try configuration.store.open(creating: true))
        await #expect { try await worker(configuration).run(into: store) } throws: { error in
            (error as? StoreError)?.code == .unsupported && "\(error)".contains("ignores If-None-Match")
        }
        #expect(try await store.list().isEmpty)
    }

    // MARK: - Plans

    @Test func anotherPlanIsRefused() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let plan = try #require(try await worker(configuration).run().plan)
        var other = configuration
        other.batchSize = 1_000
        await #expect { try await worker(other).run() } throws: { "\($0)".contains("--batch-size is '150' in the plan and '1000' here") }
        let key = "market/options-complete/2014-01-03options.csv"
        try place.folder.write(try place.folder.text(key) + "x\n", to: key)
        await #expect { try await worker(configuration).run() } throws: { "\($0)".contains("--discard-plan \(plan)") }
        var discarding = options()
        discarding.discardedPlan = plan
        let next = try await worker(configuration, "next", discarding).run()
        #expect(next.plan != plan && next.units == next.unitsInPlan)
    }

    @Test func questionsToUncompactedStoresNameTheRemedy() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        _ = try await worker(place.configuration()).run()
        await #expect { try await place.archive() } throws: { "\($0)".contains("`tapedeck compact`") }
    }

    @Test func garbageCollectionKeepsSegmentsOfThePlanOnly() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        var first = configuration
        first.endYear = 2013
        _ = try await workAndCompact(first)
        _ = try await worker(configuration).run()
        let store = try configuration.store.open(creating: false)
        let garbage = ArchiveLayout.segmentsPrefix + "20200101T000000-x/000000-y/financial-embeddings/year_2013/batch_0.h5"
        try await store.put(garbage, [1])
        #expect(try await GarbageCollection.run(in: store, isTrial: false).removed.map(\.key) == [garbage])
        #expect(try await compact(configuration).isComplete)
    }
}

/// A store that ignores the conditions of writes.
private struct CarelessStore: ObjectStore {
    let base: any ObjectStore

    init(_ base: any ObjectStore) { self.base = base }

    var location: StoreLocation { base.location }
    func listPage(prefix: String, page: String?) async throws(StoreError) -> ObjectPage { try await base.listPage(prefix: prefix, page: page) }
    func head(_ key: String) async throws(StoreError) -> ObjectInfo { try await base.head(key) }
    func get(_ key: String, range: Range<Int>?) async throws(StoreError) -> [UInt8] { try await base.get(key, range: range) }
    func readPieces(of key: String, size: Int?, _ body: (_ piece: [UInt8]) throws -> Void) async throws {
        try await base.readPieces(of: key, size: size, body)
    }
    func version(of key: String) async throws(StoreError) -> ObjectVersion? { try await base.version(of: key) }
    func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo { try await base.put(key, bytes) }
    func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo { try await base.put(key, bytes) }
    func put(_ key: String, movingFileAt path: String, content: ObjectContent?, ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        try await base.put(key, movingFileAt: path, content: content, ifAbsent: false)
    }
    func delete(_ key: String) async throws(StoreError) { try await base.delete(key) }
    func localPath(of key: String, content: ObjectContent?) async throws(StoreError) -> String { try await base.localPath(of: key, content: content) }
    func temporaryPath(for key: String) async throws(StoreError) -> String { try await base.temporaryPath(for: key) }
    func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock { try await base.lockForWriting(owner: owner) }
}
