#!/usr/bin/env python3
"""Makes Tests/AnalysesTests/Golden/screens.json and strategies.json: 200 random days of chains with the best verticals, condors, covered calls,
cash-secured puts and calendars, found by paying out every combination; and 200 random strategies with what closing them earned. Worked out
from the definitions in docs/analyses.md with nothing but the standard library.

    python3 scripts/golden/screens_bruteforce.py Tests/AnalysesTests/Golden
"""
import datetime
import json
import math
import random
import sys

FEE = 0.0065
DAY = datetime.date(2014, 6, 6)
MEASURES = ["credit", "max_profit", "max_loss", "return_on_risk", "pop", "annualised"]
STRATEGIES = ["vertical", "condor", "covered-call", "cash-secured-put", "calendar"]
FAR = 1e6


def cdf(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def price(put, spot, strike, years, volatility, rate):
    sign = -1 if put else 1
    spread = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + rate * years) / spread + spread / 2
    return sign * (spot * cdf(sign * d1) - strike * math.exp(-rate * years) * cdf(sign * (d1 - spread)))


def bisect(function, low, high):
    """The zero of a function that is negative at one end and positive at the other."""
    rises = function(high) > function(low)
    for _ in range(200):
        middle = (low + high) / 2
        if (function(middle) > 0) == rises:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def last_session(expiry):
    """Expirations are Fridays, or the Saturdays after them."""
    return expiry - datetime.timedelta(days=1) if expiry.weekday() == 5 else expiry


def years(days):
    return (last_session(DAY + datetime.timedelta(days=days)) - DAY).days / 365


class Quote:
    def __init__(self, ticker, row):
        self.ticker = ticker
        self.days, self.strike, self.kind, self.bid, self.ask, self.volume, self.interest, self.volatility = row
        self.put = self.kind == "P"

    @property
    def name(self):
        expiry = DAY + datetime.timedelta(days=self.days)
        return f"{self.ticker}{expiry:%y%m%d}{self.kind}{self.strike * 1000:08d}"

    def is_accepted(self):
        """Two sides that can be traded; what has no bid can still be bought."""
        return self.bid is not None and self.ask is not None and self.bid < self.ask

    def intrinsic(self, spot):
        return max(0, self.strike - spot if self.put else spot - self.strike)

    def implied(self, spot, rate):
        if self.volatility is not None:
            return self.volatility
        mid = (self.bid + self.ask) / 2
        excess = lambda volatility: price(self.put, spot, self.strike, years(self.days), volatility, rate) - mid
        return bisect(excess, 1e-4, 10) if excess(1e-4) < 0 < excess(10) else None


# --- a combination: legs of +1 (bought) or -1 (sold), and shares


class Combination:
    def __init__(self, strategy, legs, close, shares=0):
        self.strategy, self.legs, self.close, self.shares = strategy, legs, close, shares
        self.credit = sum(leg.bid if sign < 0 else -leg.ask for sign, leg in legs)
        self.net = self.credit - FEE * len(legs)
        self.days = min(leg.days for _, leg in legs)

    def profit(self, spot):
        """At the expiry, by the price of the underlying."""
        return self.net + self.shares * (spot - self.close) + sum(sign * leg.intrinsic(spot) for sign, leg in self.legs)

    def extremes(self):
        """Piecewise linear: extremes are at 0, at strikes or far above them."""
        points = sorted({0, FAR, *(leg.strike for _, leg in self.legs)})
        profits = [self.profit(point) for point in points]
        zeros = []
        for (a, x), (b, y) in zip(zip(points, profits), list(zip(points, profits))[1:]):
            if (x > 0) != (y > 0):
                zeros.append(a + (b - a) * x / (x - y))
        return max(profits), -min(profits), zeros


class Calendar(Combination):
    def __init__(self, legs, close, volatility, rate):
        super().__init__("calendar", legs, close)
        self.volatility, self.rate = volatility, rate

    def profit(self, spot):
        """At the first expiry; the long option keeps its volatility."""
        (_, short), (_, long) = self.legs
        left = years(long.days) - years(short.days)
        return self.net - short.intrinsic(spot) + price(long.put, spot, long.strike, left, self.volatility, self.rate)

    def extremes(self):
        strike = self.legs[0][1].strike
        most, zeros = self.profit(strike), []
        for end in (strike / 1000, strike * 1000):
            if most > 0 > self.profit(end):
                zeros.append(math.exp(bisect(lambda x: self.profit(math.exp(x)), math.log(strike), math.log(end))))
        return most, -self.net, zeros


