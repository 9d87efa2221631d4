import Encoders
import Foundation
import ModelFiles
import Testing
import TestSupport

@Suite("Several models at once")
struct EncoderGroupTests {
    private static let models: [(String, TinyModel)] = [("minilm", .mean), ("bge-base", .cls), ("e5-base", .mean), ("nomic", .nomic)]

    /// Texts from nothing to far beyond every model's limit, some with characters that the vocabulary lacks.
    private static func texts(_ count: Int) -> [String] {
        var random = SplitMix(state: 8)
        return (0..<count).map { text in
            (0..<(text % 9 == 8 ? 200 : Int.random(in: 0...30, using: &random)))
                .map { _ in ModelPlace.words.randomElement(using: &random) ?? "" }.joined(separator: text % 5 == 4 ? "é " : " ")
        }
    }

    @Test("give each text the vector that each gives alone, bit for bit", arguments: Precision.allCases, [1, 2, 3])
    func alone(precision: Precision, threads: Int) async throws {
        let place = try ModelPlace()
        for (name, tiny) in Self.models { try place.add(name, tiny) }
        // The same weights under a name without prefixes, and a tokenizer that is not the others'.
        try place.add("other", .cls, extraWords: ["other"])
        let names = Self.models.map(\.0) + [place.path + "/other"]
        let encoders = try SentenceEncoder.open(models: names, precision: precision, threads: threads, locator: place.locator)
        let group = EncoderGroup(encoders)
        for texts in [[], ["Apple call option"], Self.texts(40)] {
            for role in [SentenceEncoder.Role.query, .document] {
                let together = try await group.encode(texts, as: role)
                #expect(together.keys.sorted() == encoders.keys.sorted())
                for (name, encoder) in encoders {
                    let expected = try await encoder.encode(texts, as: role)
                    #expect(together[name]?.map(\.bitPattern) == expected.map(\.bitPattern), "\(name) \(role)")
                }
            }
        }
    }

    @Test("must share their threads")
    func pools() async throws {
        let place = try ModelPlace()
        try place.add("minilm", .mean)
        let encoders = try (0..<2).map { _ in
            try SentenceEncoder(model: place.locator.model("minilm"), precision: .f32, pool: WorkerPool(threads: 1))
        }
        await #expect(throws: EncoderError.mixedPools) {
            try await EncoderGroup(["a": encoders[0], "b": encoders[1]]).encode(["call"], as: .query)
        }
    }

    @Test("memory is known in advance: weights by precision, workspaces by the longest text")
    func memory() throws {
        let shape = EncoderShape.miniLM, weights = RandomWeights(shape: shape, seed: 1)
        func memory(_ precision: Precision, threads: Int = 2, tokens: Int = 64) throws -> TextEncoder.Memory {
            try TextEncoder(shape: shape, weights: weights, precision: precision, pool: WorkerPool(threads: threads)).memory(tokens: tokens)
        }
        let products = 6 * 384 * (4 * 384 + 2 * 1536), positions = 512 * 384 * 4
        let exact = try memory(.f32)
        #expect((0..<products / 50).contains(exact.weights - 4 * products - positions))
        #expect((0..<products / 10).contains(try memory(.int8).weights - products - positions))
        #expect(try memory(.f32, threads: 1).workspaces * 2 == exact.workspaces)
        #expect(try memory(.f32, tokens: 256).workspaces > 0 && exact.workspaces <= memory(.f32, tokens: 256).workspaces)
        #expect(exact.workspaces < 2 * 10_000_000)
    }
}
