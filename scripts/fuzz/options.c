// Feeds damaged CSV to the options and stock parsers: every instruction set, in one piece and in several, from buffers of
// exactly the input's size, so that a sanitizer sees any read beyond. The results must agree. Run by scripts/fuzz-options.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tapedeck_instruction_set.h"
#include "tapedeck_options.h"

static uint64_t state;

static uint64_t next(void)  // SplitMix64
{
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint32_t below(uint32_t n) { return (uint32_t)(next() % n); }

static const char *const option_rows[] = {
    "A230518C00015000,A,2023-05-18,call,15,A,15.2,,15.6,,0,9,2023-01-03,0.9966,0.0001,1.9669,0.0023,0.9158",
    "O:A230120C00050000,A,2023-01-20,call,50,A,98,13,101.6,13,,0,2023-01-03,,,,,",
    "O:A231020P00110000,A,2023-10-20,put,110,E,4,31,4.2,47,1710178.0,34,2023-01-03,0.6402,5.3e-2,-0.0686,.1064,0.2569",
    "AAPL_20240119_150_C,AAPL,2024-01-19,call,150,A,4,31,4.2,47,12,34,2023-01-03,\"0.6402\",\"0.0534\",1,2,\"0.\"\"2\"",
    "AAPL 240119C00150000,AAPL,2024-01-19,call,150.000,A,4,31,4.2,47,12,34,2023-01-03,12345678901234567890,1,-1,1e-9,",
    "\"\",\"a\nb\",,,,,,,,,,,,,,,,",
};
static const char *const bar_rows[] = {
    "AAPL,2010-01-04,213.55,214.50,212.38,214.18,16984291,4.03", "NAN,2010-01-05,1,2,1,1.5,1710178.0,",
    "\"BRK.B\",2010-01-06,0.123456,0.2,0.1,0.15,,1e-3", "TRUE,2010-01-07,0,0,0,1,0,0",
};

static size_t make_input(uint8_t *out, size_t room, const char *const *rows, uint32_t kinds)
{
    size_t length = 0;
    for (uint32_t n = 1 + below(6); n > 0; n--) {
        const char *row = rows[below(below(8) == 0 ? kinds : kinds - 2)];
        size_t size = strlen(row);
        if (length + size + 2 > room / 2) break;
        memcpy(out + length, row, size);
        length += size;
        if (below(4) == 0) out[length++] = '\r';
        out[length++] = '\n';
    }
    static const char alphabet[] = "\",\n\r.-+eE0123456789:CP_ AO\0\x80\xff";
    for (uint32_t n = below(5); n > 0 && length > 0; n--) {
        size_t at = below((uint32_t)length), end;
        uint8_t byte = below(8) == 0 ? (uint8_t)next() : (uint8_t)alphabet[below(sizeof alphabet - 1)];
        switch (below(6)) {
            case 0: case 1: out[at] = byte; break;
            case 2:
                if (length == room) break;
                memmove(out + at + 1, out + at, length - at);
                out[at] = byte;
                length++;
                break;
            case 3:
                memmove(out + at, out + at + 1, length - at - 1);
                length--;
                break;
            case 4: length = at; break;
            default:  // a piece twice, sometimes often enough for a long line
                end = at + 1 + below(60);
                if (end > length) end = length;
                for (uint32_t times = below(200) == 0 ? 2000 : 1; times > 0 && length + (end - at) <= room; times--) {
                    memmove(out + end, out + at, length - at);
                    length += end - at;
                }
        }
    }
    return length;
}

/// A digest of all that a parser reports for an input; 0 never.
typedef struct {
    uint64_t hash, rows, rejected;
} outcome;

static void mix(outcome *to, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) to->hash = (to->hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3ull;
}

static void mix_rejected(outcome *to, const tk_rejected_row *list, uint32_t count, size_t base, size_t length)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].offset + list[i].length > length || list[i].reason == 0 || list[i].reason >= TK_REJECT_COUNT) abort();
        // Duplicates come after the others of a call, so the order is not part of the digest.
        outcome one = {14695981039346656037ull, 0, 0};
        uint64_t where = list[i].offset + base;
        mix(&one, &where, 8);
        mix(&one, &list[i].length, sizeof list[i] - 8);
        to->rejected += one.hash | 1;
    }
}

