import Foundation
import Testing
import TestSupport
import VectorIndex

/// Our indices in Python's faiss: opened by `faiss.read_index`, with the same results.
///
/// Runs where there is a Python with faiss: named by `TAPEDECK_PYTHON`, or that of the peers' folder.
@Suite struct PythonTests {
    @Test(.enabled(if: Machine.hasPython(with: "faiss"), "\(Machine.pythonIsMissing)"))
    func indicesOpenInPython() throws {
        let python = try #require(Python(with: "faiss"))
        let folder = try TemporaryFolder()
        let sample = Sample(count: 2_000, dimensions: 32)
        try folder.write(npy(sample.queries, columns: 32), to: "q.npy")
        for (name, kind) in [("flat", IndexKind.flat), ("lists", .lists(count: 16))] {
            try IndexBuilder.build(
                vectors: sample.vectors, ids: sample.ids, dimensions: 32, kind: kind, to: folder.file(name))
            let hits = try OpenIndex(path: folder.file(name)).search(sample.queries, k: 10)
            let script = """
                import faiss, json, sys, numpy
                index = faiss.read_index(sys.argv[1])
                scores, ids = index.search(numpy.load(sys.argv[2]), 10)
                if hasattr(index, "set_direct_map_type"): index.set_direct_map_type(faiss.DirectMap.Hashtable)
                first = index.reconstruct(int(ids[0, 0]))
                print(json.dumps({"count": index.ntotal, "ids": ids.tolist(), "scores": scores.tolist(), "first": first.tolist()}))
                """
            let output = try python.run(script, folder.file(name), folder.file("q.npy"))
            let found = try JSONDecoder().decode(Found.self, from: Data(try #require(output).utf8))
            #expect(found.count == 2_000)
            for (ours, (ids, scores)) in zip(hits, zip(found.ids, found.scores)) {
                for (hit, (id, score)) in zip(ours, zip(ids, scores)) {
                    #expect(abs(hit.score - score) < 1e-5)
                    #expect(hit.id == id || ours.contains { $0.id == id && abs($0.score - hit.score) < 1e-5 })
                }
            }
            // An id leads to its vector.
            let row = try #require(sample.ids.firstIndex(of: found.ids[0][0]))
            let stored = sample.vectors[row * 32..<(row + 1) * 32]
            #expect(zip(found.first, stored).allSatisfy { abs($0 - $1) < 0.01 })
        }
    }

    struct Found: Decodable {
        let count: Int
        let ids: [[Int64]]
        let scores: [[Float]]
        let first: [Float]
    }
}