def combinations(strategy, quotes, close, case):
    """Every combination of a chain in the range of the screen, those that cannot gain or lose included."""
    low, high = case["days"]
    first = [q for q in quotes if low <= q.days <= high]
    if strategy in ("covered-call", "cash-secured-put"):
        kind, shares = ("C", 1) if strategy == "covered-call" else ("P", 0)
        for q in first:
            if q.kind == kind:
                yield Combination(strategy, [(-1, q)], close, shares)
    elif strategy == "vertical":
        for short in first:
            for long in first:
                if long.days == short.days and long.kind == short.kind and long.strike != short.strike:
                    yield Combination(strategy, [(-1, short), (1, long)], close)
    elif strategy == "condor":
        for days in {q.days for q in first}:
            puts = sorted((q for q in first if q.days == days and q.put), key=lambda q: q.strike)
            calls = sorted((q for q in first if q.days == days and not q.put), key=lambda q: q.strike)
            wing = case["widest_wing"]
            for b in range(len(puts)):
                for a in range(max(0, b - wing), b):
                    for c in range(len(calls)):
                        for d in range(c + 1, min(len(calls), c + wing + 1)):
                            if puts[b].bid > 0 and calls[c].bid > 0:
                                yield Combination(strategy, [(-1, puts[b]), (1, puts[a]), (-1, calls[c]), (1, calls[d])], close)
    else:
        for short in first:
            for long in quotes:
                if short.days < long.days <= max(high, case["farthest"]) and (short.strike, short.kind) == (long.strike, long.kind) and short.bid > 0:
                    volatility = long.implied(close, case["rate"])
                    yield Calendar([(-1, short), (1, long)], close, volatility, case["rate"])


def at_the_money(quotes, close, rate):
    """Linear between the out-of-the-money options around the close."""
    below = [(q.strike, v) for q in quotes if q.put and q.strike <= close and (v := q.implied(close, rate)) is not None]
    above = [(q.strike, v) for q in quotes if not q.put and q.strike >= close and (v := q.implied(close, rate)) is not None]
    if not below or not above:
        return max(below)[1] if below else min(above)[1] if above else None
    (k, v), (l, w) = max(below), min(above)
    return (v + w) / 2 if k == l else v + (w - v) * (close - k) / (l - k)


def probability(combination, zeros, volatility, rate):
    """Of a profit at the first expiry, for a lognormal price with that volatility."""
    time = years(combination.days)

    def above(level):
        deviation = volatility * math.sqrt(time)
        return cdf((math.log(combination.close / level) + (rate - volatility**2 / 2) * time) / deviation)

    edges, total = [0, *zeros, math.inf], 0.0
    for left, right in zip(edges, edges[1:]):
        inside = left * 1.001 + 0.001 if math.isinf(right) else (left + right) / 2
        # Beyond the last strike nothing changes its sign.
        if combination.profit(max(inside, 1e-9)) > 0:
            total += (above(left) if left > 0 else 1) - (0 if math.isinf(right) else above(right))
    return total


def screen(strategy, measure, case):
    considered, riskless, ranked = 0, 0, []
    for chain in case["chains"]:
        close, rate = chain["close"], case["rate"]
        accepted = [q for q in (Quote(chain["ticker"], row) for row in chain["quotes"]) if q.is_accepted()]
        liquid = [q for q in accepted if (q.volume or 0) >= case["least_volume"] and (q.interest or 0) >= case["least_interest"]]
        for one in combinations(strategy, liquid, close, case):
            considered += 1
            # Nobody pays for what has no bid; a condor's put spread is below its call spread and takes a credit.
            if any(sign < 0 and leg.bid == 0 for sign, leg in one.legs):
                continue
            if strategy == "condor" and (one.legs[0][1].strike > one.legs[2][1].strike or one.net <= 0):
                continue
            if strategy == "calendar":
                if one.net >= 0:
                    riskless += 1
                    continue
                if one.volatility is None:
                    continue
            most, loss, zeros = one.extremes()
            if most <= 0:
                continue
            if loss <= 0:
                riskless += 1
                continue
            volatility = at_the_money([q for q in accepted if q.days == one.days], close, rate)
            pop = None if volatility is None else probability(one, zeros, volatility, rate)
            row = {
                "legs": [("-" if sign < 0 else "+") + leg.name for sign, leg in one.legs],
                "credit": one.credit,
                "max_profit": most,
                "max_loss": loss,
                "return_on_risk": most / loss,
                "annualised": most / loss * 365 / one.days,
                "breakevens": zeros,
                "pop": pop,
                "volatility": volatility,
            }
            if strategy == "covered-call":
                row["static_annualised"] = one.profit(close) / loss * 365 / one.days
            value = {"credit": one.net, "max_loss": -loss}.get(measure, row.get(measure))
            if value is not None:
                ranked.append((value, row))
    ranked.sort(key=lambda entry: -entry[0])
    best = ranked[: case["k"]]
    # Rows as good as the last of the best may stand in its place.
    ties = [entry for entry in ranked[case["k"] :] if best and entry[0] > best[-1][0] - 1e-9 * max(1, abs(best[-1][0]))]
    return {
        "measure": measure,
        "considered": considered,
        "riskless": riskless,
        "values": [value for value, _ in best],
        "rows": [row for _, row in best + ties],
    }


