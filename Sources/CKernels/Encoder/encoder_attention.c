// Attention for each instruction set, and the bfloat16 variant for processors with its dot product.
#include "../dispatch.h"
#include "tapedeck_encoder.h"

#define TK_JOIN2(a, b) tk_##a##_##b
#define TK_JOIN(a, b) TK_JOIN2(a, b)
#define TK_(name) TK_JOIN(name, TK_SET)

#define TK_SET portable
#define TK_QUERIES 4
#define TK_VECTORS 1
#include "encoder_attention_impl.h"
#include "encoder_vector_end.h"
#undef TK_SET

#if defined(__x86_64__)
#undef TK_QUERIES
#define TK_QUERIES 6
#define TK_SET avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "encoder_attention_impl.h"
#include "encoder_vector_end.h"
#pragma clang attribute pop
#undef TK_SET

#undef TK_QUERIES
#undef TK_VECTORS
#define TK_QUERIES 8
#define TK_VECTORS 2
#define TK_SET avx512
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,evex512"))), apply_to = function)
#include "encoder_attention_impl.h"
#include "encoder_vector_end.h"
#pragma clang attribute pop
#undef TK_SET

#define TK_SET avx512bf16
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,evex512"))), apply_to = function)
#include <immintrin.h>
#include "encoder_attention_bf16_impl.h"
#include "encoder_vector_end.h"
#pragma clang attribute pop
#undef TK_SET
#endif

// Enough for either element type: transposed keys and interleaved values, eight rows of scores and of probabilities.
size_t tk_attention_scratch_bytes(size_t longest, size_t head_size) {
    size_t padded = (longest + 31) / 32 * 32;
    return padded * (head_size * 4 + 8 * (4 + 2)) + 256;
}

int tk_attention_takes_bf16(size_t head_size) {
#if defined(__x86_64__)
    return tk_instruction_set_in_use() >= TK_AVX512_BF16 && head_size % 32 == 0;
#else
    (void)head_size;
    return 0;
#endif
}

void tk_attention_heads(const void *qkv, int element, const int32_t *offsets, size_t sequences, size_t heads, size_t first_head, size_t end_head,
    size_t head_size, float scale, int out_element, void *out, void *scratch) {
#if defined(__x86_64__)
    if (element == TK_BF16 && tk_instruction_set_in_use() >= TK_AVX512_BF16) {
        tk_attend_avx512bf16(qkv, offsets, sequences, heads, first_head, end_head, head_size, scale, out_element, out, scratch);
        return;
    }
#else
    (void)element;
#endif
    TK_DISPATCH(tk_attend, qkv, offsets, sequences, heads, first_head, end_head, head_size, scale, out_element, out, scratch);
}

void tk_attention(const void *qkv, int element, const int32_t *offsets, size_t sequences, size_t heads, size_t head_size, float scale,
    int out_element, void *out, void *scratch) {
    tk_attention_heads(qkv, element, offsets, sequences, heads, 0, heads, head_size, scale, out_element, out, scratch);
}
