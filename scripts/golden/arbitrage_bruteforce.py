#!/usr/bin/env python3
"""Makes Tests/AnalysesTests/Golden/arbitrage.json: 200 random chains with prices out of line, and the violations of docs/arbitrage.md
found by brute force over all pairs and triples, with nothing but the standard library.

    python3 scripts/golden/arbitrage_bruteforce.py > Tests/AnalysesTests/Golden/arbitrage.json
"""
import json
import math
import random
from itertools import combinations
from statistics import NormalDist

NORMAL = NormalDist()
FEE, STOCK = 0.0065, 0.01


def price(put, spot, strike, years, volatility):
    spread = volatility * math.sqrt(years)
    d1 = math.log(spot / strike) / spread + spread / 2
    sign = -1 if put else 1
    return sign * (spot * NORMAL.cdf(sign * d1) - strike * NORMAL.cdf(sign * (d1 - spread)))


def chain(rng):
    spot = round(rng.uniform(20, 200), 2)
    step = max(1, round(spot * 0.025))
    first = max(1, round(spot / step) - rng.randint(2, 4))
    strikes = [step * (first + i) for i in range(rng.randint(3, 8))]
    noise = rng.choice([0, 0.05, 0.2, 0.8])
    quotes = []
    for days in sorted(rng.sample([7, 35, 56, 91, 182], rng.randint(1, 3))):
        for strike in strikes:
            for put in (False, True):
                if rng.random() < 0.05:
                    continue
                mid = max(0.03, price(put, spot, strike, days / 365, 0.3) + rng.gauss(0, noise) * rng.random() ** 3)
                half = rng.choice([0.01, 0.02, 0.05])
                bid, ask = round(max(0.01, mid - half), 2), round(mid + half, 2)
                if bid < ask:
                    quotes.append([days, strike, "P" if put else "C", bid, ask])
    return {
        "close": spot,
        "european": rng.random() < 0.3,
        "rate": rng.choice([0, 0, 0.03, 0.06]),
        "yield": rng.choice([0, 0.02]),
        "implied": rng.random() < 0.5,
        "quotes": quotes,
    }


def violations(case):
    """(family, days, strike and kind of the anchor) -> the best profit a share; of a butterfly, a share of the body."""
    best = {}
    spot, european = case["close"], case["european"]

    def note(family, days, strike, kind, profit):
        key = f"{family} {days} {strike}{kind}"
        if profit > 1e-9:
            best[key] = max(best.get(key, 0), profit)

    quote = {(d, k, kind): (bid, ask) for d, k, kind, bid, ask in case["quotes"]}
    bid = lambda *key: quote[key][0]
    ask = lambda *key: quote[key][1]
    mid = lambda *key: sum(quote[key]) / 2
    for days in {d for d, *_ in quote}:
        years = days / 365
        discount = math.exp(-case["rate"] * years)
        both = sorted(k for d, k, kind in quote if d == days and kind == "C" and (days, k, "P") in quote)
        near = [k for k in both if k >= 0.75 * spot]
        bound = dividends = case["yield"] * spot * (years + 0.25)
        if case["implied"] and len(near) >= 4:
            implied = sorted(spot - discount * k - mid(days, k, "C") + mid(days, k, "P") for k in near)
            spreads = sorted(sum(ask(days, k, s) - bid(days, k, s) for s in "CP") for k in near)
            dividends = min(dividends, max(0, implied[-2]) + spreads[len(near) // 2] / 2)
        for k in both:
            note("conversion", days, k, "C", bid(days, k, "C") - ask(days, k, "P") - spot + k * discount - 2 * FEE - STOCK)
            owed = k * discount if european else k
            note("reversal", days, k, "C", spot - ask(days, k, "C") + bid(days, k, "P") - owed - dividends - 2 * FEE - STOCK)
        for low, high in combinations(both, 2):
            cost = ask(days, low, "C") - bid(days, low, "P") - bid(days, high, "C") + ask(days, high, "P")
            note("long_box", days, high, "C", (high - low) * discount - cost - 4 * FEE)
            credit = bid(days, low, "C") - ask(days, low, "P") - ask(days, high, "C") + bid(days, high, "P")
            owed = (high - low) * discount if european else high - low + max(bound, low * (1 - discount))
            note("short_box", days, high, "C", credit - owed - 4 * FEE)
        for kind in "CP":
            strikes = sorted(k for d, k, s in quote if d == days and s == kind)
            for low, high in combinations(strikes, 2):
                more, less = (low, high) if kind == "C" else (high, low)
                note("vertical", days, less, kind, bid(days, less, kind) - ask(days, more, kind) - 2 * FEE)
                width = (high - low) * (discount if european else 1)
                note("vertical_width", days, less, kind, bid(days, more, kind) - ask(days, less, kind) - width - 2 * FEE)
            for low, body, high in combinations(strikes, 3):
                share = (high - body) / (high - low)
                wings = share * ask(days, low, kind) + (1 - share) * ask(days, high, kind)
                note("butterfly", days, body, kind, bid(days, body, kind) - wings - 2 * FEE)
    if not european:
        for near, far in combinations(sorted({d for d, *_ in quote}), 2):
            for d, k, kind in list(quote):
                if d == near and (far, k, kind) in quote:
                    note("calendar", far, k, kind, bid(near, k, kind) - ask(far, k, kind) - 2 * FEE)
    return {key: round(value, 9) for key, value in sorted(best.items()) if value > 1e-4}


rng = random.Random(20261129)
cases = [chain(rng) for _ in range(200)]
for case in cases:
    case["expected"] = violations(case)
print(json.dumps(cases, separators=(",", ":")))
