import CKernels
import Foundation

/// Helpers shared by the encoder benchmarks.
package enum Measurement {
    /// Median wall time of a call in seconds; the first call is not counted.
    package static func median(seconds: Double, _ call: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        try call()
        let end = clock.now + .seconds(seconds)
        var times: [Double] = []
        repeat { times.append(try clock.measure(call) / .seconds(1)) } while clock.now < end || times.count < 5
        return times.sorted()[times.count / 2]
    }

    /// Peak throughput in 10^9 operations per second for this kind of product, with operands that stay in registers. Runs on
    /// all workers at once, so that contention between processors that share a unit shows.
    fileprivate static func limit(_ operand: MatrixProduct.Operand, pool: WorkerPool, seconds: Double) throws(EncoderError) -> Double {
        let element = operand == .int8 ? TK_U8 : operand == .bf16 ? TK_BF16 : TK_F32, repetitions = 5_000
        let counts = OperationCounts(threads: pool.threads)
        var failure: EncoderError?
        let time = median(seconds: seconds) {
            do throws(EncoderError) {
                try pool.runGroup(of: pool.threads) { (worker) throws(EncoderError) in
                    counts.each[worker.member] = tk_register_operations(Int32(element.rawValue), repetitions)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return counts.each.reduce(0, +) / time * 1e-9
    }

    /// Peak resident set size of the process so far.
    package static var peakMemoryBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        // Linux reports it in KiB.
        return Int(usage.ru_maxrss) * 1024
    }
}

extension TextEncoder {
    /// Peak throughput in 10^9 operations per second for this encoder's kind of product, on its threads, with operands that stay in
    /// registers. Does not necessarily include AMX.
    /// - Parameter seconds: duration of the measurement.
    /// - Throws: `EncoderError` when a worker fails.
    package func ceilingGigaOperationsPerSecond(seconds: Double) throws(EncoderError) -> Double {
        try Measurement.limit(productOperand, pool: pool, seconds: seconds)
    }
}

extension StockEncoder {
    /// As `TextEncoder.ceilingGigaOperationsPerSecond(seconds:)`.
    package func ceilingGigaOperationsPerSecond(seconds: Double) throws(EncoderError) -> Double {
        try Measurement.limit(formats.product, pool: pool, seconds: seconds)
    }

    /// Operations in the encoder's matrix products for one window of `rows` rows, without padding.
    package func operations(rows: Int) -> Double { shape.operations(rows: rows) }
}

/// One number per worker, written only by that worker.
private final class OperationCounts: @unchecked Sendable {
    let each: UnsafeMutableBufferPointer<Double>

    init(threads: Int) {
        each = .allocate(capacity: threads)
        each.initialize(repeating: 0)
    }

    deinit { each.deallocate() }
}
