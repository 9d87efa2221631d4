import Encoders
import Foundation
import ModelFiles
import Testing

/// The place of real weights, on a machine that has them.
let miniLMFolder: String? = {
    let environment = ProcessInfo.processInfo.environment
    let candidates = [
        environment["TAPEDECK_MODELS"].map { $0 + "/minilm" }, environment["HOME"].map { $0 + "/.cache/tapedeck/models/minilm" },
    ]
    return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0 + "/model.safetensors") }
}()

@Suite(
    "all-MiniLM-L6-v2 with its real weights",
    .enabled(if: miniLMFolder != nil, "no model in $TAPEDECK_MODELS/minilm or ~/.cache/tapedeck/models/minilm: `tapedeck models pull minilm`"))
struct MiniLMTests {
    private func vectors(_ precision: Precision) throws -> (Golden, [Float]) {
        let golden = try Golden(Golden.file("minilm-golden"))
        let encoder = try TextEncoder(folder: ModelFolder(path: #require(miniLMFolder)), precision: precision, threads: 2)
        return (golden, try encoder.encode(tokens: golden.tokens))
    }

    @Test func f32() throws {
        let (golden, vectors) = try vectors(.f32)
        #expect(golden.tokens.count == 600)
        #expect(try #require(golden.cosines(vectors).min()) >= 0.99999)
    }

    @Test func bf16() throws {
        let (golden, vectors) = try vectors(.bf16)
        #expect(try #require(golden.cosines(vectors).min()) >= 0.9995)
    }

    @Test func int8() throws {
        let (golden, vectors) = try vectors(.int8)
        let cosines = golden.cosines(vectors)
        #expect(cosines.mean >= 0.99)
        #expect(try #require(cosines.min()) >= 0.97)
    }

    @Test("top 10 of a search with int8 vectors and with f32 vectors")
    func overlap() throws {
        let (golden, exact) = try vectors(.f32), (_, quick) = try vectors(.int8)
        let count = 500, queries = stride(from: 0, to: count, by: 5)
        var shared = 0
        for query in queries {
            func nearest(_ vectors: [Float]) -> Set<Int> {
                let d = golden.dimension
                let scores = (0..<count).map { text in
                    (0..<d).reduce(Float(0)) { $0 + vectors[query * d + $1] * vectors[text * d + $1] }
                }
                return Set((0..<count).filter { $0 != query }.sorted { scores[$0] > scores[$1] }.prefix(10))
            }
            shared += nearest(exact).intersection(nearest(quick)).count
        }
        #expect(Double(shared) / Double(10 * Array(queries).count) >= 0.9)
    }
}
