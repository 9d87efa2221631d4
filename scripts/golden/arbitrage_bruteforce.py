#!/usr/bin/env python3
"""Makes Tests/AnalysesTests/Golden/arbitrage.json: 300 random chains with prices out of line, and the violations of docs/arbitrage.md
found by brute force over all pairs and triples, with nothing but the standard library. A rate of null is the one that the quotes imply.

    python3 scripts/golden/arbitrage_bruteforce.py > Tests/AnalysesTests/Golden/arbitrage.json
"""
import json
import math
import random
from itertools import combinations
from statistics import NormalDist, median_high

NORMAL = NormalDist()
FEE, STOCK = 0.0065, 0.01
HIGHEST_RATE, FALLBACK = 0.2, 0.02


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


def discounts(both, parity, spot, years):
    """e^(−rT) of an implied rate, low for what is received and high for what is owed; `parity` is C − P by mids."""
    if len(both) < 4:
        return math.exp(-HIGHEST_RATE * years), 1
    near = [k for k in both if 0.7 * spot < k <= spot]
    gap, low, high = len(near) // 2, None, 1
    if gap >= 2:
        slopes = [(parity[a] - parity[b]) / (b - a) for a, b in zip(near, near[gap:])]
        middle = median_high(slopes)
        error = 1.2533 * 1.4826 * median_high(abs(slope - middle) for slope in slopes) / math.sqrt(len(slopes))
        low, high = middle - 2 * error, min(1, middle + 2 * error)
    discount = low if low is not None else math.exp(-FALLBACK * years)
    carries = sorted((spot - parity[k]) / k for k in both if k <= 1.25 * spot)
    if len(carries) > 1:
        discount = min(discount, carries[1])
    rate = min(HIGHEST_RATE, max(0, -math.log(discount) / years)) if discount > 0 else FALLBACK
    return min(high, math.exp(-rate * years)), high


def expected(both, parity):
    """The least and the most of P − C at each strike, by the polynomials through its neighbours."""

    def through(known, at):
        return sum(-parity[a] * math.prod((at - b) / (a - b) for b in known if b != a) for a in known)

    result = {}
    for place, strike in enumerate(both):
        below, above = both[max(0, place - 3) : place], both[place + 1 : place + 4]
        sets = [below[-2:], above[:2], below[-1:] + above[:1]]
        if not below:
            sets.append(above)
        if not above:
            sets.append(below)
        values = [through(known, strike) for known in sets if len(known) > 1]
        result[strike] = min(values), max(values)
    return result


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
        both = sorted(k for d, k, kind in quote if d == days and kind == "C" and (days, k, "P") in quote)
        parity = {k: mid(days, k, "C") - mid(days, k, "P") for k in both}
        estimated = case["rate"] is None
        if estimated:
            received, owing = discounts(both, parity, spot, years)
        else:
            received = owing = math.exp(-case["rate"] * years)
        discount = received if european else min(1, received)
        beside = expected(both, parity) if len(both) >= 4 else None
        near = [k for k in both if k >= 0.75 * spot]
        bound = dividends = case["yield"] * spot * (years + 0.25)
        margin = median_high(sum(ask(days, k, s) - bid(days, k, s) for s in "CP") for k in near) / 2 if near else 0
        if case["implied"] and len(near) >= 4:
            implied = sorted(spot - received * k - parity[k] for k in near)
            dividends = min(dividends, max(0, implied[-2]) + margin)
        for k in both:
            paid = k * discount
            if estimated and beside:
                paid = min(paid, spot + beside[k][0])
            note("conversion", days, k, "C", bid(days, k, "C") - ask(days, k, "P") - spot + paid - 2 * FEE - STOCK)
            owed, most = k * owing if european else k, dividends
            if case["implied"] and beside:
                most = min(bound, max(most, spot + beside[k][1] - owed + margin))
            note("reversal", days, k, "C", spot - ask(days, k, "C") + bid(days, k, "P") - owed - most - 2 * FEE - STOCK)
        for low, high in combinations(both, 2):
            cost = ask(days, low, "C") - bid(days, low, "P") - bid(days, high, "C") + ask(days, high, "P")
            paid = (high - low) * discount
            if estimated and beside:
                paid = min(paid, beside[high][0] - beside[low][1])
            note("long_box", days, high, "C", paid - cost - 4 * FEE)
            credit = bid(days, low, "C") - ask(days, low, "P") - ask(days, high, "C") + bid(days, high, "P")
            owed = (high - low) * owing if european else high - low + max(bound, low * (1 - discount))
            note("short_box", days, high, "C", credit - owed - 4 * FEE)
        for kind in "CP":
            strikes = sorted(k for d, k, s in quote if d == days and s == kind)
            for low, high in combinations(strikes, 2):
                more, less = (low, high) if kind == "C" else (high, low)
                note("vertical", days, less, kind, bid(days, less, kind) - ask(days, more, kind) - 2 * FEE)
                width = (high - low) * (owing if european else 1)
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
cases = [chain(rng) for _ in range(300)]
for case in cases[200:]:
    case["rate"] = None
for case in cases:
    case["expected"] = violations(case)
print(json.dumps(cases, separators=(",", ":")))
