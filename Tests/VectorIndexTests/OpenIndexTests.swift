import Foundation
import Testing
import TestSupport
import VectorIndex

/// Unit vectors around a few centres, and queries near some of them.
struct Sample {
    let dimensions: Int
    let vectors: [Float]
    let ids: [Int64]
    let queries: [Float]

    init(count: Int, dimensions: Int, queries: Int = 20, seed: UInt64 = 1) {
        var random = SplitMix(state: seed)
        func unit(near centre: [Float], spread: Float) -> [Float] {
            let vector = centre.map { $0 + spread * Float.random(in: -1...1, using: &random) }
            let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / norm }
        }
        let centres = (0..<max(4, count / 100)).map { _ in
            (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }
        }
        let vectors = (0..<count).map { _ in unit(near: centres.randomElement(using: &random) ?? [], spread: 0.6) }
        self.dimensions = dimensions
        self.queries = (0..<queries).flatMap { _ in
            unit(near: vectors.randomElement(using: &random) ?? [Float](repeating: 1, count: dimensions), spread: 0.01)
        }
        self.vectors = vectors.flatMap { $0 }
        // Keys of 64 bits in no order, negative ones among them.
        ids = (0..<count).map { Int64(bitPattern: UInt64($0 + 1) &* 0x9E37_79B9_7F4A_7C15) }
    }

    /// The exact answer.
    func nearest(_ k: Int) -> [[IndexHit]] {
        let scores = ScanKernels.dotProducts(queries: queries, rows: vectors, dimensions: dimensions)
        return (0..<queries.count / dimensions).map { query in
            Array(
                ids.indices.map { IndexHit(id: ids[$0], score: scores[query * ids.count + $0]) }
                    .sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(k))
        }
    }
}

