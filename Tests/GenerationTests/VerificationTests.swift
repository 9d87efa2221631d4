import Archive
import Foundation
import Generation
import ObjectStore
import Synchronization
import Testing
import TestSupport
import TinyStore

extension Workplace {
    /// A store with an object of every kind: refused rows, names, several batches and segments, two years.
    fileprivate func makeStoreOfEveryKind() async throws -> EmbeddingGenerationConfig {
        try await TinyMarket.write(to: folder, name: "market", underlyings: 2, from: "2013-12-30", to: "2014-01-03", quirkRate: 0)
        let day = "market/options-complete/2014-01-02options.csv"
        let lines = try folder.text(day).split(separator: "\n").map(String.init)
        try folder.write((lines + ["nonsense,1,2"]).joined(separator: "\n") + "\n", to: day)
        var configuration = try configuration(batchSize: 60)
        configuration.names = Array("symbol,name\nZZZZ,Zebra Works\n".utf8)
        try await generate(configuration)
        return configuration
    }
}

/// Damage is found, named and repaired.
@Suite struct VerificationTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func verify(_ name: String = "store") async throws -> VerificationReport {
        try await StoreVerification(place.folder.location(name).open(creating: false), workers: 2).run()
    }

    private func make() async throws -> EmbeddingGenerationConfig { try await place.makeStoreOfEveryKind() }

    private func flip(_ key: String, at offset: Int, in store: String = "store") throws {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: place.folder.file(store + "/" + key)))
        try handle.seek(toOffset: UInt64(offset))
        let byte = try handle.read(upToCount: 1)?.first ?? 0
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [byte ^ 1 << UInt8(offset % 8)])
        try handle.close()
    }

    @Test func anIntactStoreIsIntact() async throws {
        _ = try await make()
        let report = try await verify()
        #expect(report.isIntact, "\(report.damaged)")
        #expect(report.unnamed.isEmpty && report.unfinished.isEmpty)
        let kinds = Set(try await place.archive().manifest.objects.keys.map { $0.split(separator: "/")[1].prefix(5) })
        #expect(kinds == ["parts", "year_", "indic", "check", "quara", "names", "gener"])
    }

    @Test func aFlippedByteInAnyObjectIsNamed() async throws {
        _ = try await make()
        let keys = try await place.archive().manifest.objects.keys + [ArchiveLayout.manifest]
        var random = SplitMix(printing: #function)
        for key in keys {
            let size = try place.folder.contents(of: "store")[key]?.count ?? 0
            // Both ends, and somewhere between.
            for offset in Set([0, size - 1, Int.random(in: 0..<size, using: &random), Int.random(in: 0..<size, using: &random)]) {
                try flip(key, at: offset)
                let report = try await verify()
                #expect(report.damaged.map(\.key) == [key], "byte \(offset) of \(key)")
                try flip(key, at: offset)
            }
        }
        #expect(try await verify().isIntact)
    }

    @Test func aMissingAndACutObjectAreNamed() async throws {
        _ = try await make()
        let keys = try await place.archive().batches.map(\.key)
        try place.folder.remove("store/" + keys[0])
        try place.folder.write(Array(try place.folder.contents(of: "store")[keys[1]]?.dropLast() ?? []), to: "store/" + keys[1])
        let report = try await verify()
        #expect(report.damaged.map(\.key) == keys.prefix(2).sorted())
        #expect(report.damaged.contains { $0.problem.contains("missing") } && report.damaged.contains { $0.problem.contains("bytes instead of") })
        #expect(report.damaged.allSatisfy { $0.mending == .regenerate })
    }

    /// Objects that match the manifest byte for byte, but not each other.
    @Test func contradictionsAreNamed() async throws {
        _ = try await make()
        let store = try place.folder.location("store").open(creating: false)
        let batches = try await place.archive().batches
        let indices = [2013, 2014].map { ArchiveLayout.index(model: "minilm", year: $0) }
        let writer = try await StoreWriter(existing: store)
        // An index of another year.
        try await writer.put(indices[0], bytes: try await store.get(indices[1]))
        // A batch under another's number.
        let first = try #require(batches.first { $0.year == 2014 }), last = try #require(batches.last)
        try await writer.put(first.key, bytes: try await store.get(last.key))
        let quarantine = try #require(writer.manifest.objects.keys.first { $0.hasPrefix(ArchiveLayout.quarantinePrefix) })
        try await writer.put(quarantine, bytes: Array("{}\n{}\n".utf8))
        try await writer.saveManifest()
        let report = try await verify()
        let named = Set(report.damaged.map(\.key))
        #expect(named.isSuperset(of: [indices[0], ArchiveLayout.checkpoint(year: 2014, complete: true), quarantine]), "\(report.damaged)")
    }

    @Test func anInvalidStoreIsRejected() async throws {
        try place.folder.write("x", to: "empty/readme.txt")
        await #expect(throws: ArchiveError.self) { try await verify("empty") }
        await #expect(throws: StoreError.self) { try await verify("absent") }
    }

    /// A run killed while it saved a checkpoint has damaged nothing.
    @Test func aKilledRunHasDamagedNothing() async throws {
        let configuration = try await make()
        let counter = FailingStore(try place.folder.location("whole").open(creating: true), limit: .max, writesFirst: false)
        try await EmbeddingGenerator(configuration: configuration).run(into: counter)
        var unfinished = 0
        for limit in 1...counter.count {
            let store = try place.folder.location("killed-\(limit)").open(creating: true)
            let failing = FailingStore(store, limit: limit, writesFirst: true)
            _ = try? await EmbeddingGenerator(configuration: configuration).run(into: failing)
            guard try await store.contains(ArchiveLayout.manifest) else { continue }
            let report = try await verify("killed-\(limit)")
            #expect(report.isIntact, "killed at write \(limit): \(report.damaged)")
            unfinished += report.unfinished.count
        }
        #expect(unfinished > 0)
    }

    /// A run killed while another model joined has damaged nothing either.
    @Test func aModelThatWasJoiningHasDamagedNothing() async throws {
        var both = try await make()
        both.models = ["minilm", "bge-base"]
        try place.folder.copy("store", to: "counted")
        let counter = FailingStore(try place.folder.location("counted").open(creating: false), limit: .max, writesFirst: false)
        try await EmbeddingGenerator(configuration: both).run(into: counter)
        var unfinished: Set<String> = []
        for limit in 1...counter.count {
            try place.folder.copy("store", to: "killed-\(limit)")
            let store = try place.folder.location("killed-\(limit)").open(creating: false)
            _ = try? await EmbeddingGenerator(configuration: both).run(into: FailingStore(store, limit: limit, writesFirst: true))
            let report = try await verify("killed-\(limit)")
            #expect(report.isIntact, "killed at write \(limit): \(report.damaged)")
            unfinished.formUnion(report.unfinished)
        }
        #expect(unfinished.contains(ArchiveLayout.parts(segment: 0)))
    }

    /// Nothing is left of a batch when the only file with rows in it changes.
    @Test func aBatchWithoutRowsIsNotNamed() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 2, from: "2014-01-02", to: "2014-01-03", quirkRate: 0)
        let days = ["02", "03"].map { "market/options-complete/2014-01-\($0)options.csv" }
        let others = try place.folder.text(days[0]).split(separator: "\n").filter { !$0.contains(",SIMA,") }
        try place.folder.write(others.joined(separator: "\n") + "\n", to: days[0])
        var configuration = try place.configuration(batchSize: 100_000)
        configuration.underlyings = ["SIMA"]
        configuration.kinds = [.options]
        try await place.generate(configuration)
        let lines = try place.folder.text(days[1]).split(separator: "\n")
        try place.folder.write(lines.dropLast().joined(separator: "\n") + "\n", to: days[1])
        try await place.generate(configuration)
        let report = try await verify()
        #expect(report.isIntact && report.unnamed.isEmpty, "\(report)")
        let log = EventLog()
        try await place.generate(configuration) { log.add($0) }
        #expect(log.count("done") == 0)
    }

    @Test func repairedObjectsAreGeneratedAgain() async throws {
        let configuration = try await make()
        let whole = try await GenerationSummary.read(configuration.store)
        let rows = try await place.storedRows()
        let store = try configuration.store.open(creating: false)
        let keys = try await place.archive().manifest.objects.keys
        try place.folder.copy("store", to: "kept")
        for key in keys.sorted() {
            try place.folder.remove("store")
            try place.folder.copy("kept", to: "store")
            try flip(key, at: 100)
            let report = try await verify()
            if report.damaged.contains(where: { $0.mending == .restore }) {
                #expect(throws: ArchiveError.self) { try StoreRepair(store, damaged: report.damaged) }
            } else {
                let outcome = try await StoreRepair(store, damaged: report.damaged).run()
                #expect(outcome.dropped.contains(key))
                let repaired = try await verify()
                #expect(repaired.isIntact && repaired.unnamed.isEmpty, "\(key): \(repaired)")
                let summary = try await place.generate(configuration)
                #expect(summary == whole, "\(key)")
                let stored = try await place.storedRows()
                #expect(stored == rows)
                let again = try await verify()
                #expect(again.isIntact && again.unnamed.isEmpty, "\(key): \(again)")
            }
        }
    }
}

