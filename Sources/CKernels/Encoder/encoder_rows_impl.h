// Row kernels, compiled once per instruction set by encoder_rows.c.

#include "encoder_vector.h"

typedef struct TK_(range) {
    float low, high;
} TK_(range);

// x's entry, times its column's factor if there are factors.
TK_INLINE f32x16 TK_(scaled)(const float *x, const float *factor, size_t c) {
    return factor ? TK_(load)(x + c) * TK_(load)(factor + c) : TK_(load)(x + c);
}

// One row to bytes: value = (byte - zero) * scale with zero inside 0 ... 255 and 0.0 exact.
TK_INLINE void TK_(quantise_row)(const float *x, const float *factor, size_t n, TK_(range) range, uint8_t *out, float *scale, int32_t *zero) {
    // One step fewer than a byte has, so that rounding of the zero point cannot exceed the range.
    const float steps = 254.0f;
    float low = range.low < 0 ? range.low : 0, high = range.high > 0 ? range.high : 0;
    float width = high - low;
    if (!(width > 1e-30f)) width = 1;
    float inverse = steps / width;
    const float magic = 12582912.0f;
    float zero_point = (-low * inverse + 0.5f + magic) - magic;
    *scale = width / steps;
    *zero = (int32_t)zero_point;
    float shift = zero_point + magic;
    for (size_t c = 0; c < n; c += 16) {
        u32x16 bits = (u32x16)TK_(fma)(TK_(scaled)(x, factor, c), TK_(splat)(inverse), TK_(splat)(shift));
        u8x16 bytes = __builtin_convertvector(bits, u8x16);
        __builtin_memcpy(out + c, &bytes, sizeof bytes);
    }
}

TK_INLINE TK_(range) TK_(range_of_row)(const float *x, const float *factor, size_t n) {
    f32x16 low = TK_(scaled)(x, factor, 0), high = low;
    for (size_t c = 16; c < n; c += 16) {
        f32x16 v = TK_(scaled)(x, factor, c);
        low = TK_(min)(low, v);
        high = TK_(max)(high, v);
    }
    return (TK_(range)){TK_(smallest)(low), TK_(largest)(high)};
}

TK_INLINE void TK_(write_row)(const float *x, size_t row, size_t n, TK_(range) range, tk_rows_out out) {
    if (!out.values) return;
    if (out.element == TK_BF16) {
        uint16_t *to = (uint16_t *)out.values + row * n;
        for (size_t c = 0; c < n; c += 16) TK_(store_bf16)(to + c, TK_(load)(x + c));
    } else if (out.element == TK_U8) {
        TK_(quantise_row)(x, NULL, n, range, (uint8_t *)out.values + row * n, out.scale + row, out.zero_point + row);
    } else {
        __builtin_memcpy((float *)out.values + row * n, x, n * sizeof(float));
    }
}

static void TK_(embed)(
    const void *words, int element, const float *positions, const int32_t *ids, const int32_t *position, size_t rows, size_t columns, float *out) {
    for (size_t r = 0; r < rows; r++) {
        size_t from = (size_t)ids[r] * columns;
        const float *add = position ? positions + (size_t)position[r] * columns : positions;
        for (size_t c = 0; c < columns; c += 16) TK_(store)(out + r * columns + c, TK_(load_element)(words, element, from + c) + TK_(load)(add + c));
    }
}

// y, which may be x, = the normalised x; `sum` is of x's columns.
TK_INLINE TK_(range) TK_(layernorm_row)(const float *x, float *y, size_t n, f32x16 sum, const float *gamma, const float *beta, float epsilon) {
    float mean = TK_(sum)(sum) / (float)n;
    f32x16 squares = {0}, more = {0};
    size_t c = 0;
    for (; c + 32 <= n; c += 32) {
        f32x16 a = TK_(load)(x + c) - mean, b = TK_(load)(x + c + 16) - mean;
        squares = TK_(fma)(a, a, squares);
        more = TK_(fma)(b, b, more);
    }
    for (; c < n; c += 16) {
        f32x16 a = TK_(load)(x + c) - mean;
        squares = TK_(fma)(a, a, squares);
    }
    float inverse = 1.0f / __builtin_sqrtf(TK_(sum)(squares + more) / (float)n + epsilon);
    f32x16 low = TK_(splat)(__builtin_inff()), high = -low;
    for (c = 0; c < n; c += 16) {
        f32x16 v = TK_(fma)((TK_(load)(x + c) - mean) * inverse, TK_(load)(gamma + c), TK_(load)(beta + c));
        TK_(store)(y + c, v);
        low = TK_(min)(low, v);
        high = TK_(max)(high, v);
    }
    return (TK_(range)){TK_(smallest)(low), TK_(largest)(high)};
}

