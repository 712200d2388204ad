"""`FrameStream`: a connection whose frames a coroutine reads: during the handshake, and of a snapshot."""

import asyncio
from collections import deque
from typing import cast

from .frames import Assembler, FrameError, frame


class FrameStream(asyncio.Protocol):
    """Frames that wait to be read, in bounded number: reading from the network pauses while too much waits."""

    def __init__(self, limit: int) -> None:
        """`limit` is the maximum length of a frame, in bytes."""
        self.transport: asyncio.Transport = _NOT_CONNECTED
        self._assembler = Assembler(limit)
        self._max_unread = 2 * limit
        self._frames: deque[bytes] = deque()
        self._unread = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._failure: Exception | None = None

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._failure:
            return
        try:
            bodies = self._assembler.split(data)
        except FrameError as error:
            self._fail(error)
            self.transport.abort()
            return
        self._frames += bodies
        self._unread += sum(map(_cost, bodies))
        if self._unread > self._max_unread and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        if bodies:
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.transport.abort()  # asyncio of Python 3.10 warns of TLS that only the other side has closed
        self._fail(error or ConnectionResetError("the other side has closed the connection"))

    # Called by the user.

    def allow(self, limit: int, max_unread: int) -> None:
        """Sets other limits: of a frame, and of all frames that wait to be read, in bytes."""
        self._assembler.limit = limit
        self._max_unread = max_unread

    async def read(self) -> bytes:
        """The body of the next frame. Raises `FrameError`, or `OSError` if the connection has ended."""
        while not self._frames:
            if self._failure:
                raise self._failure
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._take()

    def read_now(self) -> bytes | None:
        """The body of the next frame, if it has arrived."""
        return self._take() if self._frames else None

    def write(self, *parts: bytes) -> None:
        """Sends a frame. The caller bounds what it sends: this never waits."""
        if not self._failure and not self.transport.is_closing():
            self.transport.write(frame(*parts))

    def close(self) -> None:
        """Closes the connection after what was written has been sent."""
        self.transport.close()

    def abort(self) -> None:
        """Closes the connection at once."""
        self.transport.abort()

    def hand_over(self, protocol: asyncio.Protocol) -> None:
        """Makes another protocol the receiver of all that has not been read. Raises `OSError` after the end."""
        if self._failure:
            raise self._failure
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        unread = b"".join(map(frame, self._frames)) + self._assembler.take_partial()
        if unread:
            protocol.data_received(unread)
        self._resume()

    def _take(self) -> bytes:
        body = self._frames.popleft()
        self._unread -= _cost(body)
        if self._unread <= self._max_unread:
            self._resume()
        return body

    def _resume(self) -> None:
        if self._paused and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


def _cost(body: bytes) -> int:
    """What a frame costs while it waits: even an empty one takes memory."""
    return len(body) + 64


class _NoTransport(asyncio.Transport):
    """Before the connection is made."""

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


_NOT_CONNECTED = _NoTransport()
