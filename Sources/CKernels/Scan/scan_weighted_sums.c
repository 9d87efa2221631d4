// Weighted sums of a few rows: the vectors of descriptions from those of their parts.
#include "scan_internal.h"

#include <math.h>
#include <string.h>

enum { lanes = 16, piece = 64 };

// One description. The compiler vectorises the loops; `piece` numbers at a time stay in registers.
static inline __attribute__((always_inline)) float weighted_sums_one(
    const float *rows, size_t d, const uint32_t *numbers, size_t parts, const float *weights, float *out) {
    float squares[lanes] = {0};
    size_t j = 0;
    for (; j + piece <= d; j += piece) {
        float sums[piece] = {0};
        for (size_t p = 0; p < parts; p++) {
            const float *row = rows + numbers[p] * d + j;
            for (size_t k = 0; k < piece; k++) sums[k] += weights[p] * row[k];
        }
        for (size_t k = 0; k < piece; k += lanes)
            for (size_t lane = 0; lane < lanes; lane++) squares[lane] += sums[k + lane] * sums[k + lane];
        if (out) memcpy(out + j, sums, sizeof sums);
    }
    for (; j < d; j++) {
        float sum = 0;
        for (size_t p = 0; p < parts; p++) sum += weights[p] * rows[numbers[p] * d + j];
        squares[j % lanes] += sum * sum;
        if (out) out[j] = sum;
    }
    float square = 0;
    for (size_t lane = 0; lane < lanes; lane++) square += squares[lane];
    return square > 0 ? 1 / sqrtf(square) : 0;
}

#define DEFINE_WEIGHTED_SUMS(NAME, ATTRIBUTE)                                                                                                     \
    ATTRIBUTE static void NAME(const float *rows, size_t d, const uint32_t *numbers, size_t parts, const float *weights, size_t n, int normalise, \
        float *out, float *inverse_norms) {                                                                                                       \
        for (size_t i = 0; i < n; i++) {                                                                                                          \
            float *row = out ? out + i * d : NULL;                                                                                                \
            float factor = weighted_sums_one(rows, d, numbers + i * parts, parts, weights, row);                                                  \
            if (row && normalise)                                                                                                                 \
                for (size_t j = 0; j < d; j++) row[j] *= factor;                                                                                  \
            if (inverse_norms) inverse_norms[i] = factor;                                                                                         \
        }                                                                                                                                         \
    }

DEFINE_WEIGHTED_SUMS(weighted_sums_portable, )
#if defined(SCAN_X86)
DEFINE_WEIGHTED_SUMS(weighted_sums_avx512, SCAN_AVX512 __attribute__((min_vector_width(512))))
DEFINE_WEIGHTED_SUMS(weighted_sums_avx2, SCAN_AVX2)
#endif

void tk_scan_weighted_sums(const float *rows, size_t d, const uint32_t *numbers, size_t parts, const float *weights, size_t n, int normalise,
    float *out, float *inverse_norms) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, weighted_sums, rows, d, numbers, parts, weights, n, normalise, out, inverse_norms);
}
