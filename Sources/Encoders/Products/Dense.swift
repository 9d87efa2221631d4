import CKernels
import COneDNN

/// A linear layer: rows times weights plus bias. The next operation is fused into the pass that reads its sums.
///
/// Several matrices of equal input width, stacked vertically (queries, keys, values; values and gates), form one product.
final class Dense: Sendable {
    private let product: MatrixProduct
    // Zeros if the layer has no bias.
    private let bias: AlignedBuffer<Float>
    // Whether the activation is SwiGLU, on values and gates, instead of GELU.
    private let isGated: Bool
    private let quantisation: Quantisation?

    /// Memory of the weights, bias and quantisation parameters, in bytes.
    var byteCount: Int {
        product.byteCount + bias.byteCount + (quantisation.map { $0.scale.byteCount + $0.offset.byteCount } ?? 0)
    }

    /// Converts int8 sums to numbers, for each output column.
    private struct Quantisation: Sendable {
        let scale: AlignedBuffer<Float>
        let offset: AlignedBuffer<Float>
    }

    /// How the layer's output is used, which determines the element type of the sums.
    enum Use {
        /// For `apply`: rows of this type.
        case rows(ActivationMatrix.Element)
        /// For `rotate`.
        case rotation
        /// For `addAndNormalise` and `add`.
        case residual
        /// For `activate`: with two names, SwiGLU of values and gates; with one name, GELU.
        case activation
    }

    /// Reads the weights `name`.weight and, if it exists, `name`.bias; quantises them if needed, and repacks them. Call this
    /// on a worker's thread.
    /// - Parameter smoothing: smoothing of the norm that writes the rows, for 8 bits.
    init(
        _ names: [String], inputs: Int, outputsEach: Int, hasBias: Bool, precision: Precision, formats: ActivationFormats, use: Use,
        smoothing: Smoothing? = nil, from source: some WeightSource, workers: Int, worker: Worker
    ) throws(EncoderError) {
        let outputs = outputsEach * names.count
        bias = AlignedBuffer(count: outputs)
        if case .activation = use { isGated = names.count == 2 } else { isGated = false }
        for (index, name) in names.enumerated() where hasBias {
            let part = try source.floats(named: name + ".bias", shape: [outputsEach])
            (bias.pointer + index * outputsEach).update(from: part.pointer, count: outputsEach)
        }
        if formats.product == .int8 {
            let bytes = AlignedBuffer<Int8>(count: outputs * inputs)
            let scale = AlignedBuffer<Float>(count: outputs), offset = AlignedBuffer<Float>(count: outputs)
            for (index, name) in names.enumerated() {
                let first = index * outputsEach
                try source.withTensor(named: name + ".weight", shape: [outputsEach, inputs]) { (tensor) throws(EncoderError) in
                    let smoothed = smoothing.map { $0.weights(tensor, rows: outputsEach) }
                    tk_quantise_weights(
                        smoothed.map { UnsafeRawPointer($0.pointer) } ?? tensor.bytes.baseAddress,
                        smoothed == nil ? tensor.element.kernelElement : ActivationMatrix.Element.f32.kernelElement, outputsEach, inputs,
                        bytes.pointer + first * inputs, scale.pointer + first, offset.pointer + first)
                }
            }
            quantisation = Quantisation(scale: scale, offset: offset)
            product = try MatrixProduct(
                operand: .int8, inputs: inputs, outputs: outputs, weights: bytes.pointer, result: dnnl_s32, bias: nil,
                workers: workers, worker: worker)
            return
        }
        let floats = AlignedBuffer<Float>(count: outputs * inputs)
        for (index, name) in names.enumerated() {
            try source.withTensor(named: name + ".weight", shape: [outputsEach, inputs]) { (tensor) throws(EncoderError) in
                tk_to_float(
                    tensor.bytes.baseAddress, tensor.element.kernelElement, outputsEach * inputs,
                    floats.pointer + index * outputsEach * inputs)
            }
        }
        if precision == .bf16 && formats.product == .f32 {
            let rounded = ActivationBuffer(.bf16, rows: outputs, columns: inputs)
            tk_convert_rows(floats.pointer, outputs, inputs, rounded.rows.out)
            tk_to_float(rounded.rows.values, rounded.rows.element.kernelElement, floats.count, floats.pointer)
        }
        quantisation = nil
        var result = dnnl_f32, accumulates = false
        switch use {
        case .rows(.bf16): result = dnnl_bf16
        case .residual: accumulates = true
        case .rows, .rotation, .activation: break
        }
        product = try MatrixProduct(
            operand: formats.product, inputs: inputs, outputs: outputs, weights: floats.pointer,
            result: result, bias: hasBias ? bias : nil, accumulates: accumulates, workers: workers, worker: worker)
    }

