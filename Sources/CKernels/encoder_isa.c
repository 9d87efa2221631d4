#include "tapedeck_encoder.h"

#include <limits.h>
#include <stdatomic.h>

static atomic_int isa_cap = INT_MAX;
static atomic_int detected = -1;

static int detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
        return TK_ISA_PORTABLE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return TK_ISA_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return TK_ISA_AVX512;
    if (!__builtin_cpu_supports("avx512bf16")) return TK_ISA_AVX512_VNNI;
    return TK_ISA_AVX512_BF16;
#else
    return TK_ISA_PORTABLE;
#endif
}

int tk_isa(void) {
    int best = atomic_load_explicit(&detected, memory_order_relaxed);
    if (best < 0) {
        best = detect();
        atomic_store_explicit(&detected, best, memory_order_relaxed);
    }
    int cap = atomic_load_explicit(&isa_cap, memory_order_relaxed);
    return best < cap ? best : cap;
}

void tk_set_isa_cap(int cap) {
    atomic_store_explicit(&isa_cap, cap < 0 ? 0 : cap, memory_order_relaxed);
}
