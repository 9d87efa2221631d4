// Softmax attention in floats, compiled once per instruction set by encoder_attention.c.
//
// One sequence and head at a time: keys are transposed into [head_size][padded length] so that a vector holds one dimension of sixteen
// keys; then, eight queries at a time, scores stay in registers, the softmax runs over rows in L1, and values are read in place.

#include "encoder_vector.h"

// Queries of a block, and vectors per query: as many sums as fit into registers.
enum { TK_(query_block) = TK_QUERIES, TK_(vectors) = TK_VECTORS };

// to[d][j] = keys[j][d] for 16 keys (only `count` of them; the rest become 0) and 16 dimensions.
TK_INLINE void TK_(transpose16)(const float *keys, size_t stride, size_t count, float *to, size_t to_stride) {
    f32x16 m[16], t[16];
    for (size_t j = 0; j < 16; j++) m[j] = j < count ? TK_(load)(keys + j * stride) : (f32x16){0};
#define TK_PAIR(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
    for (int i = 0; i < 16; i += 2) {
        t[i] = TK_PAIR(m[i], m[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[i + 1] = TK_PAIR(m[i], m[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; i += 4) {
        m[i] = TK_PAIR(t[i], t[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        m[i + 1] = TK_PAIR(t[i], t[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        m[i + 2] = TK_PAIR(t[i + 1], t[i + 3], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        m[i + 3] = TK_PAIR(t[i + 1], t[i + 3], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
    // m[4g + c] holds, in its lane group q, dimension 4q + c of keys 4g ... 4g + 3.
    for (int c = 0; c < 4; c++) {
        f32x16 a = TK_PAIR(m[c], m[4 + c], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
        f32x16 b = TK_PAIR(m[8 + c], m[12 + c], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
        f32x16 e = TK_PAIR(m[c], m[4 + c], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        f32x16 f = TK_PAIR(m[8 + c], m[12 + c], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
        TK_(store)(to + (size_t)c * to_stride, TK_PAIR(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        TK_(store)(to + (size_t)(8 + c) * to_stride, TK_PAIR(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
        TK_(store)(to + (size_t)(4 + c) * to_stride, TK_PAIR(e, f, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        TK_(store)(to + (size_t)(12 + c) * to_stride, TK_PAIR(e, f, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    }
}

// In place on `rows` rows of scores, `length` of `padded` entries real: exp(scale * (score - largest)), padding becomes 0.
// Writes each row's 1 / sum.
TK_INLINE void TK_(softmax_rows)(float *scores, size_t rows, size_t length, size_t padded, float scale, float *inverse) {
    i32x16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    i32x16 real = lane < (int32_t)(length - (padded - 16)); // lanes of the last vector that hold a key
    for (size_t r = 0; r < rows; r++) {
        float *row = scores + r * padded;
        f32x16 last = TK_(load)(row + padded - 16);
        f32x16 high = (f32x16)(((i32x16)last & real) | ((i32x16)TK_(splat)(-3e38f) & ~real));
        for (size_t c = 0; c + 16 < padded; c += 16) high = TK_(max)(high, TK_(load)(row + c));
        float largest = TK_(largest)(high) * scale;
        f32x16 sum = {0};
        for (size_t c = 0; c + 16 < padded; c += 16) {
            f32x16 e = TK_(exp)(TK_(fma)(TK_(load)(row + c), TK_(splat)(scale), TK_(splat)(-largest)));
            TK_(store)(row + c, e);
            sum += e;
        }
        f32x16 e = TK_(exp)(TK_(fma)(last, TK_(splat)(scale), TK_(splat)(-largest)));
        e = (f32x16)((i32x16)e & real);
        TK_(store)(row + padded - 16, e);
        inverse[r] = 1.0f / TK_(sum)(sum + e);
    }
}

TK_INLINE void TK_(scores_block)(const float *const *queries, const float *keys, size_t head_size, size_t padded, int vectors, float *scores) {
    f32x16 acc[TK_(query_block)][TK_(vectors)] = {{{0}}};
    for (size_t d = 0; d < head_size; d++) {
        f32x16 k[TK_(vectors)];
        for (int v = 0; v < vectors; v++) k[v] = TK_(load)(keys + d * padded + (size_t)v * 16);
        for (int i = 0; i < TK_(query_block); i++) {
            float q = queries[i][d];
            for (int v = 0; v < vectors; v++) acc[i][v] = TK_(fma)(TK_(splat)(q), k[v], acc[i][v]);
        }
    }
    for (int i = 0; i < TK_(query_block); i++)
        for (int v = 0; v < vectors; v++) TK_(store)(scores + (size_t)i * padded + (size_t)v * 16, acc[i][v]);
}

// acc[r] = sum over tokens of weights[r][t] * values[t], 16 or 32 dimensions of it.
TK_INLINE void TK_(values_block)(
    const float *weights, size_t padded, const float *values, size_t stride, size_t length, int vectors, f32x16 acc[][TK_(vectors)]) {
    for (int r = 0; r < TK_(query_block); r++)
        for (int n = 0; n < vectors; n++) acc[r][n] = (f32x16){0};
    for (size_t t = 0; t < length; t++) {
        f32x16 value[TK_(vectors)];
        for (int n = 0; n < vectors; n++) value[n] = TK_(load)(values + t * stride + (size_t)n * 16);
        for (int r = 0; r < TK_(query_block); r++)
            for (int n = 0; n < vectors; n++) acc[r][n] = TK_(fma)(TK_(splat)(weights[(size_t)r * padded + t]), value[n], acc[r][n]);
    }
}

static void TK_(attend)(const float *qkv, const int32_t *offsets, size_t sequences, size_t heads, size_t first_head, size_t end_head,
    size_t head_size, float scale, int out_element, void *out, float *scratch) {
    enum { block = TK_(query_block) };
    size_t hidden = heads * head_size, stride = 3 * hidden;
    for (size_t s = 0; s < sequences; s++) {
        size_t first = (size_t)(offsets[s] - offsets[0]), length = (size_t)(offsets[s + 1] - offsets[s]);
        if (length == 0) continue;
        size_t padded = (length + 15) / 16 * 16;
        float *keys = scratch, *scores = scratch + head_size * padded;
        for (size_t h = first_head; h < end_head; h++) {
            const float *q = qkv + first * stride + h * head_size, *k = q + hidden, *v = k + hidden;
            for (size_t j = 0; j < length; j += 16)
                for (size_t d = 0; d < head_size; d += 16) TK_(transpose16)(k + j * stride + d, stride, length - j, keys + d * padded + j, padded);
            for (size_t i = 0; i < length; i += block) {
                const float *queries[block];
                for (size_t r = 0; r < block; r++) queries[r] = q + (i + r < length ? i + r : length - 1) * stride;
                size_t j = 0;
                for (; j + 16 * TK_VECTORS <= padded; j += 16 * TK_VECTORS)
                    TK_(scores_block)(queries, keys + j, head_size, padded, TK_VECTORS, scores + j);
                for (; j < padded; j += 16) TK_(scores_block)(queries, keys + j, head_size, padded, 1, scores + j);
                float inverse[block];
                TK_(softmax_rows)(scores, block, length, padded, scale, inverse);
                size_t live = length - i < block ? length - i : block;
                for (size_t d = 0; d < head_size; d += 16 * TK_VECTORS) {
                    int vectors = head_size - d >= 16 * TK_VECTORS ? TK_VECTORS : 1;
                    f32x16 acc[block][TK_(vectors)];
                    if (vectors == TK_VECTORS)
                        TK_(values_block)(scores, padded, v + d, stride, length, TK_VECTORS, acc);
                    else
                        TK_(values_block)(scores, padded, v + d, stride, length, 1, acc);
                    for (size_t r = 0; r < live; r++)
                        for (int n = 0; n < vectors; n++) {
                            size_t at = (first + i + r) * hidden + h * head_size + d + (size_t)n * 16;
                            if (out_element == TK_BF16)
                                TK_(store_bf16)((uint16_t *)out + at, acc[r][n] * inverse[r]);
                            else
                                TK_(store)((float *)out + at, acc[r][n] * inverse[r]);
                        }
                }
            }
        }
    }
}
