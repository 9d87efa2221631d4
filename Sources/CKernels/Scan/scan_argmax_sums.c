// The best of many sums of table entries, to find the list of each composed vector.
#include "scan_internal.h"

enum { width = 64 };

// Lane by lane first, so that the compiler vectorises the loops; of equal sums, the first column wins.
static inline __attribute__((always_inline)) uint32_t argmax_one(const float *table, size_t columns, const uint32_t *numbers, size_t parts) {
    float best[width];
    uint32_t at[width];
    for (size_t k = 0; k < width; k++) {
        best[k] = -__builtin_inff();
        at[k] = 0;
    }
    size_t j = 0;
    for (; j + width <= columns; j += width) {
        float sums[width] = {0};
        for (size_t p = 0; p < parts; p++) {
            const float *row = table + numbers[p] * columns + j;
            for (size_t k = 0; k < width; k++) sums[k] += row[k];
        }
        for (size_t k = 0; k < width; k++) {
            at[k] = sums[k] > best[k] ? (uint32_t)j : at[k];
            best[k] = sums[k] > best[k] ? sums[k] : best[k];
        }
    }
    float highest = -__builtin_inff();
    uint32_t place = 0;
    for (size_t k = 0; k < width; k++) {
        uint32_t column = at[k] + (uint32_t)k;
        if (best[k] > highest || (best[k] == highest && column < place)) {
            highest = best[k];
            place = column;
        }
    }
    for (; j < columns; j++) {
        float sum = 0;
        for (size_t p = 0; p < parts; p++) sum += table[numbers[p] * columns + j];
        if (sum > highest) {
            highest = sum;
            place = (uint32_t)j;
        }
    }
    return place;
}

#define DEFINE_ARGMAX(NAME, ATTRIBUTE)                                                                                                  \
    ATTRIBUTE static void NAME(const float *table, size_t columns, const uint32_t *numbers, size_t parts, size_t n, uint32_t *places) { \
        for (size_t i = 0; i < n; i++) places[i] = argmax_one(table, columns, numbers + i * parts, parts);                              \
    }

DEFINE_ARGMAX(argmax_portable, )
#if defined(SCAN_X86)
DEFINE_ARGMAX(argmax_avx512, SCAN_AVX512 __attribute__((min_vector_width(512))))
DEFINE_ARGMAX(argmax_avx2, SCAN_AVX2)
#endif

void tk_scan_argmax_sums(const float *table, size_t columns, const uint32_t *numbers, size_t parts, size_t n, uint32_t *places) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, argmax, table, columns, numbers, parts, n, places);
}
