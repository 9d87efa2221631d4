import CKernels

/// rows x weights with our own kernels: float32, bfloat16 on processors with AMX, or bytes with exact integer sums.
final class PackedProduct: Sendable {
    private let inputs: Int
    private let outputs: Int
    private let weights: Weights
    private let bias: AlignedBuffer<Float>?
    private let accumulates: Bool
    // Whether bfloat16 products are rounded to bfloat16.
    private let rounds: Bool

    private enum Weights {
        case f32(AlignedBuffer<Float>)
        case bf16(AlignedBuffer<UInt16>)
        case int8(AlignedBuffer<Int8>)
    }

    /// Memory of the packed weights, in bytes.
    var byteCount: Int {
        switch weights {
        case .f32(let packed): packed.byteCount
        case .bf16(let packed): packed.byteCount
        case .int8(let packed): packed.byteCount
        }
    }

    /// Packs the weights; parameters as for `MatrixProduct`.
    /// - Parameter rounds: whether the result is bfloat16.
    init(
        operand: MatrixProduct.Operand, inputs: Int, outputs: Int, weights source: UnsafeRawPointer, rounds: Bool,
        bias: AlignedBuffer<Float>?, accumulates: Bool
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.bias = bias.map { bias in
            let whole = AlignedBuffer<Float>(count: tk_packed_count(1, outputs))
            whole.pointer.update(from: bias.pointer, count: outputs)
            return whole
        }
        self.accumulates = accumulates
        self.rounds = rounds
        switch operand {
        case .int8:
            let packed = AlignedBuffer<Int8>(count: tk_packed_count(inputs, outputs))
            tk_pack_int8(source.assumingMemoryBound(to: Int8.self), inputs, outputs, packed.pointer)
            weights = .int8(packed)
        case .bf16:
            let packed = AlignedBuffer<UInt16>(count: tk_packed_count_bf16(inputs, outputs))
            let rounded = ActivationBuffer(.bf16, rows: outputs, columns: inputs)
            tk_convert_rows(source.assumingMemoryBound(to: Float.self), outputs, inputs, rounded.rows.out)
            tk_pack_bf16(rounded.rows.values.assumingMemoryBound(to: UInt16.self), inputs, outputs, packed.pointer)
            weights = .bf16(packed)
        case .f32:
            let packed = AlignedBuffer<Float>(count: tk_packed_count(inputs, outputs))
            tk_pack_f32(source.assumingMemoryBound(to: Float.self), inputs, outputs, packed.pointer)
            weights = .f32(packed)
        }
    }

    /// See `MatrixProduct.run`.
    func run(_ input: UnsafeRawPointer, rows: Int, into output: UnsafeMutableRawPointer, worker: Worker) {
        let columns = worker.share(of: outputs, unit: Int(TK_PANEL))
        guard !columns.isEmpty else { return }
        switch weights {
        case .f32(let packed):
            tk_product_f32(
                input.assumingMemoryBound(to: Float.self), rows, packed.pointer, inputs, outputs, columns.lowerBound, columns.upperBound,
                bias?.pointer, accumulates ? 1 : 0, output.assumingMemoryBound(to: Float.self))
        case .bf16(let packed):
            tk_product_bf16(
                input.assumingMemoryBound(to: UInt16.self), rows, packed.pointer, inputs, outputs, columns.lowerBound, columns.upperBound,
                bias?.pointer, accumulates ? 1 : 0, rounds ? 1 : 0, output)
        case .int8(let packed):
            tk_product_int8(
                input.assumingMemoryBound(to: UInt8.self), rows, packed.pointer, inputs, outputs, columns.lowerBound,
                columns.upperBound, output.assumingMemoryBound(to: Int32.self))
        }
    }
}
