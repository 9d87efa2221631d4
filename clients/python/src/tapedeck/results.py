"""What the server answers, as dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    import pandas


def _frame(rows: list[dict[str, Any]], dates: Sequence[str]) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_pandas() needs pandas: pip install 'tapedeck[pandas]'") from error
    frame = pandas.DataFrame(rows)
    for name in dates:
        if name in frame:
            frame[name] = pandas.to_datetime(frame[name])
    return frame


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row stands in the market data. The header is line 1."""

    key: str
    line: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A row that answers a question. Unknown numbers are ``None``."""

    underlying: str
    kind: str
    quote_date: str
    year: int
    similarity: float
    description: str
    #: The contract's OCC symbol; ``None`` for shares.
    contract: str | None = None
    expiration: str | None = None
    days_to_expiry: int | None = None
    strike: float | None = None
    bid: float | None = None
    ask: float | None = None
    volume: int | None = None
    open_interest: int | None = None
    #: 1.0 is 100 %.
    implied_volatility: float | None = None
    delta: float | None = None
    underlying_close: float | None = None
    similarities: dict[str, float] = field(default_factory=dict)
    #: The question's constraints that the row meets, and those that it does not.
    satisfies: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    source: Source | None = None
    #: Every other member of the answer, such as the prices of a stock's bar.
    other: dict[str, Any] = field(default_factory=dict)

    @property
    def symbol(self) -> str:
        """The contract of an option, the ticker of shares."""
        return self.contract or self.underlying

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> SearchResult:
        return cls(**_members(cls, row))


@dataclass(frozen=True, slots=True)
class SimilarOption(SearchResult):
    """A row that is like a reference."""

    #: Root mean square of the standardised differences of the numbers; 0 is the same.
    distance: float = 0.0

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> SimilarOption:
        return cls(**_members(cls, row))


def _members(cls: type, row: dict[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(cls)} - {"other"}
    known = {name: value for name, value in row.items() if name in names}
    for name in ("satisfies", "misses"):
        known[name] = tuple(row.get(name, ()))
    if row.get("source"):
        known["source"] = Source(row["source"]["key"], row["source"]["line"])
    known["other"] = {name: value for name, value in row.items() if name not in names and name != "symbol"}
    return known


Row = TypeVar("Row", bound=SearchResult)


class Rows(Sequence[Row], Generic[Row]):
    """Rows, best first, with what the server said beside them."""

    def __init__(self, rows: Sequence[Row], answer: dict[str, Any]) -> None:
        self._rows = list(rows)
        #: The server's whole answer: ``constraints``, ``not_understood``, ``matching_rows`` and others.
        self.answer = answer

    @property
    def constraints(self) -> list[str]:
        """The constraints that were read from the question, in words."""
        return self.answer.get("constraints", [])

    @property
    def not_understood(self) -> list[str]:
        """Phrases that took part in the similarity only."""
        return self.answer.get("not_understood", [])

    @property
    def next_cursor(self) -> str | None:
        """What the next page is asked with; ``None`` on the last one, and without ``page_size``."""
        return self.answer.get("next_cursor")

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self._rows[index]

    def __repr__(self) -> str:
        return f"Rows({len(self)} rows, constraints={self.constraints})"

    def to_pandas(self) -> pandas.DataFrame:
        """A row each; dates as timestamps."""
        rows = []
        for one in self._rows:
            row = {name: value for name, value in asdict(one).items() if name not in ("other", "source", "similarities")}
            row["symbol"] = one.symbol
            row.update(one.other)
            if one.source:
                row["source_key"], row["source_line"] = one.source.key, one.source.line
            rows.append(row)
        return _frame(rows, ("quote_date", "expiration"))


@dataclass(frozen=True, slots=True)
class YearMatches:
    """How often rows of a year match a question. Its length is the number of matches; it iterates over the best."""

    year: int
    matches: int
    rows: int
    per_million: float
    #: 95 %, per million rows.
    interval: tuple[float, float]
    best: tuple[SearchResult, ...]

    def __len__(self) -> int:
        return self.matches

    def __bool__(self) -> bool:
        return self.matches > 0

    def __iter__(self) -> Iterator[SearchResult]:
        return iter(self.best)


class Answer(dict[str, Any]):
    """The answer of an analysis: the object that the server sent."""

    #: Members that hold rows, in the order in which they are looked for.
    _ROWS = ("results", "candidates", "positions", "trades", "models", "data")

    def to_pandas(self) -> pandas.DataFrame:
        """The answer's rows."""
        for name in self._ROWS:
            if isinstance(self.get(name), list):
                return _frame(self[name], ("date", "day", "quote_date", "expiration", "fill_date", "exit_date"))
        raise ValueError(f"the answer has no rows; its members are {', '.join(self)}")
