// Tickers by number, in the order of first occurrence.
#include <stdlib.h>

#include "options_internal.h"

static uint64_t hash_text(const uint8_t *text, size_t length) {
    uint64_t hash = 0xcbf29ce484222325ull ^ length; // FNV-1a
    for (size_t i = 0; i < length; i++) hash = (hash ^ text[i]) * 0x100000001b3ull;
    return hash ^ hash >> 29;
}

static bool is_ticker(const uint8_t *text, size_t length) {
    if (length == 0 || length > TK_SYMBOL_LIMIT) return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == ',' || text[i] == '"') return false;
    return true;
}

/// Doubles the slots (at most half of them are used) and the space for symbols.
static bool grow(tk_symbol_table *table) {
    uint32_t capacity = table->capacity == 0 ? 256 : table->capacity * 2;
    tk_symbol *symbols = realloc(table->symbols, capacity * sizeof *symbols);
    if (symbols == NULL) return false;
    table->symbols = symbols;
    uint32_t *slots = calloc((size_t)capacity * 2, sizeof *slots);
    if (slots == NULL) return false;
    free(table->slots);
    table->slots = slots;
    table->slot_count = capacity * 2;
    table->capacity = capacity;
    for (uint32_t number = 0; number < table->count; number++) {
        uint64_t slot = hash_text(symbols[number].text, symbols[number].length);
        while (slots[slot & (table->slot_count - 1)] != 0) slot++;
        slots[slot & (table->slot_count - 1)] = number + 1;
    }
    return true;
}

uint32_t tk_symbol_table_intern(tk_symbol_table *table, const uint8_t *text, size_t length) {
    if (!is_ticker(text, length)) return TK_SYMBOL_BAD;
    if (table->count == table->capacity && !grow(table)) return TK_SYMBOL_NO_MEMORY;
    uint64_t slot = hash_text(text, length);
    for (;; slot++) {
        uint32_t entry = table->slots[slot & (table->slot_count - 1)];
        if (entry == 0) break;
        const tk_symbol *symbol = &table->symbols[entry - 1];
        if (symbol->length == length && memcmp(symbol->text, text, length) == 0) return entry - 1;
    }
    if (table->count == TK_SYMBOL_COUNT_LIMIT) return TK_SYMBOL_TOO_MANY;
    tk_symbol *symbol = &table->symbols[table->count];
    memset(symbol, 0, sizeof *symbol);
    symbol->length = (uint8_t)length;
    memcpy(symbol->text, text, length);
    table->slots[slot & (table->slot_count - 1)] = table->count + 1;
    return table->count++;
}

void tk_symbol_table_free(tk_symbol_table *table) {
    free(table->symbols);
    free(table->slots);
    memset(table, 0, sizeof *table);
}
