// Products of bfloat16 rows and weights with AMX: sums in tiles of 16 rows and 16 columns, two by two.
#include "tapedeck_products.h"

// Inputs of one tile of weights.
enum { TK_DEPTH = 32 };

static size_t whole_depth(size_t inputs) { return (inputs + TK_DEPTH - 1) / TK_DEPTH * TK_DEPTH; }

size_t tk_packed_count_bf16(size_t inputs, size_t outputs) { return tk_packed_count(whole_depth(inputs), outputs); }

void tk_pack_bf16(const uint16_t *weights, size_t inputs, size_t outputs, uint16_t *packed) {
    size_t depth = whole_depth(inputs);
    for (size_t c = 0; c < (outputs + TK_PANEL - 1) / TK_PANEL * TK_PANEL; c++) {
        uint16_t *to = packed + c / TK_PANEL * TK_PANEL * depth + c % TK_PANEL * 2;
        for (size_t k = 0; k < depth; k++) to[k / 2 * 2 * TK_PANEL + k % 2] = c < outputs && k < inputs ? weights[c * inputs + k] : 0;
    }
}

#if defined(__x86_64__)
#include "products_amx.h"

#include <string.h>

#define TARGET __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,evex512")))
#define TK_INLINE static inline __attribute__((always_inline))

enum {
    TK_ROWS = 16,
    // Rows processed together: their partial sums take 32 KiB.
    TK_MOST_ROWS = 256,
    // Inputs of two panels that are processed at a time, in tiles: their weights (32 KiB) stay in the first-level cache.
    TK_BLOCK_TILES = 16,
    TK_TILE = TK_ROWS * TK_PANEL,
};

typedef struct {
    const uint16_t *rows[2]; // of two tiles
    const uint16_t *weights[2];
    size_t stride; // of rows, in bytes
    size_t tiles;
    const uint16_t *rest[2]; // rows of half a tile of inputs, filled up with zeros; NULL for none
    float *sums;             // four tiles: upper left and right, lower left and right
} tk_amx_step;

// Adds a tile of inputs to up to two by two tiles of sums.
TARGET TK_INLINE void add_tile(const int below, const int right, const uint16_t *const rows[2], size_t stride, const uint16_t *const weights[2]) {
    _tile_loadd(6, weights[0], 64);
    _tile_loadd(4, rows[0], stride);
    _tile_dpbf16ps(0, 4, 6);
    if (right) {
        _tile_loadd(7, weights[1], 64);
        _tile_dpbf16ps(1, 4, 7);
    }
    if (below) {
        _tile_loadd(5, rows[1], stride);
        _tile_dpbf16ps(2, 5, 6);
        if (right) _tile_dpbf16ps(3, 5, 7);
    }
}

// Adds a block of inputs to up to two by two tiles of sums. The sums of a row do not depend on the other rows: a tile of weights after the
// other is added, always in the same order.
TARGET TK_INLINE void add(const int below, const int right, const int continues, tk_amx_step s) {
    if (continues) {
        _tile_loadd(0, s.sums, 64);
        if (right) _tile_loadd(1, s.sums + TK_TILE, 64);
        if (below) _tile_loadd(2, s.sums + 2 * TK_TILE, 64);
        if (below && right) _tile_loadd(3, s.sums + 3 * TK_TILE, 64);
    } else {
        _tile_zero(0);
        if (right) _tile_zero(1);
        if (below) _tile_zero(2);
        if (below && right) _tile_zero(3);
    }
    for (size_t t = 0; t < s.tiles; t++) {
        add_tile(below, right, s.rows, s.stride, s.weights);
        for (int i = 0; i < 2; i++) {
            s.rows[i] += TK_DEPTH;
            s.weights[i] += TK_DEPTH * TK_PANEL;
        }
    }
    if (s.rest[0]) add_tile(below, right, s.rest, 64, s.weights);
    _tile_stored(0, s.sums, 64);
    if (right) _tile_stored(1, s.sums + TK_TILE, 64);
    if (below) _tile_stored(2, s.sums + 2 * TK_TILE, 64);
    if (below && right) _tile_stored(3, s.sums + 3 * TK_TILE, 64);
}

