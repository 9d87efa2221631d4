"""The client against a real server."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tapedeck import RequestFailed, ServerNotFound, StoredEmbeddingsQuery


@pytest_asyncio.fixture
async def query(store: str, program: str) -> AsyncIterator[StoredEmbeddingsQuery]:
    async with StoredEmbeddingsQuery(store=store, program=program) as query:
        yield query


async def test_search_is_what_the_command_line_prints(query: StoredEmbeddingsQuery, store: str, program: str) -> None:
    question = "calls with volume over 5"
    answer = await query.search_text(question, k=7)
    printed = json.loads(subprocess.run(
        [program, "search", question, "-k", "7", "--store", store, "--json"], capture_output=True, text=True, check=True).stdout)
    for one in (answer.answer, printed):
        one.pop("elapsed_ms")
    assert dict(answer.answer) == printed
    assert answer.constraints == printed["constraints"]


async def test_ask_runs_what_the_question_asks_for(query: StoredEmbeddingsQuery) -> None:
    found = await query.ask("calls with volume over 5", k=3, models=["minilm"])
    assert found["command"].startswith("tapedeck search") and len(found["answer"]["results"]) == 3
    assert set(found["answer"]["results"][0]["similarities"]) == {"minilm"}
    other = await query.ask("how have calls changed over the years")
    assert other["intent"] == "evolution" and other["answer"]["years"]


async def test_pages(query: StoredEmbeddingsQuery) -> None:
    first = await query.search_text("top 5 calls by volume", page_size=3)
    assert first.next_cursor is not None
    second = await query.search_text("top 5 calls by volume", page_size=3, cursor=first.next_cursor)
    assert (len(first), len(second), second.next_cursor) == (3, 2, None)


async def test_rows_become_a_frame(query: StoredEmbeddingsQuery) -> None:
    answer = await query.search_text("puts", k=5)
    frame = answer.to_pandas()
    assert len(frame) == 5 and list(frame["contract"]) == [one.contract for one in answer]
    assert str(frame["quote_date"].dtype).startswith("datetime64")
    flow = await query.flow(frame["quote_date"].iloc[0], min_volume=1)
    assert len(flow.to_pandas()) == len(flow["results"])


async def test_vectors_have_length_one(query: StoredEmbeddingsQuery) -> None:
    vectors = await query.embed(["deep in the money call", "put option"], "minilm:query")
    assert len(vectors) == 2 and all(abs(math.fsum(x * x for x in vector) - 1) < 1e-5 for vector in vectors)


async def test_errors_say_what_to_do(query: StoredEmbeddingsQuery) -> None:
    with pytest.raises(RequestFailed) as failure:
        await query.search_text("calls", models=["nomic"])
    assert failure.value.status == 404 and "minilm" in failure.value.detail
    with pytest.raises(RequestFailed) as failure:
        await query.search_text("calls", k=0)
    assert failure.value.status == 400 and "'k'" in failure.value.detail
    with pytest.raises(RequestFailed) as failure:
        await query.embed(["calls"], "unknown")
    assert failure.value.code == "model_not_found"


async def test_a_server_that_is_not_there() -> None:
    async with StoredEmbeddingsQuery("http://127.0.0.1:9") as query:
        with pytest.raises(ServerNotFound, match="tapedeck serve"):
            await query.search_text("calls")


async def test_a_server_that_does_not_start(program: str, tmp_path: os.PathLike[str]) -> None:
    with pytest.raises(ServerNotFound, match="did not start"):
        StoredEmbeddingsQuery(store=str(tmp_path), program=program)


async def test_the_server_ends_with_the_client(store: str, program: str) -> None:
    query = StoredEmbeddingsQuery(store=store, program=program)
    assert query._server is not None
    process = query._server._process
    await query.search_text("calls", k=1)
    await query.aclose()
    assert process.returncode == 0
