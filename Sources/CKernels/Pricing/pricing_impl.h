// The pricing kernels for vectors of TK_LANES doubles. The including file sets TK_LANES, TK_NAME(name) and the target
// attribute.
//
// Implied volatility. With A = S e^(-qT), B = K e^(-rT), the option is turned into its out-of-the-money twin by parity and
// scaled by sqrt(AB): with x = -|log(A/B)|, s = σ sqrt T, h = x/s, t = s/2 its price is
//   b(s) = ω (R(-h-t) - R(t-h))  for h + t <= 0,   b(s) = e^(x/2) - ω (R(h+t) + R(t-h))  otherwise,
// where ω = exp(-(h² + t²)/2)/sqrt(2π) = b'(s) and R is the Mills ratio. The logarithm of b (left of the inflection) or of
// e^(x/2) - b (right of it) is close to quadratic in s or 1/s, and needs no exponential, so that Halley's iteration on it
// converges within one to four steps from the volatility of the normal (Bachelier) model, for which h is a function of one
// variable. After Jäckel, "Let's Be Rational" (2015), whose regions these are, and Hagan's normal-to-lognormal expansion.

// No fused multiply-add, so that every instruction set gives the same bits.
#pragma clang fp contract(off)

#include "pricing_math.h"

// A step below `last`, as a share of s, leaves an error of the order of its cube: such a lane is done.
TK_INLINE vd implied_volatility(vd spot, vd strike, vd years, vi is_put, vd mid, vd rate, vd dividend_yield, double last) {
    vd a = spot * vexp(-(dividend_yield * years));
    vd b = strike * vexp(-(rate * years));
    vd forward_value = a - b;
    vd in_the_money = vmax(is_put ? -forward_value : forward_value, 0.0);
    vd root = __builtin_elementwise_sqrt(a * b);
    vd scale = 1.0 / root;
    vd time_value = mid - in_the_money;
    vd price = time_value * scale;
    vd bound = vmin(a, b) * scale;
    vd complement = bound - price;
    vi valid =
        (time_value > 1e-6 * mid) & (complement > 1e-6 * bound) & (years > 0.0) & (spot > 0.0) & (strike > 0.0) & (root < 1e150) & (price > 1e-150);

    vd x = vabs(vlog(a / b));
    vd y = vabs(forward_value) * scale;
    vd log_price = vlog(price) + 0.91893853320467274;
    vd log_complement = vlog(complement) + 0.91893853320467274;

    vd m = vmax(y / price, 1e-8);
    vd v = vlog(1.0 + m);
    vd v2 = v * v;
    vd numerator = (1.59154943091895336e-01 + 2.73796489748841937e-02 * v) + v2 * (3.52656096990167827e-03 + 8.25904438415183245e-06 * v);
    vd denominator =
        (1.0 + 1.72538767684618233e-01 * v) + v2 * ((2.87615112920244428e-02 + 1.82590400787220673e-03 * v) + v2 * 4.11631472905844638e-06);
    vd normal = price * (m / v) * __builtin_elementwise_sqrt(denominator / numerator);
    vd s = normal * ((x + 1e-30) / (y + 1e-30)) * (1.0 + normal * normal * (1.0 / 24));

    // A finished lane is not changed, so that its bits do not depend on its neighbours. Most options are done after one step.
    vi open = valid;
    for (int i = 0; i < 4 && __builtin_reduce_or(open) != 0; i++) {
        vd h = x / s;
        vd t = 0.5 * s;
        vd d = t - h;
        vi upper = d > 0.0;
        vd near_tail = vmills(vabs(d));
        vd far_tail = vmills(t + h);
        vd sum = upper ? near_tail + far_tail : near_tail - far_tail;
        vd value = vlog(sum) - 0.5 * (h * h + t * t);
        vd newton = (upper ? value - log_complement : log_price - value) * sum;
        vd slope = 1.0 / (upper ? -sum : sum);
        vd curvature = h * h / s - 0.25 * s;
        vd halley = 1.0 + 0.5 * newton * (curvature - slope);
        vd step = newton / vmax(halley, 0.5);
        step = vmin(vmax(step, -0.5 * s), s);
        s = open ? s + step : s;
        open &= ~(vabs(step) < last * s);
    }
    return valid & ~open ? s / __builtin_elementwise_sqrt(years) : (vd)__builtin_nan("");
}

