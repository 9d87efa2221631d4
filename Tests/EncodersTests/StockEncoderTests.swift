import Encoders
import Foundation
import ModelFiles
import Testing
import TestSupport

/// The small stock models of scripts/golden/stock_model.py.
enum StockCheckpoint: String, CaseIterable, Sendable {
    case training = "stock-training"
    case walkForward = "stock-walk-forward"
    case epoch = "stock-epoch"

    var path: String {
        get throws {
            guard let url = Bundle.module.url(forResource: rawValue, withExtension: "pt", subdirectory: "Resources") else {
                throw Golden.MissingResource(name: rawValue)
            }
            return url.path
        }
    }

    func encoder(_ precision: Precision, threads: Int = 2) throws -> StockEncoder {
        try StockEncoder(path: try path, precision: precision, threads: threads)
    }
}

@Suite("Stock models agree with PyTorch")
struct StockEncoderTests {
    @Test("small checkpoints, windows of many lengths with values that are not finite", arguments: StockCheckpoint.allCases, StockEncoder.precisions)
    func small(checkpoint: StockCheckpoint, precision: Precision) async throws {
        let golden = try Golden.file(checkpoint.rawValue + "-golden"), encoder = try checkpoint.encoder(precision)
        for rows in [1, 7, 60, 200] {
            var batch = WindowBatch(features: encoder.features, rows: rows)
            batch.append(try golden.floats("\(rows).window", shape: [rows, encoder.features]))
            let found = try await encoder.predict(batch)
            let vector = try golden.floats("\(rows).vector", shape: [encoder.dimension])
            // These weights are far larger than trained ones, so 8 bits cost more here.
            let floor = precision == .f32 ? 0.99999999 : precision == .bf16 ? 0.999 : 0.98
            #expect(cosine(found.vectors, vector) >= floor, "\(rows) rows: \(cosine(found.vectors, vector))")
            guard precision == .f32 else { continue }
            let scores = try golden.floats("\(rows).scores", shape: [encoder.configuration.predictionWidth])
            #expect(largestDifference(found.scores, scores) < 1e-4, "\(rows) rows")
            #expect(largestDifference(found.confidences, try golden.floats("\(rows).confidence", shape: [4])) < 1e-5, "\(rows) rows")
            if checkpoint == .training {
                #expect(found.expectedReturns == nil, "it has no bin edges")
            } else {
                let expected = try golden.floats("\(rows).expected", shape: [4])
                #expect(largestDifference(try #require(found.expectedReturns), expected) < 1e-5, "\(rows) rows")
            }
        }
    }

    @Test("full size, random weights", arguments: StockEncoder.precisions)
    func full(precision: Precision) async throws {
        let golden = try Golden.file("stock-full-golden")
        let shape = StockModelConfiguration(features: 1123, hidden: 1024, layers: 10, heads: 16)
        let encoder = try StockEncoder(randomWeightsOf: shape, seed: 1, precision: precision, pool: WorkerPool(threads: 2))
        let count = 3, rows = 60
        let windows = try RandomWeights(shapes: ["windows": [count, rows, 1123]], seed: 2).withTensor(named: "windows") { tensor in
            tensor.bytes.bindMemory(to: Float.self).map { $0 * 50 }
        }
        var batch = WindowBatch(features: 1123, rows: rows)
        for window in 0..<count { batch.append(windows[window * rows * 1123..<(window + 1) * rows * 1123]) }
        let found = try await encoder.predict(batch)
        let vectors = try golden.floats("vectors", shape: [count, 1024])
        let floor = precision == .f32 ? 0.99999 : precision == .bf16 ? 0.9995 : 0.99
        for window in 0..<count {
            let range = window * 1024..<(window + 1) * 1024
            let similarity = cosine(Array(found.vectors[range]), Array(vectors[range]))
            #expect(similarity >= floor, "\(similarity)")
        }
        if precision == .f32 {
            #expect(largestDifference(found.scores, try golden.floats("scores", shape: [count, 400])) < 1e-4)
            #expect(largestDifference(found.confidences, try golden.floats("confidences", shape: [count, 4])) < 1e-4)
        }
    }

    @Test("edges from a file serve a checkpoint without its own; models of ratios give returns")
    func ratioEdges() async throws {
        let edges = try #require(Bundle.module.url(forResource: "stock-ratio-edges", withExtension: "pt", subdirectory: "Resources"))
        let encoder = try StockEncoder(
            file: StockModelFile(path: StockCheckpoint.training.path), binEdges: StockBinEdges(path: edges.path), precision: .f32,
            pool: WorkerPool(threads: 1))
        let golden = try Golden.file("stock-training-golden")
        var batch = WindowBatch(features: encoder.features, rows: 7)
        batch.append(try golden.floats("7.window", shape: [7, encoder.features]))
        let found = try await encoder.predict(batch)
        let edgesFound = try #require(encoder.binEdges)
        #expect(edgesFound.target == .ratios)
        let scores = try golden.floats("7.scores", shape: [400]).map(Double.init)
        for horizon in 0..<4 {
            let weights = (0..<100).map { exp(scores[$0 * 4 + horizon]) }
            let ratio = zip(weights, edgesFound.middles).reduce(0) { $0 + $1.0 * Double($1.1) } / weights.reduce(0, +)
            #expect(abs(Double(try #require(found.expectedReturns)[horizon]) - (ratio - 1)) < 1e-5)
            // A thousand points of each bin: how many are above 1, and how far the middles are from the mean.
            var gain = 0.0
            for bin in 0..<100 {
                let (low, high) = (Double(edgesFound.edges[bin]), Double(edgesFound.edges[bin + 1]))
                gain += weights[bin] * Double((0..<1000).count { low + (high - low) * (Double($0) + 0.5) / 1000 > 1 }) / 1000
            }
            #expect(abs(Double(try #require(found.gainProbabilities)[horizon]) - gain / weights.reduce(0, +)) < 1e-3)
            let square = zip(weights, edgesFound.middles).reduce(0) { $0 + $1.0 * pow(Double($1.1) - ratio, 2) } / weights.reduce(0, +)
            #expect(abs(Double(try #require(found.deviations)[horizon]) - square.squareRoot()) < 1e-5)
        }
    }
}

