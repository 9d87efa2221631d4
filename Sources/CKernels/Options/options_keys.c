// The set of rows so far, to find duplicate contracts: 8 bytes per row in a sorted file, at most 22.
#include <stdlib.h>

#include "options_internal.h"

static inline uint64_t slot_of(const tk_key_set *set, uint64_t key) { return ((key ^ key >> 32) * 0x9e3779b97f4a7c15ull) >> set->shift; }

static inline bool insert_slot(tk_key_set *set, uint64_t key) {
    uint64_t mask = set->slot_count - 1;
    uint64_t slot = slot_of(set, key);
    while (set->slots[slot] != UINT64_MAX) {
        if (set->slots[slot] == key) return false;
        slot = (slot + 1) & mask;
    }
    set->slots[slot] = key;
    set->count++;
    return true;
}

static bool grow_slots(tk_key_set *set) {
    tk_key_set larger = *set;
    larger.slot_count = set->slot_count == 0 ? 4096 : set->slot_count * 2;
    larger.slots = malloc(larger.slot_count * sizeof *larger.slots);
    if (larger.slots == NULL) return false;
    memset(larger.slots, 0xff, larger.slot_count * sizeof *larger.slots);
    larger.count = 0;
    larger.shift = 64 - __builtin_ctzll(larger.slot_count);
    for (uint64_t i = 0; i < set->slot_count; i++)
        if (set->slots[i] != UINT64_MAX) insert_slot(&larger, set->slots[i]);
    free(set->slots);
    *set = larger;
    return true;
}

/// Whether the ascending list contains a key that is not above its end. Searches near the end first, because a file sorted
/// except for pairs (call, put, call, put …) has its keys there.
static inline bool in_ascending(const tk_key_set *set, uint64_t key) {
    uint64_t high = set->ascending_count, step = 1;
    while (step < high && set->ascending[high - step] > key) {
        high -= step;
        step *= 2;
    }
    uint64_t low = step < high ? high - step : 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (set->ascending[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->ascending_count && set->ascending[low] == key;
}

bool tk_key_set_insert(tk_key_set *set, const uint64_t *keys, uint32_t count, uint8_t *fresh) {
    if (set->ascending_count + count > set->ascending_capacity) {
        uint64_t capacity = set->ascending_capacity == 0 ? 4096 : set->ascending_capacity * 2;
        uint64_t *larger = realloc(set->ascending, capacity * sizeof *larger);
        if (larger == NULL) return false;
        set->ascending = larger;
        set->ascending_capacity = capacity;
    }
    uint32_t later[TK_BATCH], later_count = 0;
    uint64_t highest = set->ascending_count > 0 ? set->ascending[set->ascending_count - 1] : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i] > highest) {
            set->ascending[set->ascending_count++] = highest = keys[i];
            fresh[i] = true;
        } else {
            later[later_count++] = i;
        }
    }
    if (later_count == 0) return true;
    // At most three quarters full.
    while ((set->count + later_count) * 4 > set->slot_count * 3)
        if (!grow_slots(set)) return false;
    for (uint32_t i = 0; i < later_count; i++) __builtin_prefetch(&set->slots[slot_of(set, keys[later[i]])], 1);
    for (uint32_t i = 0; i < later_count; i++) {
        uint64_t key = keys[later[i]];
        fresh[later[i]] = !in_ascending(set, key) && insert_slot(set, key);
    }
    return true;
}

void tk_key_set_free(tk_key_set *set) {
    free(set->ascending);
    free(set->slots);
    memset(set, 0, sizeof *set);
}