// Writes a tile of sums.
TARGET static void finish(
    const float *sums, size_t live, size_t width, const float *bias, int accumulates, int rounds, size_t outputs, char *out, size_t column) {
    __mmask16 mask = (__mmask16)((1u << width) - 1);
    __m512 shift = bias ? _mm512_loadu_ps(bias + column) : _mm512_setzero_ps();
    for (size_t r = 0; r < live; r++) {
        __m512 sum = _mm512_add_ps(_mm512_load_ps(sums + r * TK_PANEL), shift);
        if (rounds) {
            _mm256_mask_storeu_epi16((uint16_t *)out + r * outputs + column, mask, (__m256i)_mm512_cvtneps_pbh(sum));
        } else {
            float *to = (float *)out + r * outputs + column;
            if (accumulates) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, to));
            _mm512_mask_storeu_ps(to, mask, sum);
        }
    }
}

TARGET void tk_product_bf16(const uint16_t *rows, size_t count, const uint16_t *packed, size_t inputs, size_t outputs, size_t first, size_t end,
    const float *bias, int accumulates, int rounds, void *out) {
    tk_amx_begin();
    size_t tiles = inputs / TK_DEPTH, panel = whole_depth(inputs) * TK_PANEL;
    size_t blocks = (tiles + TK_BLOCK_TILES - 1) / TK_BLOCK_TILES;
    size_t step = blocks ? (tiles + blocks - 1) / blocks : 0;
    _Alignas(64) float sums[TK_MOST_ROWS / 32 * 4 * TK_TILE];
    _Alignas(64) uint16_t rest[TK_MOST_ROWS * TK_DEPTH];
    size_t element = rounds ? sizeof(uint16_t) : sizeof(float);
    for (size_t top = 0; top < count; top += TK_MOST_ROWS) {
        size_t height = count - top < TK_MOST_ROWS ? count - top : TK_MOST_ROWS;
        const uint16_t *begin = rows + top * inputs;
        int has_rest = inputs % TK_DEPTH != 0;
        if (has_rest) {
            memset(rest, 0, sizeof rest);
            for (size_t r = 0; r < height; r++)
                memcpy(rest + r * TK_DEPTH, begin + r * inputs + tiles * TK_DEPTH, (inputs - tiles * TK_DEPTH) * sizeof *rest);
        }
        for (size_t c = first; c < end; c += 2 * TK_PANEL) {
            int right = c + TK_PANEL < end;
            for (size_t k = 0, more = 1; more; k += step) {
                size_t length = tiles - k < step ? tiles - k : step;
                more = k + length < tiles;
                for (size_t r = 0; r < height; r += 2 * TK_ROWS) {
                    int below = r + TK_ROWS < height;
                    const uint16_t *row = begin + r * inputs + k * TK_DEPTH;
                    const uint16_t *weights = packed + c / TK_PANEL * panel + k * TK_DEPTH * TK_PANEL;
                    int ends = has_rest && !more;
                    tk_amx_step s = {
                        {row, row + TK_ROWS * inputs},
                        {weights, weights + panel},
                        inputs * sizeof *rows,
                        length,
                        {ends ? rest + r * TK_DEPTH : NULL, ends ? rest + (r + TK_ROWS) * TK_DEPTH : NULL},
                        sums + r / 32 * 4 * TK_TILE,
                    };
                    if (below && right) {
                        if (k)
                            add(1, 1, 1, s);
                        else
                            add(1, 1, 0, s);
                    } else if (below) {
                        if (k)
                            add(1, 0, 1, s);
                        else
                            add(1, 0, 0, s);
                    } else if (right) {
                        if (k)
                            add(0, 1, 1, s);
                        else
                            add(0, 1, 0, s);
                    } else {
                        if (k)
                            add(0, 0, 1, s);
                        else
                            add(0, 0, 0, s);
                    }
                    if (more) continue;
                    for (int part = 0; part < 4; part++) {
                        size_t lower = part / 2 * TK_ROWS, column = c + (size_t)(part % 2) * TK_PANEL;
                        if (r + lower >= height || column >= end) continue;
                        size_t live = height - r - lower < TK_ROWS ? height - r - lower : TK_ROWS;
                        finish(s.sums + part * TK_TILE, live, end - column < TK_PANEL ? end - column : TK_PANEL, bias, accumulates, rounds, outputs,
                            (char *)out + (top + r + lower) * outputs * element, column);
                    }
                }
            }
        }
    }
    _tile_release();
}
#else
void tk_product_bf16(const uint16_t *rows, size_t count, const uint16_t *packed, size_t inputs, size_t outputs, size_t first, size_t end,
    const float *bias, int accumulates, int rounds, void *out) {
    (void)rows, (void)count, (void)packed, (void)inputs, (void)outputs, (void)first, (void)end, (void)bias, (void)accumulates, (void)rounds,
        (void)out;
    __builtin_trap();
}
#endif
