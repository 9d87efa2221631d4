import EmbeddingCache
import Foundation
import MarketData
import StockFeatures
import Testing
import TestSupport

struct LookupTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
    }

    @discardableResult
    func build(
        _ name: String, _ encoder: FakeEncoder = FakeEncoder(), type: CacheVectorType = .f32,
        _ change: (inout CacheSelection) throws -> Void = { _ in }
    ) async throws -> CacheFile {
        let builder = try CacheBuilder.make(folder.file("features.h5"), encoder, type: type)
        var selection = CacheSelection()
        try change(&selection)
        return try await builder.run(builder.plan(selection, prices: nil), to: folder.file(name)).file
    }

    @Test func missesAreCountedByCause() async throws {
        try await build("a.h5") { ($0.tickers, $0.end) = (["AAPL", "MSFT", "YOUNG"], try day("2024-02-21")) }
        let cache = try EmbeddingCache.open(folder.file("a.h5"))
        let asked = ["YOUNG", "NOPE", "AAPL", "MSFT", "AAPL"]
        let found = cache.embeddings(on: try day("2024-02-20"), tickers: asked)
        #expect(found.hits == [2, 3, 4])
        #expect(found.misses.map(\.index) == [0, 1])
        #expect(found.misses.map(\.cause) == [.shortHistory, .tickerUnknown])
        #expect(found.packed().count == 3 * 8)
        #expect(found.packed()[..<8] == found.packed()[16...])
        #expect(found.withVector(at: 0) { _ in true } == nil)
        #expect(cache.embeddings(on: try day("2024-02-09"), tickers: ["MSFT"]).cause(at: 0) == .noData)
        #expect(cache.embeddings(on: try day("2024-02-26"), tickers: ["AAPL"]).cause(at: 0) == .dateAbsent)
        let statistics = cache.statistics
        #expect(statistics.lookups == 3 && statistics.hits == 3)
        #expect(statistics.misses == [.shortHistory: 1, .tickerUnknown: 1, .noData: 1, .dateAbsent: 1])
        #expect(statistics.bytes == 3 * 32)
        #expect(statistics.secondsSaved() == nil)
        #expect(statistics.secondsSaved(secondsPerEncoding: 2) == 6)
    }

    /// The vector of a hit is the mapped file itself.
    @Test func vectorsAreNotCopied() async throws {
        try await build("a.h5")
        let cache = try EmbeddingCache.open(folder.file("a.h5"))
        let found = cache.embeddings(on: try day("2024-02-20"), tickers: ["AAPL", "MSFT"])
        let first = found.withVector(at: 0) { Int(bitPattern: $0.baseAddress) }
        let again = cache.embeddings(on: try day("2024-02-20"), tickers: ["AAPL"]).withVector(at: 0) { Int(bitPattern: $0.baseAddress) }
        #expect(first == again)
        #expect(found.withVector(at: 1) { Int(bitPattern: $0.baseAddress) } == first.map { $0 + 32 })
    }

    @Test func severalFilesAnswerTogether() async throws {
        try await build("a.h5") { $0.tickers = ["AAPL"] }
        try await build("b.h5") { $0.tickers = ["MSFT", "SAME"] }
        let cache = try EmbeddingCache.open([folder.file("a.h5"), folder.file("b.h5")])
        let found = cache.embeddings(on: try day("2024-02-20"), tickers: ["SAME", "AAPL", "YOUNG"])
        #expect(found.hits == [0, 1])
        #expect(found.cause(at: 2) == .tickerUnknown)
    }

    @Test func anotherModelsVectorsAreNeverGivenOut() async throws {
        try await build("a.h5") { $0.tickers = ["AAPL"] }
        try await build("b.h5", FakeEncoder(seed: 2)) { $0.tickers = ["MSFT"] }
        let both = [folder.file("a.h5"), folder.file("b.h5")]
        let error = #expect(throws: CacheError.self) { try EmbeddingCache.open(both) }
        #expect(error?.code == .mismatch)
        #expect(error?.description.contains("a.h5") == true && error?.description.contains("b.h5") == true)
        #expect(error?.message.contains("weights") == true)
        let cache = try EmbeddingCache.open(both, mismatchesAreMisses: true)
        let found = cache.embeddings(on: try day("2024-02-20"), tickers: ["AAPL", "MSFT"])
        #expect(found.hits == [0])
        #expect(found.cause(at: 1) == .otherModel)
        let features = try FeatureFile(folder.file("features.h5"))
        #expect(throws: CacheError.self) { try CacheFiller(cache, features: features, encoder: FakeEncoder(seed: 2)) }
    }

    /// A vector has the same bits whether found or encoded after a miss, in each type, and also in a later process.
    @Test(arguments: CacheVectorType.allCases)
    func hitsAndMissesGiveTheSame(_ type: CacheVectorType) async throws {
        try await build("all.h5", type: type)
        try await build("some.h5", type: type) { ($0.tickers, $0.end) = (["AAPL", "YOUNG"], try day("2024-02-23")) }
        let features = try FeatureFile(folder.file("features.h5"))
        let encoder = FakeEncoder()
        let all = try EmbeddingCache.open(folder.file("all.h5"))
        let some = try EmbeddingCache.open(folder.file("some.h5"))
        let filler = try CacheFiller(some, features: features, encoder: encoder)
        let tickers = ["SAME", "NOPE", "YOUNG", "AAPL", "MSFT"]
        for text in ["2024-02-09", "2024-02-20", "2024-02-26", "2024-02-09"] {
            let date = try day(text)
            let expected = all.embeddings(on: date, tickers: tickers)
            let found = try await filler.embeddings(on: date, tickers: tickers)
            #expect(found.hits == expected.hits, "\(text)")
            #expect(found.packed() == expected.packed())
            for index in expected.hits {
                #expect(found.withVector(at: index) { Array($0) } == expected.withVector(at: index) { Array($0) })
            }
        }
        let encoded = encoder.encoded.withLock { $0 }
        #expect(encoded == some.statistics.encoded)
        #expect(encoded > 4)
        // Kept: nothing is encoded again, by this cache or by one opened later.
        let later = try EmbeddingCache.open(folder.file("some.h5"))
        let again = try CacheFiller(later, features: features, encoder: FakeEncoder(limit: 0))
        for text in ["2024-02-09", "2024-02-20", "2024-02-26"] {
            let found = try await again.embeddings(on: try day(text), tickers: tickers)
            #expect(found.packed() == all.embeddings(on: try day(text), tickers: tickers).packed())
        }
        // Taken in by a merge of the one file.
        try CacheMerge([CacheFile(folder.file("some.h5"))]).write(to: folder.file("some.h5"))
        #expect(!folder.exists("some.h5.additions"))
        let merged = try EmbeddingCache.open(folder.file("some.h5"))
        let late = try EmbeddingCacheTests.day("2024-02-26")
        #expect(merged.embeddings(on: late, tickers: tickers).packed() == all.embeddings(on: late, tickers: tickers).packed())
        #expect(try await CacheVerification(merged.files[0], features: features).isSound)
    }
}
