import CKernels
import COneDNN

/// oneDNN's engine for this machine's processor, and its calls with errors instead of status codes.
final class OneDNN: @unchecked Sendable {
    // Immutable after init; oneDNN allows an engine to be used from several threads.
    let engine: dnnl_engine_t

    private init() throws(EncoderError) {
        var handle: dnnl_engine_t?
        try oneDNN("dnnl_engine_create", dnnl_engine_create(&handle, dnnl_cpu, 0))
        guard let handle else { throw .oneDNN(call: "dnnl_engine_create", status: Int32(dnnl_runtime_error.rawValue)) }
        engine = handle
        // One cap for both: DNNL_MAX_CPU_ISA and dnnl_set_max_cpu_isa hold our own kernels back as they do oneDNN's.
        if dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue != dnnl_cpu_isa_avx512_core.rawValue {
            let avx2 = dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx2.rawValue == dnnl_cpu_isa_avx2.rawValue
            tk_set_isa_cap(Int32(avx2 ? TK_ISA_AVX2.rawValue : TK_ISA_PORTABLE.rawValue))
        }
    }

    private static let result: Result<OneDNN, EncoderError> = {
        do throws(EncoderError) { return .success(try OneDNN()) } catch { return .failure(error) }
    }()

    /// The process's engine.
    static func shared() throws(EncoderError) -> OneDNN { try result.get() }
}

/// Turns oneDNN's status into an error that names the call.
@inline(__always)
func oneDNN(_ call: StaticString, _ status: dnnl_status_t) throws(EncoderError) {
    if status != dnnl_success { throw .oneDNN(call: "\(call)", status: Int32(status.rawValue)) }
}
