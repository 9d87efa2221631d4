#include "../dispatch.h"
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
#endif

void tk_implied_volatility(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put, const double *mid,
    double rate, double dividend_yield, double *volatility) {
    TK_DISPATCH(tk_implied_volatility, n, spot, strike, years, is_put, mid, rate, dividend_yield, volatility);
}

void tk_implied_volatility_f32(size_t n, const float *spot, const float *strike, const float *years, const uint8_t *is_put, const float *mid,
    float rate, float dividend_yield, float *volatility) {
    TK_DISPATCH(tk_implied_volatility_f32, n, spot, strike, years, is_put, mid, rate, dividend_yield, volatility);
}

void tk_black_scholes(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put, const double *volatility,
    double rate, double dividend_yield, tk_greeks out) {
    TK_DISPATCH(tk_black_scholes, n, spot, strike, years, is_put, volatility, rate, dividend_yield, out);
}
