import Base
import CKernels
import COneDNN

/// oneDNN's engine for this machine's CPU, with errors instead of status codes.
final class OneDNN: @unchecked Sendable {
    // Immutable after init; oneDNN allows several threads to use one engine.
    let engine: dnnl_engine_t

    private init() throws(EncoderError) {
        var handle: dnnl_engine_t?
        // Takes effect only before the first other call to oneDNN, and does nothing afterwards, so the result is not
        // checked.
        if let most = InstructionSet.current.mostOfOneDNN { dnnl_set_max_cpu_isa(most) }
        try oneDNN("dnnl_engine_create", dnnl_engine_create(&handle, dnnl_cpu, 0))
        guard let handle else { throw .oneDNN(call: "dnnl_engine_create", status: Int32(dnnl_runtime_error.rawValue)) }
        engine = handle
        #if arch(x86_64)
            InstructionSet.limit(to: InstructionSet(number: Self.kernelCap))
        #endif
    }

    /// oneDNN's instruction set limit, which a program may have set with `dnnl_set_max_cpu_isa`, as a limit for our kernels.
    private static var kernelCap: Int32 {
        let allowed = dnnl_get_effective_cpu_isa().rawValue
        func has(_ isa: dnnl_cpu_isa_t) -> Bool { allowed & isa.rawValue == isa.rawValue }
        if has(dnnl_cpu_isa_avx512_core_amx) { return Int32(TK_AMX.rawValue) }
        if has(dnnl_cpu_isa_avx512_core_bf16) { return Int32(TK_AVX512_BF16.rawValue) }
        if has(dnnl_cpu_isa_avx512_core_vnni) { return Int32(TK_AVX512_VNNI.rawValue) }
        if has(dnnl_cpu_isa_avx512_core) { return Int32(TK_AVX512.rawValue) }
        if has(dnnl_cpu_isa_avx2) { return Int32(TK_AVX2.rawValue) }
        return Int32(TK_PORTABLE.rawValue)
    }

    private static let result: Result<OneDNN, EncoderError> = {
        do throws(EncoderError) { return .success(try OneDNN()) } catch { return .failure(error) }
    }()

    /// The shared engine of this process.
    static func shared() throws(EncoderError) -> OneDNN { try result.get() }
}

/// Converts oneDNN's status to an error that names the call.
@inline(__always)
func oneDNN(_ call: StaticString, _ status: dnnl_status_t) throws(EncoderError) {
    if status != dnnl_success { throw .oneDNN(call: "\(call)", status: Int32(status.rawValue)) }
}
