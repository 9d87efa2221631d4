// Life of a parser and choice of the instruction set.
#include <stdio.h>
#include <stdlib.h>

#include "options_internal.h"
#include "tapedeck_instruction_set.h"

// The version of the parser for the instruction set in use, if the processor has the bit instructions that it needs as well.
static int version(void) {
#if defined(__x86_64__)
    int set = tk_instruction_set_in_use();
    if (set >= TK_AVX512 && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2")) return TK_AVX512;
    if (set >= TK_AVX2 && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) return TK_AVX2;
#endif
    return TK_PORTABLE;
}

bool tk_csv_init(tk_csv *csv, uint32_t columns, uint32_t first_line, uint32_t capacity) {
    csv->set = version();
    csv->columns = columns;
    csv->line = first_line;
    csv->capacity = capacity;
    // A batch of duplicates may join the list even if it is already full.
    csv->rejected = malloc(((size_t)capacity + TK_BATCH) * sizeof *csv->rejected);
    return csv->rejected != NULL;
}

void tk_csv_free(tk_csv *csv) {
    free(csv->rejected);
    tk_symbol_table_free(&csv->symbols);
    tk_key_set_free(&csv->keys);
}

/// Memory for columns, handed out in pieces of whole cache lines.
typedef struct {
    uint8_t *memory;
    size_t used;
} arena;

static void *take(arena *from, size_t bytes) {
    void *piece = from->memory != NULL ? from->memory + from->used : NULL;
    from->used += (bytes + 63) / 64 * 64;
    return piece;
}

static void place_option_columns(tk_option_columns *c, arena *from, size_t n) {
    c->symbol = take(from, n * 4);
    c->root = take(from, n * 4);
    c->expiry = take(from, n * 4);
    c->kind = take(from, n);
    c->style = take(from, n);
    c->strike = take(from, n * 4);
    c->bid = take(from, n * 4);
    c->ask = take(from, n * 4);
    c->bid_size = take(from, n * 4);
    c->ask_size = take(from, n * 4);
    c->volume = take(from, n * 4);
    c->open_interest = take(from, n * 4);
    c->delta = take(from, n * 4);
    c->gamma = take(from, n * 4);
    c->theta = take(from, n * 4);
    c->vega = take(from, n * 4);
    c->implied_volatility = take(from, n * 4);
    c->line = take(from, n * 4);
}

static void place_bar_columns(tk_bar_columns *c, arena *from, size_t n) {
    c->symbol = take(from, n * 4);
    c->day = take(from, n * 4);
    c->open = take(from, n * 4);
    c->high = take(from, n * 4);
    c->low = take(from, n * 4);
    c->close = take(from, n * 4);
    c->adjusted_close = take(from, n * 4);
    c->volume = take(from, n * 8);
    c->line = take(from, n * 4);
}

static bool sensible(uint32_t columns, uint32_t capacity) { return columns >= 1 && columns <= 1024 && capacity >= 1 && capacity <= 1u << 28; }

/// Days since 1970-01-01 as YYYY-MM-DD. Method: Howard Hinnant.
static void print_date(int32_t day, uint8_t text[10]) {
    int32_t z = day + 719468, era = z / 146097;
    uint32_t day_of_era = (uint32_t)(z - era * 146097);
    uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t shifted = (5 * day_of_year + 2) / 153, date = day_of_year - (153 * shifted + 2) / 5 + 1;
    uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    uint32_t year = year_of_era + (uint32_t)era * 400 + (month <= 2);
    char buffer[40];
    snprintf(buffer, sizeof buffer, "%04u-%02u-%02u", year % 10000, month % 100, date % 100);
    memcpy(text, buffer, 10);
}

tk_option_parser *tk_option_parser_create(uint32_t columns, const uint32_t *positions, int32_t quote_date, uint32_t first_line, uint32_t capacity) {
    if (!sensible(columns, capacity) || quote_date < 0 || quote_date > 47481) return NULL; // 1970 … 2099
    for (int i = 0; i < TK_OPTION_FIELDS; i++)
        if (positions[i] >= columns) return NULL;
    tk_option_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) return NULL;
    arena pieces = {NULL, 0};
    place_option_columns(&parser->columns, &pieces, capacity);
    parser->column_memory = aligned_alloc(64, pieces.used);
    if (!tk_csv_init(&parser->csv, columns, first_line, capacity) || parser->column_memory == NULL) {
        tk_option_parser_destroy(parser);
        return NULL;
    }
    pieces = (arena){parser->column_memory, 0};
    place_option_columns(&parser->columns, &pieces, capacity);
    memcpy(parser->position, positions, sizeof parser->position);
    parser->quote_date = quote_date;
    print_date(quote_date, parser->quote_date_text);
    parser->shared.stamp = 1;
    parser->shared.symbol = UINT32_MAX;
    return parser;
}