def chain(rng, ticker):
    close = round(rng.uniform(20, 200), 2)
    step = max(1, round(close * 0.04))
    first = max(1, round(close / step) - rng.randint(1, 3))
    if rng.random() < 0.1:
        close = float(step * (first + 1))
    noise = rng.choice([0, 0.02, 0.1, 1])
    quotes = []
    for days in sorted(rng.sample([7, 15, 21, 35, 43, 71, 99, 190], rng.randint(1, 3))):
        level = rng.uniform(0.15, 0.6)
        for strike in range(step * first, step * (first + rng.randint(2, 6)), step):
            for kind in "CP":
                if rng.random() < 0.1:
                    continue
                volatility = round(level * (1 + 0.3 * (1 - strike / close)), 4)
                mid = max(0.02, price(kind == "P", close, strike, years(days), volatility, 0) + rng.gauss(0, noise) * close / 100)
                half = rng.choice([0.01, 0.02, 0.05])
                bid, ask = round(max(0, mid - half), 2), round(mid + half, 2)
                odd = rng.random()
                if odd < 0.02:
                    bid, ask = ask, bid or None
                elif odd < 0.04:
                    bid = None
                elif odd < 0.06:
                    ask = bid or None
                elif odd < 0.08:
                    bid = 0.0
                count = lambda: rng.choice([None, 0, rng.randint(1, 200), rng.randint(200, 5000)])
                quotes.append([days, strike, kind, bid, ask, count(), count(), volatility if rng.random() < 0.9 else None])
    rng.shuffle(quotes)
    return {"ticker": ticker, "close": close, "quotes": quotes}


def screen_case(rng):
    case = {
        "chains": [chain(rng, ticker) for ticker in "TU"[: rng.choice([1, 1, 2])]],
        "days": [rng.choice([1, 8]), rng.choice([40, 60, 120])],
        "farthest": rng.choice([80, 365]),
        "widest_wing": rng.choice([1, 2, 10]),
        "least_volume": rng.choice([0, 0, 0, 100]),
        "least_interest": rng.choice([0, 0, 0, 100]),
        "rate": rng.choice([0, 0, 0.03]),
        "k": 3,
    }
    case["expected"] = {strategy: screen(strategy, rng.choice(MEASURES), case) for strategy in STRATEGIES}
    return case


# --- what strategies earned

FIRST = datetime.date(2014, 7, 7)
# No holiday is among these days: every weekday is a session.
SESSIONS = [FIRST + datetime.timedelta(days=i) for i in range(54) if (FIRST + datetime.timedelta(days=i)).weekday() < 5]
HORIZONS = [1, 5, 10, 20]


