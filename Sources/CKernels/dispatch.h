// Private: calls the version of a kernel for the instruction set in use. A version is named after its set: tk_embed_avx2.
#ifndef TAPEDECK_DISPATCH_H
#define TAPEDECK_DISPATCH_H

#include "tapedeck_instruction_set.h"

// Returns what the version returns. `wide` is the lowest set with the instructions of the AVX-512 version.
#if defined(__x86_64__)
#define TK_DISPATCH_FROM(wide, name, ...)                     \
    do {                                                      \
        int set = tk_instruction_set_in_use();                \
        if (set >= (wide)) return name##_avx512(__VA_ARGS__); \
        if (set >= TK_AVX2) return name##_avx2(__VA_ARGS__);  \
        return name##_portable(__VA_ARGS__);                  \
    } while (0)
#else
#define TK_DISPATCH_FROM(wide, name, ...) return name##_portable(__VA_ARGS__)
#endif

#define TK_DISPATCH(name, ...) TK_DISPATCH_FROM(TK_AVX512, name, __VA_ARGS__)

#endif
