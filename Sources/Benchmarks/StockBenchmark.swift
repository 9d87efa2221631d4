import Base
package import Encoders
package import ModelFiles

/// Measures a stock model on this machine: windows of one length per second, startup time, memory, and share of the
/// machine's peak performance.
package struct StockBenchmark: Sendable {
    /// Rows per window.
    package var rows: Int
    /// Windows per call.
    package var batch: Int
    package var threads: Int
    package var precision: Precision
    /// Duration of the repeated calls, in seconds; the median is reported.
    package var seconds: Double

    package init(rows: Int = 60, batch: Int = 32, threads: Int = 2, precision: Precision = .int8, seconds: Double = 3) {
        self.rows = rows
        self.batch = batch
        self.threads = threads
        self.precision = precision
        self.seconds = seconds
    }

    /// The original system's default: width 1024, ten layers of 16 heads, 1123 features.
    package static let defaultShape = StockModelConfiguration(features: 1123, hidden: 1024, layers: 10, heads: 16)

    /// Results of a measurement.
    package struct Result: Sendable {
        package var windowsPerSecond: Double
        /// Matrix product throughput in 10^9 operations per second, without the heads.
        package var gigaOperationsPerSecond: Double
        /// Peak throughput of this processor on the same number of threads, with operands that stay in registers. Does not
        /// necessarily include AMX.
        package var ceilingGigaOperationsPerSecond: Double
        /// Wall time to open the model and encode one window.
        package var startupMilliseconds: Double
        /// Peak resident set size of the process.
        package var peakMemoryBytes: Int

        /// Share of the peak throughput, 0 to 1.
        package var shareOfCeiling: Double { gigaOperationsPerSecond / ceilingGigaOperationsPerSecond }
    }

    /// Runs the measurement.
    /// - Parameter file: a checkpoint; `nil` for `defaultShape` with random weights.
    /// - Throws: `EncoderError`, for example when the model takes fewer rows than requested.
    package func run(_ file: StockModelFile?) throws(EncoderError) -> Result {
        let pool = WorkerPool(threads: threads)
        let first = windows(1, features: file?.configuration.features ?? Self.defaultShape.features)
        let clock = ContinuousClock()
        let begin = clock.now
        let encoder: StockEncoder
        if let file {
            encoder = try StockEncoder(file: file, precision: precision, pool: pool)
        } else {
            encoder = try StockEncoder(randomWeightsOf: Self.defaultShape, seed: 1, precision: precision, pool: pool)
        }
        _ = try encoder.encodeBlocking(first)
        let startup = clock.now - begin
        let windows = windows(batch, features: encoder.features)
        var failure: EncoderError?
        let median = Measurement.median(seconds: seconds) {
            do throws(EncoderError) { _ = try encoder.encodeBlocking(windows) } catch { failure = error }
        }
        if let failure { throw failure }
        let ceiling = try encoder.ceilingGigaOperationsPerSecond(seconds: seconds / 3)
        let perSecond = Double(batch) / median
        return Result(
            windowsPerSecond: perSecond, gigaOperationsPerSecond: perSecond * encoder.operations(rows: rows) * 1e-9,
            ceilingGigaOperationsPerSecond: ceiling, startupMilliseconds: startup / .milliseconds(1),
            peakMemoryBytes: Measurement.peakMemoryBytes)
    }

    /// Windows of random numbers; the cost does not depend on the numbers.
    private func windows(_ count: Int, features: Int) -> WindowBatch {
        var random = SplitMix64(state: 1)
        var batch = WindowBatch(features: features, rows: rows)
        for _ in 0..<count { batch.append((0..<rows * features).map { _ in Float.random(in: -0.03...0.03, using: &random) }) }
        return batch
    }
}
