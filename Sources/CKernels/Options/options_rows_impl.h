// One line into one row, for options and stock bars. This file is compiled once for each instruction set (options_rows_*.c);
// TK_INDEX_LINES names the scanner, TK_SSE is whether 16-byte loads are available, TK_NAME names the result.
#include "options_internal.h"

#include "options_decimal.h"
#include "options_fields.h"
#include "options_lines.h"

static inline uint32_t at_field(uint32_t reason, int field) { return reason | (uint32_t)(field + 1) << 8; }

/// A price, greek or volatility: NaN when empty. Returns 0 or a tk_rejection.
static inline __attribute__((always_inline)) uint32_t parse_float(const uint8_t *text, const uint8_t *end, const uint8_t *low, float *out) {
    if (text == end) {
        *out = __builtin_nanf("");
        return 0;
    }
    decimal number;
    if (!parse_decimal(text, end, low, &number)) return TK_REJECT_NUMBER;
    double value = decimal_value(&number);
    if (value > FLT_MAX || value < -FLT_MAX) return TK_REJECT_RANGE;
    *out = (float)value;
    return 0;
}

/// A size, volume or open interest: -1 when empty. Returns 0 or a tk_rejection.
static inline __attribute__((always_inline)) uint32_t parse_count(const uint8_t *text, const uint8_t *end, const uint8_t *low, int32_t *out) {
    if (text == end) {
        *out = -1;
        return 0;
    }
    decimal number;
    uint64_t whole;
    if (!parse_decimal(text, end, low, &number)) return TK_REJECT_NUMBER;
    if (__builtin_expect(number.fraction == 0, 1))
        whole = number.mantissa;
    else if (!decimal_whole(&number, &whole))
        return TK_REJECT_NUMBER;
    if (whole > INT32_MAX || (number.negative && whole != 0)) return TK_REJECT_RANGE;
    *out = (int32_t)whole;
    return 0;
}

static inline bool is_kind(const uint8_t *text, size_t length, uint8_t *kind) {
    if (length == 4) {
        *kind = 0;
        return (text[0] | 32) == 'c' && (text[1] | 32) == 'a' && (text[2] | 32) == 'l' && (text[3] | 32) == 'l';
    }
    *kind = 1;
    return length == 3 && (text[0] | 32) == 'p' && (text[1] | 32) == 'u' && (text[2] | 32) == 't';
}

#define FIELD(number)                                                                   \
    const uint8_t *text = base + (uint32_t)(separator[(int)position[number] - 1] + 1u); \
    const uint8_t *end = base + separator[position[number]]

