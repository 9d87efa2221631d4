import Benchmarks
import Foundation
import MarketData
import TestSupport
import Testing
import VectorIndex

@Suite struct BenchmarksTests {
    @Test func ingestCountsTheRowsOfAFile() throws {
        let folder = try TemporaryFolder()
        let row =
            "AAPL140621C00092860,AAPL,2014-06-21,call,92.86,A,2.32,12,2.35,7,1056,834,2014-06-09,0.6402,0.0534,-0.0686,0.1064,0.2569"
        try folder.write(OptionFileReader.columns.joined(separator: ",") + "\n\(row)\nbad\n", to: "2014-06-09options.csv")
        let result = try IngestBenchmark.parse(path: folder.file("2014-06-09options.csv"), repetitions: 2)
        #expect(result.rows == 1 && result.rejected == 1 && result.rowsPerSecond > 0)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        #expect(object?["stage"] as? String == "parse" && object?["rows_per_second"] != nil)
    }

    @Test func ingestAsksForTheDay() {
        #expect(throws: MarketFileError.self) { try IngestBenchmark.parse(path: "quotes.csv") }
    }

    /// A .npy file of format 1.0.
    private func npy<Value: BitwiseCopyable>(_ type: String, _ values: [Value], columns: Int) -> [UInt8] {
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(values.count / columns), \(columns)), }"
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)] + Array(header.utf8)
            + values.withUnsafeBytes(Array.init)
    }

    @Test func searchFindsTheTrueNeighbours() throws {
        let folder = try TemporaryFolder()
        var random = SplitMix(state: 1)
        let dimensions = 16
        let vectors = (0..<500).flatMap { _ -> [Float] in
            let vector = (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / norm }
        }
        let ids = (0..<500).map { Int64($0) * 7 - 100 }
        try IndexBuilder.build(vectors: vectors, ids: ids, dimensions: dimensions, to: folder.file("i.faiss"))
        let queries = Array(vectors.prefix(20 * dimensions))
        let scores = ScanKernels.dotProducts(queries: queries, rows: vectors, dimensions: dimensions)
        var nearest: [Int64] = []
        for query in 0..<20 {
            let own = Array(scores[query * ids.count..<(query + 1) * ids.count])
            nearest += ids.indices.sorted { own[$0] > own[$1] }.prefix(10).map { ids[$0] }
        }
        try folder.write(npy("<f4", queries, columns: dimensions), to: "q.npy")
        try folder.write(npy("<i8", nearest, columns: 10), to: "t.npy")
        let result = try SearchBenchmark.run(
            index: folder.file("i.faiss"), queries: folder.file("q.npy"), truth: folder.file("t.npy"), threads: 2)
        #expect(result.vectors == 500)
        #expect(result.dims == 16)
        #expect(result.nprobe == 1)
        #expect(result.recallAt10 == 1)
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        #expect(
            json?.keys.sorted() == ["dims", "ms_batch", "ms_first", "ms_single", "nprobe", "open_ms", "recall_at_10", "threads", "vectors"])
        let mixed = #expect(throws: IndexError.self) {
            try SearchBenchmark.run(index: folder.file("i.faiss"), queries: folder.file("t.npy"), truth: nil)
        }
        #expect(mixed?.message.contains("no floats") == true)
        try folder.write(npy("<f4", [1, 2, 3] as [Float], columns: 3), to: "other.npy")
        let other = #expect(throws: IndexError.self) {
            try SearchBenchmark.run(index: folder.file("i.faiss"), queries: folder.file("other.npy"), truth: nil)
        }
        #expect(other?.code == .wrongShape)
    }
}
