// Compiles products_impl.h for each instruction set and picks one at run time.
#include "tapedeck_encoder.h"
#include "tapedeck_products.h"

#include <string.h>

#define TK_JOIN2(a, b) tk_##a##_##b
#define TK_JOIN(a, b) TK_JOIN2(a, b)
#define TK_(name) TK_JOIN(name, TK_SET)
#define TK_INLINE static inline __attribute__((always_inline))

// Sums of a tile of this many rows and one panel stay in registers.
enum { TK_TILE_ROWS = 6 };
// Inputs of a panel that are processed at a time: their weights (8 or 12 KiB) stay in the first-level cache while all rows pass over
// them. With few rows, smaller blocks are prefetched better. Chosen on a noisy Zen 3, where similar sizes did about as well.
enum { TK_BLOCK_F32 = 192, TK_BLOCK_F32_FEW = 128, TK_FEW_ROWS = 64, TK_BLOCK_INT8 = 512 };

#define TK_SET portable
#include "products_portable_impl.h"
#include "products_impl.h"
#undef TK_SET

#if defined(__x86_64__)
#include <immintrin.h>
#define TK_SET avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "products_avx2_impl.h"
#include "products_impl.h"
#pragma clang attribute pop
#undef TK_SET
#elif defined(__aarch64__)
#include <arm_neon.h>
#define TK_SET dotprod
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "products_neon_impl.h"
#include "products_impl.h"
#pragma clang attribute pop
#undef TK_SET
#define TK_SET i8mm
#define TK_I8MM 1
#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)
#include "products_neon_impl.h"
#include "products_impl.h"
#pragma clang attribute pop
#undef TK_I8MM
#undef TK_SET
#endif

void tk_product_f32(const float *rows, size_t count, const float *packed, size_t inputs, size_t outputs, size_t first, size_t end, const float *bias,
    int accumulates, float *out) {
#if defined(__x86_64__)
    if (tk_instruction_set_in_use() >= TK_AVX2) return tk_product_f32_avx2(rows, count, packed, inputs, outputs, first, end, bias, accumulates, out);
#elif defined(__aarch64__)
    if (tk_instruction_set_in_use() >= TK_NEON_DOTPROD)
        return tk_product_f32_dotprod(rows, count, packed, inputs, outputs, first, end, bias, accumulates, out);
#endif
    tk_product_f32_portable(rows, count, packed, inputs, outputs, first, end, bias, accumulates, out);
}

void tk_product_int8(const uint8_t *rows, size_t count, const int8_t *packed, size_t inputs, size_t outputs, size_t first, size_t end, int32_t *out) {
#if defined(__x86_64__)
    if (tk_instruction_set_in_use() >= TK_AVX2) return tk_product_int8_avx2(rows, count, packed, inputs, outputs, first, end, out);
#elif defined(__aarch64__)
    if (tk_instruction_set_in_use() >= TK_NEON_I8MM) return tk_product_int8_i8mm(rows, count, packed, inputs, outputs, first, end, out);
    if (tk_instruction_set_in_use() >= TK_NEON_DOTPROD) return tk_product_int8_dotprod(rows, count, packed, inputs, outputs, first, end, out);
#endif
    tk_product_int8_portable(rows, count, packed, inputs, outputs, first, end, out);
}
