// The tiles of products_impl.h with AVX2: twelve registers hold the sums of six rows.

TK_INLINE void TK_(tile_f32)(const int live, const float *rows, size_t stride, const float *weights, size_t inputs, float *sums, size_t sum_stride,
    int goes_on, const float *bias) {
    __m256 acc[TK_TILE_ROWS][2];
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 2; v++) {
            acc[r][v] = goes_on ? _mm256_loadu_ps(sums + (size_t)r * sum_stride + 8 * v) : _mm256_setzero_ps();
            if (bias) acc[r][v] = _mm256_add_ps(acc[r][v], _mm256_loadu_ps(bias + 8 * v));
        }
    // Two pointers and the stride reach six rows, which leaves registers for the rest.
    const float *upper = rows, *lower = rows + 3 * stride;
#pragma clang loop unroll_count(4)
    for (size_t k = 0; k < inputs; k++) {
        __m256 a = _mm256_load_ps(weights + k * TK_PANEL), b = _mm256_load_ps(weights + k * TK_PANEL + 8);
        for (int r = 0; r < live; r++) {
            __m256 x = _mm256_broadcast_ss((r < 3 ? upper + (size_t)r * stride : lower + (size_t)(r - 3) * stride) + k);
            acc[r][0] = _mm256_fmadd_ps(x, a, acc[r][0]);
            acc[r][1] = _mm256_fmadd_ps(x, b, acc[r][1]);
        }
    }
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 2; v++) _mm256_storeu_ps(sums + (size_t)r * sum_stride + 8 * v, acc[r][v]);
}

// Adds the products of four bytes with four weights to each of eight sums. The sums of two products in 16 bits do not saturate: see
// tk_product_int8.
TK_INLINE __m256i TK_(add_quads)(__m256i sum, __m256i x, __m256i w) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)));
}

TK_INLINE void TK_(tile_int8)(
    const int live, const uint8_t *rows, size_t stride, const int8_t *weights, size_t inputs, int32_t *sums, size_t sum_stride, int goes_on) {
    __m256i acc[TK_TILE_ROWS][2];
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 2; v++)
            acc[r][v] = goes_on ? _mm256_loadu_si256((const __m256i *)(sums + (size_t)r * sum_stride + 8 * v)) : _mm256_setzero_si256();
    const uint8_t *upper = rows, *lower = rows + 3 * stride;
#pragma clang loop unroll_count(2)
    for (size_t k = 0; k < inputs; k += 4) {
        const __m256i *w = (const __m256i *)(weights + k * TK_PANEL);
        for (int r = 0; r < live; r++) {
            int32_t quad;
            memcpy(&quad, (r < 3 ? upper + (size_t)r * stride : lower + (size_t)(r - 3) * stride) + k, sizeof quad);
            __m256i x = _mm256_set1_epi32(quad);
            acc[r][0] = TK_(add_quads)(acc[r][0], x, w[0]);
            acc[r][1] = TK_(add_quads)(acc[r][1], x, w[1]);
        }
    }
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 2; v++) _mm256_storeu_si256((__m256i *)(sums + (size_t)r * sum_stride + 8 * v), acc[r][v]);
}
