// The instruction set that kernels use: the best that the processor has, or the cap if that is lower.
//
// Every kernel asks tk_instruction_set_in_use() when it is called; a parser asks when it is created.
#ifndef TAPEDECK_INSTRUCTION_SET_H
#define TAPEDECK_INSTRUCTION_SET_H

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets that kernels are compiled for, lowest first on each architecture. Each includes those before it.
enum tk_instruction_set {
    TK_PORTABLE = 0,
#if defined(__aarch64__)
    TK_NEON_DOTPROD = 1, // products of bytes summed in fours
    TK_NEON_I8MM = 2,    // and unsigned by signed bytes
#else
    TK_AVX2 = 1,        // AVX2, FMA, F16C
    TK_AVX512 = 2,      // AVX-512 F, BW, DQ, VL
    TK_AVX512_VNNI = 3, // and VNNI
    TK_AVX512_BF16 = 4, // and BF16
    TK_AMX = 5,         // and AMX with bytes and bfloat16
#endif
    TK_INSTRUCTION_SETS
};

// The name of an instruction set, as in "avx512-vnni"; NULL for an unknown number.
const char *tk_instruction_set_name(int set);

// The best instruction set of this processor.
int tk_instruction_set_best(void);

// The instruction set in use on the calling thread: the best, or the lowest of the caps. The environment variables TAPEDECK_INSTRUCTION_SET,
// ONEDNN_MAX_CPU_ISA and DNNL_MAX_CPU_ISA set caps of the process.
int tk_instruction_set_in_use(void);

// Caps the instruction set of the process. Call it before any work starts.
void tk_instruction_set_cap(int cap);

// Caps the instruction set of the calling thread, to compare kernels with each other; a negative number removes the cap.
void tk_instruction_set_cap_thread(int cap);

#ifdef __cplusplus
}
#endif

#endif
