"""Draws of CPython's random module, for the tests of PythonRandom.

    python scripts/golden/python_random.py > Tests/PortfolioTests/Golden/python_random.json

Populations are 0, 1, 2, …; both ways in which random.sample works are among them.
"""
import json
import random

cases = []
for seed in (0, 1, 42, -42, 2**31, 2**40 + 7):
    for population, count in ((10, 3), (22, 5), (21, 21), (30, 20), (100, 6), (2000, 100), (2000, 1024), (4000, 16)):
        random.seed(seed)
        first = random.sample(range(population), count)
        second = random.sample(range(population), count)
        cases.append({"seed": seed, "population": population, "count": count, "first": first[:40], "second": second[-40:],
                      "sum": sum(i * v for i, v in enumerate(first + second)), "then": random.random()})
print(json.dumps(cases, separators=(",", ":")))
