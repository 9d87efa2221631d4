internal import Base
import CKernels
import COneDNN

/// What the instruction set means for the products of encoders.
extension InstructionSet {
    /// Whether products of bfloat16 are made in bfloat16; elsewhere their operands are multiplied as floats.
    var hasBFloat16Products: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX512.rawValue)
        #else
            false
        #endif
    }

    /// Whether the processor multiplies bfloat16 itself.
    var hasBFloat16Dots: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX512_BF16.rawValue)
        #else
            false
        #endif
    }

    /// Whether our own float products use fused multiply-adds.
    var hasFusedMultiplyAdd: Bool {
        #if arch(x86_64)
            number >= Int32(TK_AVX2.rawValue)
        #else
            true
        #endif
    }

    /// Whether oneDNN makes these products. It does with AVX-512, where its sums depend neither on the number of rows nor, in integers, on the
    /// processor. Its float sums with AVX2 change with the number of rows. Without VNNI, our
    /// integer products are used, whose packing of neighbours we know.
    func hasOneDNNProducts(_ operand: MatrixProduct.Operand) -> Bool {
        #if arch(x86_64)
            number >= Int32((operand == .int8 ? TK_AVX512_VNNI : TK_AVX512).rawValue)
        #else
            false
        #endif
    }

    /// What holds oneDNN back to the same instructions; `nil` where nothing does.
    var mostOfOneDNN: dnnl_cpu_isa_t? {
        guard self != Self.best else { return nil }
        #if arch(x86_64)
            return switch number {
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
