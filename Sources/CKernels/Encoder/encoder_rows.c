// Compiles encoder_rows_impl.h for each instruction set and picks one at run time.
#include "../dispatch.h"
#include "tapedeck_encoder.h"

#define TK_JOIN2(a, b) tk_##a##_##b
#define TK_JOIN(a, b) TK_JOIN2(a, b)
#define TK_(name) TK_JOIN(name, TK_SET)

#define TK_SET portable
#include "encoder_rows_impl.h"
#include "encoder_vector_end.h"
#undef TK_SET

#if defined(__x86_64__)
#define TK_SET avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "encoder_rows_impl.h"
#include "encoder_vector_end.h"
#pragma clang attribute pop
#undef TK_SET

#define TK_SET avx512
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,evex512"))), apply_to = function)
#include "encoder_rows_impl.h"
#include "encoder_vector_end.h"
#pragma clang attribute pop
#undef TK_SET

#endif

void tk_embed(
    const void *words, int element, const float *positions, const int32_t *ids, const int32_t *position, size_t rows, size_t columns, float *out) {
    TK_DISPATCH(tk_embed, words, element, positions, ids, position, rows, columns, out);
}

void tk_layernorm(float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out) {
    TK_DISPATCH(tk_layernorm, x, rows, columns, gamma, beta, epsilon, out);
}

void tk_dequantise_add_layernorm(
    tk_int8_product product, float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out) {
    TK_DISPATCH(tk_dequantise_add_layernorm, product, x, rows, columns, gamma, beta, epsilon, out);
}

void tk_prenorm(const float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, float *scratch, tk_rows_out out) {
    TK_DISPATCH(tk_prenorm, x, rows, columns, gamma, beta, epsilon, scratch, out);
}

void tk_dequantise_add(tk_int8_product product, float *x, size_t rows, size_t columns) { TK_DISPATCH(tk_dequantise_add, product, x, rows, columns); }

void tk_add_rows(float *x, const float *y, size_t count) { TK_DISPATCH(tk_add_rows, x, y, count); }

void tk_clean_rows(const float *x, size_t rows, size_t columns, size_t out_columns, float *out) {
    TK_DISPATCH(tk_clean_rows, x, rows, columns, out_columns, out);
}

void tk_mean_rows(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    TK_DISPATCH(tk_mean_rows, x, offsets, sequences, columns, out);
}

void tk_dequantise(tk_int8_product product, size_t rows, size_t columns, int element, void *out) {
    TK_DISPATCH(tk_dequantise, product, rows, columns, element, out);
}

void tk_dequantise_gelu(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out) {
    TK_DISPATCH(tk_dequantise_gelu, product, rows, columns, row, out);
}

void tk_gelu(float *x, size_t rows, size_t columns, tk_rows_out out) { TK_DISPATCH(tk_gelu, x, rows, columns, out); }

void tk_dequantise_swiglu(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out) {
    TK_DISPATCH(tk_dequantise_swiglu, product, rows, columns, row, out);
}

void tk_swiglu(float *x, size_t rows, size_t columns, tk_rows_out out) { TK_DISPATCH(tk_swiglu, x, rows, columns, out); }

void tk_rotary(const float *qkv, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out) {
    TK_DISPATCH(tk_rotary, qkv, rows, heads, head_size, table, position, element, out);
}

void tk_dequantise_rotary(
    tk_int8_product product, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out) {
    TK_DISPATCH(tk_dequantise_rotary, product, rows, heads, head_size, table, position, element, out);
}

void tk_convert_rows(const float *x, size_t rows, size_t columns, tk_rows_out out) { TK_DISPATCH(tk_convert_rows, x, rows, columns, out); }

void tk_quantise_scaled(const float *x, const float *factor, size_t rows, size_t columns, tk_rows_out out) {
    TK_DISPATCH(tk_quantise_scaled, x, factor, rows, columns, out);
}

void tk_pool_mean(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    TK_DISPATCH(tk_pool_mean, x, offsets, sequences, columns, out);
}

void tk_pool_first(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    TK_DISPATCH(tk_pool_first, x, offsets, sequences, columns, out);
}

void tk_quantise_weights(const void *weights, int element, size_t rows, size_t columns, int8_t *out, float *scale, float *offset) {
    TK_DISPATCH(tk_quantise_weights, weights, element, rows, columns, out, scale, offset);
}

void tk_to_float(const void *values, int element, size_t count, float *out) { TK_DISPATCH(tk_to_float, values, element, count, out); }
