"""Small indices made by Python's faiss, with what it finds in them: Tests/VectorIndexTests/Golden.

    python scripts/golden/vector_index.py        # needs faiss-cpu and numpy
"""
import json
import pathlib

import faiss
import numpy as np

folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "VectorIndexTests" / "Golden"
folder.mkdir(exist_ok=True)
DIMENSIONS, COUNT, QUERIES, K = 12, 120, 6, 5

rng = np.random.default_rng(7)
vectors = rng.standard_normal((COUNT, DIMENSIONS)).astype(np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
queries = (vectors[:QUERIES] + 0.1 * rng.standard_normal((QUERIES, DIMENSIONS))).astype(np.float32)
ids = rng.integers(-(2**62), 2**62, COUNT)

faiss.omp_set_num_threads(1)
expected = {"queries": [float(x) for x in queries.ravel()], "k": K, "indices": {}}


def save(name, index, nprobe=None):
    if nprobe:
        index.nprobe = nprobe
    scores, found = index.search(queries, K)
    faiss.write_index(index, str(folder / f"{name}.faiss"))
    expected["indices"][name] = {"ids": found.tolist(), "scores": [[round(float(s), 6) for s in row] for row in scores]}


def lists(factory, with_ids):
    index = faiss.index_factory(DIMENSIONS, factory, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add_with_ids(vectors, ids) if with_ids else index.add(vectors)
    return index


flat = faiss.IndexFlatIP(DIMENSIONS)
flat.add(vectors)
save("flat", flat)
mapped = faiss.IndexIDMap(faiss.IndexFlatIP(DIMENSIONS))
mapped.add_with_ids(vectors, ids)
save("id_map", mapped)
save("lists_of_codes", lists("IVF6,SQ8", True), nprobe=3)
save("lists_of_vectors", lists("IVF6,Flat", True), nprobe=2)
# More lists than half of which are empty: their sizes are stored in another form.
sparse = faiss.index_factory(DIMENSIONS, "IVF40,SQ8", faiss.METRIC_INNER_PRODUCT)
sparse.train(vectors)
sparse.add(vectors[:10])
save("sparse", sparse, nprobe=40)
# Codes of the vectors themselves, and a map from ids to places.
plain = faiss.IndexIVFScalarQuantizer(
    faiss.IndexFlatIP(DIMENSIONS), DIMENSIONS, 4, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False)
plain.train(vectors)
plain.add_with_ids(vectors, ids)
plain.set_direct_map_type(faiss.DirectMap.Hashtable)
save("not_residual", plain, nprobe=4)

(folder / "expected.json").write_text(json.dumps(expected) + "\n")