@Suite struct GarbageCollectionTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    @Test func onlyUnreferencedObjectsAreRemoved() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        try await place.generate(place.configuration())
        let store = try place.folder.location("store").open(creating: false)
        let before = try place.folder.contents(of: "store")
        let garbage = [
            ArchiveLayout.batch(year: 2014, number: 77), ArchiveLayout.parts(segment: 9),
            ArchiveLayout.index(model: "gone", year: 2014), ArchiveLayout.checkpoint(year: 2014, complete: false),
            ArchiveLayout.quarantine(source: "options/x.csv", year: 1999),
        ]
        let foreign = [
            "notes.txt", ArchiveLayout.root + "notes.txt", ArchiveLayout.root + "year_2014/batch_0.h5.bak",
            ArchiveLayout.root + "year_2014/batch_x.h5", ArchiveLayout.root + "indices/old/minilm_year_2014.faiss",
            "year_2014/batch_0.h5",
        ]
        for key in garbage + foreign { try place.folder.write("x", to: "store/" + key) }
        let trial = try await GarbageCollection.run(in: store, isTrial: true)
        #expect(trial.removed.map(\.key) == garbage.sorted() && trial.bytes == garbage.count)
        #expect(try place.folder.contents(of: "store").count == before.count + garbage.count + foreign.count)
        let removed = try await GarbageCollection.run(in: store, isTrial: false)
        #expect(removed.removed == trial.removed)
        var left = try place.folder.contents(of: "store")
        for key in foreign { #expect(left.removeValue(forKey: key) != nil, "\(key) was not the store's to remove") }
        #expect(left == before)
        #expect(try await GarbageCollection.run(in: store, isTrial: false).removed.isEmpty)
    }

    @Test func leftoversOfDeadWritersGo() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        try await place.generate(place.configuration())
        let store = try place.folder.location("store").open(creating: false)
        let live = try await store.temporaryPath(for: ArchiveLayout.manifest)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: live))
        // A temporary file of an unknown writer, two days old.
        let stale = place.folder.file("store/financial-embeddings/.tapedeck-tmp-00000000-1-a")
        try Data([1, 2, 3, 4]).write(to: URL(fileURLWithPath: stale))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -200_000)], ofItemAtPath: stale)
        let trial = try await GarbageCollection.run(in: store, isTrial: true)
        #expect(trial.bytes == 4 && FileManager.default.fileExists(atPath: stale))
        #expect(try await GarbageCollection.run(in: store, isTrial: false).bytes == 4)
        #expect(!FileManager.default.fileExists(atPath: stale))
        #expect(FileManager.default.fileExists(atPath: live), "its maker is at work")
    }

    @Test func nothingGoesWithoutALockAndAManifest() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        try await place.generate(place.configuration())
        let store = try place.folder.location("store").open(creating: false)
        let garbage = ArchiveLayout.batch(year: 2014, number: 77)
        try place.folder.write("x", to: "store/" + garbage)
        let lock = try await StoreLock.acquire(in: store, purpose: "a test")
        let locked = await #expect(throws: StoreError.self) { try await GarbageCollection.run(in: store, isTrial: false) }
        #expect(locked?.code == .locked)
        lock.release()
        try place.folder.write("{}", to: "store/" + ArchiveLayout.manifest)
        await #expect(throws: ArchiveError.self) { try await GarbageCollection.run(in: store, isTrial: false) }
        try place.folder.remove("store/" + ArchiveLayout.manifest)
        await #expect(throws: ArchiveError.self) { try await GarbageCollection.run(in: store, isTrial: false) }
        #expect(try await store.contains(garbage))
    }
}

