#include "tapedeck_isa.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

static const char *const names[TK_ISA_COUNT] = {
    [TK_ISA_PORTABLE] = "portable",
#if defined(__aarch64__)
    [TK_ISA_NEON_DOTPROD] = "neon-dotprod",
    [TK_ISA_NEON_I8MM] = "neon-i8mm",
#else
    [TK_ISA_AVX2] = "avx2",
    [TK_ISA_AVX512] = "avx512",
    [TK_ISA_AVX512_VNNI] = "avx512-vnni",
    [TK_ISA_AVX512_BF16] = "avx512-bf16",
#endif
};

const char *tk_isa_name(int isa) { return isa >= 0 && isa < TK_ISA_COUNT ? names[isa] : NULL; }

static int detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c")) return TK_ISA_PORTABLE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return TK_ISA_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return TK_ISA_AVX512;
    if (!__builtin_cpu_supports("avx512bf16")) return TK_ISA_AVX512_VNNI;
    return TK_ISA_AVX512_BF16;
#elif defined(__aarch64__) && defined(__linux__)
    // HWCAP_ASIMDDP and HWCAP2_I8MM, of asm/hwcap.h.
    if (!(getauxval(AT_HWCAP) & 1UL << 20)) return TK_ISA_PORTABLE;
    return getauxval(AT_HWCAP2) & 1UL << 13 ? TK_ISA_NEON_I8MM : TK_ISA_NEON_DOTPROD;
#else
    return TK_ISA_PORTABLE;
#endif
}

// The cap that the environment sets. A name that is none is the command line's to refuse.
static int cap_of_environment(void) {
    const char *wanted = getenv("TAPEDECK_INSTRUCTION_SET");
    for (int isa = 0; wanted && isa < TK_ISA_COUNT; isa++)
        if (strcmp(wanted, names[isa]) == 0) return isa;
    return INT_MAX;
}

static atomic_int isa_cap = -1;
static atomic_int detected = -1;

int tk_isa_detected(void) {
    int best = atomic_load_explicit(&detected, memory_order_relaxed);
    if (best < 0) {
        best = detect();
        atomic_store_explicit(&detected, best, memory_order_relaxed);
    }
    return best;
}

int tk_isa(void) {
    int best = tk_isa_detected(), cap = atomic_load_explicit(&isa_cap, memory_order_relaxed);
    if (cap < 0) {
        cap = cap_of_environment();
        atomic_store_explicit(&isa_cap, cap, memory_order_relaxed);
    }
    return best < cap ? best : cap;
}

void tk_set_isa_cap(int cap) {
    int set = cap_of_environment();
    atomic_store_explicit(&isa_cap, cap < 0 ? 0 : cap < set ? cap : set, memory_order_relaxed);
}
