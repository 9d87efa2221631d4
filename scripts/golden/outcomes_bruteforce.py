#!/usr/bin/env python3
"""Makes Tests/AnalysesTests/Golden/outcomes.json: 200 contracts with later quotes, and their outcomes worked out one by one, with nothing but
the standard library. All days lie between two holidays of 2014, so that every weekday is a session.

    python3 scripts/golden/outcomes_bruteforce.py > Tests/AnalysesTests/Golden/outcomes.json
"""
import datetime
import json
import random

FIRST = datetime.date(2014, 7, 7)
SESSIONS = [FIRST + datetime.timedelta(days=i) for i in range(54) if (FIRST + datetime.timedelta(days=i)).weekday() < 5]
HORIZONS = [1, 5, 10, 20]


def case(rng):
    entry = rng.randrange(0, 18)
    last = entry + rng.choice([1, 3, 5, 8, 10, 15, 20, 40, 60])
    # Beyond the sessions above any Friday will do.
    expiry = SESSIONS[last] if last < len(SESSIONS) else datetime.date(2014, 10, 17)
    spot = round(rng.uniform(20, 200), 2)
    strike = round(spot * rng.uniform(0.9, 1.1))
    put = rng.random() < 0.5
    mid = max(0.05, spot * rng.uniform(0.005, 0.08))
    half = rng.choice([0.01, 0.05, 0.1])
    bid, ask = round(max(0, mid - half), 2), round(mid + half, 2)
    if rng.random() < 0.05:
        bid = None
    later, price = [], spot
    split = entry + rng.randrange(1, 25) if rng.random() < 0.05 else None
    for session in range(entry + 1, min(len(SESSIONS), entry + 21)):
        price *= 1 + rng.gauss(0, 0.02)
        mid = max(0, mid * (1 + rng.gauss(0, 0.15)))
        sides = [round(max(0, mid - half), 2), round(mid + half, 2)]
        if rng.random() < 0.05:
            sides[0] = 0
        if rng.random() < 0.05:
            sides[rng.randrange(2)] = None
        if rng.random() < 0.02:
            sides = [round(mid + half, 2), round(max(0.01, mid - half), 2)]
        if rng.random() < 0.9:
            close = None if rng.random() < 0.03 else round(price, 2)
            later.append([SESSIONS[session].isoformat(), sides[0], sides[1], close, session == split])
        elif session == split:
            later.append([SESSIONS[session].isoformat(), None, None, None, True])
    symbol = f"T{'1' if rng.random() < 0.03 else ''}{expiry:%y%m%d}{'P' if put else 'C'}{strike * 1000:08d}"
    rng.shuffle(later)
    return {"contract": symbol, "day": SESSIONS[entry].isoformat(), "bid": bid, "ask": ask, "close": spot, "later": later}


def outcome(one, horizon, selling):
    symbol, day = one["contract"], datetime.date.fromisoformat(one["day"])
    expiry = datetime.datetime.strptime(symbol[-15:-9], "%y%m%d").date()
    strike, put = int(symbol[-8:]) / 1000, symbol[-9] == "P"
    target = SESSIONS[SESSIONS.index(day) + horizon]
    end = min(expiry, target)
    rows = {datetime.date.fromisoformat(r[0]): r for r in one["later"]}
    row = rows.get(end)
    split = any(r[4] and d <= end for d, r in rows.items())
    close = row[3] if row else None
    result = {"status": "no_later_quote", "exit_date": end.isoformat(), "executable": None, "mid": None, "underlying": None}
    if close and not split:
        result["underlying"] = close / one["close"] - 1
    if not symbol[1:-15] == "":
        return result | {"status": "not_plain"}
    if one["bid"] is None or one["ask"] is None or (selling and one["bid"] == 0):
        return result | {"status": "no_entry"}
    if split:
        return result | {"status": "split"}
    if expiry <= target:
        if not close:
            return result
        value = max(0, strike - close if put else close - strike)
        mid, status = value, "expired_in_the_money" if value > 0 else "expired_worthless"
    else:
        if not row or row[1] is None or row[2] is None or row[1] > row[2] or row[2] <= 0:
            return result
        value = row[2] if selling else row[1]
        mid, status = (row[1] + row[2]) / 2, "quoted" if row[1] > 0 else "no_bid"
    sign = -1 if selling else 1
    entry = one["bid"] if selling else one["ask"]
    middle = (one["bid"] + one["ask"]) / 2
    return result | {"status": status, "executable": sign * (value - entry) / entry, "mid": sign * (mid - middle) / middle}


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)


def percentile(values, share):
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)


def summary(cases, horizon, selling):
    rows = [(one["day"], outcome(one, horizon, selling)) for one in cases]
    known = [(day, row["executable"]) for day, row in rows if row["executable"] is not None]
    values = [value for _, value in known]
    days = sorted({day for day, _ in known})
    index = {day.isoformat(): i for i, day in enumerate(SESSIONS)}
    block = sum(sum(1 for other in days if index[day] <= index[other] < index[day] + horizon) for day in days) / len(days)
    by_day = [[value for d, value in known if d == day] for day in days]
    generator, figures = SplitMix(1), []
    for _ in range(1000):
        sample, place = [], 0
        for i in range(len(days)):
            if i == 0 or (generator.next() >> 11) * 2.0**-53 < 1 / block:
                place = generator.next() % len(days)
            else:
                place = (place + 1) % len(days)
            sample += by_day[place]
        figures.append((sum(v > 0 for v in sample) / len(sample), sum(sample) / len(sample), percentile(sample, 0.5)))
    bounds = [[percentile([f[i] for f in figures], share) for share in (0.025, 0.975)] for i in range(3)]
    return {
        "horizon": horizon,
        "count": len(values),
        "dates": len(days),
        "gains": sum(v > 0 for v in values),
        "mean": sum(values) / len(values),
        "median": percentile(values, 0.5),
        "quartiles": [percentile(values, 0.25), percentile(values, 0.75)],
        "gain_share_interval": bounds[0],
        "mean_interval": bounds[1],
        "interval": bounds[2],
        "no_later_quote": sum(row["status"] == "no_later_quote" for _, row in rows),
        "expired": sum(row["status"].startswith("expired") for _, row in rows),
    }


rng = random.Random(20261129)
cases = [case(rng) for _ in range(200)]
sides = {}
for side in ("buy", "sell"):
    sides[side] = {
        "outcomes": [[outcome(one, horizon, side == "sell") for horizon in HORIZONS] for one in cases],
        "summary": [summary(cases, horizon, side == "sell") for horizon in HORIZONS],
    }


def rounded(value):
    if isinstance(value, float):
        return round(value, 10)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


for one in cases:
    # Quotes that no horizon looks at only make the file long.
    day = datetime.date.fromisoformat(one["day"])
    expiry = datetime.datetime.strptime(one["contract"][-15:-9], "%y%m%d").date()
    wanted = {SESSIONS[SESSIONS.index(day) + h].isoformat() for h in HORIZONS} | {expiry.isoformat()}
    one["later"] = [row for row in one["later"] if row[0] in wanted or row[4]]
print(json.dumps(rounded({"cases": cases, **sides}), separators=(",", ":")))
