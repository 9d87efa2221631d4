"""The query examples of the system's description, word for word but for the import line."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tapedeck import StoredEmbeddingsQuery

NATURAL_LANGUAGE = '''
from tapedeck import StoredEmbeddingsQuery

query_system = StoredEmbeddingsQuery()

# Search across all years and models
results = await query_system.search_text(
    "Deep in the money Apple calls with high volume before earnings",
    k=20
)

for result in results:
    print(f"{result.symbol} ({result.year}): {result.similarity:.3f}")
'''

MODEL_AND_YEAR = '''
# Use fastest model for recent years only
results = await query_system.search_text(
    "SPY puts with unusual options activity",
    k=10,
    models=['minilm'],  # Fast model
    years=[2023, 2024]  # Recent years only
)
'''

EVOLUTION = '''
# Analyze how volatility patterns changed over time
evolution = await query_system.analyze_pattern_evolution(
    "High implied volatility before market crash",
    start_year=2008,
    end_year=2024
)

for year, matches in evolution.items():
    print(f"{year}: {len(matches)} similar patterns found")
'''

SIMILAR = '''
# Find historically similar options
similar = await query_system.search_similar_options(
    reference_data=current_option_df,
    k=50,
    model='bge-base',  # Best quality
    years=[2020, 2021, 2022, 2023, 2024]
)
'''


async def run(snippet: str, names: dict[str, object]) -> dict[str, object]:
    code = compile(textwrap.dedent(snippet), "brief", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, names)
    if result is not None:
        await result
    return names


async def test_snippets(store: str, program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TAPEDECK_STORE", store)
    monkeypatch.setenv("TAPEDECK_PROGRAM", program)
    names = await run(NATURAL_LANGUAGE, {})
    query = names["query_system"]
    assert isinstance(query, StoredEmbeddingsQuery)
    try:
        results = names["results"]
        assert len(results) == 20  # type: ignore[arg-type]
        assert len(capsys.readouterr().out.splitlines()) == 20

        names = await run(MODEL_AND_YEAR, names)
        found = names["results"]
        assert len(found) == 10 and {one.year for one in found} <= {2023, 2024}  # type: ignore[arg-type, attr-defined]
        assert all(set(one.similarities) == {"minilm"} for one in found)  # type: ignore[attr-defined]

        names = await run(EVOLUTION, names)
        assert list(names["evolution"]) == [2019, 2020, 2021, 2022, 2023, 2024]  # type: ignore[call-overload]
        assert len(capsys.readouterr().out.splitlines()) == 6

        last = await query.search_text("calls in December 2024", k=1, models=["bge-base"])
        names["current_option_df"] = last.to_pandas()
        names = await run(SIMILAR, names)
        similar = names["similar"]
        assert len(similar) == 50 and min(one.year for one in similar) >= 2020  # type: ignore[arg-type, attr-defined]
        assert len({one.contract for one in similar}) == 50  # type: ignore[attr-defined]
    finally:
        await query.aclose()
