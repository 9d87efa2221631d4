"""Feature and price files and an embeddings cache as the original system writes them, for the tests of StockFeatures and
EmbeddingCache.

    python scripts/golden/stock_files.py        # needs h5py and numpy

Values are made up from row, column and ticker, so that the tests know them: feature j of row i of ticker k is
1000 k + i + j / 64, a price of row i is 10 k + i / 4, component j of the vector of day i is 100 k + i + j / 8.
"""
import datetime
import pathlib

import h5py
import numpy as np

tests = pathlib.Path(__file__).resolve().parents[2] / "Tests"
stocks = tests / "StockFeaturesTests" / "Golden"
cache = tests / "EmbeddingCacheTests" / "Golden"
for folder in (stocks, cache):
    folder.mkdir(parents=True, exist_ok=True)


def days(first, count):
    first = datetime.date.fromisoformat(first)
    return [(first + datetime.timedelta(days=i)).isoformat() for i in range(count)]


def features(k, rows, width):
    return (1000 * k + np.arange(rows)[:, None] + np.arange(width)[None, :] / 64).astype(np.float32)


# The converter's file: contiguous or compressed, root and group attributes, UTF-8 dates; calendars differ.
utf8 = h5py.string_dtype("utf-8", 10)
calendars = {"AAPL": ("2024-01-01", 40), "MSFT": ("2024-01-11", 35), "ZZZ": ("2023-12-20", 20)}
for name, compression in (("contiguous", None), ("gzip", "gzip"), ("lzf", "lzf")):
    with h5py.File(stocks / f"features_{name}.h5", "w") as file:
        file.attrs["num_tickers"] = len(calendars)
        file.attrs["num_features"] = 5
        file.attrs["created_at"] = "2024-03-01T00:00:00"
        for k, (ticker, (first, rows)) in enumerate(calendars.items(), 1):
            group = file.create_group(ticker)
            group.attrs["num_dates"] = rows
            group.attrs["start_date"] = first
            group.create_dataset("dates", data=np.array(days(first, rows), dtype=utf8), compression=compression)
            group.create_dataset("features", data=features(k, rows, 5), compression=compression)

# The daily updater's: no attributes, ASCII dates, an unlimited first dimension, grown once; and a ticker with a slash.
with h5py.File(stocks / "features_grown.h5", "w") as file:
    for k, (ticker, (first, rows)) in enumerate({**calendars, "BRK/B": ("2024-01-05", 12)}.items(), 1):
        half = rows // 2
        dates = np.array(days(first, rows), dtype="S10")
        group = file.create_group(ticker)
        stored = group.create_dataset("dates", data=dates[:half], maxshape=(None,))
        table = group.create_dataset("features", data=features(k, rows, 5)[:half], maxshape=(None, 5), chunks=(7, 5),
                                     compression="lzf", shuffle=True)
        stored.resize((rows,))
        stored[half:] = dates[half:]
        table.resize((rows, 5))
        table[half:] = features(k, rows, 5)[half:]

# Dates of variable length, as h5py writes a list of str; tables of float64; a ticker that holds another; what no ticker holds.
with h5py.File(stocks / "features_variable.h5", "w") as file:
    layouts = {
        "CHUNKS": {"chunks": (40,)}, "GZIP": {"compression": "gzip", "shuffle": True, "chunks": (16,)},
        "LZF": {"compression": "lzf", "chunks": (7,), "maxshape": (None,)}, "PLAIN": {},
    }
    dates = np.array(days("2024-01-01", 40), dtype=object)
    for k, (ticker, layout) in enumerate(layouts.items(), 1):
        group = file.create_group(ticker)
        group.create_dataset("dates", data=dates, dtype=h5py.string_dtype(), **layout)
        group["features"] = features(k, 40, 5)
    for ticker, wrong in (("TIMES", "2024-01-01T00:00:00"), ("BLANK", "")):
        group = file.create_group(ticker)
        group.create_dataset("dates", data=np.array([wrong] + list(dates[1:]), dtype=object), dtype=h5py.string_dtype())
        group["features"] = features(9, 40, 5)
with h5py.File(stocks / "features_nested.h5", "w") as file:
    for k, (ticker, dtype, layout) in enumerate(
        (("BF", "f8", {}), ("BF/B", "f4", {}), ("BRK/A", "f8", {"compression": "gzip", "chunks": (7, 5)}), ("A/B/C", "f4", {})), 1
    ):
        group = file.create_group(ticker)
        group["dates"] = np.array(days("2024-01-01", 20), dtype="S10")
        group.create_dataset("features", data=features(k, 20, 5).astype(dtype), **layout)
    file["BF/note"] = np.zeros(3)
    file["BF/old/x"] = np.zeros(3)
    file["A/B/C/D/features"] = np.zeros((2, 5), dtype=np.float32)
    file["empty/inner/x"] = np.zeros(3)
    file["loose"] = np.zeros(3)
    file["LINK"] = h5py.SoftLink("/BF")

