"""The client."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import httpx

from .errors import RequestFailed, ServerNotFound
from .results import Answer, Rows, SearchResult, SimilarOption, YearMatches
from .server import LocalServer

if TYPE_CHECKING:
    import pandas

#: Weight of the distance against the similarity, as the server ranks similar options.
_DISTANCE_WEIGHT = 0.05


class StoredEmbeddingsQuery:
    """Asks a store of option and stock records questions in plain English.

    :param url: the server. Default: ``TAPEDECK_URL``; then, with a store, a server that this object starts; then
        ``http://127.0.0.1:8080``.
    :param store: a folder, ``file:///path`` or ``s3://bucket/prefix``. The object runs ``tapedeck serve`` on a free port of
        loopback and ends it. Default: ``TAPEDECK_STORE``.
    :param token: the server's bearer token. Default: ``TAPEDECK_TOKEN``.
    :param program: the program ``tapedeck``. Default: ``TAPEDECK_PROGRAM``, then the one in ``PATH``.
    :param timeout: seconds for a request, and for a server that loads its models.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        store: str | None = None,
        token: str | None = None,
        program: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        self._server: LocalServer | None = None
        self._token = token or os.environ.get("TAPEDECK_TOKEN") or None
        self._timeout = timeout
        if url is None and store is None:
            url = os.environ.get("TAPEDECK_URL") or None
            if url is None:
                store = os.environ.get("TAPEDECK_STORE") or None
        if url is None and store is not None:
            self._server = LocalServer(store, program)
            url = self._server.url
        self.url = (url or "http://127.0.0.1:8080").rstrip("/")
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # Life

    async def __aenter__(self) -> StoredEmbeddingsQuery:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections, and ends the server that this object started."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        if self._server is not None:
            await asyncio.to_thread(self._server.close)
            self._server = None

    def _connections(self) -> httpx.AsyncClient:
        # Connections belong to an event loop; `asyncio.run` makes a new one each time.
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
            # A proxy of the environment is for other machines.
            local = self.url.startswith(("http://127.", "http://localhost", "http://[::1]"))
            self._client = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=self._timeout, trust_env=not local)
            self._loop = loop
        return self._client

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Sends a request; waits for a server that is loading or busy."""
        end = time.monotonic() + self._timeout
        client = self._connections()
        while True:
            try:
                response = await client.request(method, path, json=body)
            except httpx.TransportError as error:
                raise ServerNotFound(f"no answer from {self.url}: {error or type(error).__name__}; is `tapedeck serve` running?") from error
            if response.is_success:
                return cast(dict[str, Any], response.json())
            failure = _failure(response)
            # Loading takes a fraction of a second for small stores.
            pause = 0.1 if failure.code == "loading" else _seconds(response.headers.get("Retry-After"))
            if failure.code not in ("loading", "too_many_requests") or pause is None or time.monotonic() + pause > end:
                raise failure
            await asyncio.sleep(pause)

    async def post(self, name: str, **members: Any) -> Answer:
        """Sends a request to ``/v1/name`` with those members that are not ``None``. ``/openapi.json`` lists them."""
        return Answer(await self._send("POST", f"/v1/{name}", {key: value for key, value in members.items() if value is not None}))

    # Questions

    async def ask(
        self, question: str, k: int | None = None, models: Sequence[str] | None = None, *, as_of: str | None = None
    ) -> Answer:
        """Answers any question, by search or by the analysis that it asks for.

        The result has ``intent``, ``command`` (the command line that gives the same answer), ``notes`` and ``answer``, the answer of that
        search or analysis.
        """
        return await self.post("ask", question=question, k=k, models=_list(models), as_of=_day(as_of))

    async def search_text(
        self,
        question: str,
        k: int | None = None,
        models: Sequence[str] | None = None,
        years: Iterable[int] | None = None,
        *,
        as_of: str | None = None,
        strict: bool = False,
        semantic: bool = False,
        order: str | None = None,
        group: str | None = None,
        greeks: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Rows[SearchResult]:
        """Searches with a question in plain English.

        :param k: number of results; as many as the question says, otherwise 20, when ``None``.
        :param models: models by key; all of the store when ``None``.
        :param years: all when ``None``.
        :param as_of: hides every row after this day, and is what "today" means.
        :param strict: lists only rows that meet every constraint.
        :param semantic: plain vector search: ignores constraints in the question.
        :param order: sorts by a number, such as ``"volume"`` or ``"iv:asc"``.
        :param group: counts by a property, such as ``"underlying"``; the counts are in ``Rows.answer``.
        :param greeks: which greeks and implied volatilities constraints use: ``"solved"`` (default) or ``"vendor"``.
        :param page_size: results per page; all at once when ``None``.
        :param cursor: ``Rows.next_cursor`` of the page before, of the same request.
        """
        answer = await self.post(
            "search", question=question, k=k, models=_list(models), years=_list(years), as_of=_day(as_of),
            strict=strict or None, semantic=semantic or None, order=order, group=group, greeks=greeks,
            page_size=page_size, cursor=cursor,
        )
        return Rows([SearchResult.from_json(row) for row in answer["results"]], answer)

    async def analyze_pattern_evolution(
        self, question: str, start_year: int, end_year: int, k: int = 3, *, as_of: str | None = None
    ) -> dict[int, YearMatches]:
        """Counts by year how many rows match a question. Years that the store does not have are absent."""
        answer = await self.post("evolution", question=question, start_year=start_year, end_year=end_year, k=k, as_of=_day(as_of))
        return {
            int(year): YearMatches(
                year=int(year), matches=one["matches"], rows=one["rows"], per_million=one["per_million"],
                interval=(one["interval"][0], one["interval"][1]),
                best=tuple(SearchResult.from_json(row) for row in one["best"]),
            )
            for year, one in sorted(answer["years"].items())
        }

    async def search_similar_options(
        self,
        reference_data: pandas.DataFrame | Sequence[dict[str, Any]] | dict[str, Any],
        k: int = 50,
        model: str | None = None,
        years: Iterable[int] | None = None,
        *,
        per_contract: int = 1,
        as_of: str | None = None,
    ) -> Rows[SimilarOption]:
        """Finds options similar to stored ones, on their day or before.

        :param reference_data: rows of the store, such as those of ``Rows.to_pandas()``, with ``contract`` (or ``symbol``) and
            ``quote_date`` (or ``date``). With several rows, the results are the best of all of them, a contract once.
        :param years: those of the store that count; all when ``None``.
        """
        references = list(_references(reference_data))
        if not references:
            raise ValueError("reference_data has no row")
        wanted = _list(years)
        answers = await asyncio.gather(*(
            self.post(
                "similar", contract=contract, date=day, k=k, model=model, years=wanted, per_contract=per_contract, as_of=_day(as_of))
            for contract, day in references
        ))
        if len(answers) == 1:
            return Rows([SimilarOption.from_json(row) for row in answers[0]["results"]], answers[0])
        best: dict[tuple[str, str], SimilarOption] = {}
        for answer in answers:
            for one in (SimilarOption.from_json(row) for row in answer["results"]):
                key = (one.symbol, one.quote_date)
                if key not in best or _rank(one) > _rank(best[key]):
                    best[key] = one
        return Rows(sorted(best.values(), key=_rank, reverse=True)[:k], Answer(answers=answers))

    async def read(self, question: str, as_of: str | None = None) -> Answer:
        """Explains how each word of a question is read, without searching."""
        return await self.post("explain", question=question, as_of=_day(as_of))

    async def compare(
        self, question: str, k: int = 10, models: Sequence[str] | None = None, years: Iterable[int] | None = None, *, as_of: str | None = None
    ) -> Answer:
        """Answers a question with each model alone, and measures how far they agree."""
        return await self.post("compare", question=question, k=k, models=_list(models), years=_list(years), as_of=_day(as_of))

    async def outcomes(
        self,
        question: str,
        horizons: Sequence[int] = (1, 5, 10, 20),
        k: int | None = None,
        models: Sequence[str] | None = None,
        years: Iterable[int] | None = None,
        *,
        side: str = "buy",
        as_of: str | None = None,
    ) -> Answer:
        """Reports what happened afterwards to the contracts that answer a question."""
        return await self.post(
            "outcomes", question=question, horizons=list(horizons), k=k, models=_list(models), years=_list(years), side=side, as_of=_day(as_of))

    # Analyses

    async def arbitrage(
        self,
        date: str,
        symbols: Sequence[str] = (),
        k: int = 20,
        *,
        fee: float | None = None,
        rate: float | None = None,
        dividend_yield: float | None = None,
        relative_value: bool = False,
    ) -> Answer:
        """Finds packages of options whose worst case is a profit, in the quotes of a day.

        :param fee: dollars per contract and leg.
        :param rate: annual; implied by the chain when ``None``.
        :param dividend_yield: the highest that a short seller may have to pay.
        :param relative_value: also lists contracts whose volatility is out of line with that of similar options.
        """
        return await self.post(
            "arbitrage", date=_day(date), symbols=list(symbols), k=k, fee=fee, rate=rate, dividend_yield=dividend_yield,
            relative_value=relative_value or None)

    async def screen(
        self,
        strategy: str,
        date: str,
        symbols: Sequence[str] = (),
        k: int = 20,
        *,
        by: str | None = None,
        min_days: int | None = None,
        max_days: int | None = None,
        min_volume: int | None = None,
        min_open_interest: int | None = None,
    ) -> Answer:
        """Ranks spreads, condors, covered calls, puts or calendars of a day.

        :param by: the measure that ranks them.
        :param min_days: fewest days to expiry; ``max_days`` the most.
        :param min_volume: least volume of every leg; ``min_open_interest`` its least open interest.
        """
        return await self.post(
            "screen", strategy=strategy, date=_day(date), symbols=list(symbols), k=k, by=by, min_days=min_days, max_days=max_days,
            min_volume=min_volume, min_open_interest=min_open_interest)

    async def flow(
        self, date: str, symbols: Sequence[str] = (), k: int = 20, *, min_volume: int | None = None, past: int | None = None
    ) -> Answer:
        """Finds unusual option trading on a day.

        :param past: sessions to look back for events like each contract's.
        """
        return await self.post("flow", date=_day(date), symbols=list(symbols), k=k, min_volume=min_volume, past=past)

    async def regimes(
        self,
        symbol: str | None = None,
        *,
        as_of: str | None = None,
        sensitivity: float | None = None,
        clusters: int | None = None,
        model: str | None = None,
    ) -> Answer:
        """Finds the days on which the state of an underlying changed, and groups its days by state.

        :param symbol: all underlyings together when ``None``.
        :param model: adds how far each day's trading is from that of the sessions before, by this model's vectors.
        """
        return await self.post("regimes", symbol=symbol, as_of=_day(as_of), sensitivity=sensitivity, clusters=clusters, model=model)

    async def analogs(
        self, symbol: str | None, date: str, k: int = 10, horizons: Sequence[int] = (1, 5, 10, 20)
    ) -> Answer:
        """Finds earlier days like a day, and what followed them; of all underlyings together when ``symbol`` is ``None``."""
        return await self.post("analogs", symbol=symbol, date=_day(date), k=k, horizons=list(horizons))

    async def measures(self, symbol: str, start: str | None = None, end: str | None = None) -> Answer:
        """The state of an underlying by day."""
        return await self.post("measures", symbol=symbol, **{"from": _day(start), "to": _day(end)})

    async def risk(
        self, positions: dict[str, float], date: str, *, rate: float | None = None, analogs: int | None = None
    ) -> Answer:
        """Greeks, dollar exposures and scenarios of positions: quantities by OCC symbol, or by ticker for shares.

        :param analogs: earlier contracts to find for each position.
        """
        lines = [{"contract": contract, "quantity": quantity} for contract, quantity in positions.items()]
        return await self.post("risk", positions=lines, date=_day(date), rate=rate, analogs=analogs)

    # The store and its models

    async def store(self) -> Answer:
        """What the store holds."""
        return Answer(await self._send("GET", "/v1/store"))

    async def runs(self) -> Answer:
        """The runs whose events the store still has, newest first."""
        return Answer(await self._send("GET", "/v1/runs"))

    async def models(self) -> Answer:
        """The models that texts can be encoded with."""
        return Answer(await self._send("GET", "/v1/models"))

    async def backtests(self) -> Answer:
        """The reports in the folder of ``tapedeck serve --backtests``, newest first."""
        return Answer(await self._send("GET", "/v1/backtests"))

    async def backtest(self, id: str) -> Answer:
        """The report of a backtest; ``to_pandas()`` gives its trades."""
        return Answer(await self._send("GET", f"/v1/backtests/{quote(id, safe='')}"))

    async def embed(
        self, texts: Sequence[str], model: str, *, truncate: bool = False, dimensions: int | None = None
    ) -> list[list[float]]:
        """Encodes texts. Name the role of the texts with the model: ``"minilm:query"``, ``"minilm:document"``.

        :param truncate: cuts texts that are too long; otherwise they are an error.
        :param dimensions: cuts and normalises the vectors of models that allow it (nomic).
        """
        body: dict[str, Any] = {"input": list(texts), "model": model, "encoding_format": "base64", "truncate": truncate}
        if dimensions is not None:
            body["dimensions"] = dimensions
        answer = await self._send("POST", "/v1/embeddings", body)
        vectors = (base64.b64decode(one["embedding"]) for one in answer["data"])
        return [list(struct.unpack(f"<{len(vector) // 4}f", vector)) for vector in vectors]


def _failure(response: httpx.Response) -> RequestFailed:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if isinstance(body.get("error"), dict):
        error = body["error"]
        return RequestFailed(
            response.status_code, error.get("code") or "", error.get("type") or "", error.get("message") or response.reason_phrase,
            request_id=response.headers.get("X-Request-Id", ""))
    return RequestFailed(
        response.status_code, body.get("code", ""), body.get("title", ""), body.get("detail", response.reason_phrase),
        body.get("remedy", ""), body.get("request_id", ""))


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None


def _list(values: Iterable[Any] | None) -> list[Any] | None:
    return None if values is None else list(values)


def _day(value: Any) -> str | None:
    """A date as the server takes it, from a text, a date or a timestamp."""
    return None if value is None else str(value)[:10]


def _rank(one: SimilarOption) -> float:
    return one.similarity - _DISTANCE_WEIGHT * one.distance


def _references(data: Any) -> Iterable[tuple[str, str]]:
    if isinstance(data, dict):
        rows: Iterable[Any] = [data]
    elif hasattr(data, "to_dict") and hasattr(data, "columns"):
        rows = data.to_dict("records")
    else:
        rows = data
    for row in rows:
        contract = row.get("contract") or row.get("symbol")
        day = row.get("quote_date", row.get("date"))
        if not isinstance(contract, str) or day is None:
            raise ValueError("every row of reference_data needs a contract and a quote_date")
        yield contract, str(_day(day))
