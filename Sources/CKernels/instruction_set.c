// For syscall(2).
#define _GNU_SOURCE
#include "tapedeck_instruction_set.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *const names[TK_INSTRUCTION_SETS] = {
    [TK_PORTABLE] = "portable",
#if defined(__aarch64__)
    [TK_NEON_DOTPROD] = "neon-dotprod",
    [TK_NEON_I8MM] = "neon-i8mm",
#else
    [TK_AVX2] = "avx2",
    [TK_AVX512] = "avx512",
    [TK_AVX512_VNNI] = "avx512-vnni",
    [TK_AVX512_BF16] = "avx512-bf16",
    [TK_AMX] = "amx",
#endif
};

const char *tk_instruction_set_name(int set) { return set >= 0 && set < TK_INSTRUCTION_SETS ? names[set] : NULL; }

#if defined(__x86_64__) && defined(__linux__)
// Whether the processor has AMX with bytes and bfloat16, and the system lets this process use it: its tiles make the state of a thread
// larger, so a process has to ask (Documentation/arch/x86/xstate.rst in Linux).
static int has_amx(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    unsigned wanted = 1u << 22 | 1u << 24 | 1u << 25; // bfloat16, tiles, bytes
    if ((edx & wanted) != wanted) return 0;
    enum { ARCH_REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, ARCH_REQUEST_PERMISSION, TILE_DATA) == 0;
}
#endif

static int detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c")) return TK_PORTABLE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return TK_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return TK_AVX512;
    if (!__builtin_cpu_supports("avx512bf16")) return TK_AVX512_VNNI;
#if defined(__linux__)
    if (has_amx()) return TK_AMX;
#endif
    return TK_AVX512_BF16;
#elif defined(__aarch64__) && defined(__linux__)
    // HWCAP_ASIMDDP and HWCAP2_I8MM, of asm/hwcap.h.
    if (!(getauxval(AT_HWCAP) & 1UL << 20)) return TK_PORTABLE;
    return getauxval(AT_HWCAP2) & 1UL << 13 ? TK_NEON_I8MM : TK_NEON_DOTPROD;
#else
    return TK_PORTABLE;
#endif
}

static int least(int a, int b) { return a < b ? a : b; }

// The cap that oneDNN's own variable sets; INT_MAX for none.
static int cap_of_onednn(const char *value) {
    if (!value) return INT_MAX;
#if defined(__x86_64__)
    if (strcasecmp(value, "sse41") == 0 || strcasecmp(value, "avx") == 0) return TK_PORTABLE;
    if (strncasecmp(value, "avx2", 4) == 0) return TK_AVX2;
    if (strcasecmp(value, "avx512_core") == 0) return TK_AVX512;
    if (strcasecmp(value, "avx512_core_vnni") == 0) return TK_AVX512_VNNI;
    if (strcasecmp(value, "avx512_core_bf16") == 0) return TK_AVX512_BF16;
#endif
    return INT_MAX;
}

// The cap that the environment sets; INT_MAX for none. The command line rejects an unknown name.
static int cap_of_environment(void) {
    const char *onednn = getenv("ONEDNN_MAX_CPU_ISA");
    int cap = cap_of_onednn(onednn ? onednn : getenv("DNNL_MAX_CPU_ISA"));
    const char *wanted = getenv("TAPEDECK_INSTRUCTION_SET");
    for (int set = 0; wanted && set < TK_INSTRUCTION_SETS; set++)
        if (strcmp(wanted, names[set]) == 0) return least(set, cap);
    return cap;
}

static atomic_int process_cap = -1;
static atomic_int best_set = -1;
static _Thread_local int thread_cap = INT_MAX;

int tk_instruction_set_best(void) {
    int best = atomic_load_explicit(&best_set, memory_order_relaxed);
    if (best < 0) {
        best = detect();
        atomic_store_explicit(&best_set, best, memory_order_relaxed);
    }
    return best;
}

int tk_instruction_set_in_use(void) {
    int cap = atomic_load_explicit(&process_cap, memory_order_relaxed);
    if (cap < 0) {
        cap = cap_of_environment();
        atomic_store_explicit(&process_cap, cap, memory_order_relaxed);
    }
    return least(tk_instruction_set_best(), least(cap, thread_cap));
}

void tk_instruction_set_cap(int cap) { atomic_store_explicit(&process_cap, least(cap < 0 ? 0 : cap, cap_of_environment()), memory_order_relaxed); }

void tk_instruction_set_cap_thread(int cap) { thread_cap = cap < 0 ? INT_MAX : cap; }