static inline __attribute__((always_inline)) uint32_t parse_option(
    void *context, const uint8_t *low, const uint8_t *base, const uint32_t *separator, uint32_t row, uint64_t *key) {
    tk_option_parser *parser = context;
    const uint32_t *position = parser->position;
    const tk_option_columns *columns = &parser->columns;
    contract symbol;
    uint8_t kind;
    uint32_t underlying, root, reason;
    {
        FIELD(TK_OPTION_CONTRACT);
        if (!parse_contract(text, end, &symbol)) return at_field(TK_REJECT_CONTRACT, TK_OPTION_CONTRACT);
    }
    {
        FIELD(TK_OPTION_EXPIRATION);
        if (__builtin_expect(end - text != 10 || memcmp(text, parser->expiry_text, 10) != 0, 0)) {
            int32_t day;
            if (!parse_date(text, (size_t)(end - text), &day)) return at_field(TK_REJECT_DATE, TK_OPTION_EXPIRATION);
            memcpy(parser->expiry_text, text, 10);
            parser->expiry = day;
            parser->expiry_ymd = date_ymd(text);
        }
        if (symbol.ymd != parser->expiry_ymd) return at_field(TK_REJECT_CONTRACT_DISAGREES, TK_OPTION_EXPIRATION);
    }
    {
        FIELD(TK_OPTION_TYPE);
        if (!is_kind(text, (size_t)(end - text), &kind)) return at_field(TK_REJECT_KIND, TK_OPTION_TYPE);
        if (kind != symbol.kind) return at_field(TK_REJECT_CONTRACT_DISAGREES, TK_OPTION_TYPE);
    }
    {
        FIELD(TK_OPTION_STRIKE);
        decimal number;
        uint32_t strike;
        bool inexact;
        if (text == end || !parse_decimal(text, end, low, &number)) return at_field(TK_REJECT_NUMBER, TK_OPTION_STRIKE);
        if (!thousandths(&number, &strike, &inexact)) return at_field(TK_REJECT_RANGE, TK_OPTION_STRIKE);
        // The symbol truncates or rounds a strike of four or more decimals.
        if (strike != symbol.strike && !(inexact && strike + 1 == symbol.strike)) return at_field(TK_REJECT_CONTRACT_DISAGREES, TK_OPTION_STRIKE);
        if (symbol.strike == 0) return at_field(TK_REJECT_PRICE_NOT_POSITIVE, TK_OPTION_STRIKE);
    }
    {
        FIELD(TK_OPTION_STYLE);
        uint8_t style = end - text == 1 ? *text & 0xdf : 0;
        if (style != 'A' && style != 'E') return at_field(TK_REJECT_STYLE, TK_OPTION_STYLE);
        columns->style[row] = style;
    }
    {
        FIELD(TK_OPTION_QUOTE_DATE);
        if (__builtin_expect(end - text != 10 || memcmp(text, parser->quote_date_text, 10) != 0, 0)) {
            int32_t day;
            if (!parse_date(text, (size_t)(end - text), &day)) return at_field(TK_REJECT_DATE, TK_OPTION_QUOTE_DATE);
            return at_field(TK_REJECT_QUOTE_DATE, TK_OPTION_QUOTE_DATE);
        }
    }
    if (parser->expiry < parser->quote_date) return at_field(TK_REJECT_EXPIRED, TK_OPTION_EXPIRATION);

#define NUMBER(parse, number, column)                                                                      \
    {                                                                                                      \
        FIELD(number);                                                                                     \
        if ((reason = parse(text, end, low, &columns->column[row])) != 0) return at_field(reason, number); \
    }
    NUMBER(parse_float, TK_OPTION_BID, bid)
    NUMBER(parse_float, TK_OPTION_ASK, ask)
    if (columns->bid[row] < 0) return at_field(TK_REJECT_NEGATIVE_PRICE, TK_OPTION_BID);
    if (columns->ask[row] < 0) return at_field(TK_REJECT_NEGATIVE_PRICE, TK_OPTION_ASK);
    NUMBER(parse_count, TK_OPTION_BID_SIZE, bid_size)
    NUMBER(parse_count, TK_OPTION_ASK_SIZE, ask_size)
    NUMBER(parse_count, TK_OPTION_VOLUME, volume)
    NUMBER(parse_count, TK_OPTION_OPEN_INTEREST, open_interest)
    NUMBER(parse_float, TK_OPTION_DELTA, delta)
    NUMBER(parse_float, TK_OPTION_GAMMA, gamma)
    NUMBER(parse_float, TK_OPTION_THETA, theta)
    NUMBER(parse_float, TK_OPTION_VEGA, vega)
    NUMBER(parse_float, TK_OPTION_IMPLIED_VOLATILITY, implied_volatility)
#undef NUMBER

    // Last, so that a rejected row adds no ticker.
    {
        FIELD(TK_OPTION_UNDERLYING);
        reason = intern(&parser->csv, &parser->underlying, text, end, low, &underlying);
        if (reason != 0) return at_field(reason, TK_OPTION_UNDERLYING);
        const uint8_t *root_end = symbol.root + symbol.root_length;
        if (__builtin_expect(is_recent(&parser->underlying, symbol.root, root_end, low) && parser->underlying.is_root, 1)) {
            root = underlying;
        } else {
            reason = intern_root(&parser->csv, &parser->root, symbol.root, root_end, low, &root);
            if (reason != 0) return at_field(reason, TK_OPTION_CONTRACT);
        }
    }
    columns->symbol[row] = underlying;
    columns->root[row] = root;
    columns->expiry[row] = parser->expiry;
    columns->kind[row] = kind;
    columns->strike[row] = (int32_t)symbol.strike;
    columns->line[row] = parser->csv.line;
    // In the order of OCC symbols, which is the usual order of a file.
    *key = (uint64_t)root << 44 | (uint64_t)(uint16_t)parser->expiry << 28 | (uint64_t)kind << 27 | symbol.strike;
    return 0;
}

static void move_option(void *context, uint32_t from, uint32_t to) {
    const tk_option_columns *c = &((tk_option_parser *)context)->columns;
#define MOVE(column) c->column[to] = c->column[from]
    MOVE(symbol);
    MOVE(root);
    MOVE(expiry);
    MOVE(kind);
    MOVE(style);
    MOVE(strike);
    MOVE(bid);
    MOVE(ask);
    MOVE(bid_size);
    MOVE(ask_size);
    MOVE(volume);
    MOVE(open_interest);
    MOVE(delta);
    MOVE(gamma);
    MOVE(theta);
    MOVE(vega);
    MOVE(implied_volatility);
    MOVE(line);
}

