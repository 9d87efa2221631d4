import Encoders
import Foundation
import ModelFiles
import Testing
import Tokenization

@Suite("What an encoder refuses")
struct RefusalTests {
    private func thrown(_ body: () throws -> Void) -> EncoderError? {
        do { try body() } catch { return error as? EncoderError }
        return nil
    }

    @Test("batches that are not well formed")
    func batches() throws {
        let encoder = try TinyModel.mean.encoder(.f32)
        func error(_ ids: [Int32], _ offsets: [Int32]) -> EncoderError? {
            thrown { _ = try encoder.encode(tokens: TokenBatch(ids: ids, offsets: offsets)) }
        }
        #expect(error([1, 119], [0, 2]) == .tokenOutOfRange(id: 119, vocabulary: 119))
        #expect(error([1, -1], [0, 2]) == .tokenOutOfRange(id: -1, vocabulary: 119))
        #expect(error([Int32](repeating: 1, count: 49), [0, 49]) == .tooManyTokens(text: 0, tokens: 49, limit: 48))
        for (ids, offsets) in [([1, 2], [0, 1]), ([1, 2], [1, 2]), ([1, 2], [0, 0, 2]), ([1, 2], [0, 5, -3, 2]), ([1], [])] as [([Int32], [Int32])] {
            guard case .malformedBatch = error(ids, offsets) else {
                Issue.record("\(offsets) was accepted or refused otherwise")
                continue
            }
        }
    }

    @Test("offsets that would overflow")
    func hugeOffsets() throws {
        let encoder = try TinyModel.mean.encoder(.f32)
        #expect(throws: EncoderError.self) {
            try encoder.encode(tokens: TokenBatch(ids: [1, 2], offsets: [0, .max, .min, 2]))
        }
    }

    @Test("weights of another model")
    func weights() throws {
        let file = try FileWeights(file: Golden.file("tiny-mean"))
        func error(_ change: (inout BertConfiguration) -> Void) -> EncoderError? {
            var shape = TinyModel.mean.shape
            change(&shape.configuration)
            return thrown { _ = try TextEncoder(shape: shape, weights: file, precision: .f32, pool: WorkerPool(threads: 2)) }
        }
        #expect(error { $0.layerCount = 3 } == .missingTensor("encoder.layer.2.attention.self.query.bias"))
        #expect(
            error { $0.vocabularySize = 120 }
                == .wrongShape(tensor: "embeddings.word_embeddings.weight", expected: [120, 64], found: [119, 64]))
        for change in [{ $0.headCount = 8 }, { $0.headCount = 5 }, { $0.hiddenSize = 0 }, { $0.architecture = .nomicBert }, { $0.maxPositions = 20 }]
            as [(inout BertConfiguration) -> Void]
        {
            guard case .unsupportedModel = error(change) else {
                Issue.record("an unsupported shape was accepted or refused otherwise")
                continue
            }
        }
    }

    @Test("tensors shorter than they claim")
    func truncated() {
        struct Short: WeightSource {
            let whole: RandomWeights
            func contains(_ name: String) -> Bool { whole.contains(name) }
            func withTensor<Result>(
                named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
            ) throws(EncoderError) -> Result {
                try whole.withTensor(named: name) { (tensor) throws(EncoderError) in
                    var tensor = tensor
                    if name == "encoder.layer.0.intermediate.dense.weight" {
                        tensor.bytes = UnsafeRawBufferPointer(rebasing: tensor.bytes.dropLast(1))
                    }
                    return try body(tensor)
                }
            }
        }
        let shape = TinyModel.mean.shape
        for precision in Precision.allCases {
            #expect(throws: EncoderError.truncatedTensor("encoder.layer.0.intermediate.dense.weight")) {
                try TextEncoder(
                    shape: shape, weights: Short(whole: RandomWeights(shape: shape, seed: 1)), precision: precision,
                    pool: WorkerPool(threads: 2))
            }
        }
    }
}
