// Vectors of TK_LANES doubles: logarithm, exponential, Mills ratio. Included by pricing_impl.h once per instruction set.
// Coefficients: scripts/coefficients/pricing.py.

typedef double vd __attribute__((ext_vector_type(TK_LANES)));
typedef float vf __attribute__((ext_vector_type(TK_LANES)));
typedef int64_t vi __attribute__((ext_vector_type(TK_LANES)));
typedef uint64_t vu __attribute__((ext_vector_type(TK_LANES)));
typedef uint8_t vb __attribute__((ext_vector_type(TK_LANES)));

#define TK_INLINE static inline __attribute__((always_inline))

TK_INLINE vd vabs(vd x) { return __builtin_elementwise_abs(x); }
// Both return the second operand if the first is not a number.
TK_INLINE vd vmax(vd x, vd y) { return x > y ? x : y; }
TK_INLINE vd vmin(vd x, vd y) { return x < y ? x : y; }

// log x for positive normal x, relative error below 1e-14 away from 1 and absolute below 1e-16 near it; undefined otherwise.
TK_INLINE vd vlog(vd x) {
    const int64_t sqrt_half = 0x3fe6a09e667f3bcd;
    vi shifted = (vi)x + (0x3ff0000000000000 - sqrt_half);
    vu exponent = (vu)shifted >> 52;
    vd m = (vd)((shifted & 0x000fffffffffffff) + sqrt_half);
    // The exponent, put into the low bits of 2^52, turns into a double without a conversion instruction.
    vd e = (vd)(exponent | 0x4330000000000000u) - (0x1p52 + 1023.0);
    vd f = (m - 1.0) / (m + 1.0);
    vd g = f * f;
    vd g2 = g * g;
    vd low = (1.0 + 3.33333333333338255e-01 * g) + g2 * (1.99999999996497951e-01 + 1.42857143806013720e-01 * g);
    vd high = (1.11110985011121627e-01 + 9.09181719877658195e-02 * g) + g2 * (7.65623048811686774e-02 + 7.40518131990971079e-02 * g);
    vd series = (low + (g2 * g2) * high) * (f + f);
    return e * 0x1.62e42fefa3800p-1 + (series + e * 0x1.ef35793c76730p-45);
}

// e^x, relative error below 1e-14; x is clamped to [-708, 708], and a NaN counts as -708.
TK_INLINE vd vexp(vd x) {
    x = vmin(vmax(x, -708.0), 708.0);
    const double magic = 0x1.8p52;
    vd shifted = x * 0x1.71547652b82fep+0 + magic;
    vd n = shifted - magic;
    vd r = (x - n * 0x1.62e42fefa3800p-1) - n * 0x1.ef35793c76730p-45;
    vd r2 = r * r;
    vd r4 = r2 * r2;
    vd a = (1.0 + r) + r2 * (1.0 / 2 + (1.0 / 6) * r);
    vd b = (1.0 / 24 + (1.0 / 120) * r) + r2 * (1.0 / 720 + (1.0 / 5040) * r);
    vd c = (1.0 / 40320 + (1.0 / 362880) * r) + r2 * (1.0 / 3628800 + (1.0 / 39916800) * r);
    vd p = a + r4 * (b + r4 * c);
    vi scale = ((vi)shifted + 1023) << 52;
    return p * (vd)scale;
}

// N(-z) / φ(z) for z >= 0: the Mills ratio of the normal distribution, relative error below 1e-14.
TK_INLINE vd vmills(vd z) {
    vd t = (z - 4.0) / (z + 4.0);
    vd t2 = t * t;
    vd t4 = t2 * t2;
    vd a = (+1.18326191456780139e+00 + -2.42399670521897009e-01 * t) + t2 * (+3.50918802352104819e-02 + +7.16904812080934872e-02 * t);
    vd b = (-8.07080096976691003e-02 + +4.49591289296992352e-02 * t) + t2 * (-1.25391033277291557e-02 + -7.15949401044918532e-04 * t);
    vd c = (+1.74184640990747799e-03 + -2.36710260546382675e-04 * t) + t2 * (-2.20204409654627462e-04 + +5.32961560715873345e-05 * t);
    vd d = (+3.41258081630431491e-05 + -8.66996422414653398e-06 * t) + t2 * (-6.49032624728942053e-06 + +1.10969001093900941e-06 * t);
    vd e = (+1.31266569526596550e-06 + -8.47838748848182991e-08 * t) + t2 * (-2.25681086810246533e-07 + +2.89958569335774318e-10 * t);
    vd p = a + t4 * (b + t4 * (c + t4 * (d + t4 * (e + t4 * 2.24133611752178670e-08))));
    return p / (1.0 + z);
}
