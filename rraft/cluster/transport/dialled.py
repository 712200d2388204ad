"""What the connections have in common that this side has dialled: how they begin and end."""

import asyncio
from abc import ABC, abstractmethod
from typing import cast


class DialledProtocol(asyncio.Protocol, ABC):
    """One connection, after the handshake. Subclasses read what arrives, and send heartbeats."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self._heard: float = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self.lost: asyncio.Future[str] = self._loop.create_future()
        """Done when the connection has ended, with the reason."""
        self._transport: asyncio.Transport = asyncio.Transport()
        self._reason: str = ""

    def abort(self, reason: str) -> None:
        """Closes the connection at once."""
        self._reason = self._reason or reason
        self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._beat(self._loop.time())

    def connection_lost(self, error: Exception | None) -> None:
        self._transport.abort()  # asyncio of Python 3.10 warns of TLS that only the other side has closed
        self._reason = self._reason or str(error or "closed by the other side")
        if self._timer:
            self._timer.cancel()
        self._ended()
        if not self.lost.done():
            self.lost.set_result(self._reason)

    @abstractmethod
    def _beat(self, due: float) -> None:
        """Sends a heartbeat if one is needed, and is called again after the interval."""

    @abstractmethod
    def _ended(self) -> None:
        """The connection has ended: releases what waits for it."""
