#!/usr/bin/env python3
"""Makes Tests/MeasuresTests/Golden/chains.json: random option chains, and the state of the underlying worked out from
the definitions in docs/questions.md, by brute force and with nothing but the standard library.

    python3 scripts/golden/underlying_days.py > Tests/MeasuresTests/Golden/chains.json
"""
import json
import math
import random
from statistics import NormalDist

NORMAL = NormalDist()


def price(put, spot, strike, years, volatility):
    spread = volatility * math.sqrt(years)
    d1 = math.log(spot / strike) / spread + spread / 2
    d2 = d1 - spread
    sign = -1 if put else 1
    return sign * (spot * NORMAL.cdf(sign * d1) - strike * NORMAL.cdf(sign * d2))


def chain(rng):
    spot = round(rng.uniform(5, 400), 2)
    step = max(0.5, round(spot * rng.uniform(0.02, 0.08) * 2) / 2)
    level = rng.uniform(0.1, 0.9)
    days = sorted(rng.sample([0, 1, 4, 9, 16, 23, 30, 37, 60, 65, 90, 120, 200, 400], rng.randint(1, 7)))
    contracts = []
    for expiry in days:
        for index in range(-rng.randint(0, 12), rng.randint(1, 13)):
            strike = round(round(spot / step) * step + index * step, 3)
            if strike <= 0:
                continue
            for put in (False, True):
                if rng.random() < 0.1:
                    continue
                volatility = level * (1 + 0.3 * (1 - strike / spot)) * (1 + 0.1 * rng.random())
                mid = price(put, spot, strike, max(expiry, 0.5) / 365, volatility)
                contracts.append(
                    {
                        "days": expiry,
                        "strike": strike,
                        "put": put,
                        "mid": None if rng.random() < 0.1 else round(mid * 100) / 100,
                        "volatility": None if rng.random() < 0.1 else round(volatility, 6),
                        "volume": rng.choice([-1, 0, rng.randint(1, 5000)]),
                        "open_interest": rng.choice([-1, 0, rng.randint(1, 90000)]),
                    }
                )
    rng.shuffle(contracts)
    return {"close": spot, "contracts": contracts}


def between(points, x):
    """Linear between the neighbours around x, None outside."""
    points = sorted(points)
    for left, right in zip(points, points[1:]):
        if left[0] <= x <= right[0] and left[0] < right[0]:
            return left[1] + (right[1] - left[1]) * (x - left[0]) / (right[0] - left[0])
    return next((y for px, y in points if px == x), None)


def smile(rows, close, days):
    strikes = sorted({row["strike"] for row in rows})
    side = {(row["strike"], row["put"]): row for row in rows}

    def value(strike, put, name):
        row = side.get((strike, put))
        return row[name] if row else None

    both = [k for k in strikes if value(k, False, "mid") is not None and value(k, True, "mid") is not None]
    forward = close
    if both:
        best = min(both, key=lambda k: (abs(value(k, False, "mid") - value(k, True, "mid")), k))
        forward = best + value(best, False, "mid") - value(best, True, "mid")
    straddle = None
    if both:
        nearest = min(both, key=lambda k: (abs(k - forward), k))
        straddle = value(nearest, False, "mid") + value(nearest, True, "mid")
    points = []
    for k in strikes:
        first = value(k, k < forward, "volatility")
        second = value(k, not k < forward, "volatility")
        chosen = first if first is not None else second
        if chosen is not None:
            points.append((k, chosen))

    def wing(put):
        found = []
        for k in strikes:
            volatility = value(k, put, "volatility")
            if volatility is None or (k > forward if put else k < forward):
                continue
            spread = volatility * math.sqrt(days / 365)
            d1 = math.log(forward / k) / spread + spread / 2
            found.append((NORMAL.cdf(-d1) if put else NORMAL.cdf(d1), volatility))
        return between(found, 0.25)

    return {"days": days, "forward": forward, "atm": between(points, forward), "put25": wing(True), "call25": wing(False), "straddle": straddle}


def tenor(smiles, days, name):
    known = [s for s in smiles if s[name] is not None]
    before = [s for s in known if s["days"] <= days]
    after = [s for s in known if s["days"] >= days]
    if not before or not after:
        return None
    first, last = before[-1], after[0]
    if first["days"] == last["days"]:
        return first[name]
    variance = lambda s: s[name] ** 2 * s["days"]
    share = (days - first["days"]) / (last["days"] - first["days"])
    return math.sqrt((variance(first) + (variance(last) - variance(first)) * share) / days)


def measures(case):
    close, contracts = case["close"], case["contracts"]
    days = sorted({row["days"] for row in contracts})
    smiles = [smile([r for r in contracts if r["days"] == d], close, d) for d in days if d >= 1]
    put, call, iv30 = tenor(smiles, 30, "put25"), tenor(smiles, 30, "call25"), tenor(smiles, 30, "atm")
    total = lambda put, name: sum(max(0, r[name]) for r in contracts if r["put"] == put)

    pain = None
    for d in days:
        rows = [r for r in contracts if r["days"] == d]
        if not any(r["open_interest"] > 0 for r in rows):
            continue
        payout = lambda k: sum(
            max(0, r["open_interest"]) * max(0, (r["strike"] - k) if r["put"] else (k - r["strike"])) for r in rows)
        # Sums of floats that are equal on paper differ in their last bits.
        pain = min({r["strike"] for r in rows}, key=lambda k: (round(payout(k), 4), k))
        break

    gex, terms = 0.0, 0
    for r in contracts:
        if r["open_interest"] > 0 and r["volatility"] and r["days"] > 0:
            spread = r["volatility"] * math.sqrt(r["days"] / 365)
            d1 = math.log(close / r["strike"]) / spread + spread / 2
            terms += 1
            gamma = NORMAL.pdf(d1) / (close * spread)
            gex += (-1 if r["put"] else 1) * gamma * r["open_interest"] * 100 * close**2 * 0.01

    def wall(put):
        sums = {}
        for r in contracts:
            if r["put"] == put and r["open_interest"] > 0:
                sums[r["strike"]] = sums.get(r["strike"], 0) + r["open_interest"]
        return min(sums, key=lambda k: (-sums[k], k)) if sums else None

    nearest = min(smiles, key=lambda s: (abs(s["days"] - 30), s["days"]), default=None)
    return {
        "forward": nearest["forward"] if nearest else None,
        "iv30": iv30,
        "iv60": tenor(smiles, 60, "atm"),
        "iv90": tenor(smiles, 90, "atm"),
        "skew25": put - call if put is not None and call is not None else None,
        "fly25": (put + call) / 2 - iv30 if None not in (put, call, iv30) else None,
        "expected_move": next((s["straddle"] for s in smiles if s["straddle"] is not None), None),
        "call_volume": total(False, "volume"),
        "put_volume": total(True, "volume"),
        "call_open_interest": total(False, "open_interest"),
        "put_open_interest": total(True, "open_interest"),
        "premium_traded": sum(r["volume"] * r["mid"] * 100 for r in contracts if r["volume"] > 0 and r["mid"] is not None),
        "max_pain": pain,
        "gex": gex if terms else None,
        "call_wall": wall(False),
        "put_wall": wall(True),
    }


rng = random.Random(20261129)
cases = [chain(rng) for _ in range(32)]
for case in cases:
    case["expected"] = measures(case)
print(json.dumps(cases, separators=(",", ":")))
