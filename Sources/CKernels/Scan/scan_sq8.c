// Inner products of weights with 8-bit codes.
//
// Prepared weights, `padded` being d rounded up to 64: int16 w[padded], int8 high[padded], int8 low[padded] with
// w = 128 * high + low, all zero past d. VNNI multiplies unsigned by signed bytes, so the two halves take one instruction
// each for 64 codes; AVX2 multiplies 16-bit numbers.
#include "scan_internal.h"

#include <math.h>

// 128 * 127 + 63, the largest w of which both halves fit a signed byte on either side of zero.
static const float largest_weight = 16319;

static size_t padded_size(size_t d) { return (d + 63) / 64 * 64; }

size_t tk_scan_sq8_prepared_size(size_t d) { return padded_size(d) * 4; }

float tk_scan_sq8_prepare(const float *weights, size_t d, void *prepared) {
    size_t padded = padded_size(d);
    int16_t *whole = prepared;
    int8_t *high = (int8_t *)(whole + padded);
    int8_t *low = high + padded;
    float largest = 0;
    double total = 0;
    for (size_t j = 0; j < d; j++) {
        float size = fabsf(weights[j]);
        if (size > largest) largest = size;
        total += size;
    }
    // Two limits: each weight fits, and 255 times their sum does not overflow 31 bits (rounding adds half a unit each).
    double scale = largest / largest_weight;
    double room = (2147483647.0 / 255.0) - (double)d;
    if (total / room > scale) scale = total / room;
    for (size_t j = 0; j < padded; j++) {
        int value = 0;
        if (j < d && scale > 0) {
            value = (int)lrint(weights[j] / scale);
            if (value > 16319) value = 16319;
            if (value < -16319) value = -16319;
        }
        int lower = ((value + 64) & 127) - 64;
        whole[j] = (int16_t)value;
        low[j] = (int8_t)lower;
        high[j] = (int8_t)((value - lower) / 128);
    }
    return (float)scale;
}

static void dot_sq8_portable(const int16_t *weights, const uint8_t *codes, size_t n, size_t d, int32_t *sums) {
    for (size_t i = 0; i < n; i++) {
        int32_t sum = 0;
        for (size_t j = 0; j < d; j++) sum += (int32_t)weights[j] * codes[i * d + j];
        sums[i] = sum;
    }
}

#if defined(SCAN_X86)

// Prefetch distance in rows; the processor's own prefetching stops at the end of a page.
enum { prefetch_bytes = 4096 };

// Four rows at a time share the loads of weights and one reduction.
SCAN_AVX2 static void dot_sq8_avx2(const int16_t *weights, const uint8_t *codes, size_t n, size_t d, int32_t *sums) {
    size_t whole = d / 16 * 16;
    for (size_t i = 0; i < n; i += 4) {
        size_t rows = n - i < 4 ? n - i : 4;
        const uint8_t *row[4];
        // Past the end the last row is read again.
        for (size_t r = 0; r < 4; r++) row[r] = codes + (i + (r < rows ? r : rows - 1)) * d;
        for (size_t line = 0; line < 4 * d; line += 64) _mm_prefetch((const char *)row[0] + prefetch_bytes + line, _MM_HINT_T0);
        __m256i sum[4];
        for (int r = 0; r < 4; r++) sum[r] = _mm256_setzero_si256();
        for (size_t j = 0; j < whole; j += 16) {
            __m256i w = _mm256_loadu_si256((const __m256i_u *)(weights + j));
            for (int r = 0; r < 4; r++) {
                __m256i code = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i_u *)(row[r] + j)));
                sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(code, w));
            }
        }
        __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        int32_t found[4];
        _mm_storeu_si128((__m128i_u *)found, four);
        for (size_t r = 0; r < rows; r++) {
            for (size_t j = whole; j < d; j++) found[r] += (int32_t)weights[j] * row[r][j];
            sums[i + r] = found[r];
        }
    }
}

