// Inner products of queries with rows of floats or half floats.
//
// A version keeps one accumulator of its vector width for every pair of query and row, whatever the blocking, so that a
// score does not depend on what else is scored with it.
#include "scan_internal.h"

static void dot_f32_portable(
    const float *queries, size_t query_count, const unaligned_float *rows, size_t n, size_t d, float *scores, size_t stride) {
    for (size_t q = 0; q < query_count; q++) {
        const float *query = queries + q * d;
        for (size_t i = 0; i < n; i++) {
            const unaligned_float *row = rows + i * d;
            float sums[16] = {0};
            size_t j = 0;
            for (; j + 16 <= d; j += 16)
                for (size_t lane = 0; lane < 16; lane++) sums[lane] += query[j + lane] * row[j + lane];
            for (size_t lane = 0; j < d; j++, lane++) sums[lane] += query[j] * row[j];
            float sum = 0;
            for (size_t lane = 0; lane < 16; lane++) sum += sums[lane];
            scores[q * stride + i] = sum;
        }
    }
}

static void dot_f16_portable(const float *queries, size_t query_count, const unaligned_u16 *rows, size_t n, size_t d, float *scores, size_t stride) {
    for (size_t q = 0; q < query_count; q++) {
        const float *query = queries + q * d;
        for (size_t i = 0; i < n; i++) {
            const unaligned_u16 *row = rows + i * d;
            float sums[16] = {0};
            size_t j = 0;
            for (; j + 16 <= d; j += 16)
                for (size_t lane = 0; lane < 16; lane++) sums[lane] += query[j + lane] * tk_scan_half_to_float(row[j + lane]);
            for (size_t lane = 0; j < d; j++, lane++) sums[lane] += query[j] * tk_scan_half_to_float(row[j]);
            float sum = 0;
            for (size_t lane = 0; lane < 16; lane++) sum += sums[lane];
            scores[q * stride + i] = sum;
        }
    }
}

#if defined(SCAN_X86)

// Defines a kernel of Q queries by R rows. LOAD and TAIL read 16 (8) or the last few numbers of a row.
#define DEFINE_BLOCK_512(NAME, Q, R, ELEMENT, LOAD, TAIL)                                                                                  \
    SCAN_AVX512 static void NAME(const float *queries, const ELEMENT *rows, size_t d, float *scores, size_t stride) {                      \
        __m512 sums[Q][R];                                                                                                                 \
        for (int q = 0; q < Q; q++)                                                                                                        \
            for (int r = 0; r < R; r++) sums[q][r] = _mm512_setzero_ps();                                                                  \
        size_t j = 0;                                                                                                                      \
        for (; j + 16 <= d; j += 16) {                                                                                                     \
            __m512 values[R];                                                                                                              \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) values[r] = LOAD(rows + r * d + j);                             \
            _Pragma("clang loop unroll(full)") for (int q = 0; q < Q; q++) {                                                               \
                __m512 query = _mm512_loadu_ps(queries + q * d + j);                                                                       \
                _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) sums[q][r] = _mm512_fmadd_ps(query, values[r], sums[q][r]); \
            }                                                                                                                              \
        }                                                                                                                                  \
        if (j < d) {                                                                                                                       \
            __mmask16 mask = (__mmask16)((1u << (d - j)) - 1);                                                                             \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) {                                                               \
                __m512 value = TAIL(mask, rows + r * d + j);                                                                               \
                _Pragma("clang loop unroll(full)") for (int q = 0; q < Q; q++) sums[q][r] =                                                \
                    _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, queries + q * d + j), value, sums[q][r]);                                  \
            }                                                                                                                              \
        }                                                                                                                                  \
        _Pragma("clang loop unroll(full)") for (int q = 0; q < Q; q++) _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++)      \
            scores[q * stride + r] = _mm512_reduce_add_ps(sums[q][r]);                                                                     \
    }

#define LOAD_F32_512(pointer) _mm512_loadu_ps(pointer)
#define TAIL_F32_512(mask, pointer) _mm512_maskz_loadu_ps(mask, pointer)
#define LOAD_F16_512(pointer) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(pointer)))
#define TAIL_F16_512(mask, pointer) _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, pointer))

DEFINE_BLOCK_512(block_f32_512_4x4, 4, 4, unaligned_float, LOAD_F32_512, TAIL_F32_512)
DEFINE_BLOCK_512(block_f32_512_1x8, 1, 8, unaligned_float, LOAD_F32_512, TAIL_F32_512)
DEFINE_BLOCK_512(block_f32_512_1x1, 1, 1, unaligned_float, LOAD_F32_512, TAIL_F32_512)
DEFINE_BLOCK_512(block_f16_512_4x4, 4, 4, unaligned_u16, LOAD_F16_512, TAIL_F16_512)
DEFINE_BLOCK_512(block_f16_512_1x8, 1, 8, unaligned_u16, LOAD_F16_512, TAIL_F16_512)
DEFINE_BLOCK_512(block_f16_512_1x1, 1, 1, unaligned_u16, LOAD_F16_512, TAIL_F16_512)

SCAN_AVX2 static inline float sum_avx2(__m256 v) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

SCAN_AVX2 static inline __m256 load_half_avx2(const unaligned_u16 *pointer) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)pointer)); }

// The last few numbers one by one, because AVX2 has no masked 16-bit loads.
#define LOAD_F32_256(pointer) _mm256_loadu_ps((const float *)(const void *)(pointer))
#define SCALAR_F32(pointer) (*(pointer))
#define SCALAR_F16(pointer) tk_scan_half_to_float(*(pointer))

