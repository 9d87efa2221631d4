import EmbeddingCache
import Foundation
import HDF5
import MarketData
import StockFeatures
import Testing
import TestSupport

/// The original system's layout, from a file that h5py wrote (scripts/golden/stock_files.py) and back to h5py.
struct OriginalLayoutTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func golden(_ name: String) throws -> String {
        try #require(Bundle.module.path(forResource: "Golden/" + name, ofType: nil))
    }

    @Test func aFileOfH5pyIsImported() throws {
        try OriginalLayout.read(golden("original.h5"), to: folder.file("cache.h5"), model: nil)
        let file = try CacheFile(folder.file("cache.h5"))
        #expect(file.tickers == ["AAPL", "EMPTY", "MSFT"])
        #expect(file.days.map(\.description) == ["2024-01-02", "2024-01-03", "2024-01-04"])
        #expect(file.fingerprint.mode == .repeatRow && file.fingerprint.rows == 2000)
        let cache = try EmbeddingCache.open(file.path)
        for (index, day) in file.days.enumerated() {
            let found = cache.embeddings(on: day, tickers: file.tickers)
            #expect(found.hits == (index == 1 ? [0] : [0, 2]))
            #expect(found.cause(at: 1) == .notTried)
            for hit in found.hits {
                let expected = (0..<8).map { Float(100 * (hit == 0 ? 1 : 2) + index) + Float($0) / 8 }
                #expect(found.withVector(at: hit) { Array($0) } == expected)
            }
        }
        // Its model is unknown, so it never counts as another model's.
        try Market.write(Market.standard, to: folder.file("features.h5"))
        #expect(throws: CacheError.self) {
            try CacheFiller(cache, features: .init(folder.file("features.h5")), encoder: FakeEncoder())
        }
        #expect(throws: CacheError.self) { try OriginalLayout.read(golden("original.h5"), to: file.path, model: nil) }
    }

    @Test func aModelMayBeNamed() throws {
        let model = FakeEncoder().fingerprint()
        try OriginalLayout.read(golden("original.h5"), to: folder.file("cache.h5"), model: model, rows: 60, vectorType: .f16)
        let file = try CacheFile(folder.file("cache.h5"))
        #expect(file.fingerprint == CacheFingerprint(model: model, mode: .repeatRow, rows: 60, widthRule: .fit))
        // Small eighths are exact in halves.
        #expect(file.roundingErrors()?.largest == 0)
    }

    @Test func aModelOfAnotherWidthIsRefused() throws {
        let error = #expect(throws: CacheError.self) {
            try OriginalLayout.read(golden("original.h5"), to: folder.file("cache.h5"), model: FakeEncoder(dimension: 16).fingerprint())
        }
        #expect(error?.code == .mismatch && error?.message.contains("vectors of 8 numbers, and the model gives 16") == true)
        #expect(!folder.exists("cache.h5"))
    }

    /// Writes a file of the original layout: tickers, days, vectors.
    func write(_ vectors: [(ticker: String, day: String, vector: [Float])], to name: String) throws {
        let file = try HDF5File(creating: folder.file(name))
        for (ticker, day, vector) in vectors {
            let group = try file.root.contains(ticker) ? file.root.group(ticker) : file.root.createGroup(ticker)
            try group.createDataset(day, type: .float32).append(vector)
        }
        try file.close()
    }

    @Test func anInvalidVectorBecomesAFailedCell() throws {
        let good = [Float](repeating: 2, count: 8), days = ["2024-01-02", "2024-01-03", "2024-01-04"]
        var vectors = days.flatMap { day in ["AAPL", "MSFT"].map { (ticker: $0, day: day, vector: good) } }
        vectors[1].vector[3] = .nan
        vectors[4].vector[0] = -.infinity
        vectors[5].vector[7] = 1e6
        try write(vectors, to: "original.h5")
        try OriginalLayout.read(folder.file("original.h5"), to: folder.file("cache.h5"), model: nil)
        let file = try CacheFile(folder.file("cache.h5"))
        #expect(file.counts()[.cached] == 4 && file.counts()[.failed] == 2)
        #expect(file.failures.map { "\($0.ticker) \($0.day)" } == ["MSFT 2024-01-02", "AAPL 2024-01-04"])
        #expect(file.failures.allSatisfy { $0.reason.contains("not finite") })
        #expect(try EmbeddingCache.open(file.path).embeddings(on: day("2024-01-02"), tickers: ["AAPL"]).packed() == good)
        // What a type cannot hold is a failure of it alone.
        try OriginalLayout.read(folder.file("original.h5"), to: folder.file("half.h5"), model: nil, vectorType: .f16)
        let half = try CacheFile(folder.file("half.h5"))
        #expect(half.failures.map(\.ticker) == ["MSFT", "AAPL", "MSFT"] && half.failures.last?.reason.contains("too large for f16") == true)
    }

    /// An own build and an import of the same cells differ by rounding.
    @Test func anImportAgreesWithABuildWithinATolerance() async throws {
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let encoder = FakeEncoder()
        let builder = try CacheBuilder.make(folder.file("features.h5"), encoder, mode: .repeatRow, rows: 6, widthRule: .fit)
        let own = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("own.h5")).file
        let cache = try EmbeddingCache.open(own.path), day = try day("2024-02-01")
        let vector = cache.embeddings(on: day, tickers: ["AAPL"]).packed()
        try write([("AAPL", day.description, vector.map { $0 * 1.000_001 }), ("ZZZ", day.description, vector)], to: "original.h5")
        try OriginalLayout.read(folder.file("original.h5"), to: folder.file("imported.h5"), model: encoder.fingerprint(), rows: 6)
        let imported = try CacheFile(folder.file("imported.h5"))
        let error = #expect(throws: CacheError.self) { try CacheMerge([own, imported]).write(to: folder.file("merged.h5")) }
        #expect(
            error?.code == .conflict && error?.message.contains("that is rounding: give --tolerance 0.0001") == true, "\(String(describing: error))")
        for files in [[own, imported], [imported, own]] {
            #expect(try CacheMerge(files).write(to: folder.file("merged.h5"), tolerance: 1e-4, overwrite: true) == [])
            let merged = try EmbeddingCache.open(folder.file("merged.h5"))
            // Of two that agree, the one that can be compared with features.
            #expect(merged.embeddings(on: day, tickers: ["AAPL", "ZZZ"]).packed() == vector + vector)
            let verified = try await CacheVerification(merged.files[0], features: FeatureFile(folder.file("features.h5")))
            #expect(verified.isSound && verified.compared == own.counts()[.cached])
        }
        try write([("AAPL", day.description, vector.map { $0 * 1.01 })], to: "other.h5")
        try OriginalLayout.read(folder.file("other.h5"), to: folder.file("far.h5"), model: encoder.fingerprint(), rows: 6)
        let far = try CacheMerge([own, CacheFile(folder.file("far.h5"))]).write(to: folder.file("last.h5"), conflicts: .last, tolerance: 1e-4)
        #expect(far.count == 1 && far.allSatisfy { (0.009...0.011).contains($0.difference) })
    }

    @Test func mismatchesAreNamed() throws {
        let ragged = #expect(throws: CacheError.self) {
            try OriginalLayout.read(golden("original_ragged.h5"), to: folder.file("cache.h5"), model: nil)
        }
        #expect(ragged?.message.contains("AAPL on 2024-01-03") == true)
        #expect(!folder.exists("cache.h5") && !folder.exists("cache.h5.new"))
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let other = #expect(throws: CacheError.self) {
            try OriginalLayout.read(folder.file("features.h5"), to: folder.file("cache.h5"), model: nil)
        }
        #expect(other?.message.contains("is not a day") == true)
    }

    @Test(.enabled(if: Machine.hasPython(with: "h5py"), "\(Machine.pythonIsMissing)"))
    func anExportIsReadByH5py() throws {
        try OriginalLayout.read(golden("original.h5"), to: folder.file("cache.h5"), model: nil)
        try OriginalLayout.write(CacheFile(folder.file("cache.h5")), to: folder.file("export.h5"))
        // And comes back the same.
        try OriginalLayout.read(folder.file("export.h5"), to: folder.file("again.h5"), model: nil)
        #expect(try CacheFile(folder.file("again.h5")).counts() == CacheFile(folder.file("cache.h5")).counts())
        let python = try #require(Python(with: "h5py"))
        let output = try python.run(
            """
            import h5py, numpy as np, sys
            with h5py.File(sys.argv[1]) as ours, h5py.File(sys.argv[2]) as theirs:
                print(sorted(ours) == sorted(theirs))
                for ticker in theirs:
                    print(ticker, sorted(ours[ticker]) == sorted(theirs[ticker]))
                    for day in theirs[ticker]:
                        a, b = ours[ticker][day], theirs[ticker][day]
                        print(day, a.dtype, a.shape, a.compression, np.array_equal(a[:], b[:]))
            """, folder.file("export.h5"), golden("original.h5"))
        let vector = "float32 (8,) gzip True"
        #expect(
            output == """
                True
                AAPL True
                2024-01-02 \(vector)
                2024-01-03 \(vector)
                2024-01-04 \(vector)
                EMPTY True
                MSFT True
                2024-01-02 \(vector)
                2024-01-04 \(vector)

                """)
    }

    @Test(.enabled(if: Machine.hasPython(with: "h5py"), "\(Machine.pythonIsMissing)"))
    func aCacheOpensInH5py() async throws {
        let python = try #require(Python(with: "h5py"))
        try Market.write(Market.standard, to: folder.file("features.h5"))
        let builder = try CacheBuilder.make(folder.file("features.h5"), type: .f16)
        _ = try await builder.run(builder.plan(CacheSelection(), prices: nil), to: folder.file("cache.h5"))
        let output = try python.run(
            """
            import datetime, h5py, json, numpy as np, sys
            with h5py.File(sys.argv[1]) as cache:
                tickers = cache["tickers"].asstr()[()].tolist()
                days = [str(np.datetime64(int(d), "D")) for d in cache["days"]]
                vectors = cache["vectors"]
                print(tickers, days[0], len(days), vectors.dtype, vectors.shape, cache["status"].shape)
                print(json.loads(cache.attrs["fingerprint"])["model"]["architecture"], cache.attrs["vector_type"].decode())
                print(cache["status"][days.index("2024-02-09")].tolist(), vectors[days.index("2024-02-20"), 0].dtype)
            """, folder.file("cache.h5"))
        #expect(
            output == """
                ['AAPL', 'MSFT', 'SAME', 'YOUNG'] 2024-01-02 41 float16 (41, 4, 8) (41, 4)
                Fake f16
                [1, 2, 1, 2] float16

                """)
    }
}
