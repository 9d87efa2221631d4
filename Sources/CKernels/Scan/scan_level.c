#include "scan_level.h"
#include "tapedeck_isa.h"

static _Thread_local int limit = -1;

int tapedeck_scan_best_level(void) {
#if defined(SCAN_X86)
    if (tk_isa() >= TK_ISA_AVX512_VNNI) return TAPEDECK_SCAN_AVX512;
    if (tk_isa() >= TK_ISA_AVX2) return TAPEDECK_SCAN_AVX2;
#endif
    return TAPEDECK_SCAN_PORTABLE;
}

int tapedeck_scan_level(void) {
    int best = tapedeck_scan_best_level();
    return limit >= 0 && limit < best ? limit : best;
}

void tapedeck_scan_limit_level(int level) { limit = level; }
