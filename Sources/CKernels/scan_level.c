#include "scan_level.h"

static _Thread_local int limit = -1;

int tapedeck_scan_best_level(void) {
#if defined(SCAN_X86)
    // clang's check of the processor also asks the system whether it saves the wide registers.
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni"))
        return TAPEDECK_SCAN_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
        return TAPEDECK_SCAN_AVX2;
#endif
    return TAPEDECK_SCAN_PORTABLE;
}

int tapedeck_scan_level(void) {
    int best = tapedeck_scan_best_level();
    return limit >= 0 && limit < best ? limit : best;
}

void tapedeck_scan_limit_level(int level) { limit = level; }
