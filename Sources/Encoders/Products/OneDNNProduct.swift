import COneDNN

/// rows x weights (+ bias) with oneDNN, for one weight matrix that is repacked once into oneDNN's preferred layout.
///
/// oneDNN's primitives are made for a fixed number of rows, so callers pass blocks: `MatrixProduct.Operand.blockRows` rows,
/// and at the end the remainder, rounded up to a multiple of `rowStep`. With AVX-512, all of these sizes use the same
/// weights and the same order of summation.
final class OneDNNProduct: @unchecked Sendable {
    /// Calls with fewer rows are rounded up to a multiple of this; the extra rows must be readable and writable.
    static let rowStep = 16

    let inputs: Int
    let outputs: Int
    private let operand: MatrixProduct.Operand
    private let resultType: dnnl_data_type_t
    // Workers of a group share the columns in blocks of this size.
    private let columnUnit: Int
    private let accumulates: Bool
    private let library: OneDNN
    private let weightsLayout: dnnl_memory_desc_t
    private let weights: AlignedBuffer<UInt8>
    private let bias: AlignedBuffer<Float>?
    /// Memory of the repacked weights, in bytes.
    var byteCount: Int { weights.byteCount }
    // One entry per worker, used only by that worker.
    private let prepared: [PreparedProducts]