@Suite struct OpenIndexTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func anExactIndexFindsTheNearest() throws {
        let sample = Sample(count: 3_000, dimensions: 40, queries: 37)
        let kind = try IndexBuilder.build(
            vectors: sample.vectors, ids: sample.ids, dimensions: 40, to: folder.file("i.faiss"))
        #expect(kind == .flat)
        let index = try OpenIndex(path: folder.file("i.faiss"))
        #expect(index.count == 3_000)
        #expect(index.dimensions == 40)
        #expect(index.listCount == nil)
        #expect(index.ids() == sample.ids)
        for threads in [1, 3] {
            #expect(try index.search(sample.queries, k: 10, threads: threads) == sample.nearest(10))
        }
        #expect(try index.search(Array(sample.queries[..<40]), k: 5_000)[0].count == 3_000)
        #expect(try index.search([], k: 10).isEmpty)
    }

    @Test func listsEqualLibfaiss() throws {
        let sample = Sample(count: 4_000, dimensions: 48, queries: 40)
        try IndexBuilder.build(
            vectors: sample.vectors, ids: sample.ids, dimensions: 48, kind: .lists(count: 32), to: folder.file("i.faiss"))
        let index = try OpenIndex(path: folder.file("i.faiss"))
        #expect(index.listCount == 32)
        #expect(index.defaultProbes == 32)
        #expect(index.ids().sorted() == sample.ids.sorted())
        let reference = try FaissIndex(reading: folder.file("i.faiss"))
        for probes in [1, 4, 32] {
            let expected = try reference.search(sample.queries, k: 10, probes: probes, threads: 1)
            let found = try index.search(sample.queries, k: 10, probes: probes)
            for (at, hit) in found.joined().enumerated() {
                #expect(abs(hit.score - expected.scores[at]) < 1e-5)
                // Neighbours whose scores differ by rounding may change places.
                #expect(hit.id == expected.ids[at] || expected.scores.contains { abs($0 - hit.score) < 1e-5 })
            }
            // The results do not depend on batches of queries or the number of threads.
            #expect(try index.search(sample.queries, k: 10, probes: probes, threads: 3) == found)
            let alone = try (0..<40).flatMap {
                try index.search(Array(sample.queries[$0 * 48..<($0 + 1) * 48]), k: 10, probes: probes)
            }
            #expect(alone == found)
        }
    }

    @Test func listsMissLittle() throws {
        let sample = Sample(count: 6_000, dimensions: 32, queries: 100)
        try IndexBuilder.build(
            vectors: sample.vectors, ids: sample.ids, dimensions: 32, kind: .lists(count: 60), to: folder.file("i.faiss"))
        let index = try OpenIndex(path: folder.file("i.faiss"))
        func recall(_ probes: Int) throws -> Double {
            let found = try index.search(sample.queries, k: 10, probes: probes)
            return zip(found, sample.nearest(10)).reduce(0.0) {
                $0 + Double(Set($1.0.map(\.id)).intersection($1.1.map(\.id)).count) / 1000
            }
        }
        #expect(try recall(60) > 0.97)
        #expect(try recall(12) > 0.9)
        #expect(try recall(1) < recall(12))
    }

    @Test func automaticDecidesByTheNumber() throws {
        #expect(try IndexBuilder(dimensions: 8, expectedCount: 50_000).kind == .flat)
        let large = try IndexBuilder(dimensions: 8, expectedCount: 1_000_000)
        #expect(large.kind == .lists(count: 4_000))
        #expect(large.trainingCount == 160_000)
    }

    @Test func sameVectorsGiveTheSameBytes() throws {
        let sample = Sample(count: 3_000, dimensions: 24)
        for (name, kind) in [("flat", IndexKind.flat), ("lists", .lists(count: 30))] {
            for copy in 1...2 {
                try IndexBuilder.build(
                    vectors: sample.vectors, ids: sample.ids, dimensions: 24, kind: kind, to: folder.file("\(name)\(copy)"))
            }
            #expect(try folder.bytes("\(name)1") == folder.bytes("\(name)2"))
        }
    }

    @Test func anEmptyIndexFindsNothing() throws {
        try IndexBuilder.build(vectors: [], ids: [], dimensions: 4, to: folder.file("i.faiss"))
        let index = try OpenIndex(path: folder.file("i.faiss"))
        #expect(index.count == 0)
        #expect(try index.search([1, 0, 0, 0, 0, 1, 0, 0], k: 3) == [[], []])
    }

    @Test func equalVectorsComeInTheOrderOfIds() throws {
        let vector: [Float] = [0.6, 0.8]
        try IndexBuilder.build(
            vectors: (0..<50).flatMap { _ in vector }, ids: (0..<50).map { 100 - $0 }, dimensions: 2, to: folder.file("i.faiss"))
        let hits = try OpenIndex(path: folder.file("i.faiss")).search(vector, k: 50)[0]
        #expect(hits.map(\.id) == (51...100).map { $0 })
    }

    @Test func mismatchesAreRejected() throws {
        let path = folder.file("i.faiss")
        #expect(throws: IndexError.self) { try IndexBuilder(dimensions: 0, expectedCount: 1) }
        #expect(throws: IndexError.self) { try IndexBuilder.build(vectors: [1, 2, 3], ids: [1], dimensions: 2, to: path) }
        #expect(throws: IndexError.self) { try IndexBuilder.build(vectors: [1, .nan], ids: [1], dimensions: 2, to: path) }
        #expect(throws: IndexError.self) { try IndexBuilder.build(vectors: [1, 0], ids: [-1], dimensions: 2, to: path) }
        #expect(throws: IndexError.self) {
            try IndexBuilder.build(vectors: [1, 0, 0, 1], ids: [7, 7], dimensions: 2, to: path)
        }
        let untrained = try IndexBuilder(dimensions: 2, kind: .lists(count: 4), expectedCount: 10)
        #expect(throws: IndexError.self) { try untrained.add([1, 0], ids: [1]) }
        #expect(throws: IndexError.self) { try untrained.train([1, 0, 0, 1]) }
        #expect(!FileManager.default.fileExists(atPath: path))
        try IndexBuilder.build(vectors: [1, 0, 0, 1], ids: [7, 8], dimensions: 2, to: path)
        let second = #expect(throws: IndexError.self) {
            try IndexBuilder.build(vectors: [1, 0, 0, 1], ids: [7, 8], dimensions: 2, to: path)
        }
        #expect(second?.code == .writeFailed)
        let index = try OpenIndex(path: path)
        #expect(throws: IndexError.self) { try index.search([1, 0, 0], k: 1) }
        #expect(throws: IndexError.self) { try index.search([1, .infinity], k: 1) }
        #expect(throws: IndexError.self) { try index.search([1, 0], k: 0) }
        #expect(throws: IndexError.self) { try index.search([1, 0], k: 1, probes: 0) }
        #expect(throws: IndexError.self) { try index.search([1, 0], k: 1, threads: 0) }
        let missing = #expect(throws: IndexError.self) { try OpenIndex(path: folder.file("none")) }
        #expect(missing?.code == .cannotOpen)
        #expect(missing?.description.contains("none") == true)
    }
}
