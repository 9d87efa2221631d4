// The encoder's loops that are not matrix products: normalisation, GELU and SwiGLU, rotary positions, softmax attention, quantisation, pooling.
//
// Conventions. A matrix is row-major and has `rows` x `columns` elements without gaps unless a stride is given; one row is one
// token. Strides count elements. `columns` (and a head's size) must be a multiple of 16. Nothing here allocates. A row's result
// depends only on that row, so dividing rows into calls never changes a bit of it. Every float result is the same on every
// instruction set: one order of operations, and fused multiply-adds only where they are written.
#ifndef TAPEDECK_ENCODER_H
#define TAPEDECK_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "tapedeck_instruction_set.h"

#ifdef __cplusplus
extern "C" {
#endif

// Element types of a matrix.
enum tk_element {
    TK_F32 = 0,
    TK_BF16 = 1,
    TK_U8 = 2,  // quantised row by row: value = (element - zero_point[row]) * scale[row]
    TK_F16 = 3, // stored weights only
};

// Destination of the rows that the next matrix product reads. `scale` and `zero_point` (one per row) are used by TK_U8 only.
typedef struct tk_rows_out {
    int element; // enum tk_element; with values == NULL nothing is written
    void *values;
    float *scale;
    int32_t *zero_point;
} tk_rows_out;

// An int32 product of quantised rows with quantised weights, and the parameters that convert it back to numbers: value[r][c] =
// row_scale[r] * (column_scale[c] * sums[r][c] - row_zero[r] * column_offset[c]) + bias[c].
typedef struct tk_int8_product {
    const int32_t *sums;
    const float *row_scale;
    const int32_t *row_zero;
    const float *column_scale;
    const float *column_offset; // column_scale[c] times the sum of the quantised weights of output column c
    const float *bias;
} tk_int8_product;

// out[r] = words[ids[r]] + positions[position[r]], or + positions[0] for every row if `position` is NULL; `words` holds TK_F32, TK_F16 or
// TK_BF16 at any alignment. The caller has checked every id and position.
void tk_embed(
    const void *words, int element, const float *positions, const int32_t *ids, const int32_t *position, size_t rows, size_t columns, float *out);

// x[r] = (x[r] - mean) / sqrt(variance + epsilon) * gamma + beta, in place, and once more into `out` in its element type.
void tk_layernorm(float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out);

// out[r] = the normalised x[r], which is not changed: the norm before a layer. `scratch` holds one row of floats.
void tk_prenorm(const float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, float *scratch, tk_rows_out out);

// x[r] += product[r].
void tk_dequantise_add(tk_int8_product product, float *x, size_t rows, size_t columns);

// x += y, `count` numbers, a multiple of 16.
void tk_add_rows(float *x, const float *y, size_t count);

// out[r] = x[r] with 0 for NaN, 1 and -1 for the infinities, and zeros up to `out_columns`. `columns` may be any number.
void tk_clean_rows(const float *x, size_t rows, size_t columns, size_t out_columns, float *out);

// x[r] += product[r], then as tk_layernorm.
void tk_dequantise_add_layernorm(
    tk_int8_product product, float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out);

// out = product, as TK_F32 or TK_BF16.
void tk_dequantise(tk_int8_product product, size_t rows, size_t columns, int element, void *out);

// out = gelu(product), quantised; `row` is scratch for `columns` floats. Fast polynomial: within 2e-3 of the exact GELU.
void tk_dequantise_gelu(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out);

// x = gelu(x) in place to float accuracy if out.values is NULL or out.element is TK_F32; otherwise the fast polynomial, into `out`.
void tk_gelu(float *x, size_t rows, size_t columns, tk_rows_out out);

// SwiGLU. Rows of 2 * columns numbers: values, then gates; out[r][c] = value * gate / (1 + e^-gate), to float accuracy, in rows of `columns`.
// `row` is scratch for `columns` floats; tk_swiglu leaves its result in the first half of each row of `x` as well.
void tk_dequantise_swiglu(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out);
void tk_swiglu(float *x, size_t rows, size_t columns, tk_rows_out out);

// Rotary positions. Rows of queries, keys and values, as for tk_attention: in every head of the queries and keys, dimensions c and c +
// head_size / 2 are rotated as a pair by the angle in `table` for the row's position (head_size / 2 cosines, then as many sines, for each
// position); values are copied. `out` is TK_F32 or TK_BF16, and in tk_rotary may be `qkv` itself. head_size is a multiple of 32.
void tk_rotary(const float *qkv, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out);
void tk_dequantise_rotary(
    tk_int8_product product, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out);

// out = x in out's element type.
void tk_convert_rows(const float *x, size_t rows, size_t columns, tk_rows_out out);

// out = x with each column times its factor, as TK_U8.
void tk_quantise_scaled(const float *x, const float *factor, size_t rows, size_t columns, tk_rows_out out);

// Bytes of scratch that tk_attention needs for sequences of up to `longest` tokens and heads of `head_size`.
size_t tk_attention_scratch_bytes(size_t longest, size_t head_size);

// Whether tk_attention takes TK_BF16 for heads of this size on this processor; TK_F32 always works.
int tk_attention_takes_bf16(size_t head_size);

// Softmax attention inside each sequence. `qkv` has rows of 3 * heads * head_size elements (queries, keys, values; `element` TK_F32 or
// TK_BF16); sequence s is rows offsets[s] - offsets[0] up to offsets[s + 1] - offsets[0]. `out` gets heads * head_size
// elements a row of type `out_element` (TK_F32 or TK_BF16). `scale`, positive, multiplies query-key products.
void tk_attention(const void *qkv, int element, const int32_t *offsets, size_t sequences, size_t heads, size_t head_size, float scale,
    int out_element, void *out, void *scratch);

// The same for the heads `first_head` up to `end_head` only; does not change the other heads' columns of `out`.
void tk_attention_heads(const void *qkv, int element, const int32_t *offsets, size_t sequences, size_t heads, size_t first_head, size_t end_head,
    size_t head_size, float scale, int out_element, void *out, void *scratch);

// One vector per sequence: the mean of its rows.
void tk_mean_rows(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out);

// One vector per sequence: the mean of its rows, or its first row; then scaled to L2 norm 1. Sequences as in tk_attention.
void tk_pool_mean(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out);
void tk_pool_first(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out);

// Quantises `rows` output channels of `columns` weights (row-major, TK_F32, TK_F16 or TK_BF16, any alignment) to bytes, as
// values = scale * out; `offset` gets scale times the channel's sum of quantised weights. A channel's scale is such that the magnitudes of
// two neighbours (columns 2n and 2n + 1) add up to at most 128. Their products with two unsigned bytes then add up to less than 2^15 in
// magnitude, so that instructions which add them in 16 bits with saturation (AVX2's vpmaddubsw) are exact too.
void tk_quantise_weights(const void *weights, int element, size_t rows, size_t columns, int8_t *out, float *scale, float *offset);

// out = values as floats (TK_F32, TK_F16 or TK_BF16, any alignment).
void tk_to_float(const void *values, int element, size_t count, float *out);

#ifdef __cplusplus
}
#endif

#endif
