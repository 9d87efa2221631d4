import COneDNN

/// A oneDNN primitive for one number of rows with its memory handles. Used by one worker.
final class PreparedProduct {
    let scratchBytes: Int
    private let primitive: dnnl_primitive_t
    private let source: dnnl_memory_t
    private let destination: dnnl_memory_t
    private let scratch: dnnl_memory_t
    private let fixed: [dnnl_memory_t]
    private let arguments: [dnnl_exec_arg_t]

    init(
        description: dnnl_primitive_desc_t, engine: dnnl_engine_t, weights: UnsafeMutableRawPointer,
        bias: UnsafeMutablePointer<Float>?
    ) throws(EncoderError) {
        func memory(_ query: dnnl_query_t, _ index: Int32, _ data: UnsafeMutableRawPointer?) throws(EncoderError) -> dnnl_memory_t {
            guard let layout = dnnl_primitive_desc_query_md(description, query, index) else {
                throw .oneDNN(call: "dnnl_primitive_desc_query_md", status: Int32(dnnl_runtime_error.rawValue))
            }
            return try OneDNNProduct.memory(layout, engine, data)
        }
        var handle: dnnl_primitive_t?
        try oneDNN("dnnl_primitive_create", dnnl_primitive_create(&handle, description))
        guard let handle else {
            throw .oneDNN(call: "dnnl_primitive_create", status: Int32(dnnl_runtime_error.rawValue))
        }
        primitive = handle
        scratchBytes = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0).map(dnnl_memory_desc_get_size) ?? 0
        source = try memory(dnnl_query_src_md, 0, nil)
        destination = try memory(dnnl_query_dst_md, 0, nil)
        scratch = try memory(dnnl_query_scratchpad_md, 0, nil)
        let packed = try memory(dnnl_query_weights_md, 0, weights)
        var arguments = [
            dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: source), dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: destination),
            dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch), dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS, memory: packed),
        ]
        var fixed = [packed]
        if let bias {
            let row = try memory(dnnl_query_weights_md, 1, UnsafeMutableRawPointer(bias))
            arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_BIAS, memory: row))
            fixed.append(row)
        }
        self.fixed = fixed
        self.arguments = arguments
    }

    func run(
        _ input: UnsafeRawPointer, into output: UnsafeMutableRawPointer, scratch space: UnsafeMutablePointer<UInt8>,
        stream: dnnl_stream_t
    ) throws(EncoderError) {
        try oneDNN(
            "dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(source, UnsafeMutableRawPointer(mutating: input)))
        try oneDNN("dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(destination, output))
        try oneDNN("dnnl_memory_set_data_handle", dnnl_memory_set_data_handle(scratch, space))
        try oneDNN(
            "dnnl_primitive_execute", dnnl_primitive_execute(primitive, stream, Int32(arguments.count), arguments))
    }

    deinit {
        for handle in fixed + [source, destination, scratch] { dnnl_memory_destroy(handle) }
        dnnl_primitive_destroy(primitive)
    }
}
