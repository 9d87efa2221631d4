// Softmax attention on bfloat16 with AVX-512's dot product of pairs (two products summed into a float lane).
//
// As in encoder_attention_impl.h, with two bfloat16 neighbours in one 32-bit lane: keys as [head_size / 2][padded length] pairs of
// dimensions, values as [padded length / 2][head_size] pairs of tokens, probabilities rounded to bfloat16. Sums stay in floats.

#include "encoder_vector.h"

enum { TK_(query_block) = 8 };

// to[p][j] = pair p of key j, for 16 keys and 16 pairs; `count` keys are real, the rest become 0.
TK_INLINE void TK_(transpose_pairs)(const uint16_t *keys, size_t stride, size_t count, uint32_t *to, size_t to_stride) {
    __m512i m[16], t[16];
    for (size_t j = 0; j < 16; j++) m[j] = j < count ? _mm512_loadu_si512(keys + j * stride) : _mm512_setzero_si512();
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(m[i], m[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(m[i], m[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        m[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        m[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        m[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        m[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    // m[4g + c] holds, in its 128-bit group q, pair 4q + c of keys 4g ... 4g + 3.
    for (int c = 0; c < 4; c++) {
        __m512i a = _mm512_shuffle_i32x4(m[c], m[4 + c], 0x88), b = _mm512_shuffle_i32x4(m[8 + c], m[12 + c], 0x88);
        __m512i e = _mm512_shuffle_i32x4(m[c], m[4 + c], 0xdd), f = _mm512_shuffle_i32x4(m[8 + c], m[12 + c], 0xdd);
        _mm512_storeu_si512(to + (size_t)c * to_stride, _mm512_shuffle_i32x4(a, b, 0x88));
        _mm512_storeu_si512(to + (size_t)(8 + c) * to_stride, _mm512_shuffle_i32x4(a, b, 0xdd));
        _mm512_storeu_si512(to + (size_t)(4 + c) * to_stride, _mm512_shuffle_i32x4(e, f, 0x88));
        _mm512_storeu_si512(to + (size_t)(12 + c) * to_stride, _mm512_shuffle_i32x4(e, f, 0xdd));
    }
}

// to[j / 2][d] = values of tokens j and j + 1 in dimension d; a token past the end counts as 0.
TK_INLINE void TK_(interleave_values)(const uint16_t *values, size_t stride, size_t length, size_t padded, size_t head_size, uint32_t *to) {
    for (size_t j = 0; j < padded; j += 2)
        for (size_t d = 0; d < head_size; d += 16) {
            __m256i even = _mm256_setzero_si256(), odd = even;
            if (j < length) even = _mm256_loadu_si256((const __m256i *)(values + j * stride + d));
            if (j + 1 < length) odd = _mm256_loadu_si256((const __m256i *)(values + (j + 1) * stride + d));
            __m512i pair = _mm512_or_si512(_mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16));
            _mm512_storeu_si512(to + j / 2 * head_size + d, pair);
        }
}

TK_INLINE __m512bh TK_(pair_of)(const uint16_t *p) {
    int32_t pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return (__m512bh)_mm512_set1_epi32(pair);
}

// c[i][v] += sum over pairs of a[i][pair] * b[pair][16 v ...], for a block of rows and 1 or 2 vectors.
TK_INLINE void TK_(pairs_block)(const uint16_t *const *a, const uint32_t *b, size_t b_stride, size_t pairs, int vectors, __m512 acc[8][2]) {
    for (int i = 0; i < 8; i++)
        for (int v = 0; v < vectors; v++) acc[i][v] = _mm512_setzero_ps();
    for (size_t p = 0; p < pairs; p++) {
        __m512bh k[2];
        for (int v = 0; v < vectors; v++) k[v] = (__m512bh)_mm512_loadu_si512(b + p * b_stride + (size_t)v * 16);
        for (int i = 0; i < 8; i++) {
            __m512bh q = TK_(pair_of)(a[i] + 2 * p);
            for (int v = 0; v < vectors; v++) acc[i][v] = _mm512_dpbf16_ps(acc[i][v], q, k[v]);
        }
    }
}

// 2^x within 1.1e-4 relative, far below bfloat16's rounding: 2^floor(x) times a cubic in the fraction, fitted here with exact ends.
// Needs no clamping, the scaling underflows to 0 by itself.
TK_INLINE __m512 TK_(exp2_short)(__m512 x) {
    __m512 f = _mm512_reduce_ps(x, 1);
    __m512 p = _mm512_set1_ps(0.07826797f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.22630768f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.69542435f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, x);
}

// Folds the sixteen lanes of each of eight vectors at once. Vector r's result is lane TK_FOLDED(r) of `out`.
#define TK_FOLDED(r) ((r) < 4 ? 4 * (r) : 4 * (r)-14)
#define TK_FOLD_FOUR(op, a, b, c, d, out)                                                   \
    do {                                                                                    \
        __m512 ab = op(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee)); \
        __m512 cd = op(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee)); \
        out = op(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));   \
    } while (0)
#define TK_FOLD_EIGHT(op, v, out)                                                                 \
    do {                                                                                          \
        __m512 low, high;                                                                         \
        TK_FOLD_FOUR(op, v[0], v[1], v[2], v[3], low);                                            \
        TK_FOLD_FOUR(op, v[4], v[5], v[6], v[7], high);                                           \
        __m512 both = op(_mm512_shuffle_ps(low, high, 0x44), _mm512_shuffle_ps(low, high, 0xee)); \
        out = op(both, _mm512_permute_ps(both, 0xb1));                                            \
    } while (0)

// Probabilities (not yet divided by their sum) of `rows` queries (4 or 8) over up to 16 * `vectors` keys, with all scores in registers.
// `scale` includes log2(e). Lanes outside `tail` of the last vector are padding and become 0. Rows 4 to 7 repeat 0 to 3 if there are only
// four.
TK_INLINE void TK_(short_softmax)(const uint16_t *const *queries, const uint32_t *keys, size_t padded, size_t pairs, int rows, int vectors,
    __mmask16 tail, float scale, uint16_t *out, float *inverse) {
    __m512 acc[8][4], fold[8], all;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) acc[i][v] = _mm512_setzero_ps();
    for (size_t p = 0; p < pairs; p++) {
        __m512bh k[4];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) k[v] = (__m512bh)_mm512_loadu_si512(keys + p * padded + (size_t)v * 16);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            __m512bh q = TK_(pair_of)(queries[i] + 2 * p);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) acc[i][v] = _mm512_dpbf16_ps(acc[i][v], q, k[v]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        if (i >= rows) {
            fold[i] = fold[i - rows];
            continue;
        }
        acc[i][vectors - 1] = _mm512_mask_mov_ps(_mm512_set1_ps(-3e38f), tail, acc[i][vectors - 1]);
        fold[i] = acc[i][0];
#pragma clang loop unroll(full)
        for (int v = 1; v < vectors; v++) fold[i] = _mm512_max_ps(fold[i], acc[i][v]);
    }
    TK_FOLD_EIGHT(_mm512_max_ps, fold, all);
    all = _mm512_mul_ps(all, _mm512_set1_ps(scale));
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        __m512 largest = _mm512_permutexvar_ps(_mm512_set1_epi32(TK_FOLDED(i)), all);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            acc[i][v] = TK_(exp2_short)(_mm512_fmsub_ps(acc[i][v], _mm512_set1_ps(scale), largest));
            fold[i] = v == 0 ? acc[i][0] : _mm512_add_ps(fold[i], acc[i][v]);
            _mm256_storeu_si256((__m256i *)(out + (size_t)i * padded + (size_t)v * 16), (__m256i)_mm512_cvtneps_pbh(acc[i][v]));
        }
    }
    TK_FOLD_EIGHT(_mm512_add_ps, fold, all);
    float lanes[16];
    _mm512_storeu_ps(lanes, _mm512_div_ps(_mm512_set1_ps(1.0f), all));
    for (int i = 0; i < rows; i++) inverse[i] = lanes[TK_FOLDED(i)];
}

