// The tiles of products_impl.h in plain C.

TK_INLINE void TK_(tile_f32)(const int live, const float *rows, size_t stride, const float *weights, size_t inputs, float *sums, size_t sum_stride,
    int goes_on, const float *bias) {
    for (int r = 0; r < live; r++)
        for (size_t c = 0; c < TK_PANEL; c++) {
            float start = goes_on ? sums[(size_t)r * sum_stride + c] : 0;
            sums[(size_t)r * sum_stride + c] = bias ? start + bias[c] : start;
        }
    for (size_t k = 0; k < inputs; k++)
        for (int r = 0; r < live; r++) {
            float x = rows[(size_t)r * stride + k], *sum = sums + (size_t)r * sum_stride;
            const float *w = weights + k * TK_PANEL;
            for (size_t c = 0; c < TK_PANEL; c++) {
#if defined(__FMA__) || defined(__aarch64__)
                sum[c] = __builtin_fmaf(x, w[c], sum[c]);
#else
                // On processors without fused multiply-add, it would be a call into the C library.
                sum[c] += x * w[c];
#endif
            }
        }
}

TK_INLINE void TK_(tile_int8)(
    const int live, const uint8_t *rows, size_t stride, const int8_t *weights, size_t inputs, int32_t *sums, size_t sum_stride, int goes_on) {
    for (int r = 0; r < live && !goes_on; r++) memset(sums + (size_t)r * sum_stride, 0, TK_PANEL * sizeof *sums);
    for (size_t k = 0; k < inputs; k += 4)
        for (int r = 0; r < live; r++) {
            const uint8_t *x = rows + (size_t)r * stride + k;
            const int8_t *w = weights + k * TK_PANEL;
            int32_t *sum = sums + (size_t)r * sum_stride;
            for (size_t c = 0; c < TK_PANEL; c++) sum[c] += x[0] * w[4 * c] + x[1] * w[4 * c + 1] + x[2] * w[4 * c + 2] + x[3] * w[4 * c + 3];
        }
}
