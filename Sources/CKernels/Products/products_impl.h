// Products of rows with packed weights, compiled once per instruction set by products.c around that set's tiles.
//
// A panel is processed in blocks of inputs; within a block, tile by tile of rows. Between blocks, sums are kept in `out`, which does not
// change their bits. Each tile prefetches its share of the next block of weights, which the processor would not predict.

// The number of rows is a constant to each call of a tile, so that its loops unroll into registers.
#define TK_TILE(name, live, ...)              \
    switch (live) {                           \
    case 6: TK_(name)(6, __VA_ARGS__); break; \
    case 5: TK_(name)(5, __VA_ARGS__); break; \
    case 4: TK_(name)(4, __VA_ARGS__); break; \
    case 3: TK_(name)(3, __VA_ARGS__); break; \
    case 2: TK_(name)(2, __VA_ARGS__); break; \
    default: TK_(name)(1, __VA_ARGS__);       \
    }

// Calls `tile` for all tiles of columns `first` up to `end`; the last arguments are the tile's after its sums. A partial panel is summed in
// separate memory.
#define TK_PRODUCT(element, tile, block_inputs, ...)                                                                                     \
    size_t tiles = (count + TK_TILE_ROWS - 1) / TK_TILE_ROWS;                                                                            \
    for (size_t c = first; c < end; c += TK_PANEL) {                                                                                     \
        size_t width = end - c < TK_PANEL ? end - c : TK_PANEL;                                                                          \
        for (size_t k = 0; k < inputs; k += block_inputs) {                                                                              \
            size_t block = inputs - k < block_inputs ? inputs - k : block_inputs;                                                        \
            const char *next = (const char *)(packed + c * inputs + (k + block) * TK_PANEL);                                             \
            /* After the last weights there is nothing to fetch. */                                                                      \
            size_t lines = c + TK_PANEL >= end && k + block >= inputs ? 0 : block_inputs * TK_PANEL * sizeof *packed / 64;               \
            size_t share = (lines + tiles - 1) / tiles;                                                                                  \
            for (size_t r = 0, line = 0; r < count; r += TK_TILE_ROWS) {                                                                 \
                size_t live = count - r < TK_TILE_ROWS ? count - r : TK_TILE_ROWS, stride = outputs;                                     \
                element edge[TK_TILE_ROWS * TK_PANEL], *sums = out + r * outputs + c;                                                    \
                for (size_t stop = line + share; line < stop && line < lines; line++) __builtin_prefetch(next + line * 64, 0, 2);        \
                for (size_t i = 0; i < TK_TILE_ROWS && r + TK_TILE_ROWS + i < count; i++)                                                \
                    __builtin_prefetch(sums + (TK_TILE_ROWS + i) * outputs, 1, 3);                                                       \
                if (width < TK_PANEL) {                                                                                                  \
                    memset(edge, 0, sizeof edge);                                                                                        \
                    for (size_t i = 0; i < live; i++) memcpy(edge + i * TK_PANEL, sums + i * outputs, width * sizeof *edge);             \
                    sums = edge;                                                                                                         \
                    stride = TK_PANEL;                                                                                                   \
                }                                                                                                                        \
                TK_TILE(tile, live, rows + r * inputs + k, inputs, packed + c * inputs + k * TK_PANEL, block, sums, stride, __VA_ARGS__) \
                for (size_t i = 0; width < TK_PANEL && i < live; i++)                                                                    \
                    memcpy(out + (r + i) * outputs + c, edge + i * TK_PANEL, width * sizeof *edge);                                      \
            }                                                                                                                            \
        }                                                                                                                                \
    }

// `bias` has whole panels.
static void TK_(product_f32)(const float *rows, size_t count, const float *packed, size_t inputs, size_t outputs, size_t first, size_t end,
    const float *bias, int accumulates, float *out) {
    size_t most = count <= TK_FEW_ROWS ? TK_BLOCK_F32_FEW : TK_BLOCK_F32;
    TK_PRODUCT(float, tile_f32, most, k > 0 || accumulates, k == 0 && bias ? bias + c : NULL)
}

static void TK_(product_int8)(
    const uint8_t *rows, size_t count, const int8_t *packed, size_t inputs, size_t outputs, size_t first, size_t end, int32_t *out) {
    TK_PRODUCT(int32_t, tile_int8, TK_BLOCK_INT8, k > 0)
}

#undef TK_TILE
#undef TK_PRODUCT