void TK_NAME(tk_implied_volatility)(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put, const double *mid,
    double rate, double dividend_yield, double *volatility) {
    size_t i = 0;
    for (; i + TK_LANES <= n; i += TK_LANES) {
        vd s, k, t, p;
        vb put;
        memcpy(&s, spot + i, sizeof s);
        memcpy(&k, strike + i, sizeof k);
        memcpy(&t, years + i, sizeof t);
        memcpy(&p, mid + i, sizeof p);
        memcpy(&put, is_put + i, TK_LANES);
        // Prices come back to within a part in 10^12.
        vd result = implied_volatility(s, k, t, __builtin_convertvector(put, vi) != 0, p, rate, dividend_yield, 0x1p-12);
        memcpy(volatility + i, &result, sizeof result);
    }
    if (i < n) {
        double s[TK_LANES] = {0}, k[TK_LANES] = {0}, t[TK_LANES] = {0}, p[TK_LANES] = {0}, result[TK_LANES];
        uint8_t put[TK_LANES] = {0};
        for (size_t j = i; j < n; j++) { s[j - i] = spot[j], k[j - i] = strike[j], t[j - i] = years[j], p[j - i] = mid[j], put[j - i] = is_put[j]; }
        TK_NAME(tk_implied_volatility)(TK_LANES, s, k, t, put, p, rate, dividend_yield, result);
        for (size_t j = i; j < n; j++) volatility[j] = result[j - i];
    }
}

void TK_NAME(tk_implied_volatility_f32)(size_t n, const float *spot, const float *strike, const float *years, const uint8_t *is_put, const float *mid,
    float rate, float dividend_yield, float *volatility) {
    size_t i = 0;
    for (; i + TK_LANES <= n; i += TK_LANES) {
        vf s, k, t, p;
        vb put;
        memcpy(&s, spot + i, sizeof s);
        memcpy(&k, strike + i, sizeof k);
        memcpy(&t, years + i, sizeof t);
        memcpy(&p, mid + i, sizeof p);
        memcpy(&put, is_put + i, TK_LANES);
        // Far more iterations than the result has digits.
        vd result = implied_volatility(__builtin_convertvector(s, vd), __builtin_convertvector(k, vd), __builtin_convertvector(t, vd),
            __builtin_convertvector(put, vi) != 0, __builtin_convertvector(p, vd), rate, dividend_yield, 0x1p-10);
        vf narrow = __builtin_convertvector(result, vf);
        memcpy(volatility + i, &narrow, sizeof narrow);
    }
    if (i < n) {
        float s[TK_LANES] = {0}, k[TK_LANES] = {0}, t[TK_LANES] = {0}, p[TK_LANES] = {0}, result[TK_LANES];
        uint8_t put[TK_LANES] = {0};
        for (size_t j = i; j < n; j++) { s[j - i] = spot[j], k[j - i] = strike[j], t[j - i] = years[j], p[j - i] = mid[j], put[j - i] = is_put[j]; }
        TK_NAME(tk_implied_volatility_f32)(TK_LANES, s, k, t, put, p, rate, dividend_yield, result);
        for (size_t j = i; j < n; j++) volatility[j] = result[j - i];
    }
}

typedef struct {
    vd price, delta, gamma, theta, vega, rho;
} TK_NAME(greeks);

