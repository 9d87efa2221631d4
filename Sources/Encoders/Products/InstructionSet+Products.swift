import Base
import CKernels
import COneDNN

/// How the instruction set affects encoder products.
extension InstructionSet {
    /// Whether bfloat16 products are computed in bfloat16; otherwise their operands are multiplied as floats.
    var hasBFloat16Products: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX512.rawValue)
        #else
            false
        #endif
    }

    /// Whether the processor has bfloat16 multiplication instructions.
    var hasBFloat16Dots: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX512_BF16.rawValue)
        #else
            false
        #endif
    }

    /// Whether the processor multiplies tiles of bfloat16 (AMX).
    var hasBFloat16Tiles: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AMX.rawValue)
        #else
            false
        #endif
    }

    /// Whether our own float kernels use fused multiply-adds.
    var hasFusedMultiplyAdd: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX2.rawValue)
        #else
            true
        #endif
    }

    /// Whether oneDNN computes these products. It does with AVX-512, where its sums depend neither on the number of rows
    /// nor, for integers, on the processor. With AVX2, its float sums change with the number of rows, and so do its bfloat16
    /// sums with AMX. Without VNNI, our own integer kernels are used, since we know how they pack neighbouring values.
    func hasOneDNNProducts(_ operand: MatrixProduct.Operand) -> Bool {
        #if arch(x86_64)
            number >= Int32((operand == .int8 ? TK_AVX512_VNNI : TK_AVX512).rawValue) && !(operand == .bf16 && hasBFloat16Tiles)
        #else
            false
        #endif
    }

    /// Limit that makes oneDNN use the same instructions; `nil` if none is needed.
    var mostOfOneDNN: dnnl_cpu_isa_t? {
        guard self != Self.best else { return nil }
        #if arch(x86_64)
            return switch number {
            case Int32(TK_AVX512_BF16.rawValue): dnnl_cpu_isa_avx512_core_bf16
            case Int32(TK_AVX512_VNNI.rawValue): dnnl_cpu_isa_avx512_core_vnni
            case Int32(TK_AVX512.rawValue): dnnl_cpu_isa_avx512_core
            case Int32(TK_AVX2.rawValue): dnnl_cpu_isa_avx2
            default: dnnl_cpu_isa_sse41
            }
        #else
            return nil
        #endif
    }
}
