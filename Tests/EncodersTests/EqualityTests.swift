import Base
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
    /// Encodes a batch on every instruction set of this processor, from the best down. The best's vectors must have the committed digest, and the
    /// others the same bits.
    /// - Parameter stride: of the texts that the portable kernels encode, which are slow.
    private static func check(_ name: String, _ tokens: TokenBatch, stride step: Int = 1, _ encoder: () throws -> TextEncoder) throws {
        // oneDNN sets a cap of its own when it is first used.
        _ = try encoder()
        let best = try encoder().encode(tokens: tokens), dimension = best.count / tokens.count
        var digest = DigestBuilder()
        digest.update(best)
        let found = digest.finish().hexadecimal
        #expect(try found == digests()[name], "\(name) on \(InstructionSet.current): \(found)")
        let highest = tk_instruction_set_in_use()
        defer { tk_instruction_set_cap(highest) }
        for set in (0..<highest).reversed() {
            tk_instruction_set_cap(set)
            var some = TokenBatch()
            let texts = Array(stride(from: 0, to: tokens.count, by: set == 0 ? step : 1))
            for text in texts {
                some.ids += tokens[text]
                some.offsets.append(Int32(some.ids.count))
            }
            let vectors = try encoder().encode(tokens: some)
            for (place, text) in texts.enumerated() {
                let same = vectors[place * dimension..<(place + 1) * dimension]
                    .elementsEqual(best[text * dimension..<(text + 1) * dimension], by: { $0.bitPattern == $1.bitPattern })
                #expect(same, "\(name), text \(text), on \(InstructionSet.current)")
            }
        }
    }

    @Test("tiny models, int8 and int8-smooth")
    func tiny() async {
        await #expect(processExitsWith: .success) {
            for model in TinyModel.allCases {
                for precision in [Precision.int8, .int8Smooth] {
                    try Self.check("\(model.rawValue) \(precision.rawValue)", model.golden().tokens) { try model.encoder(precision) }
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
            try Self.check(name, tokens) {
                try TextEncoder(shape: shape, weights: weights, precision: .int8, pool: WorkerPool(threads: 2))
            }
        }
    }

    @Test(
        "all-MiniLM-L6-v2: 500 descriptions and 100 odd texts",
        .enabled(if: miniLMFolder != nil, "no model in $TAPEDECK_MODELS/minilm or ~/.cache/tapedeck/models/minilm: `tapedeck models pull minilm`"))
    func miniLM() async {
        await #expect(processExitsWith: .success) {
            let tokens = try Golden(Golden.file("minilm-golden")).tokens
            let isHeavy = ProcessInfo.processInfo.environment["TAPEDECK_HEAVY_TESTS"] != nil
            try Self.check("minilm", tokens, stride: isHeavy ? 1 : 20) {
                try TextEncoder(folder: ModelFolder(path: #require(miniLMFolder)), precision: .int8, threads: 2)
            }
        }
    }

    /// SHA-256 of the vectors' floats, little-endian, by name.
    private static func digests() throws -> [String: String] {
        let url = try #require(Bundle.module.url(forResource: "int8-digests", withExtension: "json", subdirectory: "Resources"))
        return try JSONDecoder().decode([String: String].self, from: Data(contentsOf: url))
    }
}
