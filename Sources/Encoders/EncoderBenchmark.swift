import Foundation
import Tokenization

/// Measures an encoder on this machine: throughput on texts of one length, start-up, memory, and which part of the machine's limit it reaches.
package struct EncoderBenchmark: Sendable {
    /// Tokens of each text.
    package var tokens: Int
    /// Texts of each call.
    package var batch: Int
    package var threads: Int
    package var precision: Precision
    /// How long to repeat the call, in seconds; the median counts.
    package var seconds: Double

    package init(tokens: Int = 64, batch: Int = 32, threads: Int = 2, precision: Precision = .int8, seconds: Double = 3) {
        self.tokens = tokens
        self.batch = batch
        self.threads = threads
        self.precision = precision
        self.seconds = seconds
    }

    /// What was measured.
    package struct Result: Sendable {
        package var textsPerSecond: Double
        package var tokensPerSecond: Double
        /// 10^9 operations a second in matrix products, see `EncoderShape.operations(tokens:)`.
        package var gigaOperationsPerSecond: Double
        /// The most that this processor can do on as many threads, on operands that never leave the registers. Not known to include AMX.
        package var ceilingGigaOperationsPerSecond: Double
        /// Wall time of opening the model and encoding one text.
        package var startupMilliseconds: Double
        /// Largest resident set of the process so far.
        package var peakMemoryBytes: Int
        /// What the encoder says it takes for texts of this length.
        package var memory: TextEncoder.Memory

        /// Part of the ceiling reached, 0 to 1.
        package var shareOfCeiling: Double { gigaOperationsPerSecond / ceilingGigaOperationsPerSecond }
    }

    /// Runs the measurement.
    /// - Parameter open: makes the encoder, for instance from a model folder; its time is part of the start-up.
    /// - Throws: what `open` throws, and `EncoderError`; `.tooManyTokens` when the model takes fewer tokens than asked for.
    package func run(_ open: (Precision, WorkerPool) throws -> TextEncoder) throws -> Result {
        let pool = WorkerPool(threads: threads)
        let clock = ContinuousClock()
        let begin = clock.now
        let encoder = try open(precision, pool)
        _ = try encoder.encode(tokens: Self.texts(1, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize))
        let startup = clock.now - begin
        let texts = Self.texts(batch, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize)
        let median = try Measurement.median(seconds: seconds) { _ = try encoder.encode(tokens: texts) }
        let ceiling = try Measurement.limit(encoder.productOperand, pool: pool, seconds: seconds / 3)
        let perSecond = Double(batch) / median
        return Result(
            textsPerSecond: perSecond, tokensPerSecond: perSecond * Double(tokens),
            gigaOperationsPerSecond: perSecond * encoder.shape.operations(tokens: tokens) * 1e-9,
            ceilingGigaOperationsPerSecond: ceiling, startupMilliseconds: startup.seconds * 1e3,
            peakMemoryBytes: Measurement.peakMemoryBytes, memory: encoder.memory(tokens: tokens))
    }

    /// Several encoders at once, and one after another.
    package struct Together: Sendable {
        /// Texts a second, each encoded by all.
        package var textsPerSecond: Double
        /// The same when each encoder has the threads to itself in turn.
        package var textsPerSecondInTurn: Double

        /// Time of all at once as a part of the sum of each alone: up to 1 when nothing is lost.
        package var costOfSum: Double { textsPerSecondInTurn / textsPerSecond }
    }

    /// Measures encoders that share their threads, alternating between the two ways.
    /// - Parameter open: make the encoders.
    /// - Throws: as `run(_:)`.
    package func runTogether(_ open: [(Precision, WorkerPool) throws -> TextEncoder]) throws -> Together {
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
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