    private func int8(
        _ sums: UnsafeMutableRawPointer, _ input: ActivationMatrix, from row: Int, _ quantisation: Quantisation
    ) -> tk_int8_product {
        let input = input.from(row)
        return tk_int8_product(
            sums: UnsafePointer(sums.assumingMemoryBound(to: Int32.self)) + row * product.outputs, row_scale: input.scale,
            row_zero: input.zeroPoint, column_scale: quantisation.scale.pointer, column_offset: quantisation.offset.pointer,
            bias: bias.pointer)
    }

    // In a group of workers, members share the columns of products and the rows of the next operation; see `Barrier`.

    /// out = input x weights + bias, in the element type of `use`. `sums` is scratch space for a block of 32-bit rows.
    func apply(
        _ input: ActivationMatrix, rows count: Int, out: ActivationMatrix, sums: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        guard let quantisation else {
            try product.run(input.values, rows: count, into: out.values, worker: worker)
            return try worker.synchronize()
        }
        try product.run(input.values, rows: count, into: sums, worker: worker)
        try worker.synchronize()
        let rows = worker.share(of: count), out = out.from(rows.lowerBound)
        tk_dequantise(
            int8(sums, input, from: rows.lowerBound, quantisation), rows.count, product.outputs, out.element.kernelElement,
            out.values)
        try worker.synchronize()
    }

    /// out = input x weights + bias, with queries and keys rotated by their rows' positions.
    func rotate(
        _ input: ActivationMatrix, rows count: Int, heads: Int, by rotary: RotaryPositions, positions: UnsafePointer<Int32>, out: ActivationMatrix,
        sums: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        let headSize = product.outputs / (3 * heads), element = out.element.kernelElement
        let target = quantisation == nil && out.element == .f32 ? out.values : sums
        try product.run(input.values, rows: count, into: target, worker: worker)
        try worker.synchronize()
        let rows = worker.share(of: count), out = out.from(rows.lowerBound), positions = positions + rows.lowerBound
        if let quantisation {
            tk_dequantise_rotary(
                int8(sums, input, from: rows.lowerBound, quantisation), rows.count, heads, headSize, rotary.table.pointer,
                positions, element, out.values)
        } else {
            tk_rotary(
                target.assumingMemoryBound(to: Float.self) + rows.lowerBound * product.outputs, rows.count, heads, headSize,
                rotary.table.pointer, positions, element, out.values)
        }
        try worker.synchronize()
    }

    /// x = norm(x + input x weights + bias), also written to `next` unless that is f32.
    func addAndNormalise(
        _ input: ActivationMatrix, rows count: Int, to x: UnsafeMutablePointer<Float>, norm: LayerNorm, next: ActivationMatrix,
        sums: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        try product.run(input.values, rows: count, into: quantisation == nil ? UnsafeMutableRawPointer(x) : sums, worker: worker)
        try worker.synchronize()
        let rows = worker.share(of: count), x = x + rows.lowerBound * product.outputs, next = next.from(rows.lowerBound)
        if let quantisation {
            norm.apply(int8(sums, input, from: rows.lowerBound, quantisation), to: x, rows: rows.count, next: next)
        } else {
            norm.apply(x, rows: rows.count, next: next)
        }
        try worker.synchronize()
    }

    /// x += input x weights + bias.
    func add(
        _ input: ActivationMatrix, rows count: Int, to x: UnsafeMutablePointer<Float>, sums: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        try product.run(input.values, rows: count, into: quantisation == nil ? UnsafeMutableRawPointer(x) : sums, worker: worker)
        try worker.synchronize()
        guard let quantisation else { return }
        let rows = worker.share(of: count)
        tk_dequantise_add(
            int8(sums, input, from: rows.lowerBound, quantisation), x + rows.lowerBound * product.outputs, rows.count,
            product.outputs)
        try worker.synchronize()
    }

    /// next = activation(input x weights + bias). `row` is this worker's scratch space for one row of floats.
    func activate(
        _ input: ActivationMatrix, rows count: Int, next: ActivationMatrix, sums: UnsafeMutableRawPointer, row: UnsafeMutablePointer<Float>,
        worker: Worker
    ) throws(EncoderError) {
        let target = quantisation == nil && next.element == .f32 && !isGated ? next.values : sums
        try product.run(input.values, rows: count, into: target, worker: worker)
        try worker.synchronize()
        let rows = worker.share(of: count), next = next.from(rows.lowerBound)
        if let quantisation {
            let result = int8(sums, input, from: rows.lowerBound, quantisation)
            if isGated {
                tk_dequantise_swiglu(result, rows.count, next.columns, row, next.out)
            } else {
                tk_dequantise_gelu(result, rows.count, product.outputs, row, next.out)
            }
        } else {
            let numbers = target.assumingMemoryBound(to: Float.self) + rows.lowerBound * product.outputs
            if isGated {
                tk_swiglu(numbers, rows.count, next.columns, next.out)
            } else {
                tk_gelu(numbers, rows.count, product.outputs, next.copyOut)
            }
        }
        try worker.synchronize()
    }
}