# Links: soft ones to a ticker, to a link, relative, from a ticker to shared datasets; to nothing, in a circle, above, to a dataset; external.
with h5py.File(stocks / "features_links.h5", "w") as file:
    file["dates"] = np.array(days("2024-01-01", 20), dtype="S10")
    file["tables/SHARED"] = features(2, 20, 5)
    for ticker, k in (("META", 1), ("G/INNER", 1)):
        file[f"{ticker}/dates"] = np.array(days("2024-01-01", 20), dtype="S10")
        file[f"{ticker}/features"] = features(k, 20, 5)
    for name, target in {
        "A": "/B", "ABOVE": "/", "B": "A", "CHAIN": "FB", "FB": "/META", "G/REL": "./INNER", "NOWHERE": "/OLD/META",
        "SHARED/dates": "/dates", "SHARED/features": "/tables/SHARED", "TEXT": "/dates",
    }.items():
        file[name] = h5py.SoftLink(target)
    file["EXT"] = h5py.ExternalLink("target.h5", "/BBB")
    file["FAR"] = h5py.SoftLink("/EXT/BBB")

# Chunks of filters that are not installed anywhere: the bytes are made up, since nobody reads them. PLAIN names such a filter and was stored
# without, as an optional filter allows.
with h5py.File(stocks / "features_filters.h5", "w") as file:
    def chunked(path, array, filter, mask=0):
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_chunk(array.shape)
        creation.set_filter(filter, h5py.h5z.FLAG_OPTIONAL, (3,))
        kind = h5py.h5t.py_create(array.dtype, logical=True)
        stored = h5py.h5d.create(file.id, path.encode(), kind, h5py.h5s.create_simple(array.shape), creation)
        stored.write_direct_chunk((0,) * array.ndim, array.tobytes(), filter_mask=mask)
    ten = np.array(days("2024-01-01", 10), dtype="S10")
    numbers = {"BITSHUFFLE": 32008, "LZ4": 32004, "NAMELESS": 40000, "PLAIN": 32015, "ZSTD": 32015}
    for k, (ticker, number) in enumerate(numbers.items(), 1):
        file.create_group(ticker)["dates"] = ten
        chunked(f"{ticker}/features", features(k, 10, 5), number, 1 if ticker == "PLAIN" else 0)
    file.create_group("DATES")["features"] = features(6, 10, 5)
    chunked("DATES/dates", ten, 32001)

# What must be refused, ticker by ticker; GOOD stands between them. WIDE is fine in itself and wider than its neighbours.
with h5py.File(stocks / "features_bad.h5", "w") as file:
    def add(ticker, dates, table):
        group = file.create_group(ticker)
        if dates is not None:
            group["dates"] = dates
        group["features"] = table
    ten = np.array(days("2024-01-01", 10), dtype="S10")
    add("GOOD", ten, features(1, 10, 5))
    add("WIDE", ten, features(2, 10, 7))
    add("SHORT", ten[:8], features(3, 10, 5))
    add("BACKWARD", ten[::-1], features(4, 10, 5))
    add("TWICE", ten[[0, 1, 1, 3, 4, 5, 6, 7, 8, 9]], features(5, 10, 5))
    add("WHOLE", ten, features(6, 10, 5).astype(np.int32))
    add("LIST", ten, np.zeros(10, dtype=np.float32))
    add("UNDATED", None, features(7, 10, 5))
    add("NODATE", np.array([b"2024-01-32"] * 10), features(8, 10, 5))
    add("NUMBERS", np.arange(10), features(9, 10, 5))
    file["loose"] = np.zeros(3)

# Prices: trading days, gzip, NaN; one ticker not sorted, one under the name `close`.
with h5py.File(stocks / "prices.h5", "w") as file:
    for k, (ticker, name) in enumerate((("AAPL", "prices"), ("MSFT", "close"), ("ZZZ", "prices")), 1):
        dates = [day for day in days("2024-01-02", 40) if datetime.date.fromisoformat(day).weekday() < 5]
        prices = (10 * k + np.arange(len(dates)) / 4).astype(np.float32)
        if ticker == "AAPL":
            prices[3] = np.nan
        order = np.random.default_rng(0).permutation(len(dates)) if ticker == "ZZZ" else np.arange(len(dates))
        group = file.create_group(ticker)
        group.create_dataset("dates", data=np.array(dates, dtype="S10")[order], compression="gzip")
        group.create_dataset(name, data=prices[order], compression="gzip")
    group = file.create_group("TWICE")
    group["dates"] = np.array(["2024-01-02", "2024-01-02"], dtype="S10")
    group["prices"] = np.float32([1, 2])
    group = file.create_group("SHORT")
    group["dates"] = np.array(["2024-01-02", "2024-01-03"], dtype="S10")
    group["prices"] = np.float32([1])

# The original cache: a dataset a vector. MSFT lacks a day, EMPTY has none.
with h5py.File(cache / "original.h5", "w") as file:
    for k, ticker in enumerate(("AAPL", "MSFT"), 1):
        for i, day in enumerate(days("2024-01-02", 3)):
            if (ticker, i) != ("MSFT", 1):
                vector = (100 * k + i + np.arange(8) / 8).astype(np.float32)
                file.create_dataset(f"{ticker}/{day}", data=vector, compression="gzip")
    file.create_group("EMPTY")
with h5py.File(cache / "original_ragged.h5", "w") as file:
    file["AAPL/2024-01-02"] = np.zeros(8, dtype=np.float32)
    file["AAPL/2024-01-03"] = np.zeros(9, dtype=np.float32)
