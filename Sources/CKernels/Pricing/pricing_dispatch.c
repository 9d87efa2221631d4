#include "tapedeck_isa.h"
#include "tapedeck_pricing.h"

#define TK_DECLARE(set)                                                                                                     \
    void tk_implied_volatility_##set(                                                                                       \
        size_t, const double *, const double *, const double *, const uint8_t *, const double *, double, double, double *); \
    void tk_implied_volatility_f32_##set(                                                                                   \
        size_t, const float *, const float *, const float *, const uint8_t *, const float *, float, float, float *);        \
    void tk_black_scholes_##set(size_t, const double *, const double *, const double *, const uint8_t *, const double *, double, double, tk_greeks);

TK_DECLARE(portable)

#if defined(__x86_64__)
TK_DECLARE(avx2)
TK_DECLARE(avx512)

int tk_pricing_level(void) { return tk_isa() >= TK_ISA_AVX512 ? 2 : tk_isa() >= TK_ISA_AVX2 ? 1 : 0; }

#define TK_CALL(level, name, ...)                 \
    switch (level) {                              \
    case 2: name##_avx512(__VA_ARGS__); break;    \
    case 1: name##_avx2(__VA_ARGS__); break;      \
    default: name##_portable(__VA_ARGS__); break; \
    }
#else
int tk_pricing_level(void) { return 0; }

#define TK_CALL(level, name, ...) ((void)(level), name##_portable(__VA_ARGS__))
#endif

void tk_implied_volatility(int level, size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put,
    const double *mid, double rate, double dividend_yield, double *volatility) {
    TK_CALL(level, tk_implied_volatility, n, spot, strike, years, is_put, mid, rate, dividend_yield, volatility);
}

void tk_implied_volatility_f32(int level, size_t n, const float *spot, const float *strike, const float *years, const uint8_t *is_put,
    const float *mid, float rate, float dividend_yield, float *volatility) {
    TK_CALL(level, tk_implied_volatility_f32, n, spot, strike, years, is_put, mid, rate, dividend_yield, volatility);
}

void tk_black_scholes(int level, size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put,
    const double *volatility, double rate, double dividend_yield, tk_greeks out) {
    TK_CALL(level, tk_black_scholes, n, spot, strike, years, is_put, volatility, rate, dividend_yield, out);
}