// The same for eight rows of any length, with `scores` in memory.
static void TK_(long_softmax)(const uint16_t *const *queries, const uint32_t *keys, size_t padded, size_t pairs, __mmask16 tail, float scale,
    float *scores, uint16_t *out, float *inverse) {
    __m512 acc[8][2];
    size_t j = 0;
    for (; j + 32 <= padded; j += 32) {
        TK_(pairs_block)(queries, keys + j, padded, pairs, 2, acc);
        for (size_t r = 0; r < 8; r++) {
            _mm512_storeu_ps(scores + r * padded + j, acc[r][0]);
            _mm512_storeu_ps(scores + r * padded + j + 16, acc[r][1]);
        }
    }
    if (j < padded) {
        TK_(pairs_block)(queries, keys + j, padded, pairs, 1, acc);
        for (size_t r = 0; r < 8; r++) _mm512_storeu_ps(scores + r * padded + j, acc[r][0]);
    }
    size_t last = padded - 16;
    for (size_t r = 0; r < 8; r++) {
        float *row = scores + r * padded;
        __m512 end = _mm512_mask_mov_ps(_mm512_set1_ps(-3e38f), tail, _mm512_loadu_ps(row + last)), high = end;
        for (size_t c = 0; c < last; c += 16) high = _mm512_max_ps(high, _mm512_loadu_ps(row + c));
        __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(high) * scale), factor = _mm512_set1_ps(scale);
        end = TK_(exp2_short)(_mm512_fmsub_ps(end, factor, largest));
        _mm256_storeu_si256((__m256i *)(out + r * padded + last), (__m256i)_mm512_cvtneps_pbh(end));
        __m512 sum = end;
        for (size_t c = 0; c < last; c += 16) {
            __m512 e = TK_(exp2_short)(_mm512_fmsub_ps(_mm512_loadu_ps(row + c), factor, largest));
            sum = _mm512_add_ps(sum, e);
            _mm256_storeu_si256((__m256i *)(out + r * padded + c), (__m256i)_mm512_cvtneps_pbh(e));
        }
        inverse[r] = 1.0f / _mm512_reduce_add_ps(sum);
    }
}