static outcome parse_options(const uint8_t *input, size_t length, int set, size_t piece, uint32_t capacity)
{
    uint32_t positions[TK_OPTION_FIELDS];
    for (uint32_t i = 0; i < TK_OPTION_FIELDS; i++) positions[i] = i;
    tk_instruction_set_cap_thread(set);
    tk_option_parser *parser = tk_option_parser_create(TK_OPTION_FIELDS, positions, 19360, 2, capacity);
    outcome total = {14695981039346656037ull, 0, 0};
    size_t at = 0, end = 0;
    for (;;) {
        end = length - end < piece ? length : end + piece;
        uint8_t *exact = malloc(end - at);
        memcpy(exact, input + at, end - at);
        tk_parse_result result;
        if (!tk_options_parse(parser, exact, end - at, end == length, &result) || result.consumed > end - at) abort();
        const tk_option_columns *c = tk_option_parser_columns(parser);
        for (uint32_t i = 0; i < result.rows; i++) {
            mix(&total, &c->symbol[i], 4); mix(&total, &c->root[i], 4); mix(&total, &c->expiry[i], 4);
            mix(&total, &c->kind[i], 1); mix(&total, &c->style[i], 1); mix(&total, &c->strike[i], 4);
            mix(&total, &c->bid[i], 4); mix(&total, &c->ask[i], 4); mix(&total, &c->bid_size[i], 4);
            mix(&total, &c->ask_size[i], 4); mix(&total, &c->volume[i], 4); mix(&total, &c->open_interest[i], 4);
            mix(&total, &c->delta[i], 4); mix(&total, &c->gamma[i], 4); mix(&total, &c->theta[i], 4);
            mix(&total, &c->vega[i], 4); mix(&total, &c->implied_volatility[i], 4); mix(&total, &c->line[i], 4);
            uint32_t size;
            const uint8_t *text = tk_option_parser_symbol(parser, c->root[i], &size);
            if (text == NULL) abort();
            mix(&total, text, size);
        }
        mix_rejected(&total, tk_option_parser_rejected(parser), result.rejected, at, end - at);
        total.rows += result.rows;
        free(exact);
        at += result.consumed;
        if (at == length && end == length) break;
        if (end == length && result.consumed == 0) abort();  // the last call must come to an end
        if (end < length && result.consumed > 0) end = at < end ? end : at;
    }
    mix(&total, tk_option_parser_quirks(parser), TK_QUIRKS * sizeof(uint64_t));
    tk_option_parser_destroy(parser);
    return total;
}

static outcome parse_bars(const uint8_t *input, size_t length, int set)
{
    int32_t positions[TK_BAR_FIELDS];
    for (int32_t i = 0; i < TK_BAR_FIELDS; i++) positions[i] = i;
    tk_instruction_set_cap_thread(set);
    tk_bar_parser *parser = tk_bar_parser_create(TK_BAR_FIELDS, positions, NULL, 0, 0, 2, 64);
    outcome total = {14695981039346656037ull, 0, 0};
    size_t at = 0;
    do {
        uint8_t *exact = malloc(length - at);
        memcpy(exact, input + at, length - at);
        tk_parse_result result;
        if (!tk_bars_parse(parser, exact, length - at, true, &result)) abort();
        const tk_bar_columns *c = tk_bar_parser_columns(parser);
        for (uint32_t i = 0; i < result.rows; i++) {
            mix(&total, &c->symbol[i], 4); mix(&total, &c->day[i], 4); mix(&total, &c->open[i], 4);
            mix(&total, &c->high[i], 4); mix(&total, &c->low[i], 4); mix(&total, &c->close[i], 4);
            mix(&total, &c->adjusted_close[i], 4); mix(&total, &c->volume[i], 8); mix(&total, &c->line[i], 4);
        }
        mix_rejected(&total, tk_bar_parser_rejected(parser), result.rejected, at, length - at);
        total.rows += result.rows;
        free(exact);
        if (at < length && result.consumed == 0) abort();
        at += result.consumed;
    } while (at < length);
    tk_bar_parser_destroy(parser);
    return total;
}

static void compare(outcome a, outcome b, const char *what, uint64_t seed)
{
    if (a.hash == b.hash && a.rows == b.rows && a.rejected == b.rejected) return;
    fprintf(stderr, "seed %llu: %s differs\n", (unsigned long long)seed, what);
    exit(1);
}

int main(int count, char **arguments)
{
    uint64_t inputs = count > 1 ? strtoull(arguments[1], NULL, 10) : 100000;
    uint64_t first = count > 2 ? strtoull(arguments[2], NULL, 10) : 0, rows = 0, rejected_inputs = 0;
    size_t room = 1 << 18;
    uint8_t *input = malloc(room);
    for (uint64_t seed = first; seed < first + inputs; seed++) {
        state = seed * 0x2545f4914f6cdd1dull;
        if (seed % 4 == 3) {
            size_t length = make_input(input, room, bar_rows, 4);
            outcome expected = parse_bars(input, length, TK_PORTABLE);
            for (int set = TK_PORTABLE + 1; set <= tk_instruction_set_best(); set++)
                compare(expected, parse_bars(input, length, set), "an instruction set (bars)", seed);
            rows += expected.rows;
            rejected_inputs += expected.rejected != 0;
            continue;
        }
        size_t length = make_input(input, room, option_rows, 6);
        outcome expected = parse_options(input, length, TK_PORTABLE, SIZE_MAX, 64);
        for (int set = TK_PORTABLE; set <= tk_instruction_set_best(); set++) {
            compare(expected, parse_options(input, length, set, SIZE_MAX, 64), "an instruction set", seed);
            compare(expected, parse_options(input, length, set, 1 + below(300), 1 + below(3)), "cutting up", seed);
        }
        rows += expected.rows;
        rejected_inputs += expected.rejected != 0;
    }
    printf("%llu inputs: %llu rows, rejected lines in %llu inputs, no difference\n", (unsigned long long)inputs,
           (unsigned long long)rows, (unsigned long long)rejected_inputs);
    free(input);
    return 0;
}
