import CKernels
import Foundation
import Testing
import TestSupport
import VectorIndex

/// Compares sums of few rows by table look-ups with the vectors themselves.
@Suite struct ComposedVectorsTests {
    private func made(_ count: Int, rows: Int, dimensions: Int, width: Int, seed: UInt64) -> ComposedVectors {
        var random = SplitMix(state: seed)
        return ComposedVectors(
            rows: (0..<rows * dimensions).map { _ in Float.random(in: -1...1, using: &random) }, dimensions: dimensions,
            tuples: (0..<count * width).map { _ in UInt32.random(in: 0..<UInt32(rows), using: &random) }, width: width)
    }

    /// One table for all, and tables by blocks where rows are many.
    @Test(arguments: [(rows: 40, width: 6), (rows: 3_000, width: 1), (rows: 3_000, width: 4)])
    func searchesEqualExactSearch(_ form: (rows: Int, width: Int)) throws {
        let folder = try TemporaryFolder()
        let (count, dimensions) = (20_000, 24)
        let composed = made(count, rows: form.rows, dimensions: dimensions, width: form.width, seed: 3)
        let ids = (0..<count).map { Int64($0) * 7 }
        let builder = try IndexBuilder(dimensions: dimensions, kind: .lists(count: 100), expectedCount: count)
        let centroids = try builder.train(composed)
        #expect(centroids.count == 100 * dimensions)
        for row in 0..<100 {
            let length = centroids[row * dimensions..<(row + 1) * dimensions].reduce(0) { $0 + $1 * $1 }
            #expect(abs(length - 1) < 1e-5)
        }
        try builder.add(composed, ids: ids, centroids: centroids)
        try builder.write(to: folder.file("i.faiss"))
        let index = try OpenIndex(path: folder.file("i.faiss"))
        #expect(index.count == count && index.listCount == 100)
        let vectors = composed.vectors()
        let queries = Array(vectors.prefix(50 * dimensions))
        let scores = ScanKernels.dotProducts(queries: queries, rows: vectors, dimensions: dimensions)
        let hits = try index.search(queries, k: 1, probes: 16)
        var found = 0
        for query in 0..<50 {
            let best = scores[query * count..<(query + 1) * count].max() ?? 0
            let hit = try #require(hits[query].first)
            #expect(abs(hit.score - scores[query * count + Int(hit.id / 7)]) < 0.02, "codes of 8 bits are near the vector")
            if hit.score > best - 0.02 { found += 1 }
        }
        #expect(found >= 48, "a vector is in the list that is nearest to it")
    }

    /// An index that outgrows its memory becomes the same file as from libfaiss's own lists.
    @Test(arguments: [(count: 3_000, lists: 40), (count: 60, lists: 200)])
    func quarantinedInputsChangeNothing(_ form: (count: Int, lists: Int)) throws {
        let folder = try TemporaryFolder()
        let slices = (0..<6).map { made(form.count / 6, rows: 64, dimensions: 20, width: 3, seed: $0) }
        let sample = made(400, rows: 64, dimensions: 20, width: 3, seed: 6)
        var files: [[UInt8]] = []
        for limit in [Int.max, 20_000, 0] {
            let builder = try IndexBuilder(
                dimensions: 20, kind: .lists(count: form.lists), expectedCount: form.count, memoryLimit: limit)
            let centroids = try builder.train(sample)
            for (number, slice) in slices.enumerated() {
                let first = number * slice.count
                try builder.add(slice, ids: (first..<first + slice.count).map { Int64($0) * 3 }, centroids: centroids)
            }
            try builder.write(to: folder.file("\(limit)"))
            files.append(try folder.bytes("\(limit)"))
        }
        #expect(files[1] == files[0] && files[2] == files[0])
        try FaissIndex(reading: folder.file("0")).write(to: folder.file("again"))
        #expect(try folder.bytes("again") == files[0])
        #expect(try OpenIndex(path: folder.file("0")).count == form.count)
    }

    @Test func idsThatDoNotAscendAreRefused() throws {
        let vectors = made(4, rows: 8, dimensions: 6, width: 2, seed: 1)
        for ids in [[1, 2, 2, 3], [4, 3, 5, 6], [1, 2, -1, 4]] as [[Int64]] {
            let builder = try IndexBuilder(dimensions: 6, kind: .lists(count: 2), expectedCount: 4)
            let centroids = try builder.train(vectors)
            #expect(throws: IndexError.self) { try builder.add(vectors, ids: ids, centroids: centroids) }
        }
        let builder = try IndexBuilder(dimensions: 6, kind: .lists(count: 2), expectedCount: 8)
        let centroids = try builder.train(vectors)
        try builder.add(vectors, ids: [-9, -3, 0, 7], centroids: centroids)
        #expect(throws: IndexError.self) { try builder.add(vectors, ids: [7, 8, 9, 10], centroids: centroids) }
    }

    /// The kernel at every level against plain sums.
    @Test func theBestSumIsTheSameAtEveryLevel() {
        var random = SplitMix(state: 9)
        for (columns, width) in [(1, 1), (63, 3), (64, 6), (200, 16), (1_347, 6)] {
            // Small whole numbers: sums are exact, and ties are frequent.
            let table = (0..<20 * columns).map { _ in Float(Int.random(in: 0...8, using: &random)) }
            let tuples = (0..<50 * width).map { _ in UInt32.random(in: 0..<20, using: &random) }
            let expected = (0..<50).map { tuple -> UInt32 in
                let sums = (0..<columns).map { column in
                    (0..<width).reduce(Float(0)) { $0 + table[Int(tuples[tuple * width + $1]) * columns + column] }
                }
                return UInt32(sums.firstIndex(of: sums.max() ?? 0) ?? 0)
            }
            for level in 0...tk_instruction_set_best() {
                tk_instruction_set_cap_thread(level)
                defer { tk_instruction_set_cap_thread(-1) }
                var places = [UInt32](repeating: .max, count: 50)
                tk_scan_argmax_sums(table, columns, tuples, width, 50, &places)
                #expect(places == expected, "\(columns) columns, \(width) wide, level \(level)")
            }
        }
    }

    @Test func wrongShapesAreErrors() throws {
        let composed = made(10, rows: 5, dimensions: 4, width: 2, seed: 1)
        let builder = try IndexBuilder(dimensions: 4, kind: .lists(count: 20), expectedCount: 10)
        #expect(throws: IndexError.self) { try builder.train(composed) }
        let other = try IndexBuilder(dimensions: 8, kind: .lists(count: 2), expectedCount: 10)
        #expect(throws: IndexError.self) { try other.train(composed) }
        let fit = try IndexBuilder(dimensions: 4, kind: .lists(count: 2), expectedCount: 10)
        let ids = [Int64](0..<10)
        #expect(throws: IndexError.self) { try fit.add(composed, ids: ids, centroids: []) }
        let centroids = try fit.train(composed)
        #expect(throws: IndexError.self) { try fit.add(composed, ids: [1], centroids: centroids) }
        #expect(throws: IndexError.self) { try fit.add(composed, ids: [-1] + ids.dropFirst(), centroids: centroids) }
        try fit.add(composed, ids: ids, centroids: centroids)
    }
}
