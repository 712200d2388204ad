"""The connections of browsers to a page: in bounded number, and not for those that send nothing."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from rraft.cluster.transport.sockets import connection_limit, is_reserved

MAX_CONNECTIONS = 100
"""Further connections are closed at once. Fewer, if the process may not open many files."""

SHARE = 1 / 16
"""Of all file descriptors."""

BACKLOG = 16
"""The event loop accepts so many connections before it can close those that are too many."""

REQUEST_TIMEOUT = 10.0
"""Seconds for a request to arrive. It is checked as often, so that a connection may last twice as long."""


class PageConnection(H11Protocol):
    """A connection of HTTP/1.1."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accepts the connection, if there are not too many."""
        super().connection_made(transport)
        limit = connection_limit(MAX_CONNECTIONS, SHARE)
        if len(self.connections) > limit or is_reserved(transport.get_extra_info("socket")):
            transport.abort()
        else:
            self._check_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the check."""
        super().connection_lost(exc)
        if self._timer:
            self._timer.cancel()

    def _check_later(self) -> None:
        self._timer = self.loop.call_later(REQUEST_TIMEOUT, self._check, self._progress())

    def _check(self, before: tuple[Any, ...]) -> None:
        """Closes the connection if it still waits for the rest of the same request."""
        if self._progress() == before and self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self.transport.abort()
        else:
            self._check_later()

    def _progress(self) -> tuple[Any, ...]:
        """The last request, and how far it has arrived."""
        return self.cycle, self.conn.their_state
