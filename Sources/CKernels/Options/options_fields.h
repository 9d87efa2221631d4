// Dates, tickers and contract symbols. Included once for each instruction set, after options_decimal.h.

static inline uint64_t load8(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
    return value;
}

/// Eight ASCII digits as a number (first digit first), false if one is not a digit.
static inline bool eight_digits(uint64_t text, uint32_t *out) {
    uint64_t digits = text ^ 0x3030303030303030ull;
    if (((digits + 0x0606060606060606ull) | digits) & 0xf0f0f0f0f0f0f0f0ull) return false;
    digits = digits * 10 + (digits >> 8);
    *out =
        (uint32_t)(((digits & 0x000000ff000000ffull) * 0x000f424000000064ull + (digits >> 16 & 0x000000ff000000ffull) * 0x0000271000000001ull) >> 32);
    return true;
}

/// Days since 1970-01-01 of a civil date that exists. Method: Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms".
static inline bool day_of(uint32_t year, uint32_t month, uint32_t day, int32_t *out) {
    static const uint8_t lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1970 || year > 2099 || month < 1 || month > 12 || day < 1) return false;
    uint32_t leap = month == 2 && year % 4 == 0; // 2000 is one, and no other century lies in the range
    if (day > lengths[month] + leap) return false;
    uint32_t shifted = month <= 2 ? year - 1 : year;
    uint32_t era_year = shifted % 400;
    uint32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    uint32_t day_of_era = era_year * 365 + era_year / 4 - era_year / 100 + day_of_year;
    *out = (int32_t)(shifted / 400 * 146097 + day_of_era) - 719468;
    return true;
}

/// Parses `YYYY-MM-DD`, 1970 to 2099.
static inline bool parse_date(const uint8_t *text, size_t length, int32_t *out) {
    if (length != 10 || text[4] != '-' || text[7] != '-') return false;
    uint8_t digits[8] = {text[0], text[1], text[2], text[3], text[5], text[6], text[8], text[9]};
    uint32_t number;
    if (!eight_digits(load8(digits), &number)) return false;
    return day_of(number / 10000, number / 100 % 100, number % 100, out);
}

/// YYMMDD of an ISO date as six ASCII digits in the low bytes.
static inline uint64_t date_ymd(const uint8_t *text) {
    return (uint64_t)text[2] | (uint64_t)text[3] << 8 | (uint64_t)text[5] << 16 | (uint64_t)text[6] << 24 | (uint64_t)text[8] << 32 |
           (uint64_t)text[9] << 40;
}

/// What a contract symbol says.
typedef struct {
    const uint8_t *root;
    size_t root_length;
    uint64_t ymd;    ///< YYMMDD as six ASCII digits in the low bytes
    uint8_t kind;    ///< 0 = call, 1 = put
    uint32_t strike; ///< thousandths of a dollar
} contract;

/// `value` dollars in thousandths, at most 99,999,999 (what an OCC symbol holds). Digits beyond the third after the point do
/// not fit into a symbol and set `inexact`.
static inline bool thousandths(const decimal *value, uint32_t *out, bool *inexact) {
    uint64_t number = value->mantissa;
    int32_t fraction = value->fraction;
    bool rest = false;
    if (value->negative && number != 0) return false;
    for (; fraction > 3 && number != 0; fraction--) {
        rest |= number % 10 != 0;
        number /= 10;
    }
    for (; fraction < 3 && number != 0; fraction++) {
        if (number > 99999999) return false;
        number *= 10;
    }
    if (number > 99999999) return false;
    *out = (uint32_t)number;
    *inexact = rest;
    return true;
}

static __attribute__((noinline)) bool parse_underscored(const uint8_t *text, const uint8_t *end, contract *out) {
    // ROOT_YYYYMMDD_STRIKE_C, read from the right.
    if (end - text < 14 || end[-2] != '_') return false;
    uint8_t kind = end[-1] & 0xdf;
    if (kind != 'C' && kind != 'P') return false;
    const uint8_t *strike = end - 2;
    while (strike > text && strike[-1] != '_') strike--;
    if (strike - text < 11 || strike[-10] != '_') return false;
    for (const uint8_t *at = strike; at < end - 2; at++)
        if (!is_digit(*at) && *at != '.') return false;
    decimal number;
    bool inexact;
    if (strike == end - 2 || !parse_decimal_slowly(strike, end - 2, &number)) return false;
    if (!thousandths(&number, &out->strike, &inexact) || inexact) return false;
    const uint8_t *date = strike - 9;
    uint32_t digits;
    int32_t day;
    if (!eight_digits(load8(date), &digits)) return false;
    if (!day_of(digits / 10000, digits / 100 % 100, digits % 100, &day)) return false;
    out->ymd = load8(date) >> 16;
    out->kind = kind == 'P';
    out->root = text;
    out->root_length = (size_t)(date - 1 - text);
    return true;
}

