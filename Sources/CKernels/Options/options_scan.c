// Finds commas, line feeds, quotation marks and NUL bytes: 64 bytes become four bit masks, and the masks an array of
// positions. The method is that of simdjson's first stage (Langdale and Lemire, "Parsing Gigabytes of JSON per Second").
#include "options_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Masks of 64 bytes, bit i for byte i.
typedef struct {
    uint64_t separators, line_feeds, quotes, nuls;
} masks;

/// Records the separators of one 64-byte block at `base`; false when a quotation mark ends the scan.
static inline __attribute__((always_inline)) bool note_lines(tk_line_index *index, masks *m, uint32_t count_before) {
    bool more = true;
    if (__builtin_expect(m->quotes != 0, 0)) {
        uint64_t before = (m->quotes & -m->quotes) - 1;
        m->separators &= before;
        m->line_feeds &= before;
        m->nuls &= before;
        more = false;
    }
    index->has_nul |= m->nuls != 0;
    for (uint64_t left = m->line_feeds; left != 0; left &= left - 1) {
        uint64_t upto = left ^ (left - 1);
        index->row_end[index->rows++] = count_before + (uint32_t)__builtin_popcountll(m->separators & upto);
    }
    return more;
}

static inline void start(tk_line_index *index) {
    index->rows = 0;
    index->has_nul = false;
    index->edge[0] = UINT32_MAX;
}

void tk_index_lines_portable(tk_line_index *index, const uint8_t *bytes, uint32_t length) {
    start(index);
    uint32_t count = 0;
    for (uint32_t base = 0; base < length; base += 64) {
        uint32_t n = length - base < 64 ? length - base : 64;
        masks m = {0, 0, 0, 0};
        for (uint32_t i = 0; i < n; i++) {
            uint64_t bit = 1ull << i;
            switch (bytes[base + i]) {
            case ',': m.separators |= bit; break;
            case '\n':
                m.separators |= bit;
                m.line_feeds |= bit;
                break;
            case '"': m.quotes |= bit; break;
            case 0: m.nuls |= bit; break;
            default: break;
            }
        }
        bool more = note_lines(index, &m, count);
        for (uint64_t left = m.separators; left != 0; left &= left - 1) index->edge[++count] = base + (uint32_t)__builtin_ctzll(left);
        if (!more) return;
    }
}

#if defined(__x86_64__)

__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))) static inline uint64_t equal_mask(__m256i low, __m256i high, char byte) {
    __m256i wanted = _mm256_set1_epi8(byte);
    uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return (uint64_t)b << 32 | a;
}

__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))) void tk_index_lines_avx2(tk_line_index *index, const uint8_t *bytes, uint32_t length) {
    start(index);
    uint32_t count = 0;
    for (uint32_t base = 0; base < length; base += 64) {
        uint8_t tail[64];
        const uint8_t *block = bytes + base;
        if (length - base < 64) {
            memset(tail, ' ', sizeof tail);
            memcpy(tail, block, length - base);
            block = tail;
        }
        __m256i low = _mm256_loadu_si256((const __m256i *)block);
        __m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
        masks m;
        m.line_feeds = equal_mask(low, high, '\n');
        m.separators = equal_mask(low, high, ',') | m.line_feeds;
        m.quotes = equal_mask(low, high, '"');
        m.nuls = equal_mask(low, high, 0);
        bool more = note_lines(index, &m, count);
        uint32_t found = (uint32_t)__builtin_popcountll(m.separators);
        uint32_t *out = index->edge + 1 + count;
        // Writes eight at a time without checking how many are left; entries beyond the count are overwritten later.
        for (uint64_t left = m.separators; left != 0; out += 8)
            for (int i = 0; i < 8; i++) {
                out[i] = base + (uint32_t)_tzcnt_u64(left);
                left = _blsr_u64(left);
            }
        count += found;
        if (!more) return;
    }
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt,lzcnt"))) void tk_index_lines_avx512(
    tk_line_index *index, const uint8_t *bytes, uint32_t length) {
    start(index);
    uint32_t count = 0;
    uint8_t numbers[64];
    for (int i = 0; i < 64; i++) numbers[i] = (uint8_t)i;
    const __m512i iota = _mm512_loadu_si512(numbers);
    for (uint32_t base = 0; base < length; base += 64) {
        __mmask64 valid = length - base < 64 ? (1ull << (length - base)) - 1 : ~0ull;
        __m512i block = _mm512_maskz_loadu_epi8(valid, bytes + base);
        masks m;
        m.line_feeds = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n'));
        m.separators = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(',')) | m.line_feeds;
        m.quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"'));
        m.nuls = _mm512_mask_testn_epi8_mask(valid, block, block);
        bool more = note_lines(index, &m, count);
        uint32_t found = (uint32_t)_mm_popcnt_u64(m.separators);
        __m512i places = _mm512_maskz_compress_epi8(m.separators, iota);
        __m512i offset = _mm512_set1_epi32((int)base);
        uint32_t *out = index->edge + 1 + count;
        _mm512_storeu_si512(out, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places))));
        if (found > 16) {
            _mm512_storeu_si512(out + 16, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 1))));
            _mm512_storeu_si512(out + 32, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 2))));
            _mm512_storeu_si512(out + 48, _mm512_add_epi32(offset, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 3))));
        }
        count += found;
        if (!more) return;
    }
}

#endif
