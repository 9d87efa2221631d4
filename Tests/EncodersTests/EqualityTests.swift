import CKernels
import Digests
import Encoders
import Foundation
import ModelFiles
import Testing
import Tokenization

/// int8 vectors have the same bits on every processor: on all instruction sets of this one, and as committed in digests that other
/// processors made.
@Suite("int8 vectors are the same on every instruction set")
struct EqualityTests {
    /// Runs `vectors` on every instruction set of this processor, from the best down, and compares the digests of their bits.
    private static func check(_ name: String, expected: String, _ vectors: () throws -> [Float]) throws {
        // oneDNN sets a cap of its own when it is first used.
        _ = try vectors()
        for set in (0...tk_isa_detected()).reversed() {
            tk_set_isa_cap(set)
            var digest = DigestBuilder()
            digest.update(try vectors())
            #expect(digest.finish().hexadecimal == expected, "\(name) on \(InstructionSet.current)")
        }
    }

    @Test("tiny models, int8 and int8-smooth")
    func tiny() async {
        await #expect(processExitsWith: .success) {
            let expected = try Self.digests()
            for model in TinyModel.allCases {
                for precision in [Precision.int8, .int8Smooth] {
                    let name = "\(model.rawValue) \(precision.rawValue)"
                    try Self.check(name, expected: expected[name] ?? "") {
                        try model.encoder(precision).encode(tokens: model.golden().tokens)
                    }
                }
            }
        }
    }

    @Test("random weights at a real model's widths", arguments: ["bge-base", "nomic"])
    func wide(name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            var shape = try #require(EncoderShape.named[name])
            shape.configuration.layerCount = 1
            shape.configuration.vocabularySize = 500
            let weights = RandomWeights(shape: shape, seed: 5), ids = (0..<90).map { Int32($0 * 37 % 500) }
            let tokens = TokenBatch(ids: ids, offsets: [0, 1, 30, 90])
            try Self.check(name, expected: Self.digests()[name] ?? "") {
                try TextEncoder(shape: shape, weights: weights, precision: .int8, pool: WorkerPool(threads: 2)).encode(tokens: tokens)
            }
        }
    }

    @Test(
        "all-MiniLM-L6-v2: 500 descriptions and 100 odd texts",
        .enabled(if: miniLMFolder != nil, "no model in $TAPEDECK_MODELS/minilm or ~/.cache/tapedeck/models/minilm: `tapedeck models pull minilm`"))
    func miniLM() async {
        await #expect(processExitsWith: .success) {
            let tokens = try Golden(Golden.file("minilm-golden")).tokens
            try Self.check("minilm", expected: Self.digests()["minilm"] ?? "") {
                try TextEncoder(folder: ModelFolder(path: #require(miniLMFolder)), precision: .int8, threads: 2).encode(tokens: tokens)
            }
        }
    }

    /// SHA-256 of the vectors' floats, little-endian, by name.
    private static func digests() throws -> [String: String] {
        let url = try #require(Bundle.module.url(forResource: "int8-digests", withExtension: "json", subdirectory: "Resources"))
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: url))
    }
}