/// Parses `A100116C00002500`, optionally with `O:` before it or blanks after the root, or `AAPL_20240119_150_C`; the same
/// spellings as OptionContract.init(parsing:) in MarketData.
static inline bool parse_contract(const uint8_t *text, const uint8_t *end, contract *out) {
    while (text < end && *text == ' ') text++;
    while (text < end && end[-1] == ' ') end--;
    if (end - text > 2 && (text[0] | 32) == 'o' && text[1] == ':') text += 2;
    uint32_t strike;
    if (end - text < 16 || !eight_digits(load8(end - 8), &strike)) return parse_underscored(text, end, out);
    uint8_t kind = end[-9] & 0xdf;
    uint64_t ymd = load8(end - 15) & 0xffffffffffffull;
    uint64_t digits = ymd ^ 0x303030303030ull;
    if ((kind != 'C' && kind != 'P') || (((digits + 0x060606060606ull) | digits) & 0xf0f0f0f0f0f0ull)) return false;
    const uint8_t *root_end = end - 15;
    while (root_end > text && root_end[-1] == ' ') root_end--;
    out->root = text;
    out->root_length = (size_t)(root_end - text);
    out->ymd = ymd;
    out->kind = kind == 'P';
    out->strike = strike;
    return true;
}

/// Whether [text, end) is the ticker that was interned last.
static inline __attribute__((always_inline)) bool is_recent(
    const tk_recent_symbol *recent, const uint8_t *text, const uint8_t *end, const uint8_t *low) {
    size_t n = (size_t)(end - text);
    if (n != recent->length || n == 0) return false;
#if TK_SSE
    if (n <= 16 && end - low >= 16) {
        __m128i difference = _mm_xor_si128(load_last(end, n), _mm_loadu_si128((const __m128i *)recent->tail));
        return _mm_testz_si128(difference, difference);
    }
#else
    (void)low;
#endif
    return memcmp(recent->text, text, n) == 0;
}

/// The length of [text, end) if it is a valid root (1 to 6 letters, digits and points, with at least one letter), else 0.
static inline size_t root_length(const uint8_t *text, const uint8_t *end) {
    size_t n = (size_t)(end - text);
    bool letter = false;
    if (n > TK_ROOT_LIMIT) return 0;
    for (; text < end; text++) {
        bool is_letter = (uint8_t)((*text | 32) - 'a') < 26;
        if (!is_letter && !is_digit(*text) && *text != '.') return 0;
        letter |= is_letter;
    }
    return letter ? n : 0;
}

static inline bool is_upper(const uint8_t *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((uint8_t)(text[i] - 'a') < 26) return false;
    return true;
}

/// The number of a ticker; 0 and `*number`, or a tk_rejection. Sets csv->no_memory if memory runs out.
static inline __attribute__((always_inline)) uint32_t intern(
    tk_csv *csv, tk_recent_symbol *recent, const uint8_t *text, const uint8_t *end, const uint8_t *low, uint32_t *number) {
    if (__builtin_expect(is_recent(recent, text, end, low), 1)) {
        *number = recent->number;
        return 0;
    }
    uint32_t found = tk_symbol_table_intern(&csv->symbols, text, (size_t)(end - text));
    if (found >= TK_SYMBOL_NO_MEMORY) {
        csv->no_memory |= found == TK_SYMBOL_NO_MEMORY;
        return found == TK_SYMBOL_BAD ? TK_REJECT_SYMBOL : TK_REJECT_TOO_MANY_SYMBOLS;
    }
    size_t n = (size_t)(end - text);
    recent->number = *number = found;
    recent->is_root = root_length(text, end) == n && is_upper(text, n);
    recent->length = (uint32_t)n;
    memcpy(recent->text, text, n);
    memset(recent->tail, 0, sizeof recent->tail);
    if (n <= 16) memcpy(recent->tail + 16 - n, text, n);
    return 0;
}

/// The same for a contract's root, converted to upper case, so that two spellings of a contract are one.
static inline __attribute__((always_inline)) uint32_t intern_root(
    tk_csv *csv, tk_recent_symbol *recent, const uint8_t *text, const uint8_t *end, const uint8_t *low, uint32_t *number) {
    size_t n = root_length(text, end);
    if (n == 0) return TK_REJECT_CONTRACT;
    if (__builtin_expect(is_upper(text, n), 1)) return intern(csv, recent, text, end, low, number);
    uint8_t upper[TK_ROOT_LIMIT];
    for (size_t i = 0; i < n; i++) upper[i] = (uint8_t)(text[i] - 'a') < 26 ? text[i] & 0xdf : text[i];
    return intern(csv, recent, upper, upper + n, upper, number);
}
