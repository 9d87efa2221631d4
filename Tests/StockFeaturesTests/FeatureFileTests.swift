import Foundation
import MarketData
import StockFeatures
import Testing

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

    /// Whatever becomes of a file: what is read is as it was or an error, and never a crash. Changed numbers are not
    /// noticed: the format has no checksums.
    @Test func damagedFilesNeverCrash() throws {
        let folder = NSTemporaryDirectory() + "/tapedeck-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var random = SystemRandomNumberGenerator()
        for name in ["contiguous", "gzip", "lzf", "grown"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.golden("features_\(name).h5")))
            for round in 0..<150 {
                var changed = bytes
                if round % 5 == 0 { changed.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
                if !changed.isEmpty {
                    changed[Int.random(in: 0..<changed.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                }
                let path = folder + "/\(name)-\(round).h5"
                try changed.write(to: URL(fileURLWithPath: path))
                guard let file = try? FeatureFile(path) else { continue }
                for ticker in file.tickers {
                    guard let features = try? file.features(of: ticker) else { continue }
                    _ = try? features.rows(0..<features.days.count).values(0..<features.days.count, width: 5)
                }
            }
        }
    }
}