    /// Repacks the weights. Call this on a worker's thread.
    /// - Parameters:
    ///   - weights: `outputs` x `inputs`, row-major; floats, or signed bytes if `operand` is `.int8`.
    ///   - result: element type of the product; 32-bit integers if `operand` is `.int8`.
    ///   - bias: added to each row; not supported with `.int8`.
    ///   - accumulates: whether to add the product to the destination's contents.
    init(
        operand: MatrixProduct.Operand, inputs: Int, outputs: Int, weights source: UnsafeRawPointer, result: dnnl_data_type_t,
        bias: AlignedBuffer<Float>?, accumulates: Bool = false, workers: Int, worker: Worker
    ) throws(EncoderError) {
        self.operand = operand
        self.inputs = inputs
        self.outputs = outputs
        self.bias = bias
        self.accumulates = accumulates
        resultType = result
        library = try OneDNN.shared()
        prepared = (0..<workers).map { _ in PreparedProducts() }

        let description = try Self.describe(
            engine: library.engine, operand: operand, rows: operand.blockRows, inputs: inputs, outputs: outputs, weights: nil,
            result: result, bias: bias != nil, accumulates: accumulates)
        defer { dnnl_primitive_desc_destroy(description) }
        guard let wanted = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0) else {
            throw .oneDNN(call: "dnnl_primitive_desc_query_md", status: Int32(dnnl_runtime_error.rawValue))
        }
        var layout = wanted.pointee
        weightsLayout = layout
        columnUnit = Self.columnUnit(of: layout, outputs: outputs)
        self.weights = AlignedBuffer(count: dnnl_memory_desc_get_size(&layout))
        try repack(source, stream: worker.openStream(library.engine))
    }

    private func repack(_ source: UnsafeRawPointer, stream: dnnl_stream_t) throws(EncoderError) {
        let type = operand == .int8 ? dnnl_s8 : dnnl_f32
        var plain = try Self.matrix([inputs, outputs], type, dnnl_ba)
        var packed = weightsLayout
        let from = try Self.memory(&plain, library.engine, UnsafeMutableRawPointer(mutating: source))
        defer { dnnl_memory_destroy(from) }
        let to = try Self.memory(&packed, library.engine, UnsafeMutableRawPointer(weights.pointer))
        defer { dnnl_memory_destroy(to) }
        var description: dnnl_primitive_desc_t?
        try oneDNN(
            "dnnl_reorder_primitive_desc_create",
            dnnl_reorder_primitive_desc_create(&description, &plain, library.engine, &packed, library.engine, nil))
        defer { dnnl_primitive_desc_destroy(description) }
        var reorder: dnnl_primitive_t?
        try oneDNN("dnnl_primitive_create", dnnl_primitive_create(&reorder, description))
        defer { dnnl_primitive_destroy(reorder) }
        var arguments = [
            dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: from), dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: to),
        ]
        try oneDNN("dnnl_primitive_execute", dnnl_primitive_execute(reorder, stream, 2, &arguments))
        try oneDNN("dnnl_stream_wait", dnnl_stream_wait(stream))
    }

    /// Number of rows, rounded up to one that `run` accepts.
    static func paddedRows(_ rows: Int) -> Int { (rows + rowStep - 1) / rowStep * rowStep }

    /// Writes (or adds) the product of `rows` rows; in a group of workers, the worker's share of its columns. Reads rows up
    /// to `paddedRows(rows)`, and outside of groups also writes them.
    /// - Parameter rows: 1 to `MatrixProduct.Operand.blockRows`.
    func run(
        _ input: UnsafeRawPointer, rows: Int, into output: UnsafeMutableRawPointer, worker: Worker
    ) throws(EncoderError) {
        let columns = worker.share(of: outputs, unit: columnUnit)
        guard !columns.isEmpty else { return }
        let padded = Self.paddedRows(rows), stream = try worker.openStream(library.engine)
        let product = try prepared[worker.index].product(rows: padded, columns: columns) { () throws(EncoderError) in
            try prepare(rows: padded, columns: columns)
        }
        if columns.count == outputs {
            return try product.run(
                input, into: output, scratch: worker.scratch(byteCount: product.scratchBytes), stream: stream)
        }
        // oneDNN can only write rows without gaps.
        let element = resultType == dnnl_bf16 ? 2 : 4, width = columns.count * element, stride = outputs * element
        let space = (product.scratchBytes + 63) / 64 * 64
        let scratch = worker.scratch(byteCount: space + padded * width)
        let part = UnsafeMutableRawPointer(scratch + space), target = output + columns.lowerBound * element
        if accumulates {
            for row in 0..<rows { (part + row * width).copyMemory(from: target + row * stride, byteCount: width) }
        }
        try product.run(input, into: part, scratch: scratch, stream: stream)
        for row in 0..<rows { (target + row * stride).copyMemory(from: part + row * width, byteCount: width) }
    }

    /// Number of adjacent columns that are contiguous in memory for any column count; all columns if the layout has no such
    /// blocks.
    private static func columnUnit(of layout: dnnl_memory_desc_t, outputs: Int) -> Int {
        let blocking = layout.format_desc.blocking
        guard layout.format_kind == dnnl_blocked, layout.extra.flags == 0, blocking.strides.1 >= blocking.strides.0 else {
            return outputs
        }
        return max(columnBlock(of: layout), 16)
    }

    /// Product of the inner column blocks.
    private static func columnBlock(of layout: dnnl_memory_desc_t) -> Int {
        let blocking = layout.format_desc.blocking
        var block = 1
        withUnsafeBytes(of: blocking.inner_idxs) { indices in
            withUnsafeBytes(of: blocking.inner_blks) { blocks in
                let indices = indices.bindMemory(to: Int64.self), blocks = blocks.bindMemory(to: Int64.self)
                for inner in 0..<min(Int(blocking.inner_nblks), indices.count) where indices[inner] == 1 { block *= Int(blocks[inner]) }
            }
        }
        return block
    }

    private func prepare(rows: Int, columns: Range<Int>) throws(EncoderError) -> PreparedProduct {
        var layout = weightsLayout, start = weights.pointer
        if columns.count < outputs {
            let block = Self.columnBlock(of: layout), size = operand == .f32 ? 4 : operand == .bf16 ? 2 : 1
            start += columns.lowerBound / block * Int(layout.format_desc.blocking.strides.1) * size
            layout.dims.1 = Int64(columns.count)
            layout.padded_dims.1 = Int64((columns.count + block - 1) / block * block)
        }
        let description = try Self.describe(
            engine: library.engine, operand: operand, rows: rows, inputs: inputs, outputs: columns.count, weights: layout,
            result: resultType, bias: bias != nil, accumulates: accumulates)
        defer { dnnl_primitive_desc_destroy(description) }
        return try PreparedProduct(
            description: description, engine: library.engine, weights: start,
            bias: bias.map { $0.pointer + columns.lowerBound })
    }

    private static func describe(
        engine: dnnl_engine_t, operand: MatrixProduct.Operand, rows: Int, inputs: Int, outputs: Int, weights: dnnl_memory_desc_t?,
        result: dnnl_data_type_t, bias: Bool, accumulates: Bool
    ) throws(EncoderError) -> dnnl_primitive_desc_t {
        let (rowType, weightType) =
            switch operand {
            case .f32: (dnnl_f32, dnnl_f32)
            case .bf16: (dnnl_bf16, dnnl_bf16)
            case .int8: (dnnl_u8, dnnl_s8)
            }
        var source = try matrix([rows, inputs], rowType, dnnl_ab)
        var packed: dnnl_memory_desc_t
        if let weights { packed = weights } else { packed = try matrix([inputs, outputs], weightType, dnnl_format_tag_any) }
        var destination = try matrix([rows, outputs], result, dnnl_ab)
        var biasRow = try matrix([1, outputs], dnnl_f32, dnnl_ab)
        var operation = dnnl_matmul_desc_t()
        let status =
            bias
            ? dnnl_matmul_desc_init(&operation, &source, &packed, &biasRow, &destination)
            : dnnl_matmul_desc_init(&operation, &source, &packed, nil, &destination)
        try oneDNN("dnnl_matmul_desc_init", status)

        var attributes: dnnl_primitive_attr_t?
        try oneDNN("dnnl_primitive_attr_create", dnnl_primitive_attr_create(&attributes))
        defer { dnnl_primitive_attr_destroy(attributes) }
        try oneDNN(
            "dnnl_primitive_attr_set_scratchpad_mode",
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
        if accumulates {
            var operations: dnnl_post_ops_t?
            try oneDNN("dnnl_post_ops_create", dnnl_post_ops_create(&operations))
            defer { dnnl_post_ops_destroy(operations) }
            try oneDNN("dnnl_post_ops_append_sum", dnnl_post_ops_append_sum(operations, 1))
            try oneDNN("dnnl_primitive_attr_set_post_ops", dnnl_primitive_attr_set_post_ops(attributes, operations))
        }
        var description: dnnl_primitive_desc_t?
        try oneDNN(
            "dnnl_primitive_desc_create", dnnl_primitive_desc_create(&description, &operation, attributes, engine, nil))
        guard let description else {
            throw .oneDNN(call: "dnnl_primitive_desc_create", status: Int32(dnnl_runtime_error.rawValue))
        }
        return description
    }

    private static func matrix(
        _ shape: [Int], _ type: dnnl_data_type_t, _ tag: dnnl_format_tag_t
    ) throws(EncoderError) -> dnnl_memory_desc_t {
        var layout = dnnl_memory_desc_t()
        let extents = shape.map(Int64.init)
        try oneDNN(
            "dnnl_memory_desc_init_by_tag",
            dnnl_memory_desc_init_by_tag(&layout, Int32(extents.count), extents, type, tag))
        return layout
    }

    static func memory(
        _ layout: UnsafePointer<dnnl_memory_desc_t>, _ engine: dnnl_engine_t, _ data: UnsafeMutableRawPointer?
    ) throws(EncoderError) -> dnnl_memory_t {
        var handle: dnnl_memory_t?
        try oneDNN("dnnl_memory_create", dnnl_memory_create(&handle, layout, engine, data))
        guard let handle else { throw .oneDNN(call: "dnnl_memory_create", status: Int32(dnnl_out_of_memory.rawValue)) }
        return handle
    }
}

/// One worker's primitives, by number of rows and by columns.
private final class PreparedProducts: @unchecked Sendable {
    // Keyed by all three numbers combined into one, each far below 2^24: every call does this look-up.
    private var bySize: [Int: PreparedProduct] = [:]

    func product(
        rows: Int, columns: Range<Int>, make: () throws(EncoderError) -> PreparedProduct
    ) throws(EncoderError) -> PreparedProduct {
        let size = rows << 48 | columns.lowerBound << 24 | columns.upperBound
        if let existing = bySize[size] { return existing }
        let made = try make()
        bySize[size] = made
        return made
    }
}