void tk_option_parser_destroy(tk_option_parser *parser) {
    if (parser == NULL) return;
    tk_csv_free(&parser->csv);
    free(parser->column_memory);
    free(parser->shared.slots);
    free(parser->shared.used_slots);
    free(parser);
}

bool tk_options_parse(tk_option_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result) {
    bool done;
    switch (parser->csv.set) {
#if defined(__x86_64__)
    case TK_AVX512: done = tk_options_parse_avx512(parser, bytes, length, last, result); break;
    case TK_AVX2: done = tk_options_parse_avx2(parser, bytes, length, last, result); break;
#endif
    default: done = tk_options_parse_portable(parser, bytes, length, last, result); break;
    }
    return done && tk_count_quirks(parser, result->rows, last && result->consumed == length);
}

const tk_option_columns *tk_option_parser_columns(const tk_option_parser *parser) { return &parser->columns; }

const tk_rejected_row *tk_option_parser_rejected(const tk_option_parser *parser) { return parser->csv.rejected; }

const uint64_t *tk_option_parser_quirks(const tk_option_parser *parser) { return parser->quirks; }

uint32_t tk_option_parser_symbol_count(const tk_option_parser *parser) { return parser->csv.symbols.count; }

static const uint8_t *symbol_text(const tk_csv *csv, uint32_t number, uint32_t *length) {
    if (number >= csv->symbols.count) return NULL;
    *length = csv->symbols.symbols[number].length;
    return csv->symbols.symbols[number].text;
}

const uint8_t *tk_option_parser_symbol(const tk_option_parser *parser, uint32_t number, uint32_t *length) {
    return symbol_text(&parser->csv, number, length);
}

tk_bar_parser *tk_bar_parser_create(
    uint32_t columns, const int32_t *positions, const uint8_t *symbol, uint32_t symbol_length, int32_t day, uint32_t first_line, uint32_t capacity) {
    if (!sensible(columns, capacity)) return NULL;
    for (int i = 0; i < TK_BAR_FIELDS; i++) {
        bool optional = i == TK_BAR_SYMBOL || i == TK_BAR_DAY || i == TK_BAR_ADJUSTED_CLOSE;
        if (positions[i] >= (int32_t)columns || (positions[i] < 0 && !optional)) return NULL;
    }
    tk_bar_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) return NULL;
    arena pieces = {NULL, 0};
    place_bar_columns(&parser->columns, &pieces, capacity);
    parser->column_memory = aligned_alloc(64, pieces.used);
    if (!tk_csv_init(&parser->csv, columns, first_line, capacity) || parser->column_memory == NULL) goto fail;
    pieces = (arena){parser->column_memory, 0};
    place_bar_columns(&parser->columns, &pieces, capacity);
    memcpy(parser->position, positions, sizeof parser->position);
    parser->day = day;
    if (positions[TK_BAR_SYMBOL] < 0) {
        parser->symbol = tk_symbol_table_intern(&parser->csv.symbols, symbol, symbol_length);
        if (parser->symbol >= TK_SYMBOL_NO_MEMORY) goto fail;
    }
    return parser;
fail:
    tk_bar_parser_destroy(parser);
    return NULL;
}

void tk_bar_parser_destroy(tk_bar_parser *parser) {
    if (parser == NULL) return;
    tk_csv_free(&parser->csv);
    free(parser->column_memory);
    free(parser);
}

bool tk_bars_parse(tk_bar_parser *parser, const uint8_t *bytes, size_t length, bool last, tk_parse_result *result) {
    switch (parser->csv.set) {
#if defined(__x86_64__)
    case TK_AVX512: return tk_bars_parse_avx512(parser, bytes, length, last, result);
    case TK_AVX2: return tk_bars_parse_avx2(parser, bytes, length, last, result);
#endif
    default: return tk_bars_parse_portable(parser, bytes, length, last, result);
    }
}

const tk_bar_columns *tk_bar_parser_columns(const tk_bar_parser *parser) { return &parser->columns; }

const tk_rejected_row *tk_bar_parser_rejected(const tk_bar_parser *parser) { return parser->csv.rejected; }

uint32_t tk_bar_parser_symbol_count(const tk_bar_parser *parser) { return parser->csv.symbols.count; }

const uint8_t *tk_bar_parser_symbol(const tk_bar_parser *parser, uint32_t number, uint32_t *length) {
    return symbol_text(&parser->csv, number, length);
}
