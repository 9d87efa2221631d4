"""Clusters, assignments and k-means by scikit-learn, for the tests of Clusters.

    python scripts/golden/clusters.py           # needs numpy and scikit-learn; writes Tests/ClustersTests/Golden
"""
import json
import pathlib

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

golden = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "ClustersTests" / "Golden"
golden.mkdir(parents=True, exist_ok=True)

rng = np.random.default_rng(5)
points = rng.normal(size=(200, 12)).astype(np.float32) * np.linspace(0.2, 3, 12, dtype=np.float32)
scaler = StandardScaler().fit(points)
pca = PCA(5, random_state=0).fit(scaler.transform(points))
for name, project in (("clusters", False), ("clusters_pca", True)):
    space = scaler.transform(points)
    if project:
        space = pca.transform(space)
    model = KMeans(7, random_state=42, n_init=10).fit(space)
    arrays = {"centroids": model.cluster_centers_.astype(np.float32), "scaler_mean": scaler.mean_, "scaler_scale": scaler.scale_,
              "keys": np.array([f"T_t{i}_t{i}" for i in range(3)]), "labels": model.labels_[:3].astype(np.int64)}
    if project:
        arrays |= {"pca_mean": pca.mean_.astype(np.float64), "pca_components": pca.components_.astype(np.float32)}
    (np.savez_compressed if project else np.savez)(golden / f"{name}.npz", **arrays)
    distances = model.transform(space)
    (golden / f"{name}.json").write_text(json.dumps({
        "points": points[:20].astype(float).ravel().tolist(), "labels": model.labels_[:20].tolist(),
        "distance": distances.min(1)[:20].tolist(), "best": [1, 4], "best_distance": distances[:, [1, 4]].min(1)[:20].tolist(),
    }, separators=(",", ":")))

# Inertias that k-means must reach within 1 %.
sets = {"blobs": make_blobs(600, centers=8, n_features=5, random_state=1, cluster_std=1.0)[0],
        "noise": rng.normal(size=(500, 9)), "stretched": rng.normal(size=(400, 20)) * np.linspace(0.1, 4, 20)}
cases = []
for (name, data), k in zip(sets.items(), (8, 12, 10)):
    data = data.astype(np.float32).round(4)
    model = KMeans(k, random_state=42, n_init=10).fit(data)
    cases.append({"name": name, "clusters": k, "dimension": data.shape[1], "points": data.ravel().astype(float).round(4).tolist(),
                  "inertia": float(model.inertia_)})
(golden / "kmeans.json").write_text(json.dumps(cases, separators=(",", ":")))
