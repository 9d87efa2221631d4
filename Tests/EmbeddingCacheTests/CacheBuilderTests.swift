import EmbeddingCache
import Foundation
import MarketData
import StockFeatures
import Testing
import TestSupport

struct CacheBuilderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Market.write(Market.standard, to: folder.file("features.h5"))
    }

    func build(
        _ name: String = "cache.h5", _ builder: CacheBuilder? = nil, _ selection: CacheSelection = CacheSelection(),
        prices: PriceFile? = nil
    ) async throws -> CacheBuilder.Summary {
        let builder = try builder ?? .make(folder.file("features.h5"))
        return try await builder.run(builder.plan(selection, prices: prices), to: folder.file(name))
    }

    /// The window of a day, from the market's own description.
    func window(_ name: String, _ day: Day, rows: Int) throws -> [Float]? {
        let ticker = try #require(Market.standard.first { $0.name == name })
        let first = try #require(Day(iso: ticker.first))
        let known = ticker.values.enumerated().compactMap { index, value in value.map { (first.adding(days: index), $0) } }
        guard let place = known.firstIndex(where: { $0.0 == day }), place + 1 >= rows else { return nil }
        return known[(place + 1 - rows)...place].flatMap { Market.row($0.1) }
    }

    @Test(arguments: CacheVectorType.allCases)
    func everyCellIsTheVectorOfItsWindow(_ type: CacheVectorType) async throws {
        let encoder = FakeEncoder()
        let summary = try await build("cache.h5", .make(folder.file("features.h5"), encoder, type: type))
        let file = summary.file
        #expect(file.tickers == ["AAPL", "MSFT", "SAME", "YOUNG"])
        // Sessions of January and February 2024: New Year's day, two Mondays and weekends are not among them.
        #expect(file.days.count == 41)
        #expect(file.days.first?.description == "2024-01-02")
        #expect(file.days.last?.description == "2024-02-29")
        let cache = try EmbeddingCache.open(folder.file("cache.h5"))
        for day in file.days {
            let found = cache.embeddings(on: day, tickers: file.tickers)
            for (index, ticker) in file.tickers.enumerated() {
                guard let window = try window(ticker, day, rows: 4) else {
                    #expect(found.cause(at: index) == .noData || found.cause(at: index) == .shortHistory)
                    continue
                }
                let expected = encoder.vector(window)
                let vector = try #require(found.withVector(at: index) { Array($0) }, "\(ticker) \(day)")
                switch type {
                case .f32: #expect(vector == expected)
                case .f16: #expect(zip(vector, expected).allSatisfy { abs($0 - $1) <= abs($1) / 2048 + 1e-4 })
                case .int8:
                    let largest = expected.map(abs).max() ?? 0
                    #expect(zip(vector, expected).allSatisfy { abs($0 - $1) <= largest / 254 * 1.01 })
                }
            }
        }
        #expect(file.counts()[.failed] == 0)
        #expect(file.counts()[.notTried] == 0)
        #expect(file.status(of: "MSFT", on: try day("2024-02-09")) == .noData)
        #expect(file.status(of: "YOUNG", on: try day("2024-02-20")) == .shortHistory)
        #expect(file.status(of: "YOUNG", on: try day("2024-02-23")) == .cached)
        // SAME: one window, encoded once.
        let distinct = try #require(file.counts()[.cached]) - summary.progress.duplicates
        #expect(encoder.encoded.withLock { $0 } == distinct)
        #expect(summary.progress.duplicates > 30)
        let errors = file.roundingErrors()
        switch type {
        case .f32: #expect(errors == nil)
        case .f16: #expect(errors.map { $0.mean > 0 && $0.largest < 1e-3 } == true)
        case .int8: #expect(errors.map { $0.mean > 0 && $0.largest < 2e-2 } == true)
        }
        #expect(try await CacheVerification(file, features: FeatureFile(folder.file("features.h5"))).isSound)
        #expect(!folder.exists("cache.h5.partial") && !folder.exists("cache.h5.lock"))
    }

    @Test func repeatedRowsAreTheDaysOwn() async throws {
        let encoder = FakeEncoder()
        let file = try await build("cache.h5", .make(folder.file("features.h5"), encoder, mode: .repeatRow, rows: 6)).file
        #expect(file.status(of: "YOUNG", on: try day("2024-02-20")) == .cached)
        let cache = try EmbeddingCache.open(folder.file("cache.h5"))
        let found = cache.embeddings(on: try day("2024-01-12"), tickers: ["AAPL"])
        #expect(found.packed() == encoder.vector((0..<6).flatMap { _ in Market.row(11) }))
    }

    @Test func batchesAndOrderDoNotChangeTheFile() async throws {
        var files: [[UInt8]] = []
        for size in [1, 3, 64] {
            _ = try await build("cache-\(size).h5", .make(folder.file("features.h5"), type: .int8, batchSize: size))
            files.append(try folder.bytes("cache-\(size).h5"))
        }
        #expect(files[0] == files[1] && files[1] == files[2])
    }

    @Test func selectionsAreThoseOfTheFlags() throws {
        let features = try FeatureFile(folder.file("features.h5"))
        func resolve(_ change: (inout CacheSelection) throws -> Void) throws -> (tickers: [String], days: [Day]) {
            var selection = CacheSelection()
            try change(&selection)
            return try selection.resolve(in: features, prices: nil)
        }
        #expect(try resolve { $0.last = 2 }.tickers == ["SAME", "YOUNG"])
        #expect(try resolve { ($0.skip, $0.take) = (1, 2) }.tickers == ["MSFT", "SAME"])
        #expect(try resolve { ($0.tickers, $0.last) = (["YOUNG", "AAPL", "AAPL"], 5) }.tickers == ["AAPL", "YOUNG"])
        #expect(try resolve { $0.months = 1 }.days.first == day("2024-01-30"))
        #expect(try resolve { $0.allDays = true }.days.count == 60)
        #expect(try resolve { ($0.start, $0.end) = (try day("2024-02-01"), try day("2024-02-02")) }.days.count == 2)
        // The end counts, not today: 30-day months back from it.
        #expect(try resolve { ($0.end, $0.months) = (try day("2024-02-15"), 1) }.days.first == day("2024-01-16"))
        let unknown = #expect(throws: CacheError.self) { try resolve { $0.tickers = ["AAPL", "NOPE"] } }
        #expect(unknown?.message.contains("NOPE") == true)
        #expect(throws: CacheError.self) { try resolve { $0.skip = 4 } }
        let none = #expect(throws: CacheError.self) { try resolve { $0.start = try day("2025-01-01") } }
        #expect(none?.message.contains("2024-02-29") == true)
        #expect(throws: CacheError.self) { try resolve { ($0.start, $0.end) = (try day("2024-02-03"), try day("2024-02-04")) } }
    }

    @Test func failuresAreListedAndTheRestIsEncoded() async throws {
        var tickers = Market.standard
        tickers[2] = .init(name: "WIDE", first: "2024-01-01", values: (0..<60).map { Float($0) }, width: 6)
        tickers[3].values[8] = -2_000_000
        try Market.write(tickers, to: folder.file("bad.h5"))
        let summary = try await build("cache.h5", .make(folder.file("bad.h5")))
        let counts = summary.file.counts()
        let wide = summary.file.failures.filter { $0.ticker == "WIDE" }
        #expect(wide.count == 41)
        #expect(wide.first?.reason.contains("6 features a row, and the model reads 5") == true)
        let young = summary.file.failures.filter { $0.ticker == "YOUNG" }
        #expect(young.map(\.day.description) == ["2024-02-28", "2024-02-29"])
        #expect(young.first?.reason.contains("not finite") == true)
        #expect(counts[.failed] == 43)
        #expect(summary.progress.failed == 43)
        let cache = try EmbeddingCache.open(folder.file("cache.h5"))
        #expect(cache.failureReason("WIDE", on: try day("2024-01-05"))?.contains("model reads 5") == true)
        #expect(cache.embeddings(on: try day("2024-01-05"), tickers: ["WIDE"]).cause(at: 0) == .failed)
        // The original's way: cut to what the model reads.
        let fit = try await build("fit.h5", .make(folder.file("bad.h5"), widthRule: .fit)).file
        #expect(fit.failures.count == 2)
        #expect(fit.status(of: "WIDE", on: try day("2024-01-05")) == .cached)
    }

    @Test func vectorsTooLargeForHalvesFail() async throws {
        try Market.write([.init(name: "BIG", first: "2024-01-02", values: [3e6, 3e6])], to: folder.file("big.h5"))
        let halves = try await build("half.h5", .make(folder.file("big.h5"), rows: 1, type: .f16)).file
        #expect(halves.failures.first?.reason.contains("too large for f16") == true)
        #expect(try await build("full.h5", .make(folder.file("big.h5"), rows: 1)).file.failures.isEmpty)
    }

    @Test func windowsLongerThanTheModelsPositionsAreRefused() throws {
        let error = #expect(throws: CacheError.self) { try CacheBuilder.make(folder.file("features.h5"), rows: 101) }
        #expect(error?.message.contains("1 to 100") == true)
    }

    @Test func anotherFileIsNotReplaced() async throws {
        let first = try await build()
        #expect(!first.wasComplete)
        let bytes = try folder.bytes("cache.h5")
        // The same again: nothing to do.
        #expect(try await build().wasComplete)
        await #expect(throws: CacheError.self) { try await build("cache.h5", .make(folder.file("features.h5"), rows: 5)) }
        #expect(try folder.bytes("cache.h5") == bytes)
        try folder.write([1, 2, 3], to: "mine.txt")
        await #expect(throws: CacheError.self) { try await build("mine.txt") }
        #expect(try folder.bytes("mine.txt") == [1, 2, 3])
        try folder.write([1, 2, 3], to: "other.h5.partial")
        await #expect(throws: CacheError.self) { try await build("other.h5") }
        #expect(try folder.bytes("other.h5.partial") == [1, 2, 3])
    }

    @Test func tradingDaysAreThoseOfMostPrices() throws {
        // Golden prices of StockFeatures' tests are not here; a small file of this library's own does.
        let path = folder.file("prices.h5")
        try PriceMarket.write(
            ["AAPL": ["2024-01-02", "2024-01-03", "2024-01-06"], "MSFT": ["2024-01-02", "2024-01-03"], "SAME": ["2024-01-02"]],
            to: path)
        let features = try FeatureFile(folder.file("features.h5"))
        let days = try CacheSelection().resolve(in: features, prices: PriceFile(path)).days
        // On the 3rd two of the two that still trade, on the 6th (a Saturday) the only one that still does.
        #expect(days.map(\.description) == ["2024-01-02", "2024-01-03", "2024-01-06"])
        try PriceMarket.write(
            ["AAPL": ["2024-01-02", "2024-01-06", "2024-01-08"], "MSFT": ["2024-01-02", "2024-01-08"],
             "SAME": ["2024-01-02", "2024-01-08"]], to: folder.file("majority.h5"))
        let majority = try CacheSelection().resolve(in: features, prices: PriceFile(folder.file("majority.h5"))).days
        #expect(majority.map(\.description) == ["2024-01-02", "2024-01-08"])
        try PriceMarket.write(["OTHER": ["2024-01-02"]], to: folder.file("others.h5"))
        #expect(throws: CacheError.self) {
            try CacheSelection().resolve(in: features, prices: PriceFile(folder.file("others.h5")))
        }
    }
}
