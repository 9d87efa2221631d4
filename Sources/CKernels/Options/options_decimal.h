// Decimal numbers of a few characters. Included by options_rows_impl.h once for each instruction set; TK_SSE selects the
// 16-byte method. Both give the same mantissa and exponent, hence the same bits.
#include <float.h>

#if TK_SSE
#include <immintrin.h>
#endif

/// (negative ? -1 : 1) * mantissa / 10^fraction
typedef struct {
    uint64_t mantissa;
    int32_t fraction;
    bool negative;
} decimal;

static const double powers_of_ten[23] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static inline bool is_digit(uint8_t byte) { return (uint8_t)(byte - '0') <= 9; }

/// Any decimal: spaces around it, a sign, a point, an exponent. Digits beyond the nineteenth are cut off.
static __attribute__((noinline)) bool parse_decimal_slowly(const uint8_t *text, const uint8_t *end, decimal *out) {
    while (text < end && (*text == ' ' || *text == '\t')) text++;
    while (text < end && (end[-1] == ' ' || end[-1] == '\t')) end--;
    out->negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+')) text++;
    uint64_t mantissa = 0;
    int32_t fraction = 0, digits = 0, significant = 0;
    bool point = false;
    for (; text < end; text++) {
        if (*text == '.' && !point) {
            point = true;
        } else if (is_digit(*text)) {
            digits++;
            if (significant < 19) {
                mantissa = mantissa * 10 + (*text - '0');
                if (mantissa != 0) significant++;
                fraction += point;
            } else {
                fraction -= !point;
            }
        } else {
            break;
        }
    }
    if (digits == 0) return false;
    if (text < end) {
        if (*text != 'e' && *text != 'E') return false;
        text++;
        bool down = text < end && *text == '-';
        if (text < end && (*text == '-' || *text == '+')) text++;
        if (text == end) return false;
        int32_t exponent = 0;
        for (; text < end; text++) {
            if (!is_digit(*text)) return false;
            if (exponent < 100000) exponent = exponent * 10 + (*text - '0');
        }
        fraction += down ? exponent : -exponent;
    }
    out->mantissa = mantissa;
    out->fraction = fraction;
    return true;
}

#if TK_SSE

// Loaded at an offset n: zeros, then n times 0xff.
static const uint8_t last_bytes_mask[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
// Loaded at 16 - n: n times 0xff, then zeros.
static const uint8_t first_bytes_mask[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

/// The last n (0…16) of the 16 bytes that end at `end`, zeros before them.
static inline __attribute__((always_inline)) __m128i load_last(const uint8_t *end, size_t n) {
    __m128i mask = _mm_loadu_si128((const __m128i *)(last_bytes_mask + n));
    return _mm_and_si128(_mm_loadu_si128((const __m128i *)(end - 16)), mask);
}

/// Parses [text, end), not empty. `low` is where readable memory begins.
static inline __attribute__((always_inline)) bool parse_decimal(const uint8_t *text, const uint8_t *end, const uint8_t *low, decimal *out) {
    size_t n = (size_t)(end - text);
    if (__builtin_expect(n > 16 || end - low < 16, 0)) return parse_decimal_slowly(text, end, out);
    bool negative = *text == '-';
    n -= negative;
    __m128i mask = _mm_loadu_si128((const __m128i *)(last_bytes_mask + n));
    __m128i bytes = _mm_loadu_si128((const __m128i *)(end - 16));
    __m128i digits = _mm_and_si128(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), mask);
    uint32_t points = (uint32_t)_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')), mask));
    // Close the gap at the (first) point: the part before it moves one place to the right.
    uint32_t place = points != 0 ? (uint32_t)__builtin_ctz(points) + 1 : 0;
    __m128i before = _mm_loadu_si128((const __m128i *)(first_bytes_mask + 16 - place));
    digits = _mm_blendv_epi8(digits, _mm_slli_si128(digits, 1), before);
    bool all_digits = _mm_testz_si128(_mm_subs_epu8(digits, _mm_set1_epi8(9)), _mm_set1_epi8(-1));
    if (__builtin_expect(!all_digits || n == (points != 0), 0)) return parse_decimal_slowly(text, end, out);
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1));
    __m128i fours = _mm_madd_epi16(pairs, _mm_setr_epi16(100, 1, 100, 1, 100, 1, 100, 1));
    __m128i packed = _mm_packus_epi32(fours, fours);
    __m128i eights = _mm_madd_epi16(packed, _mm_setr_epi16(10000, 1, 10000, 1, 10000, 1, 10000, 1));
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eights);
    out->mantissa = (uint32_t)both * 100000000ull + (both >> 32);
    out->fraction = place != 0 ? 16 - (int32_t)place : 0;
    out->negative = negative;
    return true;
}

#else

static inline bool parse_decimal(const uint8_t *text, const uint8_t *end, const uint8_t *low, decimal *out) {
    (void)low;
    if (end - text > 16) return parse_decimal_slowly(text, end, out);
    const uint8_t *at = text;
    bool negative = *at == '-';
    at += negative;
    uint64_t mantissa = 0;
    const uint8_t *point = NULL;
    for (; at < end; at++) {
        if (is_digit(*at))
            mantissa = mantissa * 10 + (*at - '0');
        else if (*at == '.' && point == NULL)
            point = at;
        else
            return parse_decimal_slowly(text, end, out);
    }
    if (end - text - negative == (point != NULL)) return false;
    out->mantissa = mantissa;
    out->fraction = point != NULL ? (int32_t)(end - point) - 1 : 0;
    out->negative = negative;
    return true;
}

#endif

static __attribute__((noinline)) double scale_far(double value, int32_t fraction) {
    for (; fraction > 22 && value != 0; fraction -= 22) value /= 1e22;
    for (; fraction < -22 && value != 0 && value <= DBL_MAX; fraction += 22) value *= 1e22;
    if (fraction > 22 || fraction < -22) return value;
    return fraction >= 0 ? value / powers_of_ten[fraction] : value * powers_of_ten[-fraction];
}

/// The nearest double for up to 15 digits; within two units in the last place beyond.
static inline double decimal_value(const decimal *number) {
    double value = (double)number->mantissa;
    if (__builtin_expect(number->fraction >= 0 && number->fraction <= 22, 1))
        value /= powers_of_ten[number->fraction];
    else
        value = scale_far(value, number->fraction);
    return number->negative ? -value : value;
}

/// The whole number of a decimal (`1710178.0` is one); UINT64_MAX if it is too large. False if it is not whole.
static inline bool decimal_whole(const decimal *number, uint64_t *out) {
    uint64_t value = number->mantissa;
    int32_t fraction = number->fraction;
    for (; fraction > 0 && value != 0; fraction--) {
        if (value % 10 != 0) return false;
        value /= 10;
    }
    for (; fraction < 0 && value != 0; fraction++) {
        if (value > (1ull << 62) / 10) {
            *out = UINT64_MAX;
            return true;
        }
        value *= 10;
    }
    *out = value;
    return true;
}
