import Base
import COneDNN

/// rows x weights (+ bias), for one weight matrix that is packed once.
///
/// Callers pass blocks of up to `Operand.blockRows` rows. A row's result depends neither on the other rows nor on the number
/// of threads.
final class MatrixProduct: Sendable {
    /// Operand formats.
    enum Operand {
        /// Float rows and weights.
        case f32
        /// bfloat16 rows and weights, float sums.
        case bf16
        /// Unsigned 8-bit rows, signed 8-bit weights, 32-bit integer sums.
        case int8

        /// Maximum rows per call. Many rows amortise loading weights into the cache, which matters most for floats. Few rows
        /// keep the sums in the second-level cache until they are read, which matters most for int8. Measured with the
        /// shapes of MiniLM and BERT base.
        var blockRows: Int { self == .int8 ? 64 : 256 }
    }

    let inputs: Int
    let outputs: Int
    private let way: Way

    /// oneDNN's kernels where they are exact and fastest, our own otherwise: see `InstructionSet.hasOneDNNProducts(_:)`.
    private enum Way {
        case oneDNN(OneDNNProduct)
        case packed(PackedProduct)
    }

    /// Memory of the packed weights, in bytes.
    var byteCount: Int {
        switch way {
        case .oneDNN(let product): product.byteCount
        case .packed(let product): product.byteCount
        }
    }

    /// Packs the weights. Call this on a worker's thread.
    /// - Parameters:
    ///   - weights: `outputs` x `inputs`, row-major; floats, or signed bytes if `operand` is `.int8`. See `tk_product_int8`
    ///     for their range.
    ///   - result: element type of the product; 32-bit integers if `operand` is `.int8`.
    ///   - bias: added to each row; not supported with `.int8`.
    ///   - accumulates: whether to add the product to the destination's contents.
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
                    operand: operand, inputs: inputs, outputs: outputs, weights: source, rounds: result == dnnl_bf16, bias: bias,
                    accumulates: accumulates))
    }

    /// Number of rows, rounded up, that must fit into the buffers.
    static func paddedRows(_ rows: Int) -> Int { OneDNNProduct.paddedRows(rows) }

    /// Writes (or adds) the product of `rows` rows; in a group of workers, the worker's share of its columns. Reads rows up
    /// to `paddedRows(rows)`, and outside of groups also writes them.
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
