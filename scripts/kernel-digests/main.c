// Prints digests of what the encoder's 8-bit kernels compute from fixed pseudo-random inputs, one line a kernel, and the instruction set to
// stderr. The lines must be the same on every instruction set and every processor: scripts/test-arm64 compares them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tapedeck_encoder.h"
#include "tapedeck_products.h"

static uint64_t state = 1;
// SplitMix64.
static uint64_t next(void) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static float number(float low, float high) { return low + (high - low) * (float)(next() >> 40) / 16777216.0f; }

static void *room(size_t bytes) {
    void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!p) abort();
    memset(p, 0, (bytes + 63) / 64 * 64);
    return p;
}

static float *numbers(size_t count, float low, float high) {
    float *p = room(count * sizeof *p);
    for (size_t i = 0; i < count; i++) p[i] = number(low, high);
    return p;
}

// FNV-1a.
static void print(const char *name, const void *bytes, size_t count) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < count; i++) hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
    printf("%s %016llx\n", name, (unsigned long long)hash);
}

int main(void) {
    enum { rows = 29, inputs = 384, outputs = 96, heads = 3, head = 32 };
    fprintf(stderr, "%s\n", tk_instruction_set_name(tk_instruction_set_in_use()));
    float *w = numbers((size_t)outputs * inputs, -0.2f, 0.3f), *x = numbers((size_t)rows * inputs, -3, 5);
    int8_t *bytes = room((size_t)outputs * inputs), *packed = room(tk_packed_count(inputs, outputs));
    float *scale = room(outputs * 4), *offset = room(outputs * 4), *bias = numbers(outputs, -1, 1);
    tk_quantise_weights(w, TK_F32, outputs, inputs, bytes, scale, offset);
    print("quantise_weights", bytes, (size_t)outputs * inputs);
    print("offset", offset, outputs * 4);
    tk_pack_int8(bytes, inputs, outputs, packed);

    uint8_t *u8 = room((size_t)rows * inputs);
    float *row_scale = room(rows * 4);
    int32_t *row_zero = room(rows * 4), *sums = room(rows * outputs * 4);
    tk_rows_out out = {TK_U8, u8, row_scale, row_zero};
    tk_convert_rows(x, rows, inputs, out);
    print("convert_rows", u8, (size_t)rows * inputs);
    print("row_scale", row_scale, rows * 4);
    tk_product_int8(u8, rows, packed, inputs, outputs, 0, outputs, sums);
    print("product_int8", sums, rows * outputs * 4);

    tk_int8_product product = {sums, row_scale, row_zero, scale, offset, bias};
    float *plain = room(rows * outputs * 4), *row = room(outputs * 4), *residual = numbers(rows * outputs, -2, 2);
    float *gamma = numbers(outputs, 0.5f, 1.5f), *beta = numbers(outputs, -0.5f, 0.5f);
    tk_dequantise(product, rows, outputs, TK_F32, plain);
    print("dequantise", plain, rows * outputs * 4);
    tk_dequantise_gelu(product, rows, outputs, row, out);
    print("dequantise_gelu", u8, rows * outputs);
    tk_dequantise_add_layernorm(product, residual, rows, outputs, gamma, beta, 1e-12f, out);
    print("add_layernorm", residual, rows * outputs * 4);
    print("add_layernorm_u8", u8, rows * outputs);
    tk_dequantise_swiglu(product, rows, outputs / 2, row, out);
    print("dequantise_swiglu", u8, rows * outputs / 2);
    float *gelu = numbers(rows * outputs, -6, 6);
    tk_gelu(gelu, rows, outputs, (tk_rows_out){TK_F32, NULL, NULL, NULL});
    print("gelu", gelu, rows * outputs * 4);

    float *qkv = numbers((size_t)rows * 3 * heads * head, -2, 2), *context = room((size_t)rows * heads * head * 4);
    int32_t offsets[] = {0, 1, 12, rows}, position[rows];
    void *scratch = room(tk_attention_scratch_bytes(rows, head));
    tk_attention(qkv, TK_F32, offsets, 3, heads, head, 0.1767767f, TK_F32, context, scratch);
    print("attention", context, (size_t)rows * heads * head * 4);
    for (int r = 0; r < rows; r++) position[r] = r;
    float *table = numbers(rows * head, -1, 1);
    tk_rotary(qkv, rows, heads, head, table, position, TK_F32, qkv);
    print("rotary", qkv, (size_t)rows * 3 * heads * head * 4);
    float *pooled = room(3 * outputs * 4);
    tk_pool_mean(residual, offsets, 3, outputs, pooled);
    print("pool_mean", pooled, 3 * outputs * 4);

    float *floats = room(tk_packed_count(inputs, outputs) * 4), *product_f32 = room(rows * outputs * 4);
    tk_pack_f32(w, inputs, outputs, floats);
    tk_product_f32(x, rows, floats, inputs, outputs, 0, outputs, bias, 0, product_f32);
    print("product_f32", product_f32, rows * outputs * 4);
    return 0;
}
