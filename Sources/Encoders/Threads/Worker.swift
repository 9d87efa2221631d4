import COneDNN

/// State of one thread: its index, its oneDNN stream and its scratch memory. Used only on that thread.
final class Worker: @unchecked Sendable {
    let index: Int
    private(set) var stream: dnnl_stream_t?
    private var scratch: AlignedBuffer<UInt8>
    /// Barrier of the worker's group; `nil` when it works alone.
    private(set) var barrier: Barrier?
    /// Index in the group, from 0.
    private(set) var member = 0

    init(index: Int) {
        self.index = index
        scratch = AlignedBuffer(count: 4096)
    }

    /// Runs `body` as a member of a group.
    func join(_ barrier: Barrier, as member: Int, _ body: () throws(EncoderError) -> Void) throws(EncoderError) {
        (self.barrier, self.member) = (barrier, member)
        defer { (self.barrier, self.member) = (nil, 0) }
        do throws(EncoderError) {
            try body()
        } catch {
            barrier.fail(error)
            throw error
        }
    }

    /// This worker's share of a step of its group; the whole step when it works alone.
    /// - Parameters:
    ///   - count: rows, columns or heads of the step.
    ///   - unit: number of them that stay together; the last share may be smaller.
    func share(of count: Int, unit: Int = 1) -> Range<Int> {
        guard let barrier else { return 0..<count }
        let units = (count + unit - 1) / unit
        return min(units * member / barrier.count * unit, count)..<min(units * (member + 1) / barrier.count * unit, count)
    }

    /// Waits for the other members of the group.
    func synchronize() throws(EncoderError) { try barrier?.wait() }

    /// The first member's memory, which its group works on; the worker's own when it works alone.
    func sharedWorkspace(_ own: Workspace) throws(EncoderError) -> Workspace {
        guard let barrier else { return own }
        if member == 0 { barrier.workspace = own }
        try barrier.wait()
        return barrier.workspace ?? own
    }

    /// The stream, created on first use on the worker's own thread.
    func openStream(_ engine: dnnl_engine_t) throws(EncoderError) -> dnnl_stream_t {
        if let stream { return stream }
        var handle: dnnl_stream_t?
        try oneDNN("dnnl_stream_create", dnnl_stream_create(&handle, engine, UInt32(dnnl_stream_default_flags.rawValue)))
        guard let handle else { throw .oneDNN(call: "dnnl_stream_create", status: Int32(dnnl_runtime_error.rawValue)) }
        stream = handle
        return handle
    }

    /// Scratch memory of at least this size. All products share it, since they run one after another.
    func scratch(byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        if scratch.count < byteCount { scratch = AlignedBuffer(count: byteCount) }
        return scratch.pointer
    }

    deinit {
        if let stream { dnnl_stream_destroy(stream) }
    }
}
