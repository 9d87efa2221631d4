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
        ("WHOLE", "a table of int32"), ("LIST", "a list of float32"), ("UNDATED", "dates"), ("NODATE", "'2024-01-32', not a date"),
        ("NUMBERS", "not a list of texts"), ("NOBODY", "nothing of that name"), ("GOOD/dates", "not a group"), ("", "not a name"),
        ("..", "nothing"),
    ])
    func mismatchesAreRejectedByName(_ ticker: String, _ message: String) throws {
        let file = try FeatureFile(Self.golden("features_bad.h5"))
        let error = #expect(throws: FeatureFileError.self) { try file.features(of: ticker) }
        #expect(error?.ticker == ticker)
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    /// Every row of a table of features whose values follow from row, column and the ticker's number.
    func expectTable(_ features: TickerFeatures, _ number: Int, rows: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expected = (0..<rows).map { Self.row(number, $0) }
        let all = try features.rows(0..<rows).values(0..<rows, width: 5)
        #expect(all == Array(expected.joined()), sourceLocation: sourceLocation)
        let one = try features.rows(3..<9).values(5..<6, width: 5)
        #expect(one == expected[5], sourceLocation: sourceLocation)
    }

    static func row(_ number: Int, _ row: Int) -> [Float] {
        let first = Float(1000 * number + row)
        return (0..<5).map { first + Float($0) / 64 }
    }

    @Test func datesOfVariableLengthAreRead() throws {
        let file = try FeatureFile(Self.golden("features_variable.h5"))
        for (number, ticker) in ["CHUNKS", "GZIP", "LZF", "PLAIN"].enumerated() {
            let features = try file.features(of: ticker)
            #expect(features.days == (0..<40).map { try! day("2024-01-01").adding(days: $0) }, "\(ticker)")
            try expectTable(features, number + 1, rows: 40)
        }
        for (ticker, text) in [("TIMES", "'2024-01-01T00:00:00'"), ("BLANK", "''")] {
            let error = #expect(throws: FeatureFileError.self) { try file.features(of: ticker) }
            #expect(error?.message.contains("row 0 holds \(text), not a date") == true, "\(String(describing: error))")
        }
    }

    /// Bits flipped in the references and heaps of such texts: an error, or dates, and never a crash.
    @Test func damagedTextsOfVariableLengthAreAnErrorOrDates() throws {
        let folder = try TemporaryFolder()
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.golden("features_variable.h5"))))
        let heaps = bytes.indices.dropLast(4).filter { bytes[$0..<$0 + 4].elementsEqual("GCOL".utf8) }
        // A reference to the first of them: a length of ten and its address.
        let references = try heaps.map { heap in
            let wanted = [10, 0, 0, 0] + withUnsafeBytes(of: UInt64(heap)) { Array($0) }
            return try #require(bytes.firstRange(of: wanted)?.lowerBound)
        }
        #expect(!heaps.isEmpty)
        var random = SplitMix(printing: #function)
        var refused = 0
        for round in 0..<600 {
            var changed = bytes
            let place = round.isMultiple(of: 2) ? heaps : references
            let start = try #require(place.randomElement(using: &random))
            changed[start + Int.random(in: 0..<(round % 4 < 2 ? 48 : 1200), using: &random) % (bytes.count - start)] ^=
                1 << UInt8.random(in: 0..<8, using: &random)
            let path = try folder.write(changed, to: "changed.h5")
            for ticker in ["CHUNKS", "GZIP", "LZF", "PLAIN"] {
                do {
                    #expect(try FeatureFile(path).features(of: ticker).days.count == 40)
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 100, "\(refused)")
    }

    @Test func tickersInsideTickersAndTablesOfDoublesAreRead() throws {
        let file = try FeatureFile(Self.golden("features_nested.h5"))
        #expect(file.tickers == ["A/B/C", "BF", "BF/B", "BRK/A", "LINK"])
        // Unread items are named: a ticker's group without data, one that lies too deep, loose datasets.
        #expect(file.others == ["A/B/C/D", "BF/old", "empty", "loose"])
        for (number, ticker) in ["BF", "BF/B", "BRK/A", "A/B/C"].enumerated() { try expectTable(file.features(of: ticker), number + 1, rows: 20) }
        #expect(try file.features(of: "BF/B").isMapped && !file.features(of: "BF").isMapped)
    }

    /// The daily updater appends days that it fills in.
    @Test(arguments: [HDF5Type.float32, .float64], [true, false])
    func rowsAreSortedByChoice(_ type: HDF5Type, _ inOnePiece: Bool) throws {
        let folder = try TemporaryFolder(), path = folder.file("unsorted.h5")
        let order = Array(0..<10) + Array(15..<20) + Array(10..<15)
        let file = try HDF5File(creating: path)
        for (ticker, order) in [("AAPL", order), ("SAME", Array(0..<20)), ("TWICE", order.dropLast() + [3])] {
            let group = try file.root.createGroup(ticker)
            try group.createTexts("dates", order.map { Day(rawValue: 19_000 + Int32($0)).description })
            let values = order.flatMap { Self.row(1, $0) }
            let storage = HDF5Storage(chunkRows: inOnePiece ? 20 : 3)
            if type == .float32 {
                try group.createDataset("features", type: type, columns: 5, storage: storage).append(values)
            } else {
                try group.createDataset("features", type: type, columns: 5, storage: storage).append(values.map { Double($0) })
            }
        }
        try file.close()
        let refusing = #expect(throws: FeatureFileError.self) { try FeatureFile(path).features(of: "AAPL") }
        #expect(refusing?.message.contains("do not ascend") == true && refusing?.message.contains("--dates sort") == true)
        let sorting = try FeatureFile(path, dates: .sort)
        for ticker in ["AAPL", "SAME"] {
            let features = try sorting.features(of: ticker)
            #expect(features.days == (0..<20).map { Day(rawValue: 19_000 + Int32($0)) })
            try expectTable(features, 1, rows: 20)
            #expect(features.row(on: Day(rawValue: 19_012)) == 12)
        }
        let twice = #expect(throws: FeatureFileError.self) { try sorting.features(of: "TWICE") }
        #expect(twice?.message.contains("two rows for") == true)
    }

    @Test(arguments: [
        ("BITSHUFFLE", "32008 (bitshuffle)"), ("LZ4", "32004 (LZ4)"), ("NAMELESS", "40000, which"), ("ZSTD", "32015 (Zstandard)"),
        ("DATES", "32001 (Blosc)"),
    ])
    func filtersThatThisProgramLacksAreNamed(_ ticker: String, _ name: String) throws {
        let file = try FeatureFile(Self.golden("features_filters.h5"))
        let error = #expect(throws: FeatureFileError.self) { try file.features(of: ticker).rows(0..<10) }
        #expect(error?.message.contains("filter \(name)") == true && error?.message.contains("gzip or LZF") == true, "\(String(describing: error))")
        #expect(error?.message.contains("damaged") == false, "\(String(describing: error))")
    }

    @Test func chunksStoredWithoutAnOptionalFilterAreRead() throws {
        try expectTable(FeatureFile(Self.golden("features_filters.h5")).features(of: "PLAIN"), 4, rows: 10)
    }

    /// Soft links are tickers by their own names; a dangling one, one in a circle and an external one are named.
    @Test func softLinksAreFollowedWithinTheFile() throws {
        let file = try FeatureFile(Self.golden("features_links.h5"))
        #expect(file.tickers == ["CHAIN", "FB", "G/INNER", "G/REL", "META", "SHARED"])
        #expect(file.others == ["A", "ABOVE", "B", "EXT", "FAR", "NOWHERE", "TEXT", "dates", "tables"])
        for (ticker, number) in [("META", 1), ("FB", 1), ("CHAIN", 1), ("G/REL", 1), ("SHARED", 2)] {
            let features = try file.features(of: ticker)
            #expect(features.days.count == 20 && features.isMapped, "\(ticker)")
            try expectTable(features, number, rows: 20)
        }
        for (ticker, reason) in [
            ("A", "circular soft link"), ("NOWHERE", "broken soft link to /OLD"), ("EXT", "external link"), ("FAR", "external link"),
        ] {
            let error = #expect(throws: FeatureFileError.self) { try file.features(of: ticker) }
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        }
    }

    @Test func aMissingFileIsReportedInOneLine() throws {
        let error = #expect(throws: FeatureFileError.self) { try FeatureFile("/nowhere/features.h5") }
        #expect(error?.message == "there is no such file; check the path")
        let other = #expect(throws: FeatureFileError.self) { try FeatureFile(#filePath) }
        #expect(other?.message.contains("not a complete HDF5 file") == true && other?.message.contains("\n") == false)
    }

    @Test func goodTickersBesideBadOnesAreRead() throws {
        let file = try FeatureFile(Self.golden("features_bad.h5"))
        #expect(file.others == ["loose"])
        #expect(try file.features(of: "GOOD").days.count == 10)
        #expect(try file.features(of: "WIDE").width == 7)
    }

    @Test func aFileWithoutFeaturesIsRefused() throws {
        let error = #expect(throws: FeatureFileError.self) { try FeatureFile(Self.golden("prices.h5")) }
        #expect(error?.message.contains("such links or hold no features: AAPL, MSFT") == true)
        #expect(throws: FeatureFileError.self) { try FeatureFile("/nowhere/features.h5") }
        #expect(throws: FeatureFileError.self) { try FeatureFile(#filePath) }
    }

    /// A golden file cut short is refused, or read as far as its data goes.
    @Test(arguments: ["contiguous", "gzip", "lzf", "grown"]) func filesCutShortAreRefused(_ variant: String) throws {
        let folder = try TemporaryFolder()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.golden("features_\(variant).h5")))
        for length in stride(from: 0, to: bytes.count, by: 509) {
            let path = folder.path + "/cut-\(length).h5"
            try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
            #expect(throws: FeatureFileError.self) { try FeatureFile(path) }
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
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
