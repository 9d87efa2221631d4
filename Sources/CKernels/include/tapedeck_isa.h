// The instruction set that kernels use: one choice for the whole process, from the processor and a cap.
#ifndef TAPEDECK_ISA_H
#define TAPEDECK_ISA_H

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets that kernels are compiled for, lowest first on each architecture.
enum tk_isa {
    TK_ISA_PORTABLE = 0,
#if defined(__aarch64__)
    TK_ISA_NEON_DOTPROD = 1, // products of bytes summed in fours
    TK_ISA_NEON_I8MM = 2,    // and unsigned by signed bytes
#else
    TK_ISA_AVX2 = 1,        // AVX2, FMA, F16C
    TK_ISA_AVX512 = 2,      // AVX-512 F, BW, DQ, VL
    TK_ISA_AVX512_VNNI = 3, // and VNNI
    TK_ISA_AVX512_BF16 = 4, // and BF16
#endif
    TK_ISA_COUNT
};

// The name of an instruction set, as in "avx512-vnni"; NULL for a number that is none.
const char *tk_isa_name(int isa);

// The best instruction set of this processor.
int tk_isa_detected(void);

// The instruction set in use: the detected one, or less where TAPEDECK_INSTRUCTION_SET names less or tk_set_isa_cap was called.
int tk_isa(void);

// Keeps every kernel from using an instruction set above `cap`. Call it before any work starts.
void tk_set_isa_cap(int cap);

#ifdef __cplusplus
}
#endif

#endif
