#!/usr/bin/env python3
"""Makes risk.json, flow.json and regimes.json of Tests/AnalysesTests/Golden: 200 random cases each, worked out from the definitions in docs/
with nothing but the standard library.

    python3 scripts/golden/analyses_bruteforce.py Tests/AnalysesTests/Golden
"""
import json
import math
import random
import sys
from statistics import fmean, median, stdev



def cdf(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def price(put, spot, strike, years, volatility, rate):
    sign = -1 if put else 1
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + rate * years) / spread + spread / 2
    return sign * (spot * cdf(sign * d1) - strike * math.exp(-rate * years) * cdf(sign * (d1 - spread)))


# --- risk: greeks by differences of prices


def position(rng):
    spot = round(rng.uniform(10, 300), 2)
    return {
        "kind": rng.choice("CPCPCPS"),
        "quantity": rng.choice([-30, -5, -1, 1, 2, 10]),
        "spot": spot,
        "strike": round(spot * rng.uniform(0.8, 1.2)),
        "days": rng.choice([7, 14, 35, 105, 196, 595]),
        "volatility": round(rng.uniform(0.1, 0.9), 4),
        "deviation": round(rng.uniform(0.005, 0.05), 4) if rng.random() < 0.7 else None,
        "mid": round(rng.uniform(0.1, 20), 2) if rng.random() < 0.8 else None,
    }


def risk(case):
    rate = case["rate"]
    total = dict.fromkeys(["market_value", "delta", "gamma", "theta", "vega"], 0.0)
    profits = {}
    for p in case["positions"]:
        if p["kind"] == "S":
            p["deviation"] = p["deviation"] or 0.02
            total["market_value"] += p["quantity"] * p["spot"]
            total["delta"] += p["quantity"] * p["spot"]
        else:
            put, years, size = p["kind"] == "P", p["days"] / 365, p["quantity"] * 100
            value = lambda spot=p["spot"], time=years, vol=p["volatility"]: price(put, spot, p["strike"], time, vol, rate)
            h = p["spot"] * 1e-4
            up, middle, down = value(p["spot"] + h), value(), value(p["spot"] - h)
            total["market_value"] += size * (middle if p["mid"] is None else p["mid"])
            total["delta"] += size * (up - down) / (2 * h) * p["spot"]
            total["gamma"] += size * (up - 2 * middle + down) / h**2 * p["spot"] ** 2 * 0.01
            total["theta"] += size * (value(time=years - 1e-6) - value(time=years + 1e-6)) / 2e-6 / 365
            total["vega"] += size * (value(vol=p["volatility"] + 1e-5) - value(vol=p["volatility"] - 1e-5)) / 2e-5 / 100
        for sigmas in range(-3, 4):
            for change in (-0.2, 0, 0.2):
                move = math.exp(sigmas * (p["deviation"] or p["volatility"] / math.sqrt(252)))
                if p["kind"] == "S":
                    profit = p["quantity"] * p["spot"] * (move - 1)
                else:
                    profit = size * (value(spot=p["spot"] * move, vol=p["volatility"] * (1 + change)) - middle)
                profits[sigmas, change] = profits.get((sigmas, change), 0) + profit
    return {"total": total, "scenarios": [[s, c, v] for (s, c), v in sorted(profits.items())]}


# --- flow


def flow_case(rng):
    spot = round(rng.uniform(20, 200), 2)
    contracts = []
    for days in rng.sample([7, 14, 35], rng.randint(1, 2)):
        for strike in rng.sample(range(int(spot * 0.8), int(spot * 1.2)), rng.randint(1, 2)):
            for kind in "CP":
                volume = rng.choice([None, 0, rng.randint(1, 300), rng.randint(100, 20000)])
                usual = rng.choice([5, 50, 1000])
                contracts.append(
                    {
                        "days": days,
                        "strike": strike,
                        "kind": kind,
                        "volume": volume,
                        "open_interest": rng.choice([None, 0, rng.randint(1, 30000)]),
                        "bid": round(rng.uniform(0.05, 9), 2) if rng.random() < 0.9 else None,
                        "delta": round(rng.uniform(0, 1) * (1 if kind == "C" else -1), 3) if rng.random() < 0.9 else None,
                        "trailing": [rng.choice([None, rng.randint(0, usual)]) for _ in range(rng.choice([0, 6, 6, 22]))],
                        "new": rng.random() < 0.1,
                    }
                )
    return {"close": spot, "contracts": contracts, "trailing": [rng.randint(0, 20000) for _ in range(rng.choice([3, 6, 22]))]}


def doublings(ratio):
    return min(5, max(0, math.log2(ratio))) if ratio > 0 else 0


def trailing_mean(values):
    known = [v for v in values[-20:] if v is not None]
    return fmean(known) if len(known) >= 5 else None


