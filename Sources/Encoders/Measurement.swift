import COneDNN
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

    /// oneDNN's 10^9 operations a second at products of these shapes (inputs, outputs), on all workers at once.
    static func ceiling(
        _ shapes: [(inputs: Int, outputs: Int)], operand: MatrixProduct.Operand, pool: WorkerPool, seconds: Double
    ) throws(EncoderError) -> Double {
        let rows = operand.blockRows, repetitions = 4
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
        let widest = shapes.map { max($0.inputs, $0.outputs) }.max() ?? 0
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
        let operations = shapes.reduce(0.0) { $0 + 2 * Double($1.inputs) * Double($1.outputs) } * Double(rows * repetitions * pool.threads)
        return operations / time * 1e-9
    }

    /// Largest resident set of the process so far.
    static var peakMemoryBytes: Int {
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