bool TK_NAME(tk_options_parse)(tk_option_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result) {
    return parse_lines(&parser->csv, parser, parse_option, move_option, bytes, length, last, result);
}

static inline __attribute__((always_inline)) uint32_t parse_price(const uint8_t *text, const uint8_t *end, const uint8_t *low, float *out) {
    if (text == end) return TK_REJECT_NUMBER;
    uint32_t reason = parse_float(text, end, low, out);
    if (reason == 0 && *out < 0) return TK_REJECT_NEGATIVE_PRICE;
    return reason;
}

static inline __attribute__((always_inline)) uint32_t parse_bar(
    void *context, const uint8_t *low, const uint8_t *base, const uint32_t *separator, uint32_t row, uint64_t *key) {
    tk_bar_parser *parser = context;
    const int32_t *position = parser->position;
    const tk_bar_columns *columns = &parser->columns;
    int32_t day = parser->day;
    uint32_t symbol = parser->symbol, reason;
    if (position[TK_BAR_DAY] >= 0) {
        FIELD(TK_BAR_DAY);
        if (!parse_date(text, (size_t)(end - text), &day)) return at_field(TK_REJECT_DATE, TK_BAR_DAY);
    }
#define PRICE(number, column)                                                                                    \
    {                                                                                                            \
        FIELD(number);                                                                                           \
        if ((reason = parse_price(text, end, low, &columns->column[row])) != 0) return at_field(reason, number); \
    }
    PRICE(TK_BAR_OPEN, open)
    PRICE(TK_BAR_HIGH, high)
    PRICE(TK_BAR_LOW, low)
    PRICE(TK_BAR_CLOSE, close)
#undef PRICE
    if (!(columns->close[row] > 0)) return at_field(TK_REJECT_PRICE_NOT_POSITIVE, TK_BAR_CLOSE);
    if (columns->high[row] < columns->low[row]) return at_field(TK_REJECT_HIGH_BELOW_LOW, TK_BAR_HIGH);
    {
        FIELD(TK_BAR_VOLUME);
        double volume = __builtin_nan("");
        if (text != end) {
            decimal number;
            if (!parse_decimal(text, end, low, &number)) return at_field(TK_REJECT_NUMBER, TK_BAR_VOLUME);
            volume = decimal_value(&number);
            if (volume < 0 || volume > DBL_MAX) return at_field(TK_REJECT_RANGE, TK_BAR_VOLUME);
        }
        columns->volume[row] = volume;
    }
    columns->adjusted_close[row] = __builtin_nanf("");
    if (position[TK_BAR_ADJUSTED_CLOSE] >= 0) {
        FIELD(TK_BAR_ADJUSTED_CLOSE);
        reason = parse_float(text, end, low, &columns->adjusted_close[row]);
        if (reason != 0) return at_field(reason, TK_BAR_ADJUSTED_CLOSE);
    }
    if (position[TK_BAR_SYMBOL] >= 0) {
        FIELD(TK_BAR_SYMBOL);
        symbol = tk_symbol_table_intern(&parser->csv.symbols, text, (size_t)(end - text));
        if (symbol >= TK_SYMBOL_NO_MEMORY) {
            parser->csv.no_memory |= symbol == TK_SYMBOL_NO_MEMORY;
            return at_field(symbol == TK_SYMBOL_BAD ? TK_REJECT_SYMBOL : TK_REJECT_TOO_MANY_SYMBOLS, TK_BAR_SYMBOL);
        }
    }
    columns->symbol[row] = symbol;
    columns->day[row] = day;
    columns->line[row] = parser->csv.line;
    *key = (uint64_t)symbol << 32 | (uint32_t)day;
    return 0;
}

static void move_bar(void *context, uint32_t from, uint32_t to) {
    const tk_bar_columns *c = &((tk_bar_parser *)context)->columns;
    MOVE(symbol);
    MOVE(day);
    MOVE(open);
    MOVE(high);
    MOVE(low);
    MOVE(close);
    MOVE(adjusted_close);
    MOVE(volume);
    MOVE(line);
}

bool TK_NAME(tk_bars_parse)(tk_bar_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result) {
    return parse_lines(&parser->csv, parser, parse_bar, move_bar, bytes, length, last, result);
}
