// Half floats (IEEE binary16) and floats.
#include "scan_internal.h"

#include <string.h>

float tk_scan_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 31;
    uint32_t mantissa = half & 0x3FF;
    uint32_t bits;
    if (exponent == 31) {
        // The processor makes a signalling NaN quiet.
        bits = sign | 0x7F800000 | (mantissa << 13) | (mantissa ? 0x400000 : 0);
    } else if (exponent != 0) {
        bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
    } else if (mantissa == 0) {
        bits = sign;
    } else {
        // Subnormal: mantissa * 2^-24, exact as a float.
        float value = (float)mantissa * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    }
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static uint16_t float_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
    uint32_t size = bits & 0x7FFFFFFF;
    if (size > 0x7F800000) return (uint16_t)(sign | 0x7E00 | ((size >> 13) & 0x3FF));
    // 65520 and above round to infinity.
    if (size >= 0x477FF000) return (uint16_t)(sign | 0x7C00);
    if (size < 0x38800000) {
        // Below 2^-14 halves are multiples of 2^-24; adding 0.5 leaves them as the last bits of the sum, rounded.
        float magnitude;
        memcpy(&magnitude, &size, sizeof magnitude);
        magnitude += 0.5f;
        memcpy(&size, &magnitude, sizeof size);
        return (uint16_t)(sign | (size - 0x3F000000));
    }
    // Half of the last place minus one, plus one if the last place is odd: ties go to even.
    uint32_t odd = (size >> 13) & 1;
    return (uint16_t)(sign | ((size - 0x38000000 + 0xFFF + odd) >> 13));
}

static void f32_to_f16_portable(const float *from, size_t n, uint16_t *to) {
    for (size_t i = 0; i < n; i++) to[i] = float_to_half(from[i]);
}

static void f16_to_f32_portable(const unaligned_u16 *from, size_t n, float *to) {
    for (size_t i = 0; i < n; i++) to[i] = tk_scan_half_to_float(from[i]);
}

#if defined(SCAN_X86)

SCAN_AVX512 static void f32_to_f16_avx512(const float *from, size_t n, uint16_t *to) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) _mm256_storeu_si256((__m256i_u *)(to + i), _mm512_cvtps_ph(_mm512_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
    f32_to_f16_portable(from + i, n - i, to + i);
}

SCAN_AVX512 static void f16_to_f32_avx512(const unaligned_u16 *from, size_t n, float *to) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16) _mm512_storeu_ps(to + i, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(from + i))));
    f16_to_f32_portable(from + i, n - i, to + i);
}

SCAN_AVX2 static void f32_to_f16_avx2(const float *from, size_t n, uint16_t *to) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) _mm_storeu_si128((__m128i_u *)(to + i), _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
    f32_to_f16_portable(from + i, n - i, to + i);
}

SCAN_AVX2 static void f16_to_f32_avx2(const unaligned_u16 *from, size_t n, float *to) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(from + i))));
    f16_to_f32_portable(from + i, n - i, to + i);
}

#endif

void tk_scan_f32_to_f16(const float *from, size_t n, uint16_t *to) { TK_DISPATCH_FROM(TK_AVX512_VNNI, f32_to_f16, from, n, to); }

void tk_scan_f16_to_f32(const void *from, size_t n, float *to) { TK_DISPATCH_FROM(TK_AVX512_VNNI, f16_to_f32, from, n, to); }
