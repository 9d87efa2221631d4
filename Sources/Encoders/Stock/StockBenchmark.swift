import ModelFiles

/// Measures a stock model on this machine: windows a second of one length, start-up, memory, and which part of the machine's
/// limit it reaches.
package struct StockBenchmark: Sendable {
    /// Rows of each window.
    package var rows: Int
    /// Windows of each call.
    package var batch: Int
    package var threads: Int
    package var precision: Precision
    /// How long to repeat the call, in seconds; the median counts.
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

    /// What was measured.
    package struct Result: Sendable {
        package var windowsPerSecond: Double
        /// 10^9 operations a second in matrix products, the heads left out.
        package var gigaOperationsPerSecond: Double
        /// The most that this processor can do on as many threads, on operands that never leave the registers. Not known to include AMX.
        package var ceilingGigaOperationsPerSecond: Double
        /// Wall time of opening the model and encoding one window.
        package var startupMilliseconds: Double
        /// Largest resident set of the process so far.
        package var peakMemoryBytes: Int

        /// Part of the ceiling reached, 0 to 1.
        package var shareOfCeiling: Double { gigaOperationsPerSecond / ceilingGigaOperationsPerSecond }
    }

    /// Runs the measurement.
    /// - Parameter file: a checkpoint; `nil` for `defaultShape` with random weights.
    /// - Throws: `EncoderError`, for instance where the model takes fewer rows than asked for.
    package func run(_ file: StockModelFile?) throws(EncoderError) -> Result {
        let pool = WorkerPool(threads: threads)
        let first = try windows(1, features: file?.configuration.features ?? Self.defaultShape.features)
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
        let windows = try windows(batch, features: encoder.features)
        var failure: EncoderError?
        let median = Measurement.median(seconds: seconds) {
            do throws(EncoderError) { _ = try encoder.encodeBlocking(windows) } catch { failure = error }
        }
        if let failure { throw failure }
        let ceiling = try Measurement.limit(encoder.formats.product, pool: pool, seconds: seconds / 3)
        let perSecond = Double(batch) / median
        return Result(
            windowsPerSecond: perSecond, gigaOperationsPerSecond: perSecond * encoder.shape.operations(rows: rows) * 1e-9,
            ceilingGigaOperationsPerSecond: ceiling, startupMilliseconds: startup / .milliseconds(1),
            peakMemoryBytes: Measurement.peakMemoryBytes)
    }

    /// Windows of random numbers: cost does not depend on which.
    private func windows(_ count: Int, features: Int) throws(EncoderError) -> WindowBatch {
        let shape = [count, rows, features]
        let values = try RandomWeights(shapes: ["windows": shape], seed: 1).floats(named: "windows", shape: shape)
        var batch = WindowBatch(features: features, rows: rows)
        for window in 0..<count {
            batch.append(UnsafeBufferPointer(start: values.pointer + window * rows * features, count: rows * features))
        }
        withExtendedLifetime(values) {}
        return batch
    }
}
