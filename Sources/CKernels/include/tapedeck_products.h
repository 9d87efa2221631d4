// Products of rows with a matrix of weights that is packed once: float32; bfloat16 on processors with AMX; and unsigned 8-bit rows with
// signed 8-bit weights and exact 32-bit sums.
//
// out[r][c] = sum over k of rows[r][k] * weights[c][k], for `count` rows of `inputs` elements without gaps. A float sum is one chain over
// ascending k, so a row's result depends neither on other rows nor on how columns are divided; it uses fused multiply-adds if the
// processor has them. Integer sums are the same on every instruction set.
//
// `inputs` is a multiple of 16. Packed weights are aligned to 64 bytes.
#ifndef TAPEDECK_PRODUCTS_H
#define TAPEDECK_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Number of columns packed together. Ranges of columns start at multiples of it.
enum { TK_PANEL = 16 };

// Number of elements of packed weights: columns are padded to whole panels.
size_t tk_packed_count(size_t inputs, size_t outputs);

// Packs weights, `outputs` x `inputs`, row-major.
void tk_pack_f32(const float *weights, size_t inputs, size_t outputs, float *packed);
void tk_pack_int8(const int8_t *weights, size_t inputs, size_t outputs, int8_t *packed);

// Columns `first` up to `end` of the product; `out` has rows of `outputs` elements. A sum starts at the content of `out` if
// `accumulates` is not 0, plus the column's bias, which has numbers for whole panels, or is NULL for none.
void tk_product_f32(const float *rows, size_t count, const float *packed, size_t inputs, size_t outputs, size_t first, size_t end, const float *bias,
    int accumulates, float *out);

// The same for bytes. Weights must be such that products of two neighbours (k even, k + 1) with any two bytes add up to 16 bits, as those
// of tk_quantise_weights are: |weights[c][k]| + |weights[c][k + 1]| <= 128.
void tk_product_int8(const uint8_t *rows, size_t count, const int8_t *packed, size_t inputs, size_t outputs, size_t first, size_t end, int32_t *out);

// Products of bfloat16 rows with AMX, which the instruction set in use must have. A sum is a chain over ascending tiles of 32 inputs.
// Packed weights have tk_packed_count_bf16 elements; a panel has whole tiles of inputs. `rows` is readable up to a multiple of 16 rows. If
// `rounds` is not 0, `out` is bfloat16, and nothing is accumulated.
size_t tk_packed_count_bf16(size_t inputs, size_t outputs);
void tk_pack_bf16(const uint16_t *weights, size_t inputs, size_t outputs, uint16_t *packed);
void tk_product_bf16(const uint16_t *rows, size_t count, const uint16_t *packed, size_t inputs, size_t outputs, size_t first, size_t end,
    const float *bias, int accumulates, int rounds, void *out);

// Operations (a multiplication and an addition count as two) that the calling thread does in products of this element, TK_F32, TK_BF16 or
// TK_U8, on operands in registers: `count` times a few thousand. No product can be faster on the instruction set in use.
double tk_register_operations(int element, size_t count);

#ifdef __cplusplus
}
#endif

#endif