static void TK_(attend)(const uint16_t *qkv, const int32_t *offsets, size_t sequences, size_t heads, size_t first_head, size_t end_head,
    size_t head_size, float scale, int out_element, void *out, void *scratch) {
    enum { block = TK_(query_block) };
    size_t hidden = heads * head_size, stride = 3 * hidden;
    float factor = scale * 1.44269504088896341f;
    for (size_t s = 0; s < sequences; s++) {
        size_t first = (size_t)(offsets[s] - offsets[0]), length = (size_t)(offsets[s + 1] - offsets[s]);
        if (length == 0) continue;
        size_t padded = (length + 15) / 16 * 16;
        uint32_t *keys = scratch, *values = keys + head_size / 2 * padded;
        float *scores = (float *)(values + padded / 2 * head_size);
        uint16_t *weights = (uint16_t *)(scores + block * padded);
        __mmask16 tail = (__mmask16)(0xffff >> (padded - length));
        for (size_t h = first_head; h < end_head; h++) {
            const uint16_t *q = qkv + first * stride + h * head_size, *k = q + hidden, *v = k + hidden;
            for (size_t j = 0; j < length; j += 16)
                for (size_t d = 0; d < head_size; d += 32)
                    TK_(transpose_pairs)(k + j * stride + d, stride, length - j, keys + d / 2 * padded + j, padded);
            TK_(interleave_values)(v, stride, length, padded, head_size, values);
            for (size_t i = 0; i < length; i += block) {
                const uint16_t *rows[block];
                __m512 acc[block][2];
                for (size_t r = 0; r < block; r++) rows[r] = q + (i + r < length ? i + r : length - 1) * stride;
                size_t pairs = head_size / 2, live = length - i < block ? length - i : block;
                float inverse[block];
                switch (padded) {
                case 16: TK_(short_softmax)(rows, keys, 16, pairs, 8, 1, tail, factor, weights, inverse); break;
                case 32: TK_(short_softmax)(rows, keys, 32, pairs, 8, 2, tail, factor, weights, inverse); break;
                case 48:
                    TK_(short_softmax)(rows, keys, 48, pairs, 4, 3, tail, factor, weights, inverse);
                    if (live > 4) TK_(short_softmax)(rows + 4, keys, 48, pairs, 4, 3, tail, factor, weights + 4 * 48, inverse + 4);
                    break;
                case 64:
                    TK_(short_softmax)(rows, keys, 64, pairs, 4, 4, tail, factor, weights, inverse);
                    if (live > 4) TK_(short_softmax)(rows + 4, keys, 64, pairs, 4, 4, tail, factor, weights + 4 * 64, inverse + 4);
                    break;
                default: TK_(long_softmax)(rows, keys, padded, pairs, tail, factor, scores, weights, inverse);
                }
                for (size_t r = 0; r < block; r++) rows[r] = weights + r * padded;
                for (size_t d = 0; d < head_size; d += 32) {
                    TK_(pairs_block)(rows, values + d, head_size, (length + 1) / 2, 2, acc);
                    for (size_t r = 0; r < live; r++) {
                        size_t at = (first + i + r) * hidden + h * head_size + d;
                        f32x16 low = (f32x16)acc[r][0] * inverse[r], high = (f32x16)acc[r][1] * inverse[r];
                        if (out_element == TK_BF16) {
                            TK_(store_bf16)((uint16_t *)out + at, low);
                            TK_(store_bf16)((uint16_t *)out + at + 16, high);
                        } else {
                            TK_(store)((float *)out + at, low);
                            TK_(store)((float *)out + at + 16, high);
                        }
                    }
                }
            }
        }
    }
}