/// An unreadable object is not damaged, and a known object need not be read.
@Suite struct UnreadObjectTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func make() async throws -> EmbeddingGenerationConfig { try await place.makeStoreOfEveryKind() }

    private func stored() throws -> any ObjectStore { try place.folder.location("store").open(creating: false) }

    @Test(arguments: [StoreError.Code.unavailable, .permissionDenied])
    func anUnreadableObjectIsNotReportedAsDamaged(_ code: StoreError.Code) async throws {
        _ = try await make()
        for key in try await place.archive().manifest.objects.keys.sorted() {
            let store = RefusingStore(try stored(), refuses: { $0 == key ? code : nil })
            let report = try await StoreVerification(store, workers: 2).run()
            #expect(report.damaged.isEmpty, "\(key): \(report.damaged)")
            #expect(report.unread.map(\.key) == [key])
            #expect(report.unread.first?.problem.contains("the server is away") == true)
            #expect(!report.isIntact)
        }
    }

    @Test func aServerThatGoesAwayEndsTheVerification() async throws {
        _ = try await make()
        let isAway = Mutex(0)
        let store = RefusingStore(
            try stored(),
            refuses: { _ in
                isAway.withLock { count in
                    count += 1
                    return count > 8 ? .unavailable : nil
                }
            })
        let found = await #expect(throws: StoreError.self) { try await StoreVerification(store, workers: 2).run() }
        #expect(found?.code == .unavailable)
    }

    @Test func aShortListingIsNoLoss() async throws {
        let configuration = try await make()
        let before = try place.folder.contents(of: "store")
        let store = RefusingStore(try stored(), hides: { $0.hasSuffix(".h5") })
        #expect(try await StoreVerification(store, workers: 2).run().isIntact)
        // A run does not read inputs again because their objects are not listed.
        let summary = try await EmbeddingGenerator(configuration: configuration).run(into: store)
        #expect(summary.warnings.isEmpty)
        let after = try place.folder.contents(of: "store")
        #expect(before.filter { $0.key.hasSuffix(".h5") } == after.filter { $0.key.hasSuffix(".h5") })
    }

    @Test func aTransferErrorIsNotDamage() async throws {
        _ = try await make()
        let store = RefusingStore(try stored(), damages: { key, before in key.hasSuffix(".h5") && before == 0 })
        #expect(try await StoreVerification(store, workers: 2).run().isIntact)
        let always = RefusingStore(try stored(), damages: { key, _ in key.hasSuffix("batch_0.h5") })
        #expect(try await StoreVerification(always, workers: 2).run().damaged.isEmpty == false)
    }

    // MARK: A run with nothing to do

    @Test func aRunWithNothingToDoReadsNoSource() async throws {
        let configuration = try await make()
        func again() async throws -> (summary: GenerationSummary, reads: [String: Int]) {
            let source = RefusingStore(try configuration.source.open(creating: false))
            let summary = try await EmbeddingGenerator(configuration: configuration).run(from: source, into: try stored())
            return (summary, source.reads)
        }
        let before = try place.folder.contents(of: "store")
        let first = try await again()
        #expect(first.reads.isEmpty)
        #expect(try place.folder.contents(of: "store") == before)
        // New inputs are read, and lost objects are made again.
        let day = "market/options-complete/2014-01-02options.csv"
        let text = try place.folder.text(day).replacingOccurrences(of: "2014-01-02", with: "2014-01-06")
        try place.folder.write(text, to: "market/options-complete/2014-01-06options.csv")
        let second = try await again()
        #expect(second.reads["options-complete/2014-01-06options.csv"] == 1)
        #expect(second.summary.rows > first.summary.rows)
        #expect(try await again().reads.isEmpty)
        try place.folder.remove("store/" + ArchiveLayout.batch(year: 2014, number: 0))
        #expect(try await !again().reads.isEmpty)
        #expect(try await StoreVerification(stored(), workers: 2).run().isIntact)
        // Other settings are another job.
        var other = configuration
        other.underlyings = ["SIMA"]
        let source = RefusingStore(try configuration.source.open(creating: false))
        _ = try? await EmbeddingGenerator(configuration: other).run(from: source, into: try stored())
        #expect(!source.reads.isEmpty)
    }
}
