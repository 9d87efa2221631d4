import EmbeddingCache
import Foundation
import MarketData
import StockFeatures
import Testing
import TestSupport

/// An interrupted build gives the same file as an undisturbed one.
struct ResumeTests {
    let folder: TemporaryFolder
    let whole: [UInt8]

    init() async throws {
        folder = try TemporaryFolder()
        var tickers = Market.standard
        tickers[3].values[8] = -2_000_000
        try Market.write(tickers, to: folder.file("features.h5"))
        let builder = try CacheBuilder.make(folder.file("features.h5"))
        _ = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("whole.h5"))
        whole = try folder.bytes("whole.h5")
    }

    func run(_ name: String, limit: Int? = nil, rows: Int = 4, restart: Bool = false) async throws -> CacheBuilder.Summary {
        let builder = try CacheBuilder.make(folder.file("features.h5"), FakeEncoder(limit: limit), rows: rows, batchSize: 3)
        return try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file(name), restart: restart)
    }

    @Test(arguments: [0, 1, 5, 20, 60]) func aFailedBuildResumes(_ limit: Int) async throws {
        await #expect(throws: FakeEncoder.Stopped.self) { try await run("cache.h5", limit: limit) }
        #expect(!folder.exists("cache.h5") && folder.exists("cache.h5.partial"))
        let summary = try await run("cache.h5")
        #expect(limit < 6 || summary.progress.resumed > 0)
        #expect(try folder.bytes("cache.h5") == whole)
        #expect(!folder.exists("cache.h5.partial"))
    }

    /// A journal cut anywhere, as the end of a process or of the power leaves it, and one with a flipped bit.
    @Test func whateverIsLeftOfTheJournalServes() async throws {
        await #expect(throws: FakeEncoder.Stopped.self) { try await run("cache.h5", limit: 60) }
        let journal = try folder.bytes("cache.h5.partial")
        let header = 8 + journal.withUnsafeBytes { Int($0.loadUnaligned(as: UInt32.self)) }
        var random = SplitMix(printing: #function)
        for round in 0..<40 {
            var bytes = journal
            if round.isMultiple(of: 2) {
                bytes.removeLast(Int.random(in: 1...journal.count - header, using: &random))
            } else {
                bytes[Int.random(in: header..<journal.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            try folder.write(bytes, to: "cut-\(round).h5.partial")
            _ = try await run("cut-\(round).h5")
            #expect(try folder.bytes("cut-\(round).h5") == whole)
        }
    }

    @Test func anEndBetweenRenamingAndCleaningUpIsHarmless() async throws {
        await #expect(throws: FakeEncoder.Stopped.self) { try await run("cache.h5", limit: 60) }
        let journal = try folder.bytes("cache.h5.partial")
        _ = try await run("cache.h5")
        try folder.write(journal, to: "cache.h5.partial")
        try folder.write([0], to: "cache.h5.new")
        _ = try await run("cache.h5")
        #expect(try folder.bytes("cache.h5") == whole)
        #expect(!folder.exists("cache.h5.partial") && !folder.exists("cache.h5.new"))
    }

    @Test func aJournalOfAnotherBuildIsNotResumed() async throws {
        await #expect(throws: FakeEncoder.Stopped.self) { try await run("cache.h5", limit: 20) }
        let error = await #expect(throws: CacheError.self) { try await run("cache.h5", rows: 5) }
        #expect(error?.message.contains("rows 4, not 5") == true && error?.message.contains("--restart") == true)
        #expect(try await run("cache.h5", rows: 5, restart: true).file.fingerprint.rows == 5)
    }

    @Test func twoAtOnceAreNotAllowed() async throws {
        // The lock is a file's: held here by hand, as another process would.
        let descriptor = open(folder.file("cache.h5.lock"), O_RDWR | O_CREAT, 0o644)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let error = await #expect(throws: CacheError.self) { try await run("cache.h5") }
        #expect(error?.code == .busy)
    }

    @Test func aNewMonthIsAppended() async throws {
        func build(_ last: String, _ name: String, addingTo existing: CacheFile? = nil, _ encoder: FakeEncoder) async throws {
            let builder = try CacheBuilder.make(folder.file("features.h5"), encoder)
            var selection = CacheSelection()
            selection.end = try day(last)
            selection.start = try day("2024-01-01")
            _ = try await builder.run(builder.plan(selection, prices: nil, addingTo: existing), to: folder.file(name))
        }
        try await build("2024-01-31", "cache.h5", FakeEncoder())
        let january = try #require(try CacheFile(folder.file("cache.h5")).counts()[.cached])
        let encoder = FakeEncoder()
        try await build("2024-02-29", "cache.h5", addingTo: CacheFile(folder.file("cache.h5")), encoder)
        #expect(try folder.bytes("cache.h5") == whole)
        let all = try #require(try CacheFile(folder.file("cache.h5")).counts()[.cached])
        #expect(encoder.encoded.withLock { $0 } <= all - january)
        // Again: nothing left to do.
        try await build("2024-02-29", "cache.h5", addingTo: CacheFile(folder.file("cache.h5")), FakeEncoder(limit: 0))
        #expect(try folder.bytes("cache.h5") == whole)
        let other = try CacheBuilder.make(folder.file("features.h5"), FakeEncoder(seed: 2))
        let error = #expect(throws: CacheError.self) {
            try other.plan(CacheSelection(), prices: nil, addingTo: CacheFile(folder.file("cache.h5")))
        }
        #expect(error?.code == .mismatch)
    }

    @Test func changedFeaturesAreNoticed() async throws {
        var tickers = Market.standard
        tickers[0].values[30] = 999
        try Market.write(tickers, to: folder.file("changed.h5"))
        let file = try CacheFile(folder.file("whole.h5"))
        let changed = try await CacheVerification(file, features: FeatureFile(folder.file("changed.h5"))).changed
        // Row 30 is the 31st of January: four windows hold it, of which one ends on a Friday and none on the weekend.
        #expect(changed.filter { $0.ticker == "AAPL" }.map(\.day.description) == ["2024-01-31", "2024-02-01", "2024-02-02"])
        #expect(CacheVerification.firstChanged(file, try FeatureFile(folder.file("features.h5"))) == nil)
    }
}
