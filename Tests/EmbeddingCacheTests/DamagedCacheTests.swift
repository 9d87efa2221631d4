import EmbeddingCache
import Foundation
import MarketData
import StockFeatures
import Testing
import TestSupport

/// Files that are cut short or changed: an error, a day that verification names, or nothing, and never a crash.
struct DamagedCacheTests {
    @Test(arguments: CacheVectorType.allCases)
    func aChangedByteIsNoticed(_ type: CacheVectorType) async throws {
        let folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let builder = try CacheBuilder.make(folder.file("features.h5"), type: type)
        _ = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("cache.h5"))
        let bytes = try folder.bytes("cache.h5")
        let sound = try EmbeddingCache.open(folder.file("cache.h5"))
        var random = SplitMix(printing: #function)
        var refused = 0
        var named = 0
        for round in 0..<400 {
            var changed = bytes
            if round % 8 == 0 {
                changed.removeLast(Int.random(in: 1...bytes.count, using: &random))
            } else {
                changed[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            try folder.write(changed, to: "changed.h5")
            guard let cache = try? EmbeddingCache.open(folder.file("changed.h5")) else {
                refused += 1
                continue
            }
            let damaged = Set(try await CacheVerification(cache.files[0]).damagedDays)
            named += damaged.isEmpty ? 0 : 1
            for day in cache.files[0].days {
                let found = cache.embeddings(on: day, tickers: cache.files[0].tickers).packed()
                guard !damaged.contains(day) else { continue }
                #expect(found == sound.embeddings(on: day, tickers: sound.files[0].tickers).packed())
            }
        }
        #expect(refused > 40 && named > 0, "\(refused) refused, \(named) named")
    }

    @Test func filesOfOtherKindsAreRefused() throws {
        let folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let error = #expect(throws: CacheError.self) { try CacheFile(folder.file("features.h5")) }
        #expect(error?.message.contains("cache import") == true)
        #expect(throws: CacheError.self) { try CacheFile(folder.file("nothing.h5")) }
        #expect(throws: CacheError.self) { try CacheFile(#filePath) }
        #expect(throws: CacheError.self) { try EmbeddingCache.open([]) }
    }
}
