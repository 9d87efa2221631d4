internal import Base
import COneDNN

/// rows x weights (+ bias), for one matrix of weights that is packed once.
///
/// Callers hand over blocks of up to `Operand.blockRows` rows. A row's result depends neither on the rows beside it nor on the number of threads.
final class MatrixProduct: Sendable {
    /// Formats of the operands.
    enum Operand {
        /// Float rows and weights.
        case f32
        /// bfloat16 rows and weights, float sums.
        case bf16
        /// Unsigned 8-bit rows, signed 8-bit weights, 32-bit integer sums.
        case int8

        /// Most rows of one call. Many rows share the cost of bringing weights into the cache, which floats have most of; few rows keep the sums
        /// in the second-level cache until they are read, which is what counts in int8. Measured at MiniLM's and BERT base's shapes.
        var blockRows: Int { self == .int8 ? 64 : 256 }
    }

    let inputs: Int
    let outputs: Int
    private let way: Way

    /// oneDNN's kernels where they are exact and the fastest, our own elsewhere: see `InstructionSet.hasOneDNNProducts(_:)`.
    private enum Way {
        case oneDNN(OneDNNProduct)
        case packed(PackedProduct)
    }

    /// Bytes of the packed weights.
    var byteCount: Int {
        switch way {
        case .oneDNN(let product): product.byteCount
        case .packed(let product): product.byteCount
        }
    }

    /// Packs the weights. Call it on a worker's thread.
    /// - Parameters:
    ///   - weights: `outputs` x `inputs`, row-major, floats, or signed bytes where `operand` is `.int8`; see `tk_product_int8` for their bounds.
    ///   - result: the element type of the product; 32-bit integers where `operand` is `.int8`.
    ///   - bias: added to each row; not with `.int8`.
    ///   - accumulates: whether the product is added to what the destination holds.
    init(
        operand: Operand, inputs: Int, outputs: Int, weights source: UnsafeRawPointer, result: dnnl_data_type_t,
        bias: AlignedBuffer<Float>?, accumulates: Bool = false, workers: Int, worker: Worker
    ) throws(EncoderError) {
        self.inputs = inputs
        self.outputs = outputs
        way =
            InstructionSet.current.hasOneDNNProducts(operand)
            ? .oneDNN(
                try OneDNNProduct(
                    operand: operand, inputs: inputs, outputs: outputs, weights: source, result: result, bias: bias,
                    accumulates: accumulates, workers: workers, worker: worker))
            : .packed(
                PackedProduct(
                    isInt8: operand == .int8, inputs: inputs, outputs: outputs, weights: source, bias: bias, accumulates: accumulates))
    }

    /// Rounds a number of rows up to one for which there must be room.
    static func paddedRows(_ rows: Int) -> Int { OneDNNProduct.paddedRows(rows) }

    /// Writes (or adds) the product of `rows` rows; in a group of workers, the worker's share of its columns. Rows up to `paddedRows(rows)` are read, and
    /// are also written outside of groups.
    /// - Parameter rows: 1 to `Operand.blockRows`.
    func run(
        _ input: UnsafeRawPointer, rows: Int, into output: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        switch way {
        case .oneDNN(let product): try product.run(input, rows: rows, into: output, worker: worker)
        case .packed(let product): product.run(input, rows: rows, into: output, worker: worker)
        }
    }
}