def strategy_case(rng):
    entry = rng.randrange(0, 15)
    day, close = SESSIONS[entry], round(rng.uniform(20, 200), 2)
    # Fridays, and the Saturdays after some of them.
    ends = sorted(rng.sample([d for d in SESSIONS[entry + 1 :] if d.weekday() == 4], 2))
    if rng.random() < 0.3:
        ends[0] += datetime.timedelta(days=1)
    strategy = rng.choice(STRATEGIES)
    strikes = sorted(rng.sample(range(int(close * 0.9), int(close * 1.1) + 5), 4))
    kind = rng.choice("CP")
    shapes = {
        "vertical": [(-1, 0, kind, strikes[1]), (1, 0, kind, strikes[2])],
        "condor": [(-1, 0, "P", strikes[1]), (1, 0, "P", strikes[0]), (-1, 0, "C", strikes[2]), (1, 0, "C", strikes[3])],
        "covered-call": [(-1, 0, "C", strikes[2])],
        "cash-secured-put": [(-1, 0, "P", strikes[1])],
        "calendar": [(-1, 0, kind, strikes[1]), (1, 1, kind, strikes[1])],
    }
    path, spot = {}, close
    splits = [SESSIONS[rng.randrange(entry + 1, entry + 21)].isoformat()] if rng.random() < 0.05 else []
    for session in SESSIONS[entry + 1 : entry + 21]:
        spot *= 1 + rng.gauss(0, 0.02)
        if rng.random() > 0.03:
            path[session.isoformat()] = round(spot, 2)
    legs = []
    for sign, which, kind, strike in shapes[strategy]:
        mid = max(0.05, close * rng.uniform(0.005, 0.08))
        quotes = {}
        for session in SESSIONS[entry + 1 : entry + 21]:
            mid = max(0.03, mid * (1 + rng.gauss(0, 0.15)))
            bid, ask = round(mid - 0.02, 2), round(mid + 0.02, 2)
            odd = rng.random()
            if odd < 0.03:
                bid = 0.0
            elif odd < 0.05:
                bid, ask = ask, bid
            elif odd < 0.07:
                ask = None
            if rng.random() > 0.05:
                quotes[session.isoformat()] = [bid, ask]
        contract = f"T{ends[which]:%y%m%d}{kind}{strike * 1000:08d}"
        legs.append({"sign": sign, "contract": contract, "entry": round(mid, 2), "quotes": quotes})
    case = {"day": day.isoformat(), "strategy": strategy, "close": close, "max_loss": round(rng.uniform(0.5, 20), 2), "legs": legs, "closes": path, "splits": splits}
    case["expected"] = [strategy_outcome(case, horizon) for horizon in HORIZONS]
    # Quotes that no horizon looks at only make the file long.
    wanted = {row["exit_date"] for row in case["expected"]}
    for leg in legs:
        leg["quotes"] = {day: sides for day, sides in leg["quotes"].items() if day in wanted}
    return case


def strategy_outcome(case, horizon):
    place = SESSIONS.index(datetime.date.fromisoformat(case["day"]))
    contract = lambda leg: (datetime.datetime.strptime(leg["contract"][1:7], "%y%m%d").date(), leg["contract"][7] == "P", int(leg["contract"][8:]) / 1000)
    first = min(last_session(contract(leg)[0]) for leg in case["legs"])
    end = min(SESSIONS[place + horizon], first)
    result = {"exit_date": end.isoformat(), "profit": None, "profit_on_risk": None}
    close = case["closes"].get(end.isoformat())
    profit, statuses = 0.0, []
    for leg in case["legs"]:
        expiry, put, strike = contract(leg)
        sides = leg["quotes"].get(end.isoformat())
        if any(day <= end.isoformat() for day in case["splits"]):
            status, value = "split", None
        elif last_session(expiry) == end:
            value = None if close is None else max(0, strike - close if put else close - strike)
            status = "no_later_quote" if value is None else "expired_in_the_money" if value > 0 else "expired_worthless"
        elif sides is None or None in sides or sides[0] > sides[1]:
            status, value = "no_later_quote", None
        else:
            status = "no_bid" if sides[0] == 0 else "quoted"
            # Closing costs a fee, too.
            value = sides[0] - FEE if leg["sign"] > 0 else sides[1] + FEE
        statuses.append((status, value))
        if value is not None:
            profit += leg["sign"] * (value - leg["entry"]) - FEE
    missing = [status for status, value in statuses if value is None]
    result["status"] = missing[0] if missing else statuses[0][0]
    if missing:
        return result
    if case["strategy"] == "covered-call":
        if close is None:
            return result | {"status": "no_later_quote"}
        profit += close - case["close"]
    return result | {"profit": profit, "profit_on_risk": profit / case["max_loss"]}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


rng = random.Random(20261130)
for name, make in {"screens": screen_case, "strategies": strategy_case}.items():
    cases = [make(rng) for _ in range(200)]
    with open(f"{sys.argv[1]}/{name}.json", "w", encoding="utf-8") as file:
        file.write(json.dumps(rounded(cases), separators=(",", ":")) + "\n")
