import Archive
import Foundation
import HDF5
import Testing
import TestSupport

@Suite struct PartsFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(
        _ table: PartsTable, _ parts: Range<Int>, _ tickers: Range<Int>, _ type: PartsFile.VectorType, _ name: String
    ) throws {
        try? folder.remove(name)
        try PartsFile.write(
            [Made.newParts(table, parts, type: type)], tickers: Array(table.tickers[tickers]),
            first: (parts.lowerBound, tickers.lowerBound), dimensions: Made.dimensions, type: type, to: folder.file(name))
    }

    @Test(arguments: [PartsFile.VectorType.f32, .f16])
    func segmentsContinueOneAnother(_ type: PartsFile.VectorType) throws {
        let table = Made.table(20)
        try write(table, 0..<7, 0..<10, type, "0.h5")
        try write(table, 7..<7, 10..<10, type, "1.h5")
        try write(table, 7..<20, 10..<10, type, "2.h5")
        var read = PartsTable()
        for segment in 0..<3 { try PartsFile.read(folder.file("\(segment).h5"), into: &read, models: Made.dimensions) }
        #expect(read.texts == table.texts)
        #expect(read.tickers == table.tickers)
        // Eighths below 2048 are halves exactly.
        #expect(read.vectors == table.vectors)
        #expect(read.number(ofText: "part 8 größer") == 8)
        #expect(read.number(ofText: "other") == nil)
        #expect(read.number(ofTicker: "T3") == 3)
    }

    @Test func onlyTheModelsAskedForAreRead() throws {
        try write(Made.table(4), 0..<4, 0..<2, .f16, "0.h5")
        var read = PartsTable()
        try PartsFile.read(folder.file("0.h5"), into: &read, models: ["small": 4])
        #expect(Array(read.vectors.keys) == ["small"])
    }

    @Test func wrongSegmentsAreRefused() throws {
        let table = Made.table(8)
        try write(table, 0..<4, 0..<2, .f32, "0.h5")
        try write(table, 5..<8, 2..<4, .f32, "gap.h5")
        var read = PartsTable()
        #expect(throws: ArchiveError.self) { try PartsFile.read(folder.file("gap.h5"), into: &read, models: [:]) }
        try PartsFile.read(folder.file("0.h5"), into: &read, models: [:])
        #expect(throws: ArchiveError.self) { try PartsFile.read(folder.file("0.h5"), into: &read, models: [:]) }
        var other = PartsTable()
        #expect(throws: ArchiveError.self) { try PartsFile.read(folder.file("0.h5"), into: &other, models: ["small": 5]) }
        other = PartsTable()
        #expect(throws: HDF5Error.self) { try PartsFile.read(folder.file("0.h5"), into: &other, models: ["absent": 4]) }
    }

    /// Valid HDF5 that would shift the numbers of all later parts, or invalidate every comparison.
    @Test func hostileSegmentsAreRefused() throws {
        func refuses(_ texts: [String], _ tickers: [String], _ vectors: [Float]) throws -> Bool {
            try? folder.remove("hostile.h5")
            let file = try HDF5File(creating: folder.file("hostile.h5"))
            try file.root.setAttribute("first_part", to: 0)
            try file.root.setAttribute("first_ticker", to: 0)
            try file.root.createGroup("parts").createDataset("text", type: .text(bytes: 3)).append(texts)
            try file.root.createGroup("tickers").createDataset("symbol", type: .text(bytes: 3)).append(tickers)
            try file.root.createGroup("vectors").createDataset("small", type: .float32, columns: 2).append(vectors)
            try file.close()
            var table = PartsTable()
            do {
                try PartsFile.read(folder.file("hostile.h5"), into: &table, models: ["small": 2])
                return false
            } catch let error as ArchiveError {
                return error.description.contains("hostile.h5")
            }
        }
        #expect(try !refuses(["a", "b"], ["A"], [1, 0, 0, 1]))
        #expect(try refuses(["a", "a"], ["A"], [1, 0, 0, 1]))
        #expect(try refuses(["a", "b"], ["A", "A"], [1, 0, 0, 1]))
        #expect(try refuses(["a", "b"], ["A"], [1, 0]))
        #expect(try refuses(["a", "b"], ["A"], [1, 0, .nan, 1]))
        #expect(try refuses(["a", "b"], ["A"], [1, 0, .infinity, 1]))
    }

    @Test func aDamagedSegmentIsAnErrorNotACrash() throws {
        try write(Made.table(60), 0..<60, 0..<30, .f16, "good.h5")
        let good = try folder.bytes("good.h5")
        var random = SplitMix(state: 29)
        var refused = 0
        for round in 0..<500 {
            var bytes = good
            for _ in 0...(round % 3) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 10 == 0 { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
            try folder.write(bytes, to: "bad.h5")
            var table = PartsTable()
            do {
                try PartsFile.read(folder.file("bad.h5"), into: &table, models: Made.dimensions)
            } catch is ArchiveError {
                refused += 1
            } catch is HDF5Error {
                refused += 1
            }
        }
        #expect(refused > 50)
    }

    @Test func theSameContentGivesTheSameBytes() throws {
        for name in ["one.h5", "two.h5"] { try write(Made.table(50), 0..<50, 0..<25, .f16, name) }
        #expect(try folder.bytes("one.h5") == folder.bytes("two.h5"))
    }

    @Test(.enabled(if: Machine.hasPython(with: "h5py"), "\(Machine.pythonIsMissing)"))
    func h5pyOpensASegment() throws {
        let python = try #require(Python(with: "h5py"))
        try write(Made.table(6), 2..<6, 1..<3, .f16, "parts.h5")
        let output = try python.run(
            """
            import h5py, hashlib, sys
            f = h5py.File(sys.argv[1])
            print(int(f.attrs['format']), int(f.attrs['first_part']), int(f.attrs['first_ticker']))
            texts = f['parts/text'].asstr()[()].tolist()
            print(texts, f['tickers/symbol'].asstr()[()].tolist())
            print(f['parts/sha256'].asstr()[()].tolist() == [hashlib.sha256(t.encode()).hexdigest() for t in texts])
            v = f['vectors/small']
            print(v.dtype, v.shape, v[0].tolist(), f['vectors/large'].shape)
            """, folder.file("parts.h5"))
        #expect(
            output == """
                1 2 1
                ['part 2 größer', 'part 3 größer', 'part 4 größer', 'part 5 größer'] ['T1', 'T2']
                True
                float16 (4, 4) [1.0, 1.125, 1.25, 1.375] (4, 6)

                """)
    }
}