TK_INLINE f32x16 TK_(sum_of_row)(const float *row, size_t columns) {
    f32x16 a = {0}, b = {0};
    size_t c = 0;
    for (; c + 32 <= columns; c += 32) {
        a += TK_(load)(row + c);
        b += TK_(load)(row + c + 16);
    }
    for (; c < columns; c += 16) a += TK_(load)(row + c);
    return a + b;
}

static void TK_(layernorm)(float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        TK_(range) range = TK_(layernorm_row)(row, row, columns, TK_(sum_of_row)(row, columns), gamma, beta, epsilon);
        TK_(write_row)(row, r, columns, range, out);
    }
}

static void TK_(prenorm)(
    const float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, float *scratch, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * columns;
        float *to = out.element == TK_F32 ? (float *)out.values + r * columns : scratch;
        TK_(range) range = TK_(layernorm_row)(row, to, columns, TK_(sum_of_row)(row, columns), gamma, beta, epsilon);
        if (out.element != TK_F32) TK_(write_row)(to, r, columns, range, out);
    }
}

TK_INLINE f32x16 TK_(dequantised)(const tk_int8_product *p, size_t r, size_t c, size_t columns) {
    float scale = p->row_scale[r], shift = -scale * (float)p->row_zero[r];
    f32x16 base = TK_(fma)(TK_(splat)(shift), TK_(load)(p->column_offset + c), TK_(load)(p->bias + c));
    return TK_(fma)(TK_(from_i32)(TK_(load_i32)(p->sums + r * columns + c)), scale * TK_(load)(p->column_scale + c), base);
}

static void TK_(dequantise_add_layernorm)(
    tk_int8_product product, float *x, size_t rows, size_t columns, const float *gamma, const float *beta, float epsilon, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        f32x16 sum = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 v = TK_(load)(row + c) + TK_(dequantised)(&product, r, c, columns);
            TK_(store)(row + c, v);
            sum += v;
        }
        TK_(range) range = TK_(layernorm_row)(row, row, columns, sum, gamma, beta, epsilon);
        TK_(write_row)(row, r, columns, range, out);
    }
}

static void TK_(dequantise_add)(tk_int8_product product, float *x, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        for (size_t c = 0; c < columns; c += 16) TK_(store)(row + c, TK_(load)(row + c) + TK_(dequantised)(&product, r, c, columns));
    }
}

static void TK_(add_rows)(float *x, const float *y, size_t count) {
    for (size_t i = 0; i < count; i += 16) TK_(store)(x + i, TK_(load)(x + i) + TK_(load)(y + i));
}

// Uses the bits, because the compiler may assume finite floats.
static void TK_(clean_rows)(const float *x, size_t rows, size_t columns, size_t out_columns, float *out) {
    for (size_t r = 0; r < rows; r++) {
        float *to = out + r * out_columns;
        for (size_t c = 0; c < columns; c++) {
            uint32_t bits;
            __builtin_memcpy(&bits, x + r * columns + c, sizeof bits);
            uint32_t size = bits & 0x7fffffff;
            uint32_t one = (bits & 0x80000000) | 0x3f800000;
            bits = size > 0x7f800000 ? 0 : size == 0x7f800000 ? one : bits;
            __builtin_memcpy(to + c, &bits, sizeof bits);
        }
        for (size_t c = columns; c < out_columns; c++) to[c] = 0;
    }
}

static void TK_(dequantise)(tk_int8_product product, size_t rows, size_t columns, int element, void *out) {
    for (size_t r = 0; r < rows; r++) {
        if (element == TK_BF16)
            for (size_t c = 0; c < columns; c += 16) TK_(store_bf16)((uint16_t *)out + r * columns + c, TK_(dequantised)(&product, r, c, columns));
        else
            for (size_t c = 0; c < columns; c += 16) TK_(store)((float *)out + r * columns + c, TK_(dequantised)(&product, r, c, columns));
    }
}

