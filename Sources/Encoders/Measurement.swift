import CKernels
import Foundation

/// What measurements of encoders have in common.
enum Measurement {
    /// Median wall time in seconds of a call, after one that does not count.
    static func median(seconds: Double, _ call: () throws -> Void) rethrows -> Double {
        let clock = ContinuousClock()
        try call()
        let end = clock.now + .seconds(seconds)
        var times: [Double] = []
        repeat { times.append(try clock.measure(call) / .seconds(1)) } while clock.now < end || times.count < 5
        return times.sorted()[times.count / 2]
    }

    /// The machine's limit: 10^9 operations a second in products of this kind on operands that never leave the registers, on all workers at once,
    /// so that processors which share a unit show it.
    static func limit(_ operand: MatrixProduct.Operand, pool: WorkerPool, seconds: Double) throws(EncoderError) -> Double {
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

    /// Largest resident set of the process so far.
    static var peakMemoryBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        // Linux counts it in KiB.
        return Int(usage.ru_maxrss) * 1024
    }
}

/// One number a worker, each written by that worker alone.
private final class OperationCounts: @unchecked Sendable {
    let each: UnsafeMutableBufferPointer<Double>

    init(threads: Int) {
        each = .allocate(capacity: threads)
        each.initialize(repeating: 0)
    }

    deinit { each.deallocate() }
}