def flow(case):
    """Scores of contracts by strike, kind and days, and of the underlying under "all"."""
    scores = {}
    known = [c for c in case["contracts"] if c["volume"] is not None]
    usual = trailing_mean(case["trailing"])
    for c in known:
        if c["volume"] < 100:
            continue
        score = 0
        if c["open_interest"] is not None:
            score += doublings(c["volume"] / max(1, c["open_interest"]))
        own = trailing_mean(c["trailing"])
        if own is not None:
            score += doublings((c["volume"] + 1) / (own + 1))
        if usual:
            score += doublings(20 * c["volume"] / usual)
        if c["bid"] is not None:
            notional = c["volume"] * (c["bid"] + 0.05) * 100
            score += min(4, max(0, math.log10(notional / 1e5)))
        score += 1 if c["new"] else 0
        scores[f"{c['days']} {c['strike']}{c['kind']}"] = score
    total = sum(c["volume"] for c in known)
    if total >= 100:
        interest = sum(c["open_interest"] or 0 for c in known)
        score = doublings(total / interest) if interest else 0
        if usual is not None:
            score += doublings((total + 1) / (usual + 1))
        notional = sum(c["volume"] * (c["bid"] + 0.05) * 100 for c in known if c["bid"] is not None)
        score += min(4, max(0, math.log10(notional / 1e5))) if notional else 0
        calls = sum(c["volume"] * abs(c["delta"]) for c in known if c["delta"] is not None and c["kind"] == "C")
        puts = sum(c["volume"] * abs(c["delta"]) for c in known if c["delta"] is not None and c["kind"] == "P")
        if calls + puts:
            score += max(0, abs(calls - puts) / (calls + puts) - 0.5) * 4
        expiries = {c["days"] for c in known}
        if len(expiries) > 1 and interest:
            rows = []
            for days in expiries:
                share = sum(c["volume"] for c in known if c["days"] == days) / total
                held = sum(c["open_interest"] or 0 for c in known if c["days"] == days) / interest
                rows.append((share / (held + 0.01), -days, share))
            excess, _, share = max(rows)
            score += doublings(excess) / 2 if share >= 0.25 else 0
        scores["all"] = score
    return {key: round(value, 9) for key, value in scores.items() if value >= 3}


# --- regimes


def series(rng):
    count, width = rng.randint(25, 60), rng.randint(1, 3)
    state, rows, closes, close = [0.0] * width, [], [], 100.0
    for t in range(count):
        if rng.random() < 0.02:
            state = [rng.gauss(0, 3) for _ in state]
        state = [0.5 * s + rng.gauss(0, 1) for s in state]
        rows.append([None if rng.random() < 0.05 else round(s, 4) for s in state])
        close *= 1 + rng.gauss(0, 0.01)
        closes.append(round(close, 2))
    return {"values": rows, "closes": closes}


def standardise(column, value):
    known = [v for v in column if v is not None]
    if value is None or len(known) < 20 or stdev(known) == 0:
        return None
    return (value - fmean(known)) / stdev(known)


def distance(one, other):
    pairs = [(a, b) for a, b in zip(one, other) if a is not None and b is not None]
    if not pairs or 2 * len(pairs) < len(one):
        return None
    return math.sqrt(fmean([(a - b) ** 2 for a, b in pairs]))


def changes(rows, window=10, sensitivity=2.0):
    found, start, last = [], 0, 2 * window - 1
    while last < len(rows):
        split, squares = last - window + 1, []
        for column in range(len(rows[0])):
            parts = [[rows[t][column] for t in span if rows[t][column] is not None] for span in (range(start, split), range(split, last + 1))]
            if any(2 * len(part) < window for part in parts):
                continue
            gaps = [[v - fmean(part) for v in part] for part in parts]
            total = sum(g * g for part in gaps for g in part)
            rho = min(0.9, max(0, sum(a * b for part in gaps for a, b in zip(part, part[1:])) / total))
            variance = total / (len(parts[0]) + len(parts[1]) - 2) * (1 + rho) / (1 - rho)
            error = math.sqrt(variance * (1 / len(parts[0]) + 1 / len(parts[1])))
            squares.append(((fmean(parts[1]) - fmean(parts[0])) / error) ** 2)
        if squares and 2 * len(squares) >= len(rows[0]) and math.sqrt(fmean(squares)) > sensitivity:
            found.append([split, last, math.sqrt(fmean(squares))])
            start, last = split, split + 2 * window - 1
        else:
            last += 1
    return found


def regimes(case):
    rows, closes = case["values"], case["closes"]
    width, last = len(rows[0]), len(rows) - 1
    expanding = [[standardise([r[c] for r in rows[: t + 1]], rows[t][c]) for c in range(width)] for t in range(len(rows))]
    fixed = [[standardise([r[c] for r in rows], row[c]) for c in range(width)] for row in rows]
    analogs = []
    if 2 * sum(v is not None for v in fixed[last]) >= width:
        ranked = [(distance(fixed[t], fixed[last]), -t) for t in range(last - 9)]
        for gap, t in sorted(r for r in ranked if r[0] is not None):
            if len(analogs) < 5 and all(abs(-t - other) >= 10 for other, *_ in analogs):
                after = closes[-t + 5] / closes[-t] - 1 if -t + 5 <= last else None
                analogs.append([-t, gap, after])
    followed = [a[2] for a in analogs if a[2] is not None]
    return {
        # The last row is enough: each has its own sums.
        "standardised": expanding[last],
        "changes": changes(rows),
        "analogs": analogs,
        "median": median(followed) if followed else None,
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


rng = random.Random(20261129)
kinds = {
    "risk": (lambda: {"rate": rng.choice([0, 0.03]), "positions": [position(rng) for _ in range(rng.randint(1, 3))]}, risk),
    "flow": (lambda: flow_case(rng), flow),
    "regimes": (lambda: series(rng), regimes),
}
for name, (make, work) in kinds.items():
    cases = [make() for _ in range(200)]
    for case in cases:
        case["expected"] = work(case)
    with open(f"{sys.argv[1]}/{name}.json", "w", encoding="utf-8") as file:
        file.write(json.dumps(rounded(cases), separators=(",", ":")) + "\n")
