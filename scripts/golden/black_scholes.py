"""Prices and greeks of European options by QuantLib, for BlackScholesTests.

    pip install QuantLib && python scripts/golden/black_scholes.py > Tests/MarketDataTests/Golden/black_scholes.bin

Writes 10,000 records of six little-endian doubles: price, delta, gamma, theta (a year / 365), vega (a point), rho (a point). The
contracts follow from a seed by SplitMix64, as in the test: kind, spot, strike, days to expiry, volatility, rate, dividend yield.
"""
import math
import struct
import sys

import QuantLib as ql

MASK = (1 << 64) - 1
state = 20140609


def uniform():
    """SplitMix64, the upper 53 bits as a number in [0, 1)."""
    global state
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


today = ql.Date(9, 6, 2014)
ql.Settings.instance().evaluationDate = today
count = ql.Actual365Fixed()
out = sys.stdout.buffer
for _ in range(10_000):
    is_call = uniform() < 0.5
    spot = math.floor(500 + 50_000 * uniform()) / 100
    strike = math.floor(spot * (0.5 + uniform()) * 100 + 1) / 100
    days = 1 + math.floor(1000 * uniform())
    volatility = math.floor(50 + 1450 * uniform()) / 1000
    rate = math.floor(80 * uniform()) / 1000
    dividend = math.floor(60 * uniform()) / 1000

    def curve(value):
        return ql.YieldTermStructureHandle(ql.FlatForward(today, value, count, ql.Continuous))

    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)), curve(dividend), curve(rate),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.NullCalendar(), volatility, count)))
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(ql.Option.Call if is_call else ql.Option.Put, strike), ql.EuropeanExercise(today + days))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    out.write(struct.pack("<6d", option.NPV(), option.delta(), option.gamma(), option.theta() / 365, option.vega() / 100, option.rho() / 100))
