// Sixteen-lane vectors that the compiler maps onto whatever the enclosing function's target has: one AVX-512 register, two AVX2
// registers, four of SSE2 or NEON. Included once per instruction set, under that set's `target` attribute.

// A multiplication and an addition are fused only where fma is written: compilers would otherwise do so on targets with the
// instruction, and results would differ between targets. On targets without it, the C library computes it.
#pragma clang fp contract(off)

// About passing wide vectors between functions of different targets: everything here is inlined into one target's code.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float TK_(f32x16) __attribute__((ext_vector_type(16)));
typedef int32_t TK_(i32x16) __attribute__((ext_vector_type(16)));
typedef uint32_t TK_(u32x16) __attribute__((ext_vector_type(16)));
typedef uint16_t TK_(u16x16) __attribute__((ext_vector_type(16)));
typedef uint8_t TK_(u8x16) __attribute__((ext_vector_type(16)));
#define f32x16 TK_(f32x16)
#define i32x16 TK_(i32x16)
#define u32x16 TK_(u32x16)
#define u16x16 TK_(u16x16)
#define u8x16 TK_(u8x16)

#define TK_INLINE static inline __attribute__((always_inline))

TK_INLINE f32x16 TK_(load)(const float *p) {
    f32x16 v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
TK_INLINE i32x16 TK_(load_i32)(const int32_t *p) {
    i32x16 v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
}
TK_INLINE void TK_(store)(float *p, f32x16 v) { __builtin_memcpy(p, &v, sizeof v); }
TK_INLINE f32x16 TK_(splat)(float x) { return (f32x16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
TK_INLINE f32x16 TK_(from_i32)(i32x16 v) { return __builtin_convertvector(v, f32x16); }
TK_INLINE f32x16 TK_(fma)(f32x16 a, f32x16 b, f32x16 c) { return __builtin_elementwise_fma(a, b, c); }
// A conditional instead of fmax, because it compiles to one instruction; no caller has NaN.
TK_INLINE f32x16 TK_(max)(f32x16 a, f32x16 b) { return a > b ? a : b; }
TK_INLINE f32x16 TK_(min)(f32x16 a, f32x16 b) { return a < b ? a : b; }

// Lanes combined in halves: 16 with 8 apart, then 4, 2, 1.
#define TK_FOLD(v, combine)                                                                                        \
    do {                                                                                                           \
        v = combine(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)); \
        v = combine(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7));             \
        v = combine(v, __builtin_shufflevector(v, v, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3));             \
        v = combine(v, __builtin_shufflevector(v, v, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));             \
    } while (0)
TK_INLINE f32x16 TK_(add)(f32x16 a, f32x16 b) { return a + b; }
TK_INLINE float TK_(sum)(f32x16 v) {
    TK_FOLD(v, TK_(add));
    return v[0];
}
TK_INLINE float TK_(largest)(f32x16 v) {
    TK_FOLD(v, TK_(max));
    return v[0];
}
TK_INLINE float TK_(smallest)(f32x16 v) {
    TK_FOLD(v, TK_(min));
    return v[0];
}

// Round to nearest even, as the hardware does. Infinities and NaN are not handled: no caller has them.
TK_INLINE void TK_(store_bf16)(uint16_t *p, f32x16 v) {
    u32x16 bits = (u32x16)v;
    bits += 0x7fff + ((bits >> 16) & 1);
    u16x16 half = __builtin_convertvector(bits >> 16, u16x16);
    __builtin_memcpy(p, &half, sizeof half);
}
TK_INLINE f32x16 TK_(load_bf16)(const uint16_t *p) {
    u16x16 half;
    __builtin_memcpy(&half, p, sizeof half);
    return (f32x16)(__builtin_convertvector(half, u32x16) << 16);
}
// IEEE half precision by integer arithmetic: rebias the exponent, renormalise subnormals, keep infinities.
TK_INLINE f32x16 TK_(load_f16)(const uint16_t *p) {
    u16x16 half;
    __builtin_memcpy(&half, p, sizeof half);
    u32x16 wide = __builtin_convertvector(half, u32x16);
    u32x16 sign = (wide & 0x8000) << 16, rest = (wide & 0x7fff) << 13;
    u32x16 special = (u32x16)((wide & 0x7c00) == 0x7c00);
    // 2^112 moves the exponent from half's bias to float's, subnormals included.
    f32x16 value = (f32x16)rest * 0x1p112f;
    return (f32x16)(sign | (((u32x16)value & ~special) | ((rest | 0x7f800000) & special)));
}
TK_INLINE f32x16 TK_(load_element)(const void *p, int element, size_t index) {
    if (element == TK_BF16) return TK_(load_bf16)((const uint16_t *)p + index);
    if (element == TK_F16) return TK_(load_f16)((const uint16_t *)p + index);
    return TK_(load)((const float *)p + index);
}

// e^x, within 2 units in the last place for -87 <= x <= 88; below that it stays at e^-87.
// x = n ln 2 + r with |r| <= ln 2 / 2, and e^r by its Taylor series to degree 6 (remainder below 1.3e-7 relative before refitting;
// the last coefficients are minimax-adjusted).
TK_INLINE f32x16 TK_(exp)(f32x16 x) {
    const float magic = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer that sits in the low mantissa bits
    x = TK_(max)(x, TK_(splat)(-87.0f));
    f32x16 shifted = TK_(fma)(x, TK_(splat)(1.44269504088896341f), TK_(splat)(magic));
    f32x16 n = shifted - magic;
    f32x16 r = TK_(fma)(n, TK_(splat)(-0.693359375f), x);
    r = TK_(fma)(n, TK_(splat)(2.12194440e-4f), r);
    f32x16 p = TK_(splat)(1.3930436e-3f);
    p = TK_(fma)(p, r, TK_(splat)(8.3632114e-3f));
    p = TK_(fma)(p, r, TK_(splat)(4.1666493e-2f));
    p = TK_(fma)(p, r, TK_(splat)(1.6666540e-1f));
    p = TK_(fma)(p, r, TK_(splat)(0.5f));
    p = TK_(fma)(p, r, TK_(splat)(1.0f));
    p = TK_(fma)(p, r, TK_(splat)(1.0f));
    u32x16 exponent = ((u32x16)shifted) << 23;
    return (f32x16)((u32x16)p + exponent);
}

// x * Phi(x), Phi the normal distribution function, to float accuracy. For t = |x|: 1 - Phi(t) = e^(-t^2 / 2) * R(t), and R is a
// polynomial in w = 1 / (1 + 0.28 t), fitted here by weighted least squares (error below 6e-9).
TK_INLINE f32x16 TK_(gelu_exact)(f32x16 x) {
    f32x16 t = __builtin_elementwise_abs(x);
    f32x16 w = 1.0f / TK_(fma)(t, TK_(splat)(0.28f), TK_(splat)(1.0f));
    f32x16 p = TK_(splat)(-0.10703170299530029f);
    p = TK_(fma)(p, w, TK_(splat)(0.39492300152778625f));
    p = TK_(fma)(p, w, TK_(splat)(-0.24527408182621002f));
    p = TK_(fma)(p, w, TK_(splat)(0.2756548821926117f));
    p = TK_(fma)(p, w, TK_(splat)(0.06476904451847076f));
    p = TK_(fma)(p, w, TK_(splat)(0.116958849132061f));
    f32x16 tail = p * w * TK_(exp)(t * t * -0.5f); // 1 - Phi(t)
    // x > 0: x - x * tail; x < 0: x * tail.
    f32x16 positive = TK_(max)(x, TK_(splat)(0.0f));
    return TK_(fma)(-t, tail, positive);
}

// As above within 1.5e-3 and 4e-4 |x|: Phi(x) - 1/2 = x * P(x^2) for |x| <= 3.6 (minimax fit of degree 5), constant beyond, where a negative x
// counts as -3.6.
TK_INLINE f32x16 TK_(gelu_fast)(f32x16 x) {
    f32x16 low = TK_(max)(x, TK_(splat)(-3.6f));
    f32x16 c = TK_(min)(low, TK_(splat)(3.6f));
    f32x16 u = c * c;
    f32x16 p = TK_(splat)(-7.0213548e-07f);
    p = TK_(fma)(p, u, TK_(splat)(3.4652352e-05f));
    p = TK_(fma)(p, u, TK_(splat)(-0.000722279074f));
    p = TK_(fma)(p, u, TK_(splat)(0.0084831994f));
    p = TK_(fma)(p, u, TK_(splat)(-0.0642367825f));
    p = TK_(fma)(p, u, TK_(splat)(0.397829294f));
    return low * TK_(fma)(c, p, TK_(splat)(0.5f));
}

// x / (1 + e^-x), to float accuracy; below -87, where its magnitude is below 1e-36, it stays constant.
TK_INLINE f32x16 TK_(silu)(f32x16 x) { return x / (1.0f + TK_(exp)(TK_(min)(-x, TK_(splat)(87.0f)))); }