static void TK_(dequantise_gelu)(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        f32x16 low = {0}, high = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 v = TK_(gelu_fast)(TK_(dequantised)(&product, r, c, columns));
            TK_(store)(row + c, v);
            low = TK_(min)(low, v);
            high = TK_(max)(high, v);
        }
        TK_(write_row)(row, r, columns, (TK_(range)){TK_(smallest)(low), TK_(largest)(high)}, out);
    }
}

static void TK_(gelu)(float *x, size_t rows, size_t columns, tk_rows_out out) {
    if (!out.values || out.element == TK_F32) {
        float *to = out.values ? out.values : x;
        for (size_t i = 0; i < rows * columns; i += 16) TK_(store)(to + i, TK_(gelu_exact)(TK_(load)(x + i)));
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * columns;
        if (out.element == TK_BF16) {
            uint16_t *to = (uint16_t *)out.values + r * columns;
            for (size_t c = 0; c < columns; c += 16) TK_(store_bf16)(to + c, TK_(gelu_fast)(TK_(load)(row + c)));
            continue;
        }
        f32x16 low = {0}, high = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 v = TK_(gelu_fast)(TK_(load)(row + c));
            TK_(store)(row + c, v);
            low = TK_(min)(low, v);
            high = TK_(max)(high, v);
        }
        TK_(write_row)(row, r, columns, (TK_(range)){TK_(smallest)(low), TK_(largest)(high)}, out);
    }
}

// Rows of two halves, `columns` each: values, then gates for silu.
static void TK_(dequantise_swiglu)(tk_int8_product product, size_t rows, size_t columns, float *row, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        f32x16 low = {0}, high = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 gate = TK_(dequantised)(&product, r, columns + c, 2 * columns);
            f32x16 v = TK_(dequantised)(&product, r, c, 2 * columns) * TK_(silu)(gate);
            TK_(store)(row + c, v);
            low = TK_(min)(low, v);
            high = TK_(max)(high, v);
        }
        TK_(write_row)(row, r, columns, (TK_(range)){TK_(smallest)(low), TK_(largest)(high)}, out);
    }
}

static void TK_(swiglu)(float *x, size_t rows, size_t columns, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * 2 * columns;
        f32x16 low = {0}, high = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 v = TK_(load)(row + c) * TK_(silu)(TK_(load)(row + columns + c));
            TK_(store)(row + c, v);
            low = TK_(min)(low, v);
            high = TK_(max)(high, v);
        }
        TK_(write_row)(row, r, columns, (TK_(range)){TK_(smallest)(low), TK_(largest)(high)}, out);
    }
}

TK_INLINE void TK_(store_element)(void *out, int element, size_t index, f32x16 v) {
    if (element == TK_BF16)
        TK_(store_bf16)((uint16_t *)out + index, v);
    else
        TK_(store)((float *)out + index, v);
}

// Rotates the pair (a, b) of dimensions c ... c + 15 and half + c ... by the row's angles: cosines, then sines, `half` each.
TK_INLINE void TK_(rotate)(f32x16 a, f32x16 b, const float *angles, size_t half, size_t c, int element, void *out, size_t index) {
    f32x16 cosine = TK_(load)(angles + c), sine = TK_(load)(angles + half + c);
    TK_(store_element)(out, element, index + c, TK_(fma)(a, cosine, -(b * sine)));
    TK_(store_element)(out, element, index + half + c, TK_(fma)(b, cosine, a * sine));
}

static void TK_(rotary)(
    const float *qkv, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out) {
    size_t hidden = heads * head_size, half = head_size / 2;
    for (size_t r = 0; r < rows; r++) {
        const float *angles = table + (size_t)position[r] * head_size;
        size_t first = r * 3 * hidden;
        for (size_t h = first; h < first + 2 * hidden; h += head_size)
            for (size_t c = 0; c < half; c += 16)
                TK_(rotate)(TK_(load)(qkv + h + c), TK_(load)(qkv + h + half + c), angles, half, c, element, out, h);
        if (out == (const void *)qkv) continue;
        for (size_t c = first + 2 * hidden; c < first + 3 * hidden; c += 16) TK_(store_element)(out, element, c, TK_(load)(qkv + c));
    }
}

