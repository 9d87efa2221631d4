// The tiles of products_impl.h with NEON: 24 registers hold the sums of six rows.

TK_INLINE void TK_(tile_f32)(const int live, const float *rows, size_t stride, const float *weights, size_t inputs, float *sums, size_t sum_stride,
    int goes_on, const float *bias) {
    float32x4_t acc[TK_TILE_ROWS][4];
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 4; v++) {
            acc[r][v] = goes_on ? vld1q_f32(sums + (size_t)r * sum_stride + 4 * v) : vdupq_n_f32(0);
            if (bias) acc[r][v] = vaddq_f32(acc[r][v], vld1q_f32(bias + 4 * v));
        }
    for (size_t k = 0; k < inputs; k++) {
        float32x4_t w[4];
        for (int v = 0; v < 4; v++) w[v] = vld1q_f32(weights + k * TK_PANEL + 4 * v);
        for (int r = 0; r < live; r++) {
            float32x4_t x = vdupq_n_f32(rows[(size_t)r * stride + k]);
            for (int v = 0; v < 4; v++) acc[r][v] = vfmaq_f32(acc[r][v], x, w[v]);
        }
    }
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 4; v++) vst1q_f32(sums + (size_t)r * sum_stride + 4 * v, acc[r][v]);
}

// With i8mm, bytes are multiplied directly; without it, as signed bytes less 128, and 128 times the weights are added afterwards.
TK_INLINE void TK_(tile_int8)(
    const int live, const uint8_t *rows, size_t stride, const int8_t *weights, size_t inputs, int32_t *sums, size_t sum_stride, int goes_on) {
    int32x4_t acc[TK_TILE_ROWS][4];
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 4; v++) acc[r][v] = goes_on ? vld1q_s32(sums + (size_t)r * sum_stride + 4 * v) : vdupq_n_s32(0);
#ifndef TK_I8MM
    int32x4_t total[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
#endif
    for (size_t k = 0; k < inputs; k += 4) {
        int8x16_t w[4];
        for (int v = 0; v < 4; v++) w[v] = vld1q_s8(weights + k * TK_PANEL + 16 * v);
#ifndef TK_I8MM
        for (int v = 0; v < 4; v++) total[v] = vdotq_s32(total[v], w[v], vdupq_n_s8(1));
#endif
        for (int r = 0; r < live; r++) {
            uint32_t quad;
            memcpy(&quad, rows + (size_t)r * stride + k, sizeof quad);
#ifdef TK_I8MM
            uint8x16_t x = vreinterpretq_u8_u32(vdupq_n_u32(quad));
            for (int v = 0; v < 4; v++) acc[r][v] = vusdotq_s32(acc[r][v], x, w[v]);
#else
            int8x16_t x = vreinterpretq_s8_u32(vdupq_n_u32(quad ^ 0x80808080u));
            for (int v = 0; v < 4; v++) acc[r][v] = vdotq_s32(acc[r][v], x, w[v]);
#endif
        }
    }
#ifndef TK_I8MM
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 4; v++) acc[r][v] = vaddq_s32(acc[r][v], vshlq_n_s32(total[v], 7));
#endif
    for (int r = 0; r < live; r++)
        for (int v = 0; v < 4; v++) vst1q_s32(sums + (size_t)r * sum_stride + 4 * v, acc[r][v]);
}
