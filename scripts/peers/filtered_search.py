"""Filtered vector search by faiss (IVF-SQ8 with an IDSelector), usearch and LanceDB, on the vectors of a store's index.

    python filtered_search.py --index store/financial-embeddings/indices/minilm_year_2014.faiss

For each share of the vectors, a random subset of that size may be found: milliseconds a query (p50, p95; k = 10) and recall
against brute force. `tapedeck bench search --store store` prints the same matrix for Tapedeck, whose recall is 1 by
construction. Needs faiss-cpu, usearch, lancedb, pyarrow and numpy.
"""
import argparse, shutil, tempfile, time
import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--index", required=True)
parser.add_argument("--nprobe", type=int, default=32)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--queries", type=int, default=100)
parser.add_argument("--limit", type=int, default=10**9, help="use only so many vectors")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--without", default="", help="engines to leave out: faiss,usearch,lancedb")
args = parser.parse_args()
rng = np.random.default_rng(args.seed)
K = 10


def vectors():
    """The vectors of the index, as they were quantised, and the index with consecutive ids."""
    import faiss
    faiss.omp_set_num_threads(args.threads)
    index = faiss.read_index(args.index)
    ivf = faiss.downcast_index(faiss.try_extract_index_ivf(index)) if faiss.try_extract_index_ivf(index) else None
    if ivf is None:
        flat = faiss.downcast_index(index.index) if hasattr(index, "index") else index
        base = flat.reconstruct_n(0, flat.ntotal)
    else:
        parts = []
        for number in range(ivf.nlist):
            size = ivf.invlists.list_size(number)
            if size == 0:
                continue
            codes = faiss.rev_swig_ptr(ivf.invlists.get_codes(number), size * ivf.code_size).reshape(size, -1)
            parts.append(ivf.sq.decode(codes.copy()) if not ivf.by_residual else ivf.sq.decode(codes.copy()) + ivf.quantizer.reconstruct(number))
        base = np.concatenate(parts)
    base = base[: args.limit].astype(np.float32)
    return base / np.maximum(np.linalg.norm(base, axis=1, keepdims=True), 1e-9)


base = vectors()
count, dims = base.shape
queries = base[rng.integers(0, count, args.queries)] + 0.02 * rng.standard_normal((args.queries, dims), dtype=np.float32)
queries /= np.linalg.norm(queries, axis=1, keepdims=True)
shares = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5]
allowed = {share: np.sort(rng.choice(count, max(K, int(share * count)), replace=False)) for share in shares}
truth = {}
for share, ids in allowed.items():
    best = [ids[np.argpartition(-(base[ids] @ query), min(K, len(ids)) - 1)[:K]] for query in queries]
    truth[share] = [set(ids.tolist()) for ids in best]
print(f"{count} x {dims}, {args.queries} queries, {args.threads} threads")


def measure(name, search):
    for share in shares:
        ids, times, hits = allowed[share], [], 0
        search(queries[0], ids, share)
        for query, expected in zip(queries, truth[share]):
            start = time.perf_counter()
            found = search(query, ids, share)
            times.append(1000 * (time.perf_counter() - start))
            hits += len(expected & set(int(i) for i in found))
        times.sort()
        print(f"{name:8} {100 * share:8.3f} %  p50 {times[len(times) // 2]:8.2f} ms  p95 {times[int(0.95 * len(times))]:8.2f} ms  "
              f"recall {hits / sum(len(e) for e in truth[share]):.3f}", flush=True)


left_out = set(args.without.split(","))
if "faiss" not in left_out:
    import faiss
    lists = max(64, int(4 * count ** 0.5))
    index = faiss.index_factory(dims, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.train(base[rng.choice(count, min(count, 40 * lists), replace=False)])
    index.add(base)
    selectors = {}

    def faiss_search(query, ids, share):
        if share not in selectors:
            bitmap = np.zeros((count + 7) // 8, np.uint8)
            np.bitwise_or.at(bitmap, ids // 8, (1 << (ids % 8)).astype(np.uint8))
            selectors[share] = (faiss.IDSelectorBitmap(bitmap), bitmap)
        parameters = faiss.SearchParametersIVF(sel=selectors[share][0], nprobe=args.nprobe)
        return index.search(query[None], K, params=parameters)[1][0]

    measure("faiss", faiss_search)

if "usearch" not in left_out:
    from usearch.index import Index
    graph = Index(ndim=dims, metric="ip", dtype="i8")
    graph.add(np.arange(count), base, threads=args.threads)
    # Its Python binding has no predicate; a user asks for more and filters.
    sets = {share: set(ids.tolist()) for share, ids in allowed.items()}

    def usearch_search(query, ids, share):
        wanted = min(count, int(K / share * 2)) if share > 1e-3 else min(count, 20_000)
        found = graph.search(query, wanted).keys
        return [i for i in found if int(i) in sets[share]][:K]

    measure("usearch", usearch_search)

if "lancedb" not in left_out:
    import lancedb, pyarrow
    folder = tempfile.mkdtemp()
    try:
        rank = np.full(count, np.float32(2))
        order = rng.permutation(count)
        rank[order] = np.arange(count) / count
        for share in shares:
            ids = np.sort(order[: max(K, int(share * count))])
            allowed[share] = ids
            best = [ids[np.argpartition(-(base[ids] @ query), min(K, len(ids)) - 1)[:K]] for query in queries]
            truth[share] = [set(i.tolist()) for i in best]
        table = lancedb.connect(folder).create_table("vectors", pyarrow.table({
            "id": pyarrow.array(np.arange(count)), "rank": pyarrow.array(rank),
            "vector": pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(base.reshape(-1)), dims)}))
        table.create_index(metric="dot", num_partitions=max(64, int(count ** 0.5)), num_sub_vectors=dims // 8)
        table.create_scalar_index("rank")

        def lance_search(query, ids, share):
            limit = max(K, int(share * count)) / count
            rows = table.search(query).distance_type("dot").nprobes(args.nprobe).refine_factor(4)
            rows = rows if share == 1 else rows.where(f"rank < {limit}", prefilter=True)
            return rows.limit(K).to_arrow()["id"].to_pylist()

        measure("lancedb", lance_search)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
