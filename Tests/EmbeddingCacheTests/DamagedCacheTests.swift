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

    /// A copy gets its own checksum, so copying must not make damaged days look intact.
    @Test(arguments: CacheVectorType.allCases)
    func damageIsNotCopied(_ type: CacheVectorType) async throws {
        let folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let builder = try CacheBuilder.make(folder.file("features.h5"), type: type)
        var january = CacheSelection()
        january.end = try day("2024-01-31")
        january.start = try day("2024-01-01")
        _ = try await builder.run(builder.plan(january, prices: nil), to: folder.file("cache.h5"))
        let sound = try folder.bytes("cache.h5")
        // A vector that stands in the file once: that of AAPL on a day, as another build of the day alone has it.
        let wrong = try day("2024-01-17")
        let found = try EmbeddingCache.open(folder.file("cache.h5")).embeddings(on: wrong, tickers: ["AAPL"]).packed()
        let stored: [UInt8] =
            switch type {
            case .f32: found.withUnsafeBytes { Array($0) }
            case .f16: found.flatMap { little(Float16($0).bitPattern) }
            case .int8: found.map { UInt8(bitPattern: Int8(($0 / (found.map(abs).max() ?? 1) * 127).rounded())) }
            }
        let place = try #require(sound.firstRange(of: stored)?.lowerBound)
        var damaged = sound
        damaged[place] ^= 1
        try folder.write(damaged, to: "cache.h5")
        let file = try CacheFile(folder.file("cache.h5"))
        #expect(try await CacheVerification(file).damagedDays == [wrong])

        func refuses(_ write: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let error = await #expect(throws: CacheError.self, sourceLocation: sourceLocation) { try await write() }
            #expect(
                error?.code == .damaged && error?.message.contains("2024-01-17") == true, "\(String(describing: error))",
                sourceLocation: sourceLocation)
            #expect(try folder.bytes("cache.h5") == damaged, sourceLocation: sourceLocation)
            for name in ["out.h5", "out.h5.new", "cache.h5.new"] { #expect(!folder.exists(name), sourceLocation: sourceLocation) }
        }
        try await refuses { try CacheMerge([file]).write(to: folder.file("out.h5")) }
        try await refuses { try CacheMerge([file]).write(to: folder.file("cache.h5")) }
        try await refuses { try CacheMerge([file], tickers: { $0 != "SAME" }).write(to: folder.file("out.h5")) }
        try await refuses { try OriginalLayout.write(file, to: folder.file("out.h5")) }
        let encoder = FakeEncoder()
        try await refuses {
            let builder = try CacheBuilder.make(folder.file("features.h5"), encoder, type: type)
            _ = try await builder.run(builder.plan(CacheSelection(), prices: nil, addingTo: file), to: folder.file("cache.h5"))
        }
        // Not even begun.
        #expect(encoder.encoded.withLock { $0 } == 0 && !folder.exists("cache.h5.partial"))
        // The remedy: without the day, the rest is copied, and the day encoded again.
        try CacheMerge([file], days: { $0 != wrong }).write(to: folder.file("cache.h5"))
        let rest = try CacheFile(folder.file("cache.h5"))
        _ = try await builder.run(builder.plan(january, prices: nil, addingTo: rest), to: folder.file("cache.h5"))
        #expect(try folder.bytes("cache.h5") == sound)
    }

    /// The width of vectors is part of what is compared.
    @Test func vectorsOfAnotherWidthAreRefused() async throws {
        let folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let builder = try CacheBuilder.make(folder.file("features.h5"))
        _ = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("cache.h5"))
        let file = try CacheFile(folder.file("cache.h5"))
        // A model whose vectors have more numbers than its fingerprint states.
        let wide = FakeEncoder(dimension: 16, hidden: 8)
        let appending = try CacheBuilder.make(folder.file("features.h5"), wide)
        let error = #expect(throws: CacheError.self) { try appending.plan(CacheSelection(), prices: nil, addingTo: file) }
        #expect(error?.code == .mismatch && error?.message.contains("vectors of 8 numbers, and the model gives 16") == true)
        let filling = #expect(throws: CacheError.self) {
            try CacheFiller(EmbeddingCache.open(file.path), features: FeatureFile(folder.file("features.h5")), encoder: wide)
        }
        #expect(filling?.message.contains("vectors of 8 numbers, and the model in use gives 16") == true)
        // A file of such vectors is not a cache, so vectors imported for another model are never used.
        let opening = await #expect(throws: CacheError.self) {
            try await appending.run(appending.plan(CacheSelection(), prices: nil), to: folder.file("wide.h5"))
        }
        #expect(
            opening?.code == .mismatch && opening?.message.contains("its vectors have 16 numbers, and those of the model that it names 8") == true)
        #expect(throws: CacheError.self) { try CacheFile(folder.file("wide.h5")) }
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
