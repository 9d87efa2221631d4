"""The portfolios of `tapedeck backtest` by vectorbt: the same fills, in turn.

    python scripts/peers/portfolio.py --data f.h5 --model m.pt --prices p.h5 --cache c.h5 [--top-k 10] [--rounds 3]

Needs numpy, h5py, pandas and vectorbt. Without costs, both must end with the same value. vectorbt is timed after its code is compiled;
Tapedeck's time is the stage `simulation` of its report, which includes the ranking of all candidates.
"""
import argparse
import json
import subprocess
import time

import h5py
import numpy as np
import pandas as pd
import vectorbt as vbt


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "model", "prices", "cache"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--program", default=".build/release/tapedeck")
    parser.add_argument("--top-k", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    command = [
        options.program, "backtest", "--data", options.data, "--model", options.model, "--prices", options.prices, "--embeddings-cache", options.cache,
        "--subset-size", "1000000", "--test-months", "6", "--top-k", str(options.top_k), "--cost-bps", "0", "--certificate", "0", "--random-draws", "0",
        "--json"]
    ours, theirs, ends = [], [], set()
    inputs = None
    for _ in range(options.rounds):
        report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        ours.append(report["seconds"]["simulation"])
        if inputs is None:
            inputs = orders(report, options.prices)
            run(*inputs)
        start = time.perf_counter()
        end = run(*inputs)
        theirs.append(time.perf_counter() - start)
        ends.add((report["metrics"]["final_capital"], end))
    (mine, other), = ends
    print(json.dumps({
        "stocks": inputs[0].shape[1], "sessions": inputs[0].shape[0], "fills": int(np.isfinite(inputs[1]).any(axis=1).sum()),
        "tapedeck_s": min(ours), "vectorbt_s": min(theirs), "final_tapedeck": mine, "final_vectorbt": other,
        "relative_difference": abs(mine - other) / other}))


def orders(report, path):
    """Closes by session and stock, and target shares, which are NaN on sessions without a fill."""
    days = [point["date"] for point in report["equity"]]
    names = sorted({position["ticker"] for trade in report["trades"] for position in trade["positions"]})
    place, column = {day: i for i, day in enumerate(days)}, {name: i for i, name in enumerate(names)}
    close = pd.DataFrame(np.nan, index=days, columns=names)
    with h5py.File(path) as file:
        for name in names:
            dates = [text.decode() for text in file[name]["dates"][:]]
            own = pd.Series(file[name]["prices"][:].astype(float), index=dates)
            close[name] = own.reindex(sorted(set(days) | set(dates))).ffill().reindex(days)
    target = np.full(close.shape, np.nan)
    for trade in report["trades"]:
        row = target[place[trade["fill_date"]]]
        row[:] = 0
        for position in trade["positions"]:
            row[column[position["ticker"]]] = position["weight"]
    return close, target


def run(close, target):
    portfolio = vbt.Portfolio.from_orders(
        close, size=target, size_type="targetpercent", cash_sharing=True, group_by=True, call_seq="auto", init_cash=100_000, freq="1D")
    return float(portfolio.final_value())


main()
