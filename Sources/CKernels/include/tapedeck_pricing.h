// Black–Scholes–Merton prices, greeks and implied volatilities of many options at once.
//
// European exercise; continuous rate and dividend yield; time in years. Only additions, multiplications, divisions, square
// roots and bit operations in one fixed order, without fused multiply-add: every instruction set gives the same bits.
#ifndef TAPEDECK_PRICING_H
#define TAPEDECK_PRICING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The volatility at which each option is worth `mid`; NaN if there is none: for a price that is not above the discounted
// intrinsic value by a millionth of itself, one within a millionth of its upper bound (the spot for calls, the strike for puts,
// both discounted), or a spot, strike or time that is not positive. Relative error below 1e-8 for σ√T in [1e-4, 8] and
// |log(forward / strike)| up to 8, plus what the rounding of the price itself costs. `is_put` holds 0 for calls, anything else
// for puts.
void tk_implied_volatility(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put, const double *mid,
    double rate, double dividend_yield, double *volatility);

// The same for columns of floats; the arithmetic is in doubles.
void tk_implied_volatility_f32(size_t n, const float *spot, const float *strike, const float *years, const uint8_t *is_put, const float *mid,
    float rate, float dividend_yield, float *volatility);

// Destinations of the results of tk_black_scholes; any pointer may be null.
typedef struct {
    double *price;
    double *delta; // per 1 of the underlying
    double *gamma; // change of delta per 1 of the underlying
    double *theta; // per calendar day: a 365th of the derivative by time
    double *vega;  // per volatility point: a 100th of the derivative by volatility
    double *rho;   // per percentage point of the rate
} tk_greeks;

// Prices and greeks at given volatilities. Without time or volatility: the discounted intrinsic value, its delta, zeros.
// Absolute error of a price below 1e-13 times the larger of spot and strike.
void tk_black_scholes(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put, const double *volatility,
    double rate, double dividend_yield, tk_greeks out);

#ifdef __cplusplus
}
#endif
#endif
