import CKernels
import COneDNN

/// The instruction sets that Tapedeck's loops are compiled for. A process uses one: the best that the processor has, or less where the environment
/// variable `TAPEDECK_INSTRUCTION_SET` names less.
public struct InstructionSet: Hashable, Sendable, CustomStringConvertible {
    private let isa: Int32

    /// The one in use.
    public static var current: InstructionSet { InstructionSet(isa: tk_isa()) }

    /// The best that this processor has.
    public static var best: InstructionSet { InstructionSet(isa: tk_isa_detected()) }

    /// All that this processor has, lowest first.
    public static var all: [InstructionSet] { (0...tk_isa_detected()).map { InstructionSet(isa: $0) } }

    /// The names that `TAPEDECK_INSTRUCTION_SET` takes on this architecture.
    public static var names: [String] { (0..<Int32(TK_ISA_COUNT.rawValue)).map { InstructionSet(isa: $0).description } }

    /// Lets this process use no more than a set, before its first product; a name that is none changes nothing.
    public static func limit(toNamed name: String) {
        if let place = names.firstIndex(of: name) { tk_set_isa_cap(Int32(place)) }
    }

    /// As in "avx512-vnni".
    public var description: String { tk_isa_name(isa).map { String(cString: $0) } ?? "unknown" }

    /// Whether products of bfloat16 are made in bfloat16; elsewhere their operands are multiplied as floats.
    var hasBFloat16Products: Bool {
        #if arch(x86_64)
            isa >= Int32(TK_ISA_AVX512.rawValue)
        #else
            false
        #endif
    }

    /// Whether the processor multiplies bfloat16 itself.
    var hasBFloat16Dots: Bool {
        #if arch(x86_64)
            isa >= Int32(TK_ISA_AVX512_BF16.rawValue)
        #else
            false
        #endif
    }

    /// Whether our own float products use fused multiply-adds.
    var hasFusedMultiplyAdd: Bool {
        #if arch(x86_64)
            isa >= Int32(TK_ISA_AVX2.rawValue)
        #else
            true
        #endif
    }

    /// Whether oneDNN makes these products. It does with AVX-512, where its sums depend neither on the number of rows nor, in integers, on the
    /// processor. Its float sums with AVX2 change with the number of rows. Without VNNI, our
    /// integer products are used, whose packing of neighbours we know.
    func hasOneDNNProducts(_ operand: MatrixProduct.Operand) -> Bool {
        #if arch(x86_64)
            isa >= Int32((operand == .int8 ? TK_ISA_AVX512_VNNI : TK_ISA_AVX512).rawValue)
        #else
            false
        #endif
    }

    /// What holds oneDNN back to the same instructions; `nil` where nothing does.
    var mostOfOneDNN: dnnl_cpu_isa_t? {
        guard self != Self.best else { return nil }
        #if arch(x86_64)
            return switch isa {
            case Int32(TK_ISA_AVX512_VNNI.rawValue): dnnl_cpu_isa_avx512_core_vnni
            case Int32(TK_ISA_AVX512.rawValue): dnnl_cpu_isa_avx512_core
            case Int32(TK_ISA_AVX2.rawValue): dnnl_cpu_isa_avx2
            default: dnnl_cpu_isa_sse41
            }
        #else
            return nil
        #endif
    }
}
