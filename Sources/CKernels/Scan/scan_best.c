// The best of many sums of table entries: which list each composed vector belongs to.
#include "scan_level.h"

enum { width = 64 };

// Lane by lane first, so that the compiler makes vectors of the loops; of equal sums the first column wins.
static inline __attribute__((always_inline)) uint32_t best_one(const float *table, size_t columns, const uint32_t *numbers, size_t parts) {
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

#define DEFINE_BEST(NAME, ATTRIBUTE)                                                                                                    \
    ATTRIBUTE static void NAME(const float *table, size_t columns, const uint32_t *numbers, size_t parts, size_t n, uint32_t *places) { \
        for (size_t i = 0; i < n; i++) places[i] = best_one(table, columns, numbers + i * parts, parts);                                \
    }

DEFINE_BEST(best_portable, )
#if defined(SCAN_X86)
DEFINE_BEST(best_512, SCAN_AVX512 __attribute__((min_vector_width(512))))
DEFINE_BEST(best_256, SCAN_AVX2)
#endif

void tapedeck_scan_best_sums(const float *table, size_t columns, const uint32_t *numbers, size_t parts, size_t n, uint32_t *places) {
    switch (tapedeck_scan_level()) {
#if defined(SCAN_X86)
    case TAPEDECK_SCAN_AVX512: best_512(table, columns, numbers, parts, n, places); return;
    case TAPEDECK_SCAN_AVX2: best_256(table, columns, numbers, parts, n, places); return;
#endif
    default: best_portable(table, columns, numbers, parts, n, places);
    }
}
