import EmbeddingCache
import Foundation
import MarketData
import StockFeatures
import Testing
import TestSupport

struct MergeTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
    }

    @discardableResult
    func build(
        _ name: String, _ encoder: FakeEncoder = FakeEncoder(), features: String = "features.h5", type: CacheVectorType = .f32,
        _ change: (inout CacheSelection) throws -> Void = { _ in }
    ) async throws -> CacheFile {
        let builder = try CacheBuilder.make(folder.file(features), encoder, type: type)
        var selection = CacheSelection()
        try change(&selection)
        return try await builder.run(builder.plan(selection, prices: nil), to: folder.file(name)).file
    }

    @Test(arguments: CacheVectorType.allCases)
    func partsGiveTheWhole(_ type: CacheVectorType) async throws {
        try await build("whole.h5", type: type)
        let parts = [
            try await build("a.h5", type: type) { $0.take = 2 }, try await build("b.h5", type: type) { $0.skip = 2 },
        ]
        try CacheMerge(parts).write(to: folder.file("merged.h5"))
        #expect(try folder.bytes("merged.h5") == folder.bytes("whole.h5"))
        // Overlapping days and tickers, the same vectors: no conflict.
        let early = try await build("c.h5", type: type) { $0.end = try day("2024-02-10") }
        let late = try await build("d.h5", type: type) { $0.start = try day("2024-01-20") }
        #expect(try CacheMerge([late, early]).write(to: folder.file("overlapping.h5")) == [])
        #expect(try folder.bytes("overlapping.h5") == folder.bytes("whole.h5"))
    }

    @Test func conflictsAreNamedAndDecided() async throws {
        var tickers = Market.standard
        tickers[0].values[59] = 999
        try Market.write(tickers, to: folder.file("other.h5"))
        let old = try await build("old.h5")
        let new = try await build("new.h5", features: "other.h5")
        let error = #expect(throws: CacheError.self) { try CacheMerge([old, new]).write(to: folder.file("merged.h5")) }
        #expect(error?.code == .conflict && error?.message.contains("AAPL on 2024-02-29") == true)
        #expect(!folder.exists("merged.h5"))
        let last = try day("2024-02-29")
        for (policy, file) in [(CacheMerge.ConflictPolicy.first, old), (.last, new)] {
            let found = try CacheMerge([old, new]).write(to: folder.file("\(policy).h5"), conflicts: policy)
            #expect(found.map(\.ticker) == ["AAPL"] && found.map(\.day) == [last])
            let merged = try EmbeddingCache.open(folder.file("\(policy).h5")).embeddings(on: last, tickers: ["AAPL"])
            #expect(merged.packed() == (try EmbeddingCache.open(file.path).embeddings(on: last, tickers: ["AAPL"]).packed()))
        }
    }

    @Test func othersAreRefused() async throws {
        let one = try await build("one.h5")
        let other = try await build("other.h5", FakeEncoder(seed: 2, precision: "int8"))
        let error = #expect(throws: CacheError.self) { try CacheMerge([one, other]) }
        #expect(error?.message.contains("one.h5") == true && error?.file.contains("other.h5") == true)
        #expect(error?.message.contains("precision int8, not f32") == true)
        let half = try await build("half.h5", type: .f16)
        #expect(throws: CacheError.self) { try CacheMerge([one, half]) }
        #expect(throws: CacheError.self) { try CacheMerge([one]).write(to: folder.file("half.h5")) }
    }

    @Test func daysAndTickersAreTakenOut() async throws {
        let whole = try await build("whole.h5")
        let first = try day("2024-02-12")
        try CacheMerge([whole], days: { $0 >= first }, tickers: { $0 != "SAME" }).write(to: folder.file("pruned.h5"))
        let expected = try await build("expected.h5") { ($0.tickers, $0.start) = (["AAPL", "MSFT", "YOUNG"], first) }
        #expect(try folder.bytes("pruned.h5") == folder.bytes("expected.h5"))
        #expect(expected.tickers.count == 3)
        #expect(throws: CacheError.self) { try CacheMerge([whole], tickers: { _ in false }) }
        // In its own place.
        try CacheMerge([whole], days: { $0 >= first }, tickers: { $0 != "SAME" }).write(to: folder.file("whole.h5"))
        #expect(try folder.bytes("whole.h5") == folder.bytes("expected.h5"))
    }
}