static void TK_(dequantise_rotary)(
    tk_int8_product product, size_t rows, size_t heads, size_t head_size, const float *table, const int32_t *position, int element, void *out) {
    size_t hidden = heads * head_size, half = head_size / 2, columns = 3 * hidden;
    for (size_t r = 0; r < rows; r++) {
        const float *angles = table + (size_t)position[r] * head_size;
        for (size_t h = 0; h < 2 * hidden; h += head_size)
            for (size_t c = 0; c < half; c += 16) {
                f32x16 a = TK_(dequantised)(&product, r, h + c, columns);
                f32x16 b = TK_(dequantised)(&product, r, h + half + c, columns);
                TK_(rotate)(a, b, angles, half, c, element, out, r * columns + h);
            }
        for (size_t c = 2 * hidden; c < columns; c += 16)
            TK_(store_element)(out, element, r * columns + c, TK_(dequantised)(&product, r, c, columns));
    }
}

static void TK_(convert_rows)(const float *x, size_t rows, size_t columns, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * columns;
        TK_(range) range = {0, 0};
        if (out.element == TK_U8) range = TK_(range_of_row)(row, NULL, columns);
        TK_(write_row)(row, r, columns, range, out);
    }
}

static void TK_(quantise_scaled)(const float *x, const float *factor, size_t rows, size_t columns, tk_rows_out out) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * columns;
        TK_(quantise_row)
        (row, factor, columns, TK_(range_of_row)(row, factor, columns), (uint8_t *)out.values + r * columns, out.scale + r, out.zero_point + r);
    }
}

TK_INLINE void TK_(normalise)(float *x, size_t n) {
    f32x16 squares = {0};
    for (size_t c = 0; c < n; c += 16) squares = TK_(fma)(TK_(load)(x + c), TK_(load)(x + c), squares);
    float norm = __builtin_sqrtf(TK_(sum)(squares));
    float inverse = norm > 1e-12f ? 1.0f / norm : 0.0f;
    for (size_t c = 0; c < n; c += 16) TK_(store)(x + c, TK_(load)(x + c) * inverse);
}

static void TK_(mean_rows)(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    for (size_t s = 0; s < sequences; s++) {
        size_t first = (size_t)(offsets[s] - offsets[0]), end = (size_t)(offsets[s + 1] - offsets[0]);
        float *to = out + s * columns;
        float share = end > first ? 1.0f / (float)(end - first) : 0.0f;
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 sum = {0};
            for (size_t r = first; r < end; r++) sum += TK_(load)(x + r * columns + c);
            TK_(store)(to + c, sum * share);
        }
    }
}

static void TK_(pool_mean)(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    TK_(mean_rows)(x, offsets, sequences, columns, out);
    for (size_t s = 0; s < sequences; s++) TK_(normalise)(out + s * columns, columns);
}

static void TK_(pool_first)(const float *x, const int32_t *offsets, size_t sequences, size_t columns, float *out) {
    for (size_t s = 0; s < sequences; s++) {
        __builtin_memcpy(out + s * columns, x + (size_t)(offsets[s] - offsets[0]) * columns, columns * sizeof(float));
        TK_(normalise)(out + s * columns, columns);
    }
}

static void TK_(quantise_weights)(const void *weights, int element, size_t rows, size_t columns, int8_t *out, float *scale, float *offset) {
    const float magic = 12582912.0f;
    for (size_t r = 0; r < rows; r++) {
        f32x16 high = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 size = __builtin_elementwise_abs(TK_(load_element)(weights, element, r * columns + c));
            high = TK_(max)(high, size + __builtin_shufflevector(size, size, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
        }
        float largest = TK_(largest)(high);
        float inverse = largest > 0 ? 127.0f / largest : 0.0f;
        i32x16 sum = {0};
        for (size_t c = 0; c < columns; c += 16) {
            f32x16 v = TK_(fma)(TK_(load_element)(weights, element, r * columns + c), TK_(splat)(inverse), TK_(splat)(magic));
            i32x16 q = (i32x16)v - (int32_t)0x4B400000;
            sum += q;
            u8x16 bytes = __builtin_convertvector((u32x16)q, u8x16);
            __builtin_memcpy(out + r * columns + c, &bytes, sizeof bytes);
        }
        scale[r] = largest / 127.0f;
        offset[r] = scale[r] * (float)__builtin_reduce_add(sum);
    }
}

static void TK_(to_float)(const void *values, int element, size_t count, float *out) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) TK_(store)(out + i, TK_(load_element)(values, element, i));
    if (i == count) return;
    size_t size = element == TK_F32 ? 4 : 2;
    char last[64] = {0};
    __builtin_memcpy(last, (const char *)values + i * size, (count - i) * size);
    f32x16 v = TK_(load_element)(last, element, 0);
    __builtin_memcpy(out + i, &v, (count - i) * sizeof(float));
}
