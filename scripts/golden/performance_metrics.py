"""Figures of returns by empyrical and SciPy, for the tests of PerformanceMetrics and Statistics.

    python scripts/golden/performance_metrics.py > Tests/PortfolioTests/Golden/performance_metrics.json

Needs empyrical-reloaded, numpy and scipy.
"""
import json
import math

import empyrical
import numpy as np
from scipy import stats

rng = np.random.default_rng(7)
series = {
    "normal": rng.normal(0.0005, 0.01, 252),
    "fat": rng.standard_t(3, 500) * 0.01,
    "short": rng.normal(0, 0.02, 12),
    "losing": -np.abs(rng.normal(0, 0.01, 60)),
    "gaining": np.abs(rng.normal(0, 0.01, 60)),
    "with zeros": np.where(rng.random(120) < 0.4, 0.0, rng.normal(0, 0.01, 120)),
}


def number(value):
    value = float(value)
    return value if math.isfinite(value) else None


cases = []
for name, returns in series.items():
    benchmark = 0.6 * returns + rng.normal(0.0002, 0.008, len(returns))
    alpha, beta = empyrical.alpha_beta_aligned(returns, benchmark)
    cases.append({
        "name": name, "returns": returns.tolist(), "benchmark": benchmark.tolist(),
        "total_return": number(empyrical.cum_returns_final(returns)), "cagr": number(empyrical.cagr(returns)),
        "volatility": number(empyrical.annual_volatility(returns)), "sharpe": number(empyrical.sharpe_ratio(returns)),
        "sortino": number(empyrical.sortino_ratio(returns)), "calmar": number(empyrical.calmar_ratio(returns)),
        "max_drawdown": number(empyrical.max_drawdown(returns)), "var95": number(empyrical.value_at_risk(returns)),
        "cvar95": number(empyrical.conditional_value_at_risk(returns)), "tail_ratio": number(empyrical.tail_ratio(returns)),
        "profit_factor": number(empyrical.omega_ratio(returns)), "beta": number(beta), "alpha": number(alpha),
        "skew": number(stats.skew(returns)), "kurtosis": number(stats.kurtosis(returns)),
    })
distributions = {
    "normal": [[x, stats.norm.cdf(x)] for x in (-6, -2.5, -1, 0, 0.3, 1.96, 4)],
    "quantile": [[p, stats.norm.ppf(p)] for p in (1e-9, 0.001, 0.025, 0.5, 0.84, 0.975, 0.999999)],
    "student": [[t, n, stats.t.sf(t, n)] for t in (-3, -0.5, 0, 0.7, 2, 5, 12) for n in (2, 4, 30, 400)],
    "student quantile": [[p, n, stats.t.ppf(p, n)] for p in (0.025, 0.6, 0.975) for n in (2, 9, 60)],
}
left, right = rng.normal(size=40).round(1), rng.normal(size=40).round(1)
ranks = {"left": left.tolist(), "right": right.tolist(), "spearman": float(stats.spearmanr(left, right).statistic)}
print(json.dumps({"cases": cases, "distributions": distributions, "ranks": ranks}, separators=(",", ":")))
