package import Encoders
import ModelFiles
import Tokenization

/// Measures an encoder on this machine: throughput on texts of one length, startup time, memory, and share of the machine's
/// peak performance.
package struct EncoderBenchmark: Sendable {
    /// Tokens per text.
    package var tokens: Int
    /// Texts per call.
    package var batch: Int
    package var threads: Int
    package var precision: Precision
    /// Duration of the repeated calls, in seconds; the median is reported.
    package var seconds: Double

    package init(tokens: Int = 64, batch: Int = 32, threads: Int = 2, precision: Precision = .int8, seconds: Double = 3) {
        self.tokens = tokens
        self.batch = batch
        self.threads = threads
        self.precision = precision
        self.seconds = seconds
    }

    /// Results of a measurement.
    package struct Result: Sendable {
        package var textsPerSecond: Double
        package var tokensPerSecond: Double
        /// Matrix product throughput in 10^9 operations per second; see `EncoderShape.operations(tokens:)`.
        package var gigaOperationsPerSecond: Double
        /// Peak throughput of this processor on the same number of threads, with operands that stay in registers. Does not
        /// necessarily include AMX.
        package var ceilingGigaOperationsPerSecond: Double
        /// Wall time to open the model and encode one text.
        package var startupMilliseconds: Double
        /// Peak resident set size of the process.
        package var peakMemoryBytes: Int
        /// Memory that the encoder reports for texts of this length.
        package var memory: TextEncoder.Memory

        /// Share of the peak throughput, 0 to 1.
        package var shareOfCeiling: Double { gigaOperationsPerSecond / ceilingGigaOperationsPerSecond }
    }

    /// Runs the measurement.
    /// - Parameter open: makes the encoder, for example from a model folder; its time counts towards startup.
    /// - Throws: errors of `open`, and `EncoderError`; `.tooManyTokens` when the model does not take that many tokens.
    package func run(_ open: (Precision, WorkerPool) throws -> TextEncoder) throws -> Result {
        let pool = WorkerPool(threads: threads)
        let clock = ContinuousClock()
        let begin = clock.now
        let encoder = try open(precision, pool)
        _ = try encoder.encode(tokens: Self.texts(1, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize))
        let startup = clock.now - begin
        let texts = Self.texts(batch, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize)
        let median = try Measurement.median(seconds: seconds) { _ = try encoder.encode(tokens: texts) }
        let ceiling = try encoder.ceilingGigaOperationsPerSecond(seconds: seconds / 3)
        let perSecond = Double(batch) / median
        return Result(
            textsPerSecond: perSecond, tokensPerSecond: perSecond * Double(tokens),
            gigaOperationsPerSecond: perSecond * encoder.shape.operations(tokens: tokens) * 1e-9,
            ceilingGigaOperationsPerSecond: ceiling, startupMilliseconds: startup.seconds * 1e3,
            peakMemoryBytes: Measurement.peakMemoryBytes, memory: encoder.memory(tokens: tokens))
    }

    /// Results of running several encoders together and one after another.
    package struct Together: Sendable {
        /// Texts per second when all encoders run at once; each text is encoded by all of them.
        package var textsPerSecond: Double
        /// Texts per second when the encoders run in turn, each with all threads.
        package var textsPerSecondInTurn: Double

        /// Time of all encoders at once divided by the sum of their separate times; 1 or less if running them together costs
        /// nothing.
        package var costOfSum: Double { textsPerSecondInTurn / textsPerSecond }
    }

    /// Measures encoders that share their threads, alternating between running them together and in turn.
    /// - Parameter open: one function per encoder that makes it.
    /// - Throws: as `run(_:)`.
    package func runTogether(_ open: [(Precision, WorkerPool) throws -> TextEncoder]) throws -> Together {
        let pool = WorkerPool(threads: threads), clock = ContinuousClock()
        let work = try open.map { open in
            let encoder = try open(precision, pool)
            return (encoder: encoder, tokens: Self.texts(batch, tokens: tokens, vocabulary: encoder.shape.configuration.vocabularySize))
        }
        var together: [Double] = [], alone = work.map { _ in [Double]() }
        let end = clock.now + .seconds(seconds)
        // The first round is not counted.
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

    /// Texts of random tokens; the cost does not depend on the tokens.
    private static func texts(_ count: Int, tokens: Int, vocabulary: Int) -> TokenBatch {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<count * tokens).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &generator) }
        return TokenBatch(ids: ids, offsets: (0...count).map { Int32($0 * tokens) })
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