TK_INLINE TK_NAME(greeks) black_scholes(vd spot, vd strike, vd years, vi is_put, vd volatility, vd rate, vd yield) {
    vi alive = (years > 0.0) & (volatility > 0.0);
    vd time = vmax(years, 0.0);
    vd root = __builtin_elementwise_sqrt(time);
    vd carry = vexp(-(yield * time));
    vd discount = vexp(-(rate * time));
    vd a = spot * carry;
    vd b = strike * discount;
    vd s = alive ? volatility * root : (vd)1e-12;
    // Beyond 38 the tail of the normal distribution is below the smallest normal double.
    vd d1 = vmin(vmax(vlog(a / b) / s + 0.5 * s, -38.0), 38.0);
    vd d2 = vmin(vmax(vlog(a / b) / s - 0.5 * s, -38.0), 38.0);
    vd density1 = 0.39894228040143268 * vexp(-0.5 * d1 * d1);
    vd density2 = 0.39894228040143268 * vexp(-0.5 * d2 * d2);
    vd tail1 = density1 * vmills(vabs(d1));
    vd tail2 = density2 * vmills(vabs(d2));
    // Probabilities on the option's own side: N(d) for calls, N(-d) for puts.
    vi low1 = (d1 < 0.0) ^ is_put;
    vi low2 = (d2 < 0.0) ^ is_put;
    vd n1 = low1 ? tail1 : 1.0 - tail1;
    vd n2 = low2 ? tail2 : 1.0 - tail2;
    vd sign = is_put ? (vd)-1.0 : (vd)1.0;

    TK_NAME(greeks) result;
    vd bad = spot * strike * volatility * years * 0.0;
    result.price = (alive ? sign * (a * n1 - b * n2) : vmax(sign * (a - b), 0.0)) + bad;
    vd step = (sign * (a - b) > 0.0) ? (vd)1.0 : (vd)0.0;
    result.delta = sign * carry * (alive ? n1 : step) + bad;
    result.gamma = (alive ? carry * density1 / (spot * s) : (vd)0.0) + bad;
    vd decay = -(a * density1 * volatility) / (2.0 * root) + sign * (yield * a * n1 - rate * b * n2);
    result.theta = (alive ? decay * (1.0 / 365) : (vd)0.0) + bad;
    result.vega = (alive ? a * density1 * root * 0.01 : (vd)0.0) + bad;
    result.rho = (alive ? sign * b * time * n2 * 0.01 : (vd)0.0) + bad;
    return result;
}

TK_INLINE void store(double *to, size_t i, vd value) {
    if (to) memcpy(to + i, &value, sizeof value);
}

void TK_NAME(tk_black_scholes)(size_t n, const double *spot, const double *strike, const double *years, const uint8_t *is_put,
    const double *volatility, double rate, double dividend_yield, tk_greeks out) {
    size_t i = 0;
    for (; i + TK_LANES <= n; i += TK_LANES) {
        vd s, k, t, v;
        vb put;
        memcpy(&s, spot + i, sizeof s);
        memcpy(&k, strike + i, sizeof k);
        memcpy(&t, years + i, sizeof t);
        memcpy(&v, volatility + i, sizeof v);
        memcpy(&put, is_put + i, TK_LANES);
        TK_NAME(greeks) g = black_scholes(s, k, t, __builtin_convertvector(put, vi) != 0, v, rate, dividend_yield);
        store(out.price, i, g.price);
        store(out.delta, i, g.delta);
        store(out.gamma, i, g.gamma);
        store(out.theta, i, g.theta);
        store(out.vega, i, g.vega);
        store(out.rho, i, g.rho);
    }
    if (i < n) {
        double s[TK_LANES] = {0}, k[TK_LANES] = {0}, t[TK_LANES] = {0}, v[TK_LANES] = {0}, results[6][TK_LANES];
        uint8_t put[TK_LANES] = {0};
        for (size_t j = i; j < n; j++) {
            s[j - i] = spot[j], k[j - i] = strike[j], t[j - i] = years[j], v[j - i] = volatility[j], put[j - i] = is_put[j];
        }
        tk_greeks local = {results[0], results[1], results[2], results[3], results[4], results[5]};
        TK_NAME(tk_black_scholes)(TK_LANES, s, k, t, put, v, rate, dividend_yield, local);
        double *outs[6] = {out.price, out.delta, out.gamma, out.theta, out.vega, out.rho};
        for (int c = 0; c < 6; c++) {
            if (!outs[c]) continue;
            for (size_t j = i; j < n; j++) outs[c][j] = results[c][j - i];
        }
    }
}