@Suite("A window's vector is its own")
struct StockInvarianceTests {
    /// Sizes that leave remainders everywhere: 5 heads of 24, odd numbers of features and rows, sums as long as a real model's.
    private static let shape = StockModelConfiguration(
        features: 101, hidden: 240, layers: 2, heads: 10, intermediate: 1024, maxRows: 300)

    private static func windows(_ count: Int, rows: Int) -> WindowBatch {
        var generator = SplitMix(state: 4), batch = WindowBatch(features: shape.features, rows: rows)
        for _ in 0..<count { batch.append((0..<rows * shape.features).map { _ in Float.random(in: -3...3, using: &generator) }) }
        return batch
    }

    @Test("bit for bit, whatever the batch and the number of threads", arguments: StockEncoder.precisions)
    func batches(precision: Precision) async throws {
        for (count, rows) in [(40, 11), (9, 60), (3, 290)] {
            let all = Self.windows(count, rows: rows)
            let expected = try await Self.encoder(precision, threads: 1).encode(all)
            for threads in [1, 2, 3] {
                let encoder = try Self.encoder(precision, threads: threads)
                for size in [1, 2, 7, count] {
                    var found: [Float] = []
                    for first in stride(from: 0, to: count, by: size) {
                        var batch = WindowBatch(features: Self.shape.features, rows: rows)
                        let width = rows * Self.shape.features
                        for window in first..<min(first + size, count) { batch.append(all.values[window * width..<(window + 1) * width]) }
                        found += try await encoder.encode(batch)
                    }
                    #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(rows) rows, \(threads) threads, batches of \(size)")
                }
            }
        }
    }

    @Test("bit for bit at a real model's widths", arguments: StockEncoder.precisions)
    func realWidths(precision: Precision) async throws {
        let shape = StockModelConfiguration(features: 1123, hidden: 1024, layers: 1, heads: 16, maxRows: 64)
        let encoder = try StockEncoder(randomWeightsOf: shape, seed: 3, precision: precision, pool: WorkerPool(threads: 2))
        var generator = SplitMix(state: 9), all = WindowBatch(features: 1123, rows: 37)
        for _ in 0..<9 { all.append((0..<37 * 1123).map { _ in Float.random(in: -3...3, using: &generator) }) }
        let together = try await encoder.predict(all)
        for window in 0..<9 {
            var one = WindowBatch(features: 1123, rows: 37)
            one.append(all.values[window * 37 * 1123..<(window + 1) * 37 * 1123])
            let alone = try await encoder.predict(one)
            #expect(alone.vectors.elementsEqual(together.vectors[window * 1024..<(window + 1) * 1024]))
            #expect(alone.scores.elementsEqual(together.scores[window * 400..<(window + 1) * 400]))
        }
    }

    @Test("predictions return the encoder's vectors; an empty batch has none")
    func predictions() async throws {
        let encoder = try Self.encoder(.int8, threads: 2), batch = Self.windows(5, rows: 13)
        let predictions = try await encoder.predict(batch)
        #expect(try await encoder.encode(batch) == predictions.vectors)
        let none = try await encoder.predict(WindowBatch(features: Self.shape.features, rows: 13))
        #expect(none.vectors.isEmpty && none.scores.isEmpty && none.confidences.isEmpty)
    }

    @Test("windows of another width, longer than the positions or without rows are refused")
    func refusals() async throws {
        let encoder = try Self.encoder(.f32, threads: 1)
        for batch in [WindowBatch(features: 100, rows: 5), WindowBatch(features: 101, rows: 301), WindowBatch(features: 101, rows: 0)] {
            await #expect(throws: EncoderError.self) { try await encoder.encode(batch) }
        }
    }

    private static func encoder(_ precision: Precision, threads: Int) throws -> StockEncoder {
        try StockEncoder(randomWeightsOf: shape, seed: 3, precision: precision, pool: WorkerPool(threads: threads))
    }
}

/// Cosine of two vectors.
func cosine(_ a: [Float], _ b: [Float]) -> Double {
    var dot = 0.0, left = 0.0, right = 0.0
    for (x, y) in zip(a, b) {
        dot += Double(x) * Double(y)
        left += Double(x) * Double(x)
        right += Double(y) * Double(y)
    }
    return dot / (left * right).squareRoot()
}

private func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
