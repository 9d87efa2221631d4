import CKernels

/// The instruction sets that Tapedeck's kernels are compiled for.
///
/// A process uses one: the best of the processor, or a lower one set by `TAPEDECK_INSTRUCTION_SET` or oneDNN's `DNNL_MAX_CPU_ISA`. The
/// cap holds for all kernels: parsing, pricing, encoding and search.
public struct InstructionSet: Hashable, Sendable, CustomStringConvertible {
    /// The number in `tk_instruction_set` of CKernels.
    package let number: Int32

    package init(number: Int32) { self.number = number }

    /// The one in use on this thread.
    public static var current: InstructionSet { InstructionSet(number: tk_instruction_set_in_use()) }

    /// The best of this processor.
    public static var best: InstructionSet { InstructionSet(number: tk_instruction_set_best()) }

    /// All of this processor, lowest first.
    public static var all: [InstructionSet] { (0...tk_instruction_set_best()).map { InstructionSet(number: $0) } }

    /// The names that `TAPEDECK_INSTRUCTION_SET` accepts on this architecture.
    public static var names: [String] { (0..<Int32(TK_INSTRUCTION_SETS.rawValue)).map { InstructionSet(number: $0).description } }

    /// Caps the instruction set of this process, before its first kernel runs. An unknown name changes nothing.
    public static func limit(toNamed name: String) {
        if let number = names.firstIndex(of: name) { tk_instruction_set_cap(Int32(number)) }
    }

    /// Caps the instruction set of this process, before its first kernel runs.
    package static func limit(to set: InstructionSet) { tk_instruction_set_cap(set.number) }

    /// Runs `body` on at most this instruction set. The cap holds for kernels that this thread calls, to compare them with each other.
    package func limitingThread<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        tk_instruction_set_cap_thread(number)
        defer { tk_instruction_set_cap_thread(-1) }
        return try body()
    }

    /// As in "avx512-vnni".
    public var description: String { tk_instruction_set_name(number).map { String(cString: $0) } ?? "unknown" }
}
