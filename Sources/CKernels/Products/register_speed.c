// Products of numbers that never leave the registers, which benchmarks use as the machine's limit.
#include "tapedeck_encoder.h"
#include "tapedeck_products.h"

enum { ROUNDS = 1024, CHAINS = 12 };

// Keeps a value in a register and hides it from the compiler.
#if defined(__aarch64__)
#define OPAQUE(v) __asm__ volatile("" : "+w"(v))
#else
#define OPAQUE(v) __asm__ volatile("" : "+x"(v))
#endif

// Runs `step` on each of twelve independent sums, ROUNDS times.
#define REPEAT(type, zero, step)                       \
    type sums[CHAINS];                                 \
    for (int i = 0; i < CHAINS; i++) sums[i] = zero;   \
    for (size_t n = 0; n < count; n++)                 \
        for (int round = 0; round < ROUNDS; round++) { \
            for (int i = 0; i < CHAINS; i++) {         \
                OPAQUE(x);                             \
                sums[i] = step;                        \
            }                                          \
        }                                              \
    for (int i = 0; i < CHAINS; i++) OPAQUE(sums[i]);

#if defined(__x86_64__)
#include "products_amx.h"
#define TARGET(set) __attribute__((target(set)))
#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl,evex512"

TARGET("avx2,fma") static double f32_avx2(size_t count) {
    __m256 x = _mm256_set1_ps(0.5f), w = _mm256_set1_ps(1e-3f);
    REPEAT(__m256, _mm256_setzero_ps(), _mm256_fmadd_ps(x, w, sums[i]))
    return 16;
}

TARGET("avx2") static double int8_avx2(size_t count) {
    __m256i x = _mm256_set1_epi8(3), w = _mm256_set1_epi8(5), one = _mm256_set1_epi16(1);
    REPEAT(__m256i, _mm256_setzero_si256(), _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), one)))
    return 64;
}

TARGET(AVX512) static double f32_avx512(size_t count) {
    __m512 x = _mm512_set1_ps(0.5f), w = _mm512_set1_ps(1e-3f);
    REPEAT(__m512, _mm512_setzero_ps(), _mm512_fmadd_ps(x, w, sums[i]))
    return 32;
}

TARGET(AVX512 ",avx512vnni") static double int8_vnni(size_t count) {
    __m512i x = _mm512_set1_epi8(3), w = _mm512_set1_epi8(5);
    REPEAT(__m512i, _mm512_setzero_si512(), _mm512_dpbusd_epi32(sums[i], x, w))
    return 128;
}

TARGET(AVX512 ",avx512bf16") static double bf16_avx512(size_t count) {
    __m512bh x = (__m512bh)_mm512_set1_epi16(0x3f00), w = (__m512bh)_mm512_set1_epi16(0x3a80);
    REPEAT(__m512, _mm512_setzero_ps(), _mm512_dpbf16_ps(sums[i], x, w))
    return 64;
}

// Runs `step` on each of six tiles of sums, twice a round, so that the operations of one are those of CHAINS registers.
#define REPEAT_TILES(step)                                 \
    tk_amx_begin();                                        \
    for (size_t n = 0; n < count; n++)                     \
        for (int round = 0; round < 2 * ROUNDS; round++) { \
            step(0, 6, 7);                                 \
            step(1, 6, 7);                                 \
            step(2, 6, 7);                                 \
            step(3, 6, 7);                                 \
            step(4, 6, 7);                                 \
            step(5, 6, 7);                                 \
        }                                                  \
    _tile_release();

TARGET("amx-tile,amx-int8") static double int8_amx(size_t count) {
    REPEAT_TILES(_tile_dpbusd)
    return 2 * 16 * 16 * 64;
}

TARGET("amx-tile,amx-bf16") static double bf16_amx(size_t count) {
    REPEAT_TILES(_tile_dpbf16ps)
    return 2 * 16 * 16 * 32;
}
#elif defined(__aarch64__)
#include <arm_neon.h>

static double f32_neon(size_t count) {
    float32x4_t x = vdupq_n_f32(0.5f), w = vdupq_n_f32(1e-3f);
    REPEAT(float32x4_t, vdupq_n_f32(0), vfmaq_f32(sums[i], x, w))
    return 8;
}

__attribute__((target("dotprod"))) static double int8_neon(size_t count) {
    int8x16_t x = vdupq_n_s8(3), w = vdupq_n_s8(5);
    REPEAT(int32x4_t, vdupq_n_s32(0), vdotq_s32(sums[i], x, w))
    return 32;
}
#endif

typedef float f32x4 __attribute__((ext_vector_type(4)));
typedef int32_t i32x4 __attribute__((ext_vector_type(4)));

static double f32_portable(size_t count) {
    f32x4 x = {0.5f, 0.5f, 0.5f, 0.5f};
    REPEAT(f32x4, ((f32x4){0, 0, 0, 0}), x * 1e-3f + sums[i])
    return 8;
}

static double int8_portable(size_t count) {
    i32x4 x = {3, 3, 3, 3};
    REPEAT(i32x4, ((i32x4){0, 0, 0, 0}), x * 5 + sums[i])
    return 8;
}

// Operations of one step, times how often it was done.
double tk_register_operations(int element, size_t count) {
    double each;
    int set = tk_instruction_set_in_use();
#if defined(__x86_64__)
    if (element == TK_U8)
        each = set >= TK_AMX ? int8_amx(count) : set >= TK_AVX512_VNNI ? int8_vnni(count) : set >= TK_AVX2 ? int8_avx2(count) : int8_portable(count);
    else if (element == TK_BF16 && set >= TK_AVX512_BF16)
        each = set >= TK_AMX ? bf16_amx(count) : bf16_avx512(count);
    else
        each = set >= TK_AVX512 ? f32_avx512(count) : set >= TK_AVX2 ? f32_avx2(count) : f32_portable(count);
#elif defined(__aarch64__)
    if (element == TK_U8)
        each = set >= TK_NEON_DOTPROD ? int8_neon(count) : int8_portable(count);
    else
        each = f32_neon(count);
    (void)f32_portable;
#else
    (void)set;
    each = element == TK_U8 ? int8_portable(count) : f32_portable(count);
#endif
    return each * CHAINS * ROUNDS * (double)count;
}
