import Foundation
import Testing
import VectorIndex

/// Our indices in Python's faiss: opened by `faiss.read_index`, with the same results.
///
/// Runs where there is a Python with faiss: named by `TAPEDECK_PYTHON`, or that of the peers' folder.
@Suite struct PythonTests {
    @Test func indicesOpenInPython() throws {
        let python =
            ProcessInfo.processInfo.environment["TAPEDECK_PYTHON"]
            ?? NSHomeDirectory() + "/.cache/tapedeck-peers/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python), try run(python, "import faiss, numpy").status == 0 else {
            print("skipped: there is no Python with faiss; name one in TAPEDECK_PYTHON")
            return
        }
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
            let result = try run(python, script, folder.file(name), folder.file("q.npy"))
            #expect(result.status == 0)
            let found = try JSONDecoder().decode(Found.self, from: result.output)
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

    private func run(_ python: String, _ script: String, _ arguments: String...) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, data)
    }
}
