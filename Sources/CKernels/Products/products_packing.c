// Packing of weights: panels of TK_PANEL columns one after another, so that a product reads them from first to last. In a panel of
// floats, the columns' weights of one input are adjacent; in one of bytes, those of four inputs, four bytes per column.
#include "tapedeck_products.h"

size_t tk_packed_count(size_t inputs, size_t outputs) { return (outputs + TK_PANEL - 1) / TK_PANEL * TK_PANEL * inputs; }

void tk_pack_f32(const float *weights, size_t inputs, size_t outputs, float *packed) {
    for (size_t c = 0; c < (outputs + TK_PANEL - 1) / TK_PANEL * TK_PANEL; c++) {
        float *to = packed + c / TK_PANEL * TK_PANEL * inputs + c % TK_PANEL;
        for (size_t k = 0; k < inputs; k++) to[k * TK_PANEL] = c < outputs ? weights[c * inputs + k] : 0;
    }
}

void tk_pack_int8(const int8_t *weights, size_t inputs, size_t outputs, int8_t *packed) {
    for (size_t c = 0; c < (outputs + TK_PANEL - 1) / TK_PANEL * TK_PANEL; c++) {
        int8_t *to = packed + c / TK_PANEL * TK_PANEL * inputs + c % TK_PANEL * 4;
        for (size_t k = 0; k < inputs; k++) to[k / 4 * 4 * TK_PANEL + k % 4] = c < outputs ? weights[c * inputs + k] : 0;
    }
}
