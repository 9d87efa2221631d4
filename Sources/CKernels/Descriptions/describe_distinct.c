#include "tapedeck_describe.h"

#include <stdlib.h>
#include <string.h>

// Open addressing with linear probing over a table of numbers + 1; 0 is an empty slot. At most half full.

static inline size_t place_of(uint64_t key, size_t places) {
    // Fibonacci hashing spreads keys that differ in few bits.
    return (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (places - 1);
}

static uint32_t *grown(uint32_t *table, size_t places, const uint64_t *distinct, size_t count) {
    free(table);
    table = calloc(places, sizeof *table);
    if (!table) return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t place = place_of(distinct[i], places);
        while (table[place]) place = (place + 1) & (places - 1);
        table[place] = (uint32_t)(i + 1);
    }
    return table;
}

size_t tk_distinct(const uint64_t *keys, size_t n, uint64_t mask, uint32_t *number, uint64_t *distinct) {
    if (n >= UINT32_MAX) return SIZE_MAX;
    size_t places = 1 << 12, count = 0;
    uint32_t *table = calloc(places, sizeof *table);
    if (!table) return SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const uint64_t key = keys[i] & mask;
        size_t place = place_of(key, places);
        while (table[place] && distinct[table[place] - 1] != key) place = (place + 1) & (places - 1);
        if (!table[place]) {
            distinct[count] = key;
            table[place] = (uint32_t)++count;
            number[i] = (uint32_t)(count - 1);
            if (count * 2 > places) {
                places *= 4;
                table = grown(table, places, distinct, count);
                if (!table) return SIZE_MAX;
            }
        } else {
            number[i] = table[place] - 1;
        }
    }
    free(table);
    return count;
}
