"""Python client of the Tapedeck server."""

from .client import StoredEmbeddingsQuery
from .errors import RequestFailed, ServerNotFound, TapedeckError
from .results import Answer, Rows, SearchResult, SimilarOption, Source, YearMatches

__all__ = [
    "Answer",
    "RequestFailed",
    "Rows",
    "SearchResult",
    "ServerNotFound",
    "SimilarOption",
    "Source",
    "StoredEmbeddingsQuery",
    "TapedeckError",
    "YearMatches",
]
