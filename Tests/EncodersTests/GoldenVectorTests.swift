import Encoders
import Foundation
import ModelFiles
import Testing
import Tokenization

@Suite("Vectors agree with the reference implementation")
struct GoldenVectorTests {
    @Test("tiny models", arguments: TinyModel.allCases, Precision.allCases)
    func tiny(model: TinyModel, precision: Precision) throws {
        let golden = try model.golden()
        let cosines = golden.cosines(try model.encoder(precision).encode(tokens: golden.tokens))
        // These weights are ten times BERT's usual size and the vectors short, so 8 bits cost more here than in a real model.
        let floor: Double =
            switch precision {
            case .f32: 0.999999
            case .bf16: 0.998
            case .int8, .int8Smooth: 0.98
            }
        #expect(cosines.allSatisfy { $0 >= floor }, "worst \(cosines.min() ?? 0)")
    }

    @Test("full-size shapes with random weights", arguments: ["minilm", "bge-base", "e5-base", "nomic"], Precision.allCases)
    func random(name: String, precision: Precision) throws {
        let golden = try Golden(Golden.file("random-golden"), prefix: name + ".")
        let shape = try #require(EncoderShape.named[name])
        let encoder = try TextEncoder(
            shape: shape, weights: RandomWeights(shape: shape, seed: 1), precision: precision, pool: WorkerPool(threads: 2))
        let cosines = golden.cosines(try encoder.encode(tokens: golden.tokens))
        let floor: Double =
            switch precision {
            case .f32: 0.99999
            case .bf16: 0.9995
            case .int8, .int8Smooth: 0.97
            }
        #expect(cosines.allSatisfy { $0 >= floor }, "worst \(cosines.min() ?? 0)")
    }
}
