// Scores of descriptions that are tuples of parts: one look-up a part, a sum, a factor.
//
// The columns are worked through one after another in blocks that stay in the first-level cache. All versions add in the
// order of the columns, so that they agree exactly.
#include "scan_internal.h"

enum { block_size = 2048 };

static inline uint32_t number_at(const void *numbers, uint32_t width, size_t i) {
    switch (width) {
    case 1: return ((const uint8_t *)numbers)[i];
    case 2: return ((const unaligned_u16 *)numbers)[i];
    default: return ((const unaligned_u32 *)numbers)[i];
    }
}

static void add_portable(const tk_scan_column *column, size_t first, size_t n, int is_first, float *scores) {
    uint32_t last = column->table_count - 1;
    for (size_t i = 0; i < n; i++) {
        uint32_t number = number_at(column->numbers, column->width, first + i);
        float value = column->table[number < last ? number : last];
        scores[i] = is_first ? value : scores[i] + value;
    }
}

#if defined(SCAN_X86)

SCAN_AVX2 static inline __m256i numbers_avx2(const tk_scan_column *column, size_t i) {
    switch (column->width) {
    case 1: return _mm256_cvtepu8_epi32(_mm_loadu_si64((const uint8_t *)column->numbers + i));
    case 2: return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i_u *)((const uint8_t *)column->numbers + 2 * i)));
    default: return _mm256_loadu_si256((const __m256i_u *)((const uint8_t *)column->numbers + 4 * i));
    }
}

SCAN_AVX2 static void add_avx2(const tk_scan_column *column, size_t first, size_t n, int is_first, float *scores) {
    __m256i last = _mm256_set1_epi32((int)(column->table_count - 1));
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i numbers = _mm256_min_epu32(numbers_avx2(column, first + i), last);
        __m256 values = _mm256_i32gather_ps(column->table, numbers, 4);
        if (!is_first) values = _mm256_add_ps(_mm256_loadu_ps(scores + i), values);
        _mm256_storeu_ps(scores + i, values);
    }
    add_portable(column, first + i, n - i, is_first, scores + i);
}

SCAN_AVX512 static inline __m512i numbers_avx512(const void *numbers, int width, size_t i) {
    switch (width) {
    case 1: return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i_u *)((const uint8_t *)numbers + i)));
    case 2: return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i_u *)((const uint8_t *)numbers + 2 * i)));
    default: return _mm512_loadu_si512((const uint8_t *)numbers + 4 * i);
    }
}

// `quarters` of sixteen entries each (1, 2 or 4) are looked up in registers; 0 stands for memory.
SCAN_AVX512 static inline __attribute__((always_inline)) void add_512_with(
    const tk_scan_column *column, size_t first, size_t n, int is_first, float *scores, int width, int quarters) {
    __m512i last = _mm512_set1_epi32((int)(column->table_count - 1));
    __m512 table[4];
    for (int part = 0; part < quarters; part++) {
        size_t start = (size_t)part * 16;
        size_t left = column->table_count > start ? column->table_count - start : 0;
        __mmask16 mask = left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
        table[part] = _mm512_maskz_loadu_ps(mask, column->table + (left ? start : 0));
    }
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512i numbers = _mm512_min_epu32(numbers_avx512(column->numbers, width, first + i), last);
        __m512 values;
        if (quarters == 1) {
            values = _mm512_permutexvar_ps(numbers, table[0]);
        } else if (quarters == 2) {
            values = _mm512_permutex2var_ps(table[0], numbers, table[1]);
        } else if (quarters == 4) {
            __mmask16 upper = _mm512_test_epi32_mask(numbers, _mm512_set1_epi32(32));
            values =
                _mm512_mask_blend_ps(upper, _mm512_permutex2var_ps(table[0], numbers, table[1]), _mm512_permutex2var_ps(table[2], numbers, table[3]));
        } else {
            values = _mm512_i32gather_ps(numbers, column->table, 4);
        }
        if (!is_first) values = _mm512_add_ps(_mm512_loadu_ps(scores + i), values);
        _mm512_storeu_ps(scores + i, values);
    }
    add_portable(column, first + i, n - i, is_first, scores + i);
}

SCAN_AVX512 static void add_avx512(const tk_scan_column *column, size_t first, size_t n, int is_first, float *scores) {
    uint32_t count = column->table_count;
#define WITH_QUARTERS(width)                                        \
    if (count <= 16)                                                \
        add_512_with(column, first, n, is_first, scores, width, 1); \
    else if (count <= 32)                                           \
        add_512_with(column, first, n, is_first, scores, width, 2); \
    else if (count <= 64)                                           \
        add_512_with(column, first, n, is_first, scores, width, 4); \
    else                                                            \
        add_512_with(column, first, n, is_first, scores, width, 0)
    switch (column->width) {
    case 1: WITH_QUARTERS(1); return;
    case 2: WITH_QUARTERS(2); return;
    default: WITH_QUARTERS(4); return;
    }
#undef WITH_QUARTERS
}

#endif

static void add(const tk_scan_column *column, size_t first, size_t n, int is_first, float *scores) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, add, column, first, n, is_first, scores);
}

void tk_scan_tuple_scores(const tk_scan_column *columns, size_t column_count, const float *inverse_norms, size_t first, size_t n, float *scores) {
    for (size_t start = 0; start < n; start += block_size) {
        size_t count = n - start < block_size ? n - start : block_size;
        float *out = scores + start;
        if (column_count == 0)
            for (size_t i = 0; i < count; i++) out[i] = 0;
        for (size_t p = 0; p < column_count; p++) add(&columns[p], first + start, count, p == 0, out);
        if (inverse_norms)
            for (size_t i = 0; i < count; i++) out[i] *= inverse_norms[first + start + i];
    }
}

#define DEFINE_MAXIMUM(NAME, ATTRIBUTE)                                                         \
    ATTRIBUTE static uint32_t NAME(const void *numbers, uint32_t width, size_t n) {             \
        if (width == 1) {                                                                       \
            const uint8_t *values = numbers;                                                    \
            uint8_t largest = 0;                                                                \
            for (size_t i = 0; i < n; i++) largest = values[i] > largest ? values[i] : largest; \
            return largest;                                                                     \
        }                                                                                       \
        if (width == 2) {                                                                       \
            const unaligned_u16 *values = numbers;                                              \
            uint16_t largest = 0;                                                               \
            for (size_t i = 0; i < n; i++) largest = values[i] > largest ? values[i] : largest; \
            return largest;                                                                     \
        }                                                                                       \
        const unaligned_u32 *values = numbers;                                                  \
        uint32_t largest = 0;                                                                   \
        for (size_t i = 0; i < n; i++) largest = values[i] > largest ? values[i] : largest;     \
        return largest;                                                                         \
    }

DEFINE_MAXIMUM(maximum_portable, )
#if defined(SCAN_X86)
DEFINE_MAXIMUM(maximum_avx512, SCAN_AVX512)
DEFINE_MAXIMUM(maximum_avx2, SCAN_AVX2)
#endif

uint32_t tk_scan_maximum(const void *numbers, uint32_t width, size_t n) { TK_DISPATCH_FROM(TK_AVX512_VNNI, maximum, numbers, width, n); }
