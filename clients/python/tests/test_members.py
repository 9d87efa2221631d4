"""Every member of a request can be given through a method: the server's own description lists them."""

from __future__ import annotations

from typing import Any

import pytest

from tapedeck import StoredEmbeddingsQuery
from tapedeck.results import Answer

#: For each operation, a call that gives every parameter.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "search": ("search_text", dict(
        question="calls", k=1, models=["m"], years=[2024], as_of="2024-01-02", strict=True, semantic=True, order="volume", group="kind",
        greeks="vendor", page_size=1, cursor="1")),
    "ask": ("ask", dict(question="calls", k=1, models=["m"], as_of="2024-01-02")),
    "explain": ("read", dict(question="calls", as_of="2024-01-02")),
    "similar": ("search_similar_options", dict(
        reference_data={"contract": "C", "quote_date": "2024-01-02"}, k=1, model="m", years=[2024], per_contract=1, as_of="2024-01-02")),
    "evolution": ("analyze_pattern_evolution", dict(question="calls", start_year=2024, end_year=2024, k=1, as_of="2024-01-02")),
    "compare": ("compare", dict(question="calls", k=1, models=["m"], years=[2024], as_of="2024-01-02")),
    "outcomes": ("outcomes", dict(question="calls", horizons=[1], k=1, models=["m"], years=[2024], side="buy", as_of="2024-01-02")),
    "arbitrage": ("arbitrage", dict(
        date="2024-01-02", symbols=["S"], k=1, fee=1.0, rate=0.0, dividend_yield=0.0, relative_value=True)),
    "screen": ("screen", dict(
        strategy="vertical", date="2024-01-02", symbols=["S"], k=1, by="b", min_days=1, max_days=2, min_volume=1, min_open_interest=1)),
    "flow": ("flow", dict(date="2024-01-02", symbols=["S"], k=1, min_volume=1, past=1)),
    "regimes": ("regimes", dict(symbol="S", as_of="2024-01-02", sensitivity=1.0, clusters=1, model="m")),
    "analogs": ("analogs", dict(symbol="S", date="2024-01-02", k=1, horizons=[1])),
    "measures": ("measures", dict(symbol="S", start="2024-01-02", end="2024-01-02")),
    "risk": ("risk", dict(positions={"S": 1.0}, date="2024-01-02", rate=0.0, analogs=1)),
}


async def test_every_member_has_a_parameter(store: str, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with StoredEmbeddingsQuery(store=store, program=program) as query:
        paths = (await query._send("GET", "/openapi.json"))["paths"]
    described = {
        operation["post"]["operationId"]: set(
            operation["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"])
        for operation in paths.values() if "post" in operation
    }
    described.pop("embeddings")
    sent: dict[str, set[str]] = {}

    async def record(self: StoredEmbeddingsQuery, name: str, **members: Any) -> Answer:
        sent[name] = {key for key, value in members.items() if value is not None}
        return Answer(results=[], years={})

    monkeypatch.setattr(StoredEmbeddingsQuery, "post", record)
    for method, arguments in CALLS.values():
        await getattr(StoredEmbeddingsQuery("http://127.0.0.1:9"), method)(**arguments)
    assert sent == described
