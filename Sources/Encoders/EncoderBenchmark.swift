import COneDNN
import Foundation
import Tokenization

/// Measures an encoder on this machine: throughput on texts of one length, start-up, memory, and how much of oneDNN's speed at the same products
/// is left after everything around them.
public struct EncoderBenchmark: Sendable {
    /// Tokens of each text.
    public var tokens: Int
    /// Texts of each call.
    public var batch: Int
    public var threads: Int
    public var precision: Precision
    /// How long to repeat the call, in seconds; the median counts.
    public var seconds: Double

    public init(tokens: Int = 64, batch: Int = 32, threads: Int = 2, precision: Precision = .int8, seconds: Double = 3) {
        self.tokens = tokens
        self.batch = batch
        self.threads = threads
        self.precision = precision
        self.seconds = seconds
    }

    /// What was measured.
    public struct Result: Sendable {
        public var textsPerSecond: Double
        public var tokensPerSecond: Double
        /// 10^9 operations a second in matrix products, see `EncoderShape.operations(tokens:)`.
        public var gigaOperationsPerSecond: Double
        /// The same for oneDNN's products alone at this model's shapes, on as many threads.
        public var ceilingGigaOperationsPerSecond: Double
        /// Wall time of opening the model and encoding one text.
        public var startupMilliseconds: Double
        /// Largest resident set of the process so far.
        public var peakMemoryBytes: Int
        /// What the encoder says it takes for texts of this length.
        public var memory: TextEncoder.Memory

        /// Part of the ceiling reached, 0 to 1.
        public var shareOfCeiling: Double { gigaOperationsPerSecond / ceilingGigaOperationsPerSecond }
    }

    /// Runs the measurement.
    /// - Parameter open: makes the encoder, for instance from a model folder; its time is part of the start-up.
    /// - Throws: what `open` throws, and `EncoderError`; `.tooManyTokens` when the model takes fewer tokens than asked for.
    public func run(_ open: (Precision, WorkerPool) throws -> TextEncoder) throws -> Result {
        let pool = WorkerPool(threads: threads)
        let clock = ContinuousClock()
        let begin = clock.now
        let encoder = try open(precision, pool)
        _ = try encoder.encode(tokens: Self.texts(1, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize))
        let startup = clock.now - begin
        let texts = Self.texts(batch, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize)
        let median = try Self.median(seconds: seconds) { _ = try encoder.encode(tokens: texts) }
        let ceiling = try Self.ceiling(encoder, pool: pool, seconds: seconds / 3)
        let perSecond = Double(batch) / median
        return Result(
            textsPerSecond: perSecond, tokensPerSecond: perSecond * Double(tokens),
            gigaOperationsPerSecond: perSecond * encoder.shape.operations(tokens: tokens) * 1e-9,
            ceilingGigaOperationsPerSecond: ceiling, startupMilliseconds: startup.seconds * 1e3,
            peakMemoryBytes: Self.peakMemoryBytes, memory: encoder.memory(tokens: tokens))
    }

    /// Several encoders at once, and one after another.
    public struct Together: Sendable {
        /// Texts a second, each encoded by all.
        public var textsPerSecond: Double
        /// The same when each encoder has the threads to itself in turn.
        public var textsPerSecondInTurn: Double

        /// Time of all at once as a part of the sum of each alone: up to 1 when nothing is lost.
        public var costOfSum: Double { textsPerSecondInTurn / textsPerSecond }
    }

    /// Measures encoders that share their threads, alternating between the two ways.
    /// - Parameter open: make the encoders.
    /// - Throws: as `run(_:)`.
    public func runTogether(_ open: [(Precision, WorkerPool) throws -> TextEncoder]) throws -> Together {
        let pool = WorkerPool(threads: threads), clock = ContinuousClock()
        let work = try open.map { open in
            let encoder = try open(precision, pool)
            return (encoder: encoder, tokens: Self.texts(batch, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize))
        }
        var together: [Double] = [], alone = work.map { _ in [Double]() }
        let end = clock.now + .seconds(seconds)
        // The first round does not count.
        repeat {
            together.append(try clock.measure { _ = try TextEncoder.encode(work) }.seconds)
            for (index, item) in work.enumerated() {
                alone[index].append(try clock.measure { _ = try item.encoder.encode(tokens: item.tokens) }.seconds)
            }
        } while clock.now < end || together.count < 6
        func median(_ times: [Double]) -> Double { times.dropFirst().sorted()[(times.count - 1) / 2] }
        return Together(
            textsPerSecond: Double(batch) / median(together), textsPerSecondInTurn: Double(batch) / alone.reduce(0) { $0 + median($1) })
    }

    /// Texts of random tokens: cost does not depend on which.
    private static func texts(_ count: Int, tokens: Int, vocabulary: Int) -> TokenBatch {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<count * tokens).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
        return TokenBatch(ids: ids, offsets: (0...count).map { Int32($0 * tokens) })
    }

    /// Median wall time of a call, after one that does not count.
    private static func median(seconds: Double, _ call: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        try call()
        let end = clock.now + .seconds(seconds)
        var times: [Double] = []
        repeat { times.append(try clock.measure(call).seconds) } while clock.now < end || times.count < 5
        return times.sorted()[times.count / 2]
    }

    /// oneDNN's 10^9 operations a second at the products of one layer, on all workers at once.
    private static func ceiling(_ encoder: TextEncoder, pool: WorkerPool, seconds: Double) throws(EncoderError) -> Double {
        let c = encoder.shape.configuration, operand = encoder.productOperand, rows = operand.blockRows, repetitions = 4
        let shapes = [
            (c.hiddenSize, 3 * c.hiddenSize), (c.hiddenSize, c.hiddenSize), (c.hiddenSize, encoder.shape.activationInputs),
            (c.intermediateSize, c.hiddenSize),
        ]
        let products = ProductList()
        try pool.run(1) { (_, worker) throws(EncoderError) in
            for (inputs, outputs) in shapes {
                let weights = AlignedBuffer<Float>(count: inputs * outputs)
                products.all.append(
                    try MatrixProduct(
                        operand: operand, inputs: inputs, outputs: outputs, weights: weights.pointer,
                        result: operand == .int8 ? dnnl_s32 : dnnl_f32, bias: nil, workers: pool.threads, worker: worker))
            }
        }
        let widest = max(3 * c.hiddenSize, encoder.shape.activationInputs)
        let buffers = (0..<pool.threads).map { _ in
            (AlignedBuffer<Float>(count: rows * widest), AlignedBuffer<Float>(count: rows * widest))
        }
        var failure: EncoderError?
        let time = median(seconds: seconds) {
            do throws(EncoderError) {
                try pool.run(pool.threads) { (_, worker) throws(EncoderError) in
                    let (input, output) = buffers[worker.index]
                    for product in products.all {
                        for _ in 0..<repetitions {
                            try product.run(input.pointer, rows: rows, into: output.pointer, worker: worker)
                        }
                    }
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        let operations = shapes.reduce(0.0) { $0 + 2 * Double($1.0) * Double($1.1) } * Double(rows * repetitions * pool.threads)
        return operations / time * 1e-9
    }

    private static var peakMemoryBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        // Linux counts it in KiB.
        return Int(usage.ru_maxrss) * 1024
    }
}

/// The products under measurement, made by one worker and then only read.
private final class ProductList: @unchecked Sendable {
    var all: [MatrixProduct] = []
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
