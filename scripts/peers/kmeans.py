"""The k-means of `tapedeck clusters fit` by scikit-learn: the same vectors, clusters and starts, in turn.

    python scripts/peers/kmeans.py --data f.h5 --model m.pt --prices p.h5 --cache c.h5 --through DATE [--clusters 50] [--starts 3]

Needs numpy, h5py and scikit-learn. The cache must hold the days that are sampled. Tapedeck's time is that of the whole command, with the
reading of vectors; scikit-learn's is that of `fit` alone.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import h5py
import numpy as np
from sklearn.cluster import KMeans


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "model", "prices", "cache", "through"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--program", default=".build/release/tapedeck")
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--clusters", type=int, default=50)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with h5py.File(options.cache) as file:
        first = np.datetime64("1970-01-01") + int(file["days"][0])
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        command = [
            options.program, "clusters", "fit", "--model-path", options.model, "--dataset-path", options.data, "--prices", options.prices,
            "--embeddings-cache", options.cache, "--start", str(first), "--fitted-through", options.through,
            "--samples-per-stock", str(options.samples), "--n-clusters", str(options.clusters), "--starts", str(options.starts),
            "--output-dir", folder, "--overwrite", "--json"]
        for _ in range(options.rounds):
            start = time.perf_counter()
            fit = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            ours.append(time.perf_counter() - start)
            points = vectors(pathlib.Path(folder) / "clusters.h5", options.cache)
            start = time.perf_counter()
            model = KMeans(options.clusters, n_init=options.starts, random_state=42).fit(points)
            theirs.append(time.perf_counter() - start)
    print(json.dumps({
        "points": list(points.shape), "clusters": options.clusters, "starts": options.starts, "tapedeck_s": min(ours), "sklearn_s": min(theirs),
        "inertia_ratio": fit["inertia"] / float(model.inertia_)}))


def vectors(clusters, cache):
    """The standardised vectors of the members."""
    with h5py.File(clusters) as file, h5py.File(cache) as stored:
        names = [text.decode() if isinstance(text, bytes) else text for text in file["tickers"][:]]
        columns = {text.decode() if isinstance(text, bytes) else text: i for i, text in enumerate(stored["tickers"][:])}
        rows = {int(day): i for i, day in enumerate(stored["days"][:])}
        where = [(rows[int(day)], columns[names[ticker]]) for ticker, day in zip(file["member_ticker"][:], file["member_day"][:])]
        table = np.empty((len(where), stored["vectors"].shape[2]), np.float32)
        by_day = {}
        for place, (row, column) in enumerate(where):
            by_day.setdefault(row, []).append((place, column))
        for row, cells in by_day.items():
            block = stored["vectors"][row]
            for place, column in cells:
                table[place] = block[column]
        return ((table - file["scaler_mean"][:]) / file["scaler_scale"][:]).astype(np.float32)


main()