#define DEFINE_BLOCK_256(NAME, Q, R, ELEMENT, LOAD, SCALAR)                                                                                \
    SCAN_AVX2 static void NAME(const float *queries, const ELEMENT *rows, size_t d, float *scores, size_t stride) {                        \
        __m256 sums[Q][R];                                                                                                                 \
        for (int q = 0; q < Q; q++)                                                                                                        \
            for (int r = 0; r < R; r++) sums[q][r] = _mm256_setzero_ps();                                                                  \
        size_t j = 0;                                                                                                                      \
        for (; j + 8 <= d; j += 8) {                                                                                                       \
            __m256 values[R];                                                                                                              \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) values[r] = LOAD(rows + r * d + j);                             \
            _Pragma("clang loop unroll(full)") for (int q = 0; q < Q; q++) {                                                               \
                __m256 query = _mm256_loadu_ps(queries + q * d + j);                                                                       \
                _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r++) sums[q][r] = _mm256_fmadd_ps(query, values[r], sums[q][r]); \
            }                                                                                                                              \
        }                                                                                                                                  \
        for (int q = 0; q < Q; q++)                                                                                                        \
            for (int r = 0; r < R; r++) {                                                                                                  \
                float sum = sum_avx2(sums[q][r]);                                                                                          \
                for (size_t rest = j; rest < d; rest++) sum = __builtin_fmaf(queries[q * d + rest], SCALAR(rows + r * d + rest), sum);     \
                scores[q * stride + r] = sum;                                                                                              \
            }                                                                                                                              \
    }

DEFINE_BLOCK_256(block_f32_256_4x2, 4, 2, unaligned_float, LOAD_F32_256, SCALAR_F32)
DEFINE_BLOCK_256(block_f32_256_1x8, 1, 8, unaligned_float, LOAD_F32_256, SCALAR_F32)
DEFINE_BLOCK_256(block_f32_256_1x1, 1, 1, unaligned_float, LOAD_F32_256, SCALAR_F32)
DEFINE_BLOCK_256(block_f16_256_4x2, 4, 2, unaligned_u16, load_half_avx2, SCALAR_F16)
DEFINE_BLOCK_256(block_f16_256_1x8, 1, 8, unaligned_u16, load_half_avx2, SCALAR_F16)
DEFINE_BLOCK_256(block_f16_256_1x1, 1, 1, unaligned_u16, load_half_avx2, SCALAR_F16)

// Four queries at a time over all rows, then the rest one by one. With several queries, rows are processed in groups that stay
// in the first-level cache for all queries.
#define DEFINE_DOT(NAME, ELEMENT, BLOCK4, ROWS4, BLOCK8, BLOCK1)                                                                        \
    static void NAME(const float *queries, size_t query_count, const ELEMENT *rows, size_t n, size_t d, float *scores, size_t stride) { \
        size_t group = query_count < 4 ? n : 24576 / (d * sizeof(float)) / 8 * 8;                                                       \
        if (group < 8) group = 8;                                                                                                       \
        for (size_t start = 0; start < n; start += group) {                                                                             \
            size_t end = n - start < group ? n : start + group;                                                                         \
            size_t q = 0;                                                                                                               \
            for (; q + 4 <= query_count; q += 4) {                                                                                      \
                const float *query = queries + q * d;                                                                                   \
                float *out = scores + q * stride;                                                                                       \
                size_t i = start;                                                                                                       \
                for (; i + ROWS4 <= end; i += ROWS4) BLOCK4(query, rows + i * d, d, out + i, stride);                                   \
                for (; i < end; i++)                                                                                                    \
                    for (size_t k = 0; k < 4; k++) BLOCK1(query + k * d, rows + i * d, d, out + k * stride + i, stride);                \
            }                                                                                                                           \
            for (; q < query_count; q++) {                                                                                              \
                size_t i = start;                                                                                                       \
                for (; i + 8 <= end; i += 8) BLOCK8(queries + q * d, rows + i * d, d, scores + q * stride + i, stride);                 \
                for (; i < end; i++) BLOCK1(queries + q * d, rows + i * d, d, scores + q * stride + i, stride);                         \
            }                                                                                                                           \
        }                                                                                                                               \
    }

DEFINE_DOT(dot_f32_avx512, unaligned_float, block_f32_512_4x4, 4, block_f32_512_1x8, block_f32_512_1x1)
DEFINE_DOT(dot_f16_avx512, unaligned_u16, block_f16_512_4x4, 4, block_f16_512_1x8, block_f16_512_1x1)
DEFINE_DOT(dot_f32_avx2, unaligned_float, block_f32_256_4x2, 2, block_f32_256_1x8, block_f32_256_1x1)
DEFINE_DOT(dot_f16_avx2, unaligned_u16, block_f16_256_4x2, 2, block_f16_256_1x8, block_f16_256_1x1)

#endif

void tk_scan_dot_f32(const float *queries, size_t query_count, const void *rows, size_t n, size_t d, float *scores, size_t stride) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, dot_f32, queries, query_count, rows, n, d, scores, stride);
}

void tk_scan_dot_f16(const float *queries, size_t query_count, const void *rows, size_t n, size_t d, float *scores, size_t stride) {
    TK_DISPATCH_FROM(TK_AVX512_VNNI, dot_f16, queries, query_count, rows, n, d, scores, stride);
}
