// The best of many scores.
#include "scan_internal.h"

// Whether the first entry is worse than the second.
static inline int worse(float score, int64_t key, float other_score, int64_t other_key) {
    return score < other_score || (score == other_score && key > other_key);
}

// Moves the entry at `i` down until neither child is worse.
static void sift_down(float *scores, int64_t *keys, size_t count, size_t i) {
    float score = scores[i];
    int64_t key = keys[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= count) break;
        if (child + 1 < count && worse(scores[child + 1], keys[child + 1], scores[child], keys[child])) child++;
        if (!worse(scores[child], keys[child], score, key)) break;
        scores[i] = scores[child];
        keys[i] = keys[child];
        i = child;
    }
    scores[i] = score;
    keys[i] = key;
}

static void offer(tk_scan_top *top, float score, int64_t key) {
    if (score != score) return;
    float *scores = top->scores;
    int64_t *keys = top->keys;
    if (top->count == top->capacity) {
        if (!worse(scores[0], keys[0], score, key)) return;
        scores[0] = score;
        keys[0] = key;
        sift_down(scores, keys, top->count, 0);
        return;
    }
    size_t i = top->count++;
    while (i > 0) {
        size_t parent = (i - 1) / 2;
        if (!worse(score, key, scores[parent], keys[parent])) break;
        scores[i] = scores[parent];
        keys[i] = keys[parent];
        i = parent;
    }
    scores[i] = score;
    keys[i] = key;
}

static inline int64_t key_at(size_t i, int64_t first_key, const unaligned_i64 *keys) { return keys ? keys[i] : first_key + (int64_t)i; }

static inline int is_allowed(size_t i, int64_t first_key, const uint64_t *allowed) {
    if (!allowed) return 1;
    uint64_t bit = (uint64_t)first_key + i;
    return (int)((allowed[bit / 64] >> (bit % 64)) & 1);
}

// Offers scores one by one from `i` until the heap is full or `n` is reached; returns how far it came.
static size_t fill(tk_scan_top *top, const float *scores, size_t i, size_t n, int64_t first_key, const unaligned_i64 *keys, const uint64_t *allowed) {
    for (; i < n && top->count < top->capacity; i++)
        if (is_allowed(i, first_key, allowed)) offer(top, scores[i], key_at(i, first_key, keys));
    return i;
}

static void push_portable(
    tk_scan_top *top, const float *scores, size_t i, size_t n, int64_t first_key, const unaligned_i64 *keys, const uint64_t *allowed) {
    // An equal score enters only with a lower key, which ascending keys never have.
    for (; i < n; i++)
        if ((scores[i] > top->scores[0] || (keys && scores[i] == top->scores[0])) && is_allowed(i, first_key, allowed))
            offer(top, scores[i], key_at(i, first_key, keys));
}

#if defined(SCAN_X86)

SCAN_AVX512 static void push_avx512(
    tk_scan_top *top, const float *scores, size_t i, size_t n, int64_t first_key, const unaligned_i64 *keys, const uint64_t *allowed) {
    for (; i + 64 <= n; i += 64) {
        __m512 worst = _mm512_set1_ps(top->scores[0]);
        uint64_t above = 0;
        for (int part = 0; part < 4; part++) {
            __m512 four = _mm512_loadu_ps(scores + i + 16 * part);
            __mmask16 mask = keys ? _mm512_cmp_ps_mask(four, worst, _CMP_GE_OQ) : _mm512_cmp_ps_mask(four, worst, _CMP_GT_OQ);
            above |= (uint64_t)mask << (16 * part);
        }
        // The worst score may have changed meanwhile, so `offer` compares again.
        for (; above; above &= above - 1) {
            size_t at = i + (size_t)__builtin_ctzll(above);
            if (is_allowed(at, first_key, allowed)) offer(top, scores[at], key_at(at, first_key, keys));
        }
    }
    push_portable(top, scores, i, n, first_key, keys, allowed);
}

SCAN_AVX2 static void push_avx2(
    tk_scan_top *top, const float *scores, size_t i, size_t n, int64_t first_key, const unaligned_i64 *keys, const uint64_t *allowed) {
    for (; i + 32 <= n; i += 32) {
        __m256 worst = _mm256_set1_ps(top->scores[0]);
        uint32_t above = 0;
        for (int part = 0; part < 4; part++) {
            __m256 eight = _mm256_loadu_ps(scores + i + 8 * part);
            __m256 mask = keys ? _mm256_cmp_ps(eight, worst, _CMP_GE_OQ) : _mm256_cmp_ps(eight, worst, _CMP_GT_OQ);
            above |= (uint32_t)_mm256_movemask_ps(mask) << (8 * part);
        }
        for (; above; above &= above - 1) {
            size_t at = i + (size_t)__builtin_ctz(above);
            if (is_allowed(at, first_key, allowed)) offer(top, scores[at], key_at(at, first_key, keys));
        }
    }
    push_portable(top, scores, i, n, first_key, keys, allowed);
}

#endif

void tk_scan_top_push(tk_scan_top *top, const float *scores, size_t n, int64_t first_key, const void *keys, const uint64_t *allowed) {
    if (top->capacity == 0) return;
    size_t i = fill(top, scores, 0, n, first_key, keys, allowed);
    if (i == n) return;
    TK_DISPATCH_FROM(TK_AVX512_VNNI, push, top, scores, i, n, first_key, keys, allowed);
}

void tk_scan_top_sort(tk_scan_top *top) {
    // Repeatedly move the worst of the rest to the end.
    for (size_t end = top->count; end > 1; end--) {
        float score = top->scores[0];
        int64_t key = top->keys[0];
        top->scores[0] = top->scores[end - 1];
        top->keys[0] = top->keys[end - 1];
        top->scores[end - 1] = score;
        top->keys[end - 1] = key;
        sift_down(top->scores, top->keys, end - 1, 0);
    }
}
