import Base
import Encoders
import Foundation
import ModelFiles
import Testing
import TestSupport
import Tokenization

@Suite("A text's vector is its own")
struct InvarianceTests {
    /// BERT at sizes that leave remainders everywhere: 3 heads of 32, blocks and runs with remainders.
    private static let shape = EncoderShape(
        configuration: BertConfiguration(
            architecture: .bert, hiddenSize: 96, layerCount: 2, headCount: 3, intermediateSize: 176, maxPositions: 700,
            vocabularySize: 500),
        pooling: .mean, maxTokens: 700)

    private static func encoder(_ precision: Precision, threads: Int) throws -> TextEncoder {
        try TextEncoder(
            shape: shape, weights: RandomWeights(shape: shape, seed: 3), precision: precision, pool: WorkerPool(threads: threads))
    }

    /// Texts of many lengths, a few longer than a worker's workspace at first.
    private static func texts(_ count: Int = 150, longest: Int = 70) -> TokenBatch {
        var generator = SplitMix(state: 11), batch = TokenBatch()
        for text in 0..<count {
            let length = text % 40 == 39 ? 700 - text : Int.random(in: 1...longest, using: &generator)
            for _ in 0..<length { batch.ids.append(Int32.random(in: 0..<500, using: &generator)) }
            batch.offsets.append(Int32(batch.ids.count))
        }
        return batch
    }

    @Test("bit for bit, whatever the batch size and the number of threads", arguments: Precision.allCases)
    func batches(precision: Precision) throws {
        let texts = Self.texts()
        let expected = try Self.encoder(precision, threads: 1).encode(tokens: texts)
        for threads in [1, 2, 3] {
            let encoder = try Self.encoder(precision, threads: threads)
            for size in [1, 7, 64, 150] {
                var found: [Float] = []
                for first in stride(from: 0, to: texts.count, by: size) {
                    let last = min(first + size, texts.count), base = texts.offsets[first]
                    found += try encoder.encode(
                        tokens: TokenBatch(
                            ids: Array(texts.ids[Int(base)..<Int(texts.offsets[last])]),
                            offsets: texts.offsets[first...last].map { $0 - base }))
                }
                #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(threads) threads, batches of \(size)")
            }
        }
    }

    /// The same on the instruction sets below this processor's best, each in a process of its own.
    @Test("bit for bit, on lower instruction sets", arguments: InstructionSet.all.dropLast().map(\.description))
    func lowerSets(name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            setenv("TAPEDECK_INSTRUCTION_SET", name, 1)
            #expect(InstructionSet.current.description == name)
            for precision in Precision.allCases {
                let texts = Self.texts(30), expected = try Self.encoder(precision, threads: 1).encode(tokens: texts)
                let encoder = try Self.encoder(precision, threads: 3)
                for text in 0..<texts.count {
                    let ids = Array(texts[text]), found = try encoder.encode(tokens: TokenBatch(ids: ids, offsets: [0, Int32(ids.count)]))
                    #expect(found.elementsEqual(expected[text * 96..<(text + 1) * 96]), "\(precision), text \(text)")
                }
            }
        }
    }

    /// The workers share a single text, column by column and row by row.
    @Test("bit for bit, alone and among others", arguments: ["minilm", "bge-base", "nomic"], Precision.allCases)
    func alone(name: String, precision: Precision) throws {
        var shape = try #require(EncoderShape.named[name])
        shape.configuration.layerCount = 1
        shape.configuration.vocabularySize = 500
        shape.maxTokens = 512
        let weights = RandomWeights(shape: shape, seed: 5), texts = Self.texts(12, longest: 300)
        let encoder = try TextEncoder(shape: shape, weights: weights, precision: precision, pool: WorkerPool(threads: 2))
        let expected = try TextEncoder(shape: shape, weights: weights, precision: precision, pool: WorkerPool(threads: 1))
            .encode(tokens: texts)
        for round in 0..<2 {
            var found: [Float] = []
            for text in 0..<texts.count {
                found += try encoder.encode(tokens: TokenBatch(ids: Array(texts[text]), offsets: [0, Int32(texts[text].count)]))
            }
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "round \(round)")
        }
    }

    @Test("of length 1")
    func normalised() throws {
        let vectors = try Self.encoder(.int8, threads: 2).encode(tokens: Self.texts())
        for text in 0..<150 {
            let norm = vectors[text * 96..<(text + 1) * 96].reduce(0.0) { $0 + Double($1 * $1) }
            #expect(abs(norm - 1) < 1e-5)
        }
    }

    @Test("from several callers at once")
    func concurrentCallers() async throws {
        let texts = Self.texts(), encoder = try Self.encoder(.f32, threads: 2)
        let expected = try encoder.encode(tokens: texts)
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<4 { group.addTask { try encoder.encode(tokens: texts) } }
            for try await vectors in group { #expect(vectors == expected) }
        }
    }

    @Test("from several callers with one text each")
    func concurrentTexts() async throws {
        let texts = Self.texts(), encoder = try Self.encoder(.int8, threads: 2)
        let expected = try encoder.encode(tokens: texts)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<4 {
                group.addTask {
                    for text in stride(from: caller, to: texts.count, by: 4) {
                        let ids = Array(texts[text])
                        let vector = try encoder.encode(tokens: TokenBatch(ids: ids, offsets: [0, Int32(ids.count)]))
                        #expect(vector.elementsEqual(expected[text * 96..<(text + 1) * 96]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("an empty batch gives no vectors")
    func empty() throws {
        #expect(try Self.encoder(.f32, threads: 2).encode(tokens: TokenBatch()).isEmpty)
    }
}
