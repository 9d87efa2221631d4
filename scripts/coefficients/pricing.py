#!/usr/bin/env python3
"""Prints the coefficients of Sources/CKernels/Pricing/pricing_math.h. Needs mpmath, numpy and scipy (PyPI).

- Mills ratio R(z) = N(-z)/phi(z): (1 + z) R(z) as a polynomial in t = (z - 4)/(z + 4), from a Chebyshev series.
- log: atanh(f)/f as a polynomial in f^2 for |f| <= (sqrt 2 - 1)/(sqrt 2 + 1).
- Bachelier moneyness: h^2/v^2 as a rational function of v = log(1 + |y|/c), where the normal model prices an option that is
  |y| out of the money at c = s phi(h) - |y| N(-h), h = |y|/s. Least squares on the relative error for 1e-5 <= h <= 25.
"""

import mpmath as mp
import numpy as np
from scipy.optimize import least_squares
from scipy.special import erfcx

mp.mp.dps = 50


def chebyshev(function, count, nodes=160):
    points = [mp.cos(mp.pi * (i + mp.mpf(1) / 2) / nodes) for i in range(nodes)]
    values = [function(x) for x in points]
    series = [
        2 * sum(values[i] * mp.cos(mp.pi * j * (i + mp.mpf(1) / 2) / nodes) for i in range(nodes)) / nodes
        for j in range(count)
    ]
    series[0] /= 2
    return series


def monomials(series):
    total = [mp.mpf(0)] * len(series)
    previous, current = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for j, c in enumerate(series):
        basis = previous if j == 0 else current
        if j > 1:
            following = [mp.mpf(0)] + [2 * a for a in current]
            for i, a in enumerate(previous):
                following[i] -= a
            previous, current = current, following
            basis = current
        for i, a in enumerate(basis):
            total[i] += c * a
    return total


def show(name, values):
    print(name)
    for value in values:
        print(f"    {float(value):+.17e},")


def mills(z):
    return mp.sqrt(mp.pi / 2) * mp.exp(z * z / 2) * mp.erfc(z / mp.sqrt(2))


def scaled_mills(t):
    z = 4 * (1 + t) / (1 - t)
    return mills(z) * (1 + z) if z < 200 else (1 + z) * (1 / z - 1 / z**3 + 3 / z**5 - 15 / z**7)


coefficients = monomials(chebyshev(scaled_mills, 21))
show("mills", coefficients)
worst = 0
for z in np.concatenate([np.linspace(0, 12, 2001), np.geomspace(12, 190, 200)]):
    t = (z - 4) / (z + 4)
    value = 0.0
    for c in reversed(coefficients):
        value = value * t + float(c)
    worst = max(worst, abs(float(mp.mpf(value) / (mills(mp.mpf(z)) * (1 + z)) - 1)))
print("  worst relative error in double", worst)

edge = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2


def atanh_ratio(u):
    g = edge * (1 + u) / 2
    return mp.mpf(1) if g == 0 else mp.atanh(mp.sqrt(g)) / mp.sqrt(g)


inner = monomials(chebyshev(atanh_ratio, 8))
# From u = 2 g / edge - 1 back to g.
shifted = [mp.mpf(0)] * 8
for i, c in enumerate(inner):
    for j in range(i + 1):
        shifted[j] += c * mp.binomial(i, j) * (2 / edge) ** j * (-1) ** (i - j)
show("atanh", shifted)

h = np.geomspace(1e-5, 25, 4000)
one_minus = np.where(
    h < 6, 1 - h * np.sqrt(np.pi / 2) * erfcx(h / np.sqrt(2)), 1 / h**2 - 3 / h**4 + 15 / h**6 - 105 / h**8
)
log_m = np.log(h) + h * h / 2 + 0.5 * np.log(2 * np.pi) - np.log(one_minus)
v = np.logaddexp(0, log_m)


def bachelier(p):
    numerator = 1 / (2 * np.pi) + p[0] * v + p[1] * v**2 + p[2] * v**3
    return numerator / (1 + p[3] * v + p[4] * v**2 + p[5] * v**3 + p[6] * v**4)


best = None
for seed in range(8):
    start = np.abs(np.random.default_rng(seed).normal(size=7)) * [0.1, 0.1, 0.1, 0.5, 0.3, 0.1, 0.05]
    fit = least_squares(lambda p: bachelier(p) * v * v / (h * h) - 1, start, xtol=1e-15, ftol=1e-15, max_nfev=20000)
    if best is None or fit.cost < best.cost:
        best = fit
show("bachelier, numerator from degree 1, then denominator from degree 1", best.x)
print("  worst relative error", np.abs(best.fun).max())
