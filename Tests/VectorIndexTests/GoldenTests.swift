import Foundation
import Testing
import VectorIndex

/// Indices made by Python's faiss (scripts/golden/vector_index.py) give what it found in them.
@Suite struct GoldenTests {
    struct Expected: Decodable {
        struct Found: Decodable {
            let ids: [[Int64]]
            let scores: [[Float]]
        }
        let queries: [Float]
        let k: Int
        let indices: [String: Found]
    }

    @Test(arguments: ["flat", "id_map", "lists_of_codes", "lists_of_vectors", "sparse", "not_residual"])
    func indicesOfPythonAreOpened(_ name: String) throws {
        func path(_ name: String) throws -> String { try #require(Bundle.module.path(forResource: "Golden/" + name, ofType: nil)) }
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path("expected.json"))))
        let found = try #require(expected.indices[name])
        // Probes as they are stored in the file.
        let hits = try OpenIndex(path: path(name + ".faiss")).search(expected.queries, k: expected.k)
        #expect(hits.map { $0.map(\.id) } == found.ids)
        for (row, scores) in zip(hits, found.scores) {
            #expect(zip(row, scores).allSatisfy { abs($0.score - $1) < 1e-5 })
        }
    }
}