// Four rows of sums to four sums.
SCAN_AVX512 static inline __m128i reduce_four(__m512i a, __m512i b, __m512i c, __m512i d) {
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i abcd = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti64x4_epi64(abcd, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

SCAN_AVX512 static void dot_sq8_avx512(const int16_t *weights, const uint8_t *codes, size_t n, size_t d, int32_t *sums) {
    const int8_t *high = (const int8_t *)(weights + padded_size(d)), *low = high + padded_size(d);
    size_t whole = d / 64 * 64;
    __mmask64 mask = d == whole ? 0 : (1ull << (d - whole)) - 1;
    for (size_t i = 0; i < n; i += 4) {
        size_t rows = n - i < 4 ? n - i : 4;
        const uint8_t *row[4];
        // Past the end the last row is read again.
        for (size_t r = 0; r < 4; r++) row[r] = codes + (i + (r < rows ? r : rows - 1)) * d;
        for (size_t line = 0; line < 4 * d; line += 64) _mm_prefetch((const char *)row[0] + prefetch_bytes + line, _MM_HINT_T0);
        __m512i h[4], l[4];
        for (int r = 0; r < 4; r++) h[r] = l[r] = _mm512_setzero_si512();
        for (size_t j = 0; j < whole; j += 64) {
            __m512i weights_high = _mm512_loadu_si512(high + j), weights_low = _mm512_loadu_si512(low + j);
            for (int r = 0; r < 4; r++) {
                __m512i values = _mm512_loadu_si512(row[r] + j);
                h[r] = _mm512_dpbusd_epi32(h[r], values, weights_high);
                l[r] = _mm512_dpbusd_epi32(l[r], values, weights_low);
            }
        }
        if (mask) {
            __m512i weights_high = _mm512_loadu_si512(high + whole), weights_low = _mm512_loadu_si512(low + whole);
            for (int r = 0; r < 4; r++) {
                __m512i values = _mm512_maskz_loadu_epi8(mask, row[r] + whole);
                h[r] = _mm512_dpbusd_epi32(h[r], values, weights_high);
                l[r] = _mm512_dpbusd_epi32(l[r], values, weights_low);
            }
        }
        for (int r = 0; r < 4; r++) h[r] = _mm512_add_epi32(_mm512_slli_epi32(h[r], 7), l[r]);
        __m128i four = reduce_four(h[0], h[1], h[2], h[3]);
        _mm_mask_storeu_epi32(sums + i, (__mmask8)((1u << rows) - 1), four);
    }
}

#endif

void tk_scan_dot_sq8(const void *prepared, const void *codes, size_t n, size_t d, int32_t *sums) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, dot_sq8, prepared, codes, n, d, sums);
}

void tk_scan_score_sq8(const void *prepared, const void *codes, size_t n, size_t d, float base, float scale, float *scores) {
    int32_t sums[512];
    for (size_t start = 0; start < n; start += 512) {
        size_t count = n - start < 512 ? n - start : 512;
        tk_scan_dot_sq8(prepared, (const uint8_t *)codes + start * d, count, d, sums);
        for (size_t i = 0; i < count; i++) scores[start + i] = base + scale * (float)sums[i];
    }
}

// Sixteen parallel sums, which the compiler vectorises.
static inline __attribute__((always_inline)) float decoded_body(
    const float *query, const float *lowest, const float *range, const unaligned_float *centroid, const uint8_t *code, size_t d) {
    float sums[16] = {0};
    size_t j = 0;
    for (; j + 16 <= d; j += 16)
        for (size_t lane = 0; lane < 16; lane++) {
            size_t at = j + lane;
            float value = lowest[at] + ((float)code[at] + 0.5f) * (1.0f / 255) * range[at];
            if (centroid) value += centroid[at];
            sums[lane] += query[at] * value;
        }
    for (size_t lane = 0; j < d; j++, lane++) {
        float value = lowest[j] + ((float)code[j] + 0.5f) * (1.0f / 255) * range[j];
        if (centroid) value += centroid[j];
        sums[lane] += query[j] * value;
    }
    float sum = 0;
    for (size_t lane = 0; lane < 16; lane++) sum += sums[lane];
    return sum;
}

static float decoded_portable(
    const float *query, const float *lowest, const float *range, const unaligned_float *centroid, const uint8_t *code, size_t d) {
    return decoded_body(query, lowest, range, centroid, code, d);
}

#if defined(SCAN_X86)
SCAN_AVX2 static float decoded_avx2(
    const float *query, const float *lowest, const float *range, const unaligned_float *centroid, const uint8_t *code, size_t d) {
    return decoded_body(query, lowest, range, centroid, code, d);
}
#endif

float tk_scan_dot_decoded_sq8(const float *query, const float *lowest, const float *range, const void *centroid, const void *code, size_t d) {
#if defined(SCAN_X86)
    if (tk_instruction_set_in_use() >= TK_AVX2) return decoded_avx2(query, lowest, range, centroid, code, d);
#endif
    return decoded_portable(query, lowest, range, centroid, code, d);
}
