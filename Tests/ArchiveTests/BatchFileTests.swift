import Archive
import Descriptions
import MarketData
import Foundation
import HDF5
import Testing
import TestSupport

@Suite struct BatchFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// All rows of a batch file, read block by block.
    private func rows(_ batch: OpenBatch<OptionRows>) throws -> OptionRows {
        var all = OptionRows()
        try batch.forEachBlock(in: 0..<batch.rowCount) { rows, positions, _ in
            all.append(contentsOf: rows.reordered(positions.map(UInt32.init)))
        }
        return all
    }

    private func isSame(_ left: OptionRows, _ right: OptionRows) -> Bool {
        OptionRows.columns.allSatisfy { column in
            switch column.values {
            case .uint8(let path): left[keyPath: path] == right[keyPath: path]
            case .uint32(let path): left[keyPath: path] == right[keyPath: path]
            case .uint64(let path): left[keyPath: path] == right[keyPath: path]
            case .int32(let path): left[keyPath: path] == right[keyPath: path]
            case .int64(let path): left[keyPath: path] == right[keyPath: path]
            // NaN is a value here: empty.
            case .float(let path): left[keyPath: path].map(\.bitPattern) == right[keyPath: path].map(\.bitPattern)
            }
        }
    }

    @Test(arguments: [0, 1, 37, 20_000])
    func writtenFilesAreRead(_ count: Int) async throws {
        let batch = try Made.batch(count)
        try await Made.write(batch, to: folder.file("batch.h5"))
        let open = try OpenBatch<OptionRows>(path: folder.file("batch.h5"))
        #expect(open.keys == batch.keys)
        #expect(open.rowStart == batch.rowStart)
        #expect(open.parts == Made.parts(batch.keys.count))
        #expect(open.partCount == 3)
        #expect(open.files == batch.files)
        #expect(open.rowCount == count)
        #expect(try isSame(rows(open), batch.rows))
        #expect(try batchKind(path: folder.file("batch.h5")) == .options)
        for position in stride(from: 0, to: count, by: 997) {
            #expect(try open.row(position) { $0.line[$1] } == batch.rows.line[position])
        }
    }

    @Test func stocksTravelToo() async throws {
        var rows = StockRows()
        for row in 0..<9 {
            rows.key.append(DescriptionKey(ticker: UInt32(8 - row), kind: .stock).rawValue)
            rows.file.append(0)
            rows.line.append(UInt32(row))
            rows.quoteDate.append(Int32(row))
            rows.open.append(1)
            rows.high.append(2)
            rows.low.append(0.5)
            rows.close.append(1.5)
            rows.volume.append(row == 4 ? -1 : Int64(1) << 40)
            rows.adjustedClose.append(.nan)
        }
        let batch = try BatchContents(sorting: [rows], key: \.key, mask: .max, files: ["stocks/a.csv"])
        try await BatchFile.write(
            batch, parts: [UInt32](repeating: 0, count: 9), partCount: 1, kind: .stocks, year: 2013, simulated: false,
            to: folder.file("stocks.h5"))
        let open = try OpenBatch<StockRows>(path: folder.file("stocks.h5"))
        #expect(try open.row(0) { ($0.line[$1], $0.volume[$1]) } == (8, 1 << 40))
        #expect(try open.row(4) { $0.volume[$1] } == -1)
        #expect(try batchKind(path: folder.file("stocks.h5")) == .stocks)
    }

    @Test func theSameContentGivesTheSameBytes() async throws {
        try await Made.write(Made.batch(5_000), to: folder.file("one.h5"))
        try await Made.write(Made.batch(5_000), to: folder.file("two.h5"))
        #expect(try folder.bytes("one.h5") == folder.bytes("two.h5"))
    }

    /// Sorting against the obvious way: a stable sort by masked key, then cutting where it changes.
    @Test func sortingGroupsLikeTheObviousWay() throws {
        for seed in 0..<200 {
            var random = SplitMix(state: UInt64(seed))
            let count = Int.random(in: 0...300, using: &random)
            let rows = Made.options(count, seed: UInt64(seed))
            let mask = [Made.mask, UInt64.max, DescriptionKey.identityMask, 0][seed % 4]
            let batch = try BatchContents(
                sorting: [0..<count / 3, count / 3..<count].map { rows.reordered($0.map(UInt32.init)) }, key: \.key, mask: mask,
                files: [])
            let order = rows.key.indices.sorted { (rows.key[$0] & mask, $0) < (rows.key[$1] & mask, $1) }
            #expect(batch.rows.line == order.map { rows.line[$0] })
            let masked = order.map { rows.key[$0] & mask }
            let keys = Array(Set(masked)).sorted()
            #expect(batch.keys.map(\.rawValue) == keys)
            #expect(batch.rowStart == keys.map { key in UInt64(masked.firstIndex(of: key) ?? -1) } + [UInt64(count)])
        }
    }

    @Test func distinctKeepsTheOrderOfAppearance() throws {
        var random = SplitMix(state: 5)
        // Enough to make the table of the hash grow.
        let keys = (0..<60_000).map { _ in UInt64.random(in: 0..<30_000, using: &random) << 13 | 5 }
        var seen: Set<UInt64> = []
        let expected = keys.map { $0 & ~1 }.filter { seen.insert($0).inserted }
        #expect(try Array(BatchContents<OptionRows>.distinct(keys, mask: ~1)) == expected)
        #expect(try BatchContents<OptionRows>.distinct([], mask: .max).isEmpty)
    }

    // MARK: - Damage

    /// Reads all there is, and uses what a query uses.
    private func readAll(_ path: String) throws {
        _ = try batchKind(path: path)
        let open = try OpenBatch<OptionRows>(path: path)
        guard open.rowCount < 1_000_000 else { return }
        for description in open.keys.indices {
            let range = Int(open.rowStart[description])..<Int(open.rowStart[description + 1])
            try open.forEachBlock(in: range) { rows, positions, _ in
                for position in positions { _ = (rows.key[position], rows.vendorVega[position]) }
            }
        }
    }

    @Test func aDamagedFileIsAnErrorNotACrash() async throws {
        try await Made.write(Made.batch(400), to: folder.file("good.h5"))
        let good = try folder.bytes("good.h5")
        var random = SplitMix(state: 23)
        var refused = 0
        for round in 0..<600 {
            var bytes = good
            for _ in 0...(round % 3) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = round % 2 == 0 ? UInt8.random(in: 0...255, using: &random) : bytes[place] ^ (1 << (random.next() % 8))
            }
            if round % 10 == 0 { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
            try folder.write(bytes, to: "bad.h5")
            do {
                try readAll(folder.file("bad.h5"))
            } catch let error as ArchiveError {
                #expect(error.description.contains("bad.h5"))
                refused += 1
            } catch let error as HDF5Error {
                #expect(error.description.contains("bad.h5"))
                refused += 1
            }
        }
        #expect(refused > 100)
    }

    /// Valid HDF5 files with false content.
    @Test func hostileFilesAreRefused() throws {
        struct Content {
            var keys: [UInt64] = [1, 2, 3]
            var rowStart: [UInt64] = [0, 1, 2, 4]
            var parts: [UInt32] = [0, 1, 2]
            var rowKeys: [UInt64] = [1, 2, 3, 3]
        }
        func refuses(_ change: (inout Content) -> Void) throws -> Bool {
            var content = Content()
            change(&content)
            try? folder.remove("hostile.h5")
            let file = try HDF5File(creating: folder.file("hostile.h5"))
            try file.root.setAttribute("kind", to: "options")
            let group = try file.root.createGroup("descriptions")
            try group.createDataset("key", type: .uint64).append(content.keys)
            try group.createDataset("row_start", type: .uint64).append(content.rowStart)
            try group.createDataset("parts", type: .uint32, columns: 1).append(content.parts)
            try file.root.createGroup("files").createDataset("key", type: .text(bytes: 1)).append(["a"])
            try file.root.createGroup("rows").createDataset("key", type: .uint64).append(content.rowKeys)
            try file.close()
            do {
                _ = try OpenBatch<OptionRows>(path: folder.file("hostile.h5"))
                return false
            } catch let error as ArchiveError {
                return error.description.contains("hostile.h5 is damaged")
            }
        }
        #expect(try !refuses { _ in })
        #expect(try refuses { $0.rowStart = [] })
        #expect(try refuses { $0.rowStart = [0, 2, 1, 4] })
        #expect(try refuses { $0.rowStart = [1, 1, 2, 4] })
        #expect(try refuses { $0.rowStart = [0, 1, 2, .max] })
        #expect(try refuses { $0.rowStart = [0, 1, 2, UInt64(Int.max)] })
        #expect(try refuses { $0.rowStart = [0, 1, 2, 5] })
        #expect(try refuses { $0.rowStart = [0, 1, 2, 3] })
        #expect(try refuses { $0.keys = [1, 3, 2] })
        #expect(try refuses { $0.keys = [1, 1, 2] })
        #expect(try refuses { $0.parts = [0, 1] })
    }

    @Test func rowsThatAreNotThereAreAnError() async throws {
        try await Made.write(Made.batch(10), to: folder.file("batch.h5"))
        let open = try OpenBatch<OptionRows>(path: folder.file("batch.h5"))
        #expect(throws: (any Error).self) { try open.row(10) { $0.line[$1] } }
        #expect(throws: HDF5Error.self) { try OpenBatch<StockRows>(path: folder.file("batch.h5")).row(0) { $0.line[$1] } }
        #expect(throws: HDF5Error.self) { try OpenBatch<OptionRows>(path: folder.file("absent.h5")) }
    }

    // MARK: - Other programs

    @Test(.enabled(if: Machine.hasPython(with: "h5py"), "\(Machine.pythonIsMissing)"))
    func h5pyOpensABatch() async throws {
        let python = try #require(Python(with: "h5py"))
        try await Made.write(Made.batch(50), to: folder.file("batch.h5"))
        let output = try python.run(
            """
            import h5py, sys
            f = h5py.File(sys.argv[1])
            print(int(f.attrs['format']), f.attrs['kind'].decode(), int(f.attrs['year']), f.attrs['simulated'].decode())
            d = f['descriptions']
            print(d['key'].dtype, d['row_start'].dtype, d['parts'].dtype, d['parts'].shape[1], int(d['row_start'][-1]))
            print(f['files/key'].asstr()[()].tolist())
            print(' '.join(f'{n}:{f["rows"][n].dtype}' for n in sorted(f['rows'])))
            print(set(f['rows'][n].shape for n in f['rows']), int(f['rows/line'][()].sum()))
            """, folder.file("batch.h5"))
        #expect(
            output == """
                2 options 2013 simulated
                uint64 uint64 uint32 3 50
                ['options/a.csv', 'options/b.csv']
                ask:float32 ask_size:int32 bid:float32 bid_size:int32 expiry:int32 file:uint32 implied_volatility:float32 \
                implied_volatility_source:uint8 key:uint64 line:uint32 open_interest:int32 quote_date:int32 root:uint32 \
                strike:int32 style:uint8 underlying_close:float32 vendor_delta:float32 vendor_gamma:float32 \
                vendor_implied_volatility:float32 vendor_theta:float32 vendor_vega:float32 volume:int32
                {(50,)} \((0..<50).reduce(0) { $0 + $1 + 2 })

                """)
    }

    /// An index of an older build is not damaged: the error says how to write it anew.
    @Test func anIndexOfAnotherFormatNamesTheRemedy() throws {
        let path = folder.file("descriptions.h5")
        let file = try HDF5File(creating: path)
        try file.root.setAttribute("format", to: Int64(1))
        try file.root.setAttribute("year", to: Int64(2014))
        try file.close()
        let error = #expect(throws: ArchiveError.self) {
            try DescriptionIndex(path: path, year: 2014, models: [], partCount: 1, sha256: nil)
        }
        #expect(error?.kind == .unsupported)
        #expect(error?.description.contains("tapedeck index rebuild --all") == true)
    }
}
