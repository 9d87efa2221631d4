import Foundation
import HDF5
import MarketData
import StockFeatures
import Testing
import TestSupport

/// Files written by h5py (scripts/golden/stock_files.py).
struct FeatureFileTests {
    static func golden(_ name: String) throws -> String {
        try #require(Bundle.module.path(forResource: "Golden/" + name, ofType: nil))
    }

    func day(_ text: String) throws -> Day { try #require(Day(iso: text)) }

    @Test(arguments: [("contiguous", true), ("gzip", false), ("lzf", false), ("grown", false)])
    func everyVariantIsRead(_ variant: String, _ mapped: Bool) throws {
        let file = try FeatureFile(Self.golden("features_\(variant).h5"))
        #expect(file.tickers == (variant == "grown" ? ["AAPL", "BRK/B", "MSFT", "ZZZ"] : ["AAPL", "MSFT", "ZZZ"]))
        for (number, (ticker, first, count)) in [("AAPL", "2024-01-01", 40), ("MSFT", "2024-01-11", 35), ("ZZZ", "2023-12-20", 20)]
            .enumerated()
        {
            let features = try file.features(of: ticker)
            #expect(features.isMapped == mapped)
            #expect(features.days == (0..<count).map { try! day(first).adding(days: $0) })
            #expect(features.width == 5)
            let expected = (0..<count).map { row in
                (0..<5).map { Float(1000 * (number + 1) + row) + Float($0) / 64 }
            }
            #expect(try features.rows(0..<count).values(0..<count, width: 5) == expected.flatMap { $0 })
            #expect(try features.rows(6..<15).values(8..<10, width: 5) == expected[8..<10].flatMap { $0 })
        }
    }

    @Test func aTickerWithASlashIsFound() throws {
        let features = try FeatureFile(Self.golden("features_grown.h5")).features(of: "BRK/B")
        #expect(features.days.count == 12)
        #expect(try features.rows(0..<1).values(0..<1, width: 1) == [4000])
    }

    @Test func rowsAreFoundByTheTickersOwnCalendar() throws {
        let file = try FeatureFile(Self.golden("features_gzip.h5"))
        let apple = try file.features(of: "AAPL")
        let microsoft = try file.features(of: "MSFT")
        #expect(try apple.row(on: day("2024-01-15")) == 14)
        #expect(try microsoft.row(on: day("2024-01-15")) == 4)
        #expect(try microsoft.row(on: day("2024-01-10")) == nil)
        #expect(try apple.row(on: day("2024-02-10")) == nil)
        #expect(try microsoft.firstRow(from: day("2023-01-01")) == 0)
        #expect(try microsoft.firstRow(from: day("2025-01-01")) == 35)
    }

    @Test func rowsAreMadeAsLongAsAModelReads() throws {
        for variant in ["contiguous", "lzf"] {
            let rows = try FeatureFile(Self.golden("features_\(variant).h5")).features(of: "AAPL").rows(0..<2)
            let step: Float = 1 / 64
            let narrow: [Float] = [1000, 1000 + step, 1000 + 2 * step, 1001, 1001 + step, 1001 + 2 * step]
            #expect(rows.values(0..<2, width: 3) == narrow)
            let wide: [Float] = [1001, 1001 + step, 1001 + 2 * step, 1001 + 3 * step, 1001 + 4 * step, 0]
            #expect(rows.values(1..<2, width: 6) == wide)
            #expect(rows.values(1..<3, width: 5).isEmpty)
        }
    }

    @Test(arguments: [
        ("SHORT", "10 rows of features and 8 dates"), ("BACKWARD", "do not ascend"), ("TWICE", "do not ascend: 2024-01-02 stands in row 2"),
        ("DOUBLE", "float64"), ("LIST", "a list of float32"), ("UNDATED", "dates"), ("NODATE", "'2024-01-32', not a date"),
        ("NUMBERS", "not a list of texts"), ("NOBODY", "nothing of that name"), ("GOOD/dates", "not a group"), ("", "not a name"),
        ("..", "nothing"),
    ])
    func whatDoesNotFitIsRefusedByName(_ ticker: String, _ message: String) throws {
        let file = try FeatureFile(Self.golden("features_bad.h5"))
        let error = #expect(throws: StockFileError.self) { try file.features(of: ticker) }
        #expect(error?.ticker == ticker)
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func goodTickersBesideBadOnesAreRead() throws {
        let file = try FeatureFile(Self.golden("features_bad.h5"))
        #expect(file.others == ["loose"])
        #expect(try file.features(of: "GOOD").days.count == 10)
        #expect(try file.features(of: "WIDE").width == 7)
    }

    @Test func aFileWithoutFeaturesIsRefused() throws {
        #expect(throws: StockFileError.self) { try FeatureFile(Self.golden("prices.h5")) }
        #expect(throws: StockFileError.self) { try FeatureFile("/nowhere/features.h5") }
        #expect(throws: StockFileError.self) { try FeatureFile(#filePath) }
    }

    /// A golden file cut short is refused or read up to what is there.
    @Test(arguments: ["contiguous", "gzip", "lzf", "grown"]) func filesCutShortAreRefused(_ variant: String) throws {
        let folder = try TemporaryFolder()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.golden("features_\(variant).h5")))
        for length in stride(from: 0, to: bytes.count, by: 509) {
            let path = folder.path + "/cut-\(length).h5"
            try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: StockFileError.self) { try FeatureFile(path) }
        }
    }

    /// Changed bytes in a file whose metadata has checksums: an error, or numbers. (The metadata of files in HDF5's oldest
    /// format has none, and libhdf5 believes it.)
    @Test func changedBytesAreAnErrorOrNumbers() throws {
        let folder = try TemporaryFolder()
        let made = try HDF5File(creating: folder.path + "/made.h5")
        let values = (0..<200).map { Float($0) }
        for ticker in ["AAPL", "MSFT"] {
            let group = try made.root.createGroup(ticker)
            try group.createTexts("dates", (0..<40).map { Day(rawValue: 19_000 + $0).description }, storage: .init(chunkRows: 40, deflateLevel: 0))
            if ticker == "AAPL" {
                _ = try group.createBlock("features", type: .float32, shape: [40, 5])
            } else {
                try group.createDataset("features", type: .float32, columns: 5).append(values)
            }
        }
        try made.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/made.h5"))
        var seed: UInt64 = 9
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        var refused = 0
        for round in 0..<1_000 {
            var changed = bytes
            changed[random(bytes.count)] ^= UInt8(1 << random(8))
            let path = folder.path + "/changed-\(round).h5"
            try changed.write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            do {
                let file = try FeatureFile(path)
                for ticker in file.tickers {
                    let features = try file.features(of: ticker)
                    #expect(try features.rows(0..<40).values(0..<40, width: 5).count == 200)
                }
            } catch {
                #expect(error is StockFileError)
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
