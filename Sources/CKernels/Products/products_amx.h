// Private: the shape of AMX tiles that products and benchmarks use.
#ifndef TAPEDECK_PRODUCTS_AMX_H
#define TAPEDECK_PRODUCTS_AMX_H

#include <immintrin.h>
#include <stdint.h>

// Gives all eight tiles 16 rows of 64 bytes; _tile_release() ends their use.
__attribute__((target("amx-tile"))) static inline void tk_amx_begin(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        shape.bytes[tile] = 64;
        shape.rows[tile] = 16;
    }
    _tile_loadconfig(&shape);
}

#endif
