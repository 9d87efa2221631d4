import CKernels
import COneDNN
import Encoders
import Foundation
import Testing

/// Each test caps the instruction set for a whole process, so each runs in a process of its own.
@Suite("Without the newest instruction sets")
struct InstructionSetTests {
    /// The golden vectors of the tiny models, of texts and of stocks, are as accurate as with all instruction sets.
    private static func checkTinyModels() throws {
        for checkpoint in StockCheckpoint.allCases {
            let golden = try Golden.file(checkpoint.rawValue + "-golden")
            for (precision, floor) in [(Precision.f32, 0.99999999), (.bf16, 0.999), (.int8, 0.97)] {
                let encoder = try checkpoint.encoder(precision)
                for rows in [1, 7, 60, 200] {
                    var batch = WindowBatch(features: encoder.features, rows: rows)
                    batch.append(try golden.floats("\(rows).window", shape: [rows, encoder.features]))
                    let vector = try encoder.encodeBlocking(batch)
                    let similarity = cosine(vector, try golden.floats("\(rows).vector", shape: [encoder.dimension]))
                    #expect(similarity >= floor, "\(checkpoint) \(precision), \(rows) rows: \(similarity)")
                }
            }
        }
        for model in TinyModel.allCases {
            let golden = try model.golden()
            for (precision, floor) in [(Precision.f32, 0.999999), (.bf16, 0.998), (.int8, 0.97)] {
                let worst = golden.cosines(try model.encoder(precision).encode(tokens: golden.tokens)).min() ?? 0
                #expect(worst >= floor, "\(model) \(precision): \(worst)")
            }
        }
    }

    @Test("AVX-512 without VNNI and bfloat16")
    func avx512() async {
        await #expect(processExitsWith: .success) {
            setenv("TAPEDECK_INSTRUCTION_SET", "avx512", 1)
            try Self.checkTinyModels()
            #expect(tk_instruction_set_in_use() <= TK_AVX512.rawValue)
        }
    }

    @Test("AVX2")
    func avx2() async {
        await #expect(processExitsWith: .success) {
            setenv("TAPEDECK_INSTRUCTION_SET", "avx2", 1)
            try Self.checkTinyModels()
            #expect(tk_instruction_set_in_use() <= TK_AVX2.rawValue)
        }
    }

    @Test("the cap of oneDNN holds for our kernels")
    func oneDNNCap() async {
        await #expect(processExitsWith: .success) {
            dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41)
            try Self.checkTinyModels()
            #expect(tk_instruction_set_in_use() == TK_PORTABLE.rawValue)
        }
    }

    @Test("portable kernels")
    func portable() async {
        await #expect(processExitsWith: .success) {
            setenv("TAPEDECK_INSTRUCTION_SET", "portable", 1)
            try Self.checkTinyModels()
            #expect(tk_instruction_set_in_use() == TK_PORTABLE.rawValue)
        }
    }
}
