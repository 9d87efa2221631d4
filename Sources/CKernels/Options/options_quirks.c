// Data quirks of kept rows, counted for reports.
#include <stdlib.h>

#include "options_internal.h"

/// A volatility counts as a default value if at least this many rows in a run of one underlying have it …
#define SHARED_ROWS 8
/// … and at least one in this many of the run's rows that have one.
#define SHARED_PART 20

static void finish_run(tk_option_parser *parser) {
    tk_shared_volatility *shared = &parser->shared;
    uint32_t threshold = shared->with_value / SHARED_PART;
    if (threshold < SHARED_ROWS) threshold = SHARED_ROWS;
    if (shared->with_value >= SHARED_ROWS)
        for (uint32_t i = 0; i < shared->used; i++) {
            uint32_t rows = shared->slots[shared->used_slots[i]].rows;
            if (rows >= threshold) parser->quirks[TK_QUIRK_SHARED_VOLATILITY] += rows;
        }
    shared->stamp++;
    shared->with_value = 0;
    shared->used = 0;
}

static bool grow(tk_shared_volatility *shared) {
    tk_shared_volatility larger = *shared;
    larger.slot_count = shared->slot_count == 0 ? 256 : shared->slot_count * 2;
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    larger.used_slots = malloc(larger.slot_count * sizeof *larger.used_slots);
    if (larger.slots == NULL || larger.used_slots == NULL) {
        free(larger.slots);
        free(larger.used_slots);
        return false;
    }
    for (uint32_t i = 0; i < shared->used; i++) {
        uint32_t old = shared->used_slots[i], mask = larger.slot_count - 1;
        uint32_t slot = (shared->slots[old].bits * 0x9e3779b1u >> 8) & mask;
        while (larger.slots[slot].stamp == larger.stamp) slot = (slot + 1) & mask;
        larger.slots[slot] = shared->slots[old];
        larger.used_slots[i] = slot;
    }
    free(shared->slots);
    free(shared->used_slots);
    *shared = larger;
    return true;
}

static inline bool note_volatility(tk_shared_volatility *shared, uint32_t bits) {
    if (shared->used * 2 >= shared->slot_count && !grow(shared)) return false;
    uint32_t mask = shared->slot_count - 1, slot = (bits * 0x9e3779b1u >> 8) & mask;
    while (shared->slots[slot].stamp == shared->stamp && shared->slots[slot].bits != bits) slot = (slot + 1) & mask;
    if (shared->slots[slot].stamp != shared->stamp) {
        shared->slots[slot].stamp = shared->stamp;
        shared->slots[slot].bits = bits;
        shared->slots[slot].rows = 0;
        shared->used_slots[shared->used++] = slot;
    }
    shared->slots[slot].rows++;
    shared->with_value++;
    return true;
}

bool tk_count_quirks(tk_option_parser *parser, uint32_t count, bool last) {
    const tk_option_columns *c = &parser->columns;
    uint32_t no_quote = 0, one_sided = 0, zero_bid = 0, zero_ask = 0, crossed = 0, empty = 0, extreme = 0, no_volume = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool bid = c->bid[i] == c->bid[i], ask = c->ask[i] == c->ask[i];
        no_quote += !bid & !ask;
        one_sided += bid != ask;
        zero_bid += c->bid[i] == 0;
        zero_ask += c->ask[i] == 0;
        crossed += c->bid[i] > c->ask[i];
        extreme += c->implied_volatility[i] >= 5;
        no_volume += c->volume[i] < 0;
        empty += (c->delta[i] != c->delta[i]) & (c->gamma[i] != c->gamma[i]) & (c->theta[i] != c->theta[i]) & (c->vega[i] != c->vega[i]) &
                 (c->implied_volatility[i] != c->implied_volatility[i]);
    }
    uint64_t *quirks = parser->quirks;
    quirks[TK_QUIRK_NO_QUOTE] += no_quote;
    quirks[TK_QUIRK_ONE_SIDED] += one_sided;
    quirks[TK_QUIRK_ZERO_BID] += zero_bid;
    quirks[TK_QUIRK_ZERO_ASK] += zero_ask;
    quirks[TK_QUIRK_CROSSED] += crossed;
    quirks[TK_QUIRK_EMPTY_GREEKS] += empty;
    quirks[TK_QUIRK_EXTREME_VOLATILITY] += extreme;
    quirks[TK_QUIRK_EMPTY_VOLUME] += no_volume;
    quirks[TK_QUIRK_NO_LAST_LINE_BREAK] = parser->csv.unterminated_rows;
    for (uint32_t i = 0; i < count; i++) {
        if (c->symbol[i] != parser->shared.symbol) {
            finish_run(parser);
            parser->shared.symbol = c->symbol[i];
        }
        float value = c->implied_volatility[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        if (value == value && !note_volatility(&parser->shared, bits)) return false;
    }
    if (last) finish_run(parser);
    return true;
}
