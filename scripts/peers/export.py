#!/usr/bin/env python3
"""Measures `tapedeck export` against row inserts into Milvus Lite, and against pyarrow writing the same table.

    scripts/peers/export.py --store store                      # needs pyarrow, pymilvus and milvus-lite
    scripts/peers/export.py --store store --each row --models minilm --limit 1000000

The export goes to a folder in memory (/dev/shm), so that the figure is the program's and not the disk's. Prints one JSON object a
measurement: megabytes (10^6) of vectors a second, and records a second.
"""

import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--tapedeck", default=".build/release/tapedeck")
parser.add_argument("--store", required=True)
parser.add_argument("--each", default="description")
parser.add_argument("--models")
parser.add_argument("--limit", type=int)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--inserts", type=int, default=20_000, help="records inserted into Milvus Lite")
parser.add_argument("--memory", default="/dev/shm")
options = parser.parse_args()

folder = tempfile.mkdtemp(prefix="tapedeck-export-", dir=options.memory)
out = folder + "/export"
command = [options.tapedeck, "export", "--to", "milvus", "--store", options.store, "--out", out, "--each", options.each, "--json"]
if options.models:
    command += ["--models", options.models]
if options.limit:
    command += ["--limit", str(options.limit)]

try:
    rates, records = [], []
    for _ in range(options.rounds):
        shutil.rmtree(out, ignore_errors=True)
        summary = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        count = sum(file["records"] for table in summary["manifest"]["tables"] for file in table["files"])
        rates.append(summary["vectorBytes"] / summary["seconds"] / 1e6)
        records.append(count / summary["seconds"])
    size = sum(file["size"] for table in summary["manifest"]["tables"] for file in table["files"])
    exported = statistics.median(records)
    print(json.dumps({
        "what": "tapedeck export", "each": options.each, "records": count, "vector_bytes": summary["vectorBytes"], "file_bytes": size,
        "megabytes_per_second": round(statistics.median(rates)), "best": round(max(rates)), "records_per_second": round(exported)}), flush=True)

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = summary["manifest"]["tables"][0]["name"]
    file = pq.ParquetFile(sorted(glob.glob(f"{out}/{table}/*.parquet"))[0])
    group = file.read_row_group(0)
    vectors = [name for name in group.column_names if name.startswith("vector_")]
    bytes_of_vectors = sum(4 * len(group[name].combine_chunks().flatten()) for name in vectors)
    rates = []
    for _ in range(options.rounds):
        start = time.perf_counter()
        pq.write_table(group, folder + "/peer.parquet", compression={name: "none" if name in vectors else "zstd" for name in group.column_names}, use_dictionary=[name for name in group.column_names if name not in vectors])
        rates.append(bytes_of_vectors / (time.perf_counter() - start) / 1e6)
    print(json.dumps({"what": "pyarrow write_table of one row group that is in memory", "records": len(group), "megabytes_per_second": round(statistics.median(rates)), "best": round(max(rates))}), flush=True)

    from pymilvus import CollectionSchema, MilvusClient

    schema = CollectionSchema.construct_from_dict(json.load(open(f"{out}/_collection_{table}.json")))
    rows = []
    for number in range(file.num_row_groups):
        rows += file.read_row_group(number).to_pylist()
        if len(rows) >= options.inserts:
            break
    rows = rows[: options.inserts]
    client = MilvusClient(folder + "/milvus.db")
    index = client.prepare_index_params()
    for name in vectors:
        index.add_index(name, index_type="FLAT", metric_type="IP")
    client.create_collection(table, schema=schema, index_params=index)
    start = time.perf_counter()
    for place in range(0, len(rows), 1000):
        client.insert(table, rows[place : place + 1000])
    seconds = time.perf_counter() - start
    client.close()
    print(json.dumps({"what": "inserts into Milvus Lite, 1,000 records a call", "records": len(rows), "records_per_second": round(len(rows) / seconds), "export_is_faster_by": round(exported * seconds / len(rows))}))
finally:
    shutil.rmtree(folder, ignore_errors=True)
