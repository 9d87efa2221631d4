import EmbeddingCache
import Foundation
import HDF5
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
        #expect(wide.first?.reason.contains("6 features per row, but the model reads 5") == true)
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

    /// A finished cache whose features were recomputed is not complete.
    @Test func aCacheOfOtherFeaturesIsNotComplete() async throws {
        _ = try await build()
        let bytes = try folder.bytes("cache.h5")
        func rebuild(_ change: (inout [Market.Ticker]) -> Void, overwrite: Bool = false) async throws -> CacheBuilder.Summary {
            var tickers = Market.standard
            change(&tickers)
            try FileManager.default.removeItem(atPath: folder.file("features.h5"))
            try Market.write(tickers, to: folder.file("features.h5"))
            let builder = try CacheBuilder.make(folder.file("features.h5"))
            return try await builder.run(
                builder.plan(CacheSelection(), prices: nil), to: folder.file("cache.h5"), overwrite: overwrite)
        }
        // Written again with the same values.
        #expect(try await rebuild { _ in }.wasComplete)
        let changes: [(String, (inout [Market.Ticker]) -> Void)] = [
            ("AAPL on 2024-01-04", { $0[0].values = $0[0].values.map { $0.map { $0 * 2 } } }),
            // One ticker, its last day alone.
            ("MSFT on 2024-02-29", { $0[1].values[40] = 1 }),
            // A row where there was none, and none where there was one.
            ("MSFT on 2024-02-09", { $0[1].values[20] = 5 }), ("AAPL on 2024-02-12", { $0[0].values[42] = nil }),
            // A row of another width.
            ("YOUNG on 2024-01-02", { $0[3].width = 6 }),
        ]
        for (cell, change) in changes {
            let error = await #expect(throws: CacheError.self) { try await rebuild(change) }
            #expect(error?.code == .mismatch && error?.message.contains("other features") == true && error?.message.contains("--overwrite") == true)
            #expect(error?.message.contains(cell) == true, "\(cell): \(String(describing: error))")
            #expect(try folder.bytes("cache.h5") == bytes)
        }
        #expect(try await !rebuild(changes[0].1, overwrite: true).wasComplete)
        #expect(try folder.bytes("cache.h5") != bytes)
    }

    /// A failed ticker stays failed until its features, or the flags, change.
    @Test func aRepairedTickerIsNotComplete() async throws {
        var tickers = Market.standard
        tickers[0].width = 6
        tickers[3].values[8] = -2_000_000
        try Market.write(tickers, to: folder.file("bad.h5"))
        let failed = try await build("cache.h5", .make(folder.file("bad.h5")))
        #expect(failed.tried[.failed] == 43)
        #expect(try await build("cache.h5", .make(folder.file("bad.h5"))).wasComplete)
        tickers[0].width = 5
        try FileManager.default.removeItem(atPath: folder.file("bad.h5"))
        try Market.write(tickers, to: folder.file("bad.h5"))
        let error = await #expect(throws: CacheError.self) { try await build("cache.h5", .make(folder.file("bad.h5"))) }
        #expect(error?.message.contains("AAPL on 2024-01-02") == true)
    }

    /// A survey predicts the build.
    @Test(arguments: CacheVectorType.allCases)
    func aSurveyListsCompletedUnits(_ type: CacheVectorType) async throws {
        var tickers = Market.standard
        tickers[2].width = 6
        try Market.write(tickers, to: folder.file("mixed.h5"))
        func builder(_ limit: Int? = nil) throws -> CacheBuilder {
            try .make(folder.file("mixed.h5"), FakeEncoder(limit: limit), type: type, batchSize: 3)
        }
        let plan = try builder().plan(CacheSelection(), prices: nil), path = folder.file("cache.h5")
        let before = try await builder().survey(plan, to: path)
        #expect(!before.isComplete && before.doneEarlier == 0 && before.failures.map(\.ticker) == ["SAME"])
        #expect(!folder.exists("cache.h5") && !folder.exists("cache.h5.partial"))
        await #expect(throws: FakeEncoder.Stopped.self) { try await builder(30).run(plan, to: path) }
        let partial = try folder.bytes("cache.h5.partial").count
        let begun = try await builder().survey(plan, to: path)
        #expect(begun.doneEarlier > 20 && begun.partialBytesNow == partial && begun.partialBytes == before.partialBytes)
        #expect(begun.windows + begun.doneEarlier + begun.noData + begun.shortHistory + begun.failed == plan.cells)
        #expect(begun.bytesNeeded == before.bytesNeeded - partial)
        let summary = try await builder().run(plan, to: path)
        #expect(summary.tried[.cached] == before.windows && summary.tried[.noData] == before.noData)
        #expect(summary.tried[.shortHistory] == before.shortHistory && summary.tried[.failed] == before.failed && before.failed == 41)
        #expect(abs(summary.file.byteCount - before.fileBytes) < 12_000, "\(summary.file.byteCount) \(before.fileBytes)")
        #expect(try await builder().survey(plan, to: path).isComplete)
        // A survey fails where a build would refuse to begin.
        let other = try CacheBuilder.make(folder.file("mixed.h5"), rows: 5, type: type)
        await #expect(throws: CacheError.self) { try await other.survey(other.plan(CacheSelection(), prices: nil), to: path) }
        #expect(try await !other.survey(other.plan(CacheSelection(), prices: nil), to: path, overwrite: true).isComplete)
    }

    /// The journal has the reported size.
    @Test func aJournalHasTheEstimatedSize() async throws {
        let builder = try CacheBuilder.make(folder.file("features.h5"))
        let plan = try builder.plan(CacheSelection(), prices: nil)
        let told = try await builder.survey(plan, to: folder.file("cache.h5")).partialBytes
        let encoder = FakeEncoder()
        _ = try await CacheBuilder.make(folder.file("features.h5"), encoder).run(plan, to: folder.file("cache.h5"))
        // All but the last batch, then all.
        let last = encoder.encoded.withLock { $0 } - 1
        await #expect(throws: FakeEncoder.Stopped.self) {
            try await CacheBuilder.make(folder.file("features.h5"), FakeEncoder(limit: last), batchSize: 1)
                .run(plan, to: folder.file("again.h5"))
        }
        let left = told - (try folder.bytes("again.h5.partial").count)
        #expect(left > 0 && left < 2000, "\(left)")
    }

    @Test func aBuildThatCachesNothingSaysSo() async throws {
        let summary = try await build("cache.h5", .make(folder.file("features.h5"), rows: 100))
        #expect(summary.tried[.cached] == nil && (summary.tried[.shortHistory] ?? 0) > 100)
        #expect(summary.tried == (try await build("cache.h5", .make(folder.file("features.h5"), rows: 100)).tried))
    }

    /// Sorted rows give the bytes that a sorted file gives.
    @Test func sortedDatesGiveTheSameCache() async throws {
        try FileManager.default.createDirectory(atPath: folder.file("unsorted"), withIntermediateDirectories: true)
        let path = folder.file("unsorted/features.h5"), file = try HDF5File(creating: path)
        for ticker in Market.standard {
            let first = try day(ticker.first)
            var rows = ticker.values.enumerated().compactMap { index, value in value.map { (first.adding(days: index), $0) } }
            // Days in the middle were filled in later.
            let late = rows[rows.count / 3..<rows.count / 2]
            rows.removeSubrange(rows.count / 3..<rows.count / 2)
            rows += late
            let group = try file.root.createGroup(ticker.name)
            try group.createTexts("dates", rows.map(\.0.description))
            try group.createDataset("features", type: .float32, columns: 5).append(rows.flatMap { Market.row($0.1) })
        }
        try file.close()
        let all = try await build("whole.h5")
        let refused = #expect(throws: CacheError.self) { try CacheSelection().resolve(in: FeatureFile(path), prices: nil) }
        #expect(refused?.message.contains("none of the 4 tickers chosen can be read; the first, AAPL: its dates do not ascend") == true)
        let builder = try CacheBuilder(features: FeatureFile(path, dates: .sort), encoder: FakeEncoder(), rows: 4, batchSize: 7)
        _ = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("sorted.h5"))
        #expect(try folder.bytes("sorted.h5") == folder.bytes("whole.h5") && all.file.failures.isEmpty)
    }

    /// A file whose chosen tickers cannot be read: the first one's reason, the count and the remedy, for any days.
    @Test func theReasonOfTheFirstUnreadableTickerIsReported() throws {
        func write(_ name: String, _ tickers: [(String, HDF5Type, String)]) throws -> FeatureFile {
            let file = try HDF5File(creating: folder.file(name))
            for (ticker, type, suffix) in tickers {
                let group = try file.root.createGroup(ticker)
                try group.createTexts("dates", (1...9).map { "2024-01-0\($0)" + suffix })
                let table = try group.createDataset("features", type: type, columns: 5)
                if type == .int32 { try table.append([Int32](repeating: 1, count: 45)) } else { try table.append([Float](repeating: 1, count: 45)) }
            }
            _ = try file.root.createGroup("EMPTY")
            try file.close()
            return try FeatureFile(folder.file(name))
        }
        func reason(_ file: FeatureFile, _ tickers: [String]? = nil, datedOnly: Bool = false) throws -> [String] {
            var dated = CacheSelection()
            (dated.tickers, dated.start, dated.end) = (tickers, try day("2024-03-01"), try day("2024-03-31"))
            var plain = CacheSelection()
            plain.tickers = tickers
            return (datedOnly ? [dated] : [dated, plain]).map { selection in
                #expect(throws: CacheError.self) { try selection.resolve(in: file, prices: nil) }?.message ?? ""
            }
        }
        let stamps = try write("stamps.h5", [("AAA", .float32, " 00:00:00"), ("BBB", .int32, "")])
        for text in try reason(stamps) {
            #expect(text.hasPrefix("none of the 2 tickers chosen can be read; the first, AAA: "), "\(text)")
            #expect(text.contains("row 0 holds '2024-01-01 00:00:00', not a date YYYY-MM-DD; write dates as np.array(dates, 'S10')"), "\(text)")
        }
        for text in try reason(stamps, ["BBB"]) {
            #expect(text.hasPrefix("the ticker chosen cannot be read; BBB: its features are a table of int32; "), "\(text)")
            #expect(text.contains("astype('float32')"), "\(text)")
        }
        // One can be read, and has no day in the range.
        let mixed = try write("mixed.h5", [("AAA", .int32, ""), ("BBB", .float32, "")])
        let text = try #require(try reason(mixed, datedOnly: true).first)
        #expect(text.contains("days are 2024-01-01 to 2024-01-09; 1 of the 2 tickers chosen cannot be read; AAA: its features"), "\(text)")
        for text in try reason(mixed, ["EMPTY"]) {
            #expect(text.contains("EMPTY is an external link, which is not followed, or holds no features"), "\(text)")
        }
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
            [
                "AAPL": ["2024-01-02", "2024-01-06", "2024-01-08"], "MSFT": ["2024-01-02", "2024-01-08"],
                "SAME": ["2024-01-02", "2024-01-08"],
            ], to: folder.file("majority.h5"))
        let majority = try CacheSelection().resolve(in: features, prices: PriceFile(folder.file("majority.h5"))).days
        #expect(majority.map(\.description) == ["2024-01-02", "2024-01-08"])
        try PriceMarket.write(["OTHER": ["2024-01-02"]], to: folder.file("others.h5"))
        #expect(throws: CacheError.self) {
            try CacheSelection().resolve(in: features, prices: PriceFile(folder.file("others.h5")))
        }
    }
}
