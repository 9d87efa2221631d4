"""Errors of the client."""

from __future__ import annotations


class TapedeckError(Exception):
    """Base class of the client's errors."""


class ServerNotFound(TapedeckError):
    """No server answers, or none could be started."""


class RequestFailed(TapedeckError):
    """The server refused a request. The members are those of its problem details (RFC 9457)."""

    def __init__(self, status: int, code: str, title: str, detail: str, remedy: str = "", request_id: str = "") -> None:
        super().__init__(f"{detail}; {remedy}" if remedy else detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.request_id = request_id
