import COneDNN

/// One thread's belongings: its number, its oneDNN stream and its scratch memory. Used on that thread only.
final class Worker: @unchecked Sendable {
    let index: Int
    private(set) var stream: dnnl_stream_t?
    private var scratch: AlignedBuffer<UInt8>

    init(index: Int) {
        self.index = index
        scratch = AlignedBuffer(count: 4096)
    }

    /// The stream, made on first use on the worker's own thread.
    func openStream(_ engine: dnnl_engine_t) throws(EncoderError) -> dnnl_stream_t {
        if let stream { return stream }
        var handle: dnnl_stream_t?
        try oneDNN("dnnl_stream_create", dnnl_stream_create(&handle, engine, UInt32(dnnl_stream_default_flags.rawValue)))
        guard let handle else { throw .oneDNN(call: "dnnl_stream_create", status: Int32(dnnl_runtime_error.rawValue)) }
        stream = handle
        return handle
    }

    /// Scratch memory of at least this size, the same for every product: they run one after another.
    func scratch(byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        if scratch.count < byteCount { scratch = AlignedBuffer(count: byteCount) }
        return scratch.pointer
    }

    deinit {
        if let stream { dnnl_stream_destroy(stream) }
    }
}
