"""A backtest of this program's rules and of the original's by brute force, independent of the Swift code.

    python scripts/golden/backtest_bruteforce.py > Tests/PortfolioTests/Golden/backtest_bruteforce.json

Every share is counted and every session walked through; nothing is vectorised. Prices have gaps, two tickers stop trading, one
starts late. Needs empyrical-reloaded and numpy.
"""
import json
import math

import empyrical
import numpy as np

rng = np.random.default_rng(11)
TICKERS, SESSIONS, HORIZONS = 9, 60, (1, 5, 10, 20)
prices = np.exp(np.cumsum(rng.normal(0, 0.02, (TICKERS, SESSIONS)), axis=1)) * rng.uniform(5, 200, (TICKERS, 1))
prices = prices.astype(np.float32)
prices[rng.random((TICKERS, SESSIONS)) < 0.06] = np.nan
prices[3, 31:] = np.nan
prices[6, 44:] = np.nan
prices[8, :12] = np.nan
expected = rng.normal(0, 0.01, (SESSIONS, TICKERS)).astype(np.float32)
confidence = rng.random((SESSIONS, TICKERS)).astype(np.float32)
distance = (rng.random((SESSIONS, TICKERS)) * 5).astype(np.float32)


def traded(ticker, session):
    return not math.isnan(prices[ticker, session])


def last_trade(ticker):
    return max(s for s in range(SESSIONS) if traded(ticker, s))


def value(ticker, session, delisting):
    """Of one share: the last close; after the last close of all, what the delisting leaves."""
    s = session
    while not traded(ticker, s):
        s -= 1
    worth = float(prices[ticker, s])
    if session > last_trade(ticker):
        worth *= 1 + delisting
    return worth


def choose(session, rule):
    names = [t for t in range(TICKERS) if traded(t, session)]
    if rule["filter"] is not None:
        keep = max(1, int(len(names) * rule["filter"]))
        names = sorted(sorted(names, key=lambda t: (float(distance[session, t]), t))[:keep])
    if rule["percentile"] > 0:
        ordered = sorted(float(confidence[session, t]) for t in names)
        cut = ordered[min(len(ordered) - 1, int(len(ordered) * rule["percentile"]))]
        names = [t for t in names if float(confidence[session, t]) >= cut]
    score = {t: float(expected[session, t]) if rule["rank"] == "return" else float(np.float32(expected[session, t]) * confidence[session, t])
             for t in names}
    return sorted(names, key=lambda t: (-score[t], t))[:rule["top_k"]]


def own(rule):
    hold, lag = HORIZONS[rule["horizon"]], rule["lag"]
    decisions = [s for s in range(5, SESSIONS) if (s - 5) % hold == 0 and s + lag + hold <= SESSIONS - 1]
    picks = {s: choose(s, rule) for s in decisions}
    fills = {s + lag: s for s in decisions}
    cash, shares = 100000.0, {}
    end = decisions[-1] + lag + hold
    equity, trades = [cash], []

    def worth(session):
        return cash + sum(n * value(t, session, rule["delisting"]) for t, n in shares.items())

    for session in range(decisions[0] + (1 if lag else 0), end + 1):
        if session in fills:
            before = worth(session)
            chosen = [t for t in picks[fills[session]] if traded(t, session)]
            target = {t: before / len(chosen) for t in chosen}
            bought = sold = 0.0
            for t in set(target) | set(shares):
                change = target.get(t, 0.0) - shares.get(t, 0.0) * value(t, session, rule["delisting"])
                if change > 0:
                    bought += change
                else:
                    sold -= change
            cost = bought * rule["buy"] / 1e4 + sold * rule["sell"] / 1e4
            after = before - cost
            shares = {t: after / len(chosen) / value(t, session, rule["delisting"]) for t in chosen}
            cash = 0.0 if chosen else after
            trades.append({"decision": fills[session], "tickers": chosen, "bought": bought / before, "sold": sold / before})
        if session == end:
            held = sum(n * value(t, session, rule["delisting"]) for t, n in shares.items())
            cash += held * (1 - rule["sell"] / 1e4)
            shares = {}
        if session == decisions[0]:
            equity = []
        equity.append(worth(session))
    returns = np.diff(equity) / np.array(equity[:-1])
    return {"rule": rule, "trades": trades, "equity": equity, "sharpe": float(empyrical.sharpe_ratio(returns)),
            "max_drawdown": float(empyrical.max_drawdown(returns)), "cvar95": float(empyrical.conditional_value_at_risk(returns))}


def original(horizon, top_k, percentile):
    hold = HORIZONS[horizon]
    capital, history = 100000.0, []
    sessions = list(range(5, SESSIONS))[:-hold][::hold]
    for session in sessions:
        names = [t for t in range(TICKERS) if traded(t, session)]
        values = {t: np.float32(1) + expected[session, t] for t in names}
        ordered = sorted(float(confidence[session, t]) for t in names)
        threshold = ordered[int(len(ordered) * percentile)]
        kept = [t for t in names if float(confidence[session, t]) >= threshold]
        chosen = sorted(kept, key=lambda t: float(values[t]) * float(confidence[session, t]), reverse=True)[:top_k]
        total = 0.0
        for t in chosen:
            later = [s for s in range(session, SESSIONS) if traded(t, s)]
            gross = float(prices[t, later[hold]]) / float(prices[t, session]) if len(later) > hold else 1.0
            total += capital / len(chosen) * (gross * (1 - 0.001))
        history.append({"session": session, "tickers": chosen, "returned": total})
        capital = total
    changes = [b / a - 1 for a, b in zip([100000.0] + [h["returned"] for h in history], [h["returned"] for h in history])]
    return {"horizon": horizon, "top_k": top_k, "percentile": percentile, "history": history,
            "sharpe": float(np.mean(changes) / np.std(changes) * math.sqrt(252 / hold))}


rules = [
    {"filter": None, "percentile": 0.0, "rank": "return", "top_k": 3, "horizon": 0, "lag": 1, "buy": 10, "sell": 10, "delisting": 0.0},
    {"filter": 0.5, "percentile": 0.3, "rank": "return-confidence", "top_k": 2, "horizon": 1, "lag": 1, "buy": 5, "sell": 25, "delisting": -0.3},
    {"filter": 0.2, "percentile": 1.0, "rank": "return", "top_k": 4, "horizon": 2, "lag": 2, "buy": 100, "sell": 0, "delisting": -0.9},
    {"filter": None, "percentile": 0.0, "rank": "return", "top_k": 9, "horizon": 1, "lag": 0, "buy": 0, "sell": 0, "delisting": -1.0},
]
print(json.dumps({
    "prices": [[None if math.isnan(p) else float(p) for p in row] for row in prices], "expected": expected.astype(float).tolist(),
    "confidence": confidence.astype(float).tolist(), "distance": distance.astype(float).tolist(),
    "own": [own(rule) for rule in rules], "original": [original(0, 3, 0.03), original(1, 2, 0.5), original(2, 4, 0.0)],
}, separators=(",", ":")))
