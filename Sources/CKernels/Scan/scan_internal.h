// Private: macros that mark the versions of a loop. The AVX-512 versions need VNNI.
#ifndef TAPEDECK_SCAN_INTERNAL_H
#define TAPEDECK_SCAN_INTERNAL_H

#include "../dispatch.h"
#include "tapedeck_scan.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define SCAN_X86 1
#define SCAN_AVX2 __attribute__((target("avx2,fma,f16c")))
#define SCAN_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))
#endif

// A float at any address.
typedef float unaligned_float __attribute__((aligned(1)));
typedef uint16_t unaligned_u16 __attribute__((aligned(1)));
typedef uint32_t unaligned_u32 __attribute__((aligned(1)));
typedef int64_t unaligned_i64 __attribute__((aligned(1)));

float tk_scan_half_to_float(uint16_t half);

#endif
