// The set of rows met, to find a contract that stands twice in a file: 16 bytes a row at most.
#include <stdlib.h>

#include "options_internal.h"

static inline uint64_t slot_of(const tk_key_set *set, uint64_t key)
{
    return ((key ^ key >> 32) * 0x9e3779b97f4a7c15ull) >> set->shift;
}

static inline bool insert(tk_key_set *set, uint64_t key)
{
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

static bool resize(tk_key_set *set, uint64_t slot_count)
{
    uint64_t *slots = malloc(slot_count * sizeof *slots);
    if (slots == NULL) return false;
    memset(slots, 0xff, slot_count * sizeof *slots);
    tk_key_set larger = {slots, slot_count, 0, 64 - __builtin_ctzll(slot_count)};
    for (uint64_t i = 0; i < set->slot_count; i++)
        if (set->slots[i] != UINT64_MAX) insert(&larger, set->slots[i]);
    free(set->slots);
    *set = larger;
    return true;
}

bool tk_key_set_insert(tk_key_set *set, const uint64_t *keys, uint32_t count, uint8_t *fresh)
{
    // At most three quarters full.
    while ((set->count + count) * 4 > set->slot_count * 3)
        if (!resize(set, set->slot_count == 0 ? 8192 : set->slot_count * 2)) return false;
    for (uint32_t i = 0; i < count; i++) __builtin_prefetch(&set->slots[slot_of(set, keys[i])], 1);
    for (uint32_t i = 0; i < count; i++) fresh[i] = insert(set, keys[i]);
    return true;
}

void tk_key_set_free(tk_key_set *set)
{
    free(set->slots);
    memset(set, 0, sizeof *set);
}
