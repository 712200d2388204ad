"""An accepted connection of a client: requests in, responses out, with bounds for each connection."""

import asyncio
import struct
from collections import deque
from contextlib import suppress
from typing import cast

from . import Receiver
from .budget import Budget
from .frames import EMPTY_FRAME, Assembler, FrameError
from .options import TransportOptions
from .reports import Reports
from .timeouts import timeout

REQUEST = struct.Struct("<Q")
"""The start of the body of each frame: the number of the request."""

_RESPONSE = struct.Struct("<IQ")
_REQUESTS_PER_TURN = 256
"""How many requests of one connection are passed on before others have their turn."""
_CLOSE_TIME = 1.0
"""Seconds in which the last responses are sent."""


class ClientConnections:
    """What the connections of all clients share."""

    def __init__(self, receiver: Receiver, options: TransportOptions, reports: Reports) -> None:
        self.receiver = receiver
        self.options = options
        self.reports = reports
        self.connections: dict[ClientConnection, None] = {}
        self.incomplete: Budget = Budget(options.max_incomplete_requests)
        """For requests that have arrived in part."""
        self._emptied: asyncio.Event | None = None
        self._unsent: list[ClientConnection] = []
        self._loop = asyncio.get_running_loop()

    def flush_later(self, connection: "ClientConnection") -> None:
        """Sends the responses of the connection at the end of this turn of the event loop."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(connection)

    def remove(self, connection: "ClientConnection") -> None:
        """A connection has ended."""
        self.connections.pop(connection, None)
        if not self.connections and self._emptied:
            self._emptied.set()

    async def close(self) -> None:
        """Sends the responses that wait, then closes the connections."""
        if not self.connections:
            return
        self._emptied = asyncio.Event()
        for connection in list(self.connections):
            connection.close()
        # A client that does not read delays the end, but does not prevent it.
        with suppress(TimeoutError):
            async with timeout(_CLOSE_TIME):
                await self._emptied.wait()
        for connection in list(self.connections):
            connection.abort()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        for connection in unsent:
            connection.flush()


class ClientConnection(asyncio.Protocol):
    """A connection, after the handshake.

    It reads no more while the client has too many unanswered requests, or does not read its responses.
    """

    def __init__(self, shared: ClientConnections) -> None:
        self._shared = shared
        self._options = shared.options
        self._requested = shared.receiver.requested
        self._loop = asyncio.get_running_loop()
        self._transport = asyncio.Transport()
        self._assembler = Assembler(shared.options.max_client_frame)
        self._held = 0
        self._backlog: deque[bytes] = deque()
        self._unanswered: dict[int, int] = {}
        self._unanswered_bytes = 0
        self._out: list[bytes] = []
        self._written = 0
        self._turn: asyncio.Handle | None = None
        self._reading = True
        self._writable = True
        self._unread_timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closed

    def respond(self, request: int, body: bytes) -> None:
        """Answers a request: `Connection.respond`."""
        size = self._unanswered.pop(request, None)
        if size is None or self._closed:
            return
        self._unanswered_bytes -= size
        out = self._out
        if not out:
            self._shared.flush_later(self)
        out.append(_RESPONSE.pack(REQUEST.size + len(body), request))
        out.append(body)
        if self._backlog or not self._reading:
            self._continue_later()

    def has_room(self, size: int) -> bool:
        """See `Connection.has_room`. A part of `max_unread_responses` is left for short ones."""
        unread = self._transport.get_write_buffer_size() + sum(map(len, self._out))
        return not unread or unread + size <= self._options.max_unread_responses * 3 // 4

    def flush(self) -> None:
        """Sends the responses that wait."""
        if self._out and not self._closed and not self._transport.is_closing():
            if self._transport.get_write_buffer_size() > self._options.max_unread_responses:
                self.fail("a client does not read its responses")
            else:
                data = b"".join(self._out)
                self._written += len(data)
                self._transport.write(data)
        self._out = []

    def close(self) -> None:
        """Sends the responses that wait, then closes the connection."""
        self.flush()
        self._closed = True
        self._transport.close()

    def abort(self) -> None:
        """Closes the connection at once."""
        self._closed = True
        self._hold(0)
        self._transport.abort()

    def fail(self, reason: str) -> None:
        """Closes the connection at once, and logs why."""
        if not self._closed:
            self._shared.reports.warn(reason)
            self.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._shared.connections[self] = None

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self._transport.abort()  # asyncio of Python 3.10 warns of TLS that only the other side has closed
        self._closed = True
        self._shared.remove(self)
        self._hold(0)
        self._backlog.clear()
        self._unanswered.clear()
        self._out = []
        for timer in (self._turn, self._unread_timer):
            if timer:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            bodies = self._assembler.split(data)
        except FrameError as error:
            self.fail(f"a client: {error}")
            return
        if self._assembler.held != self._held:
            self._hold(self._assembler.held)
        self._backlog += bodies
        if not self._turn:
            self._take_turn()

    def pause_writing(self) -> None:
        self._writable = False
        self._read(False)
        self._expect_reading()

    def resume_writing(self) -> None:
        self._writable = True
        if self._unread_timer:
            self._unread_timer.cancel()
        self._continue_later()

    def _expect_reading(self) -> None:
        """Closes the connection after some time, if nothing of what waits has left until then."""
        self._unread_timer = self._loop.call_later(self._options.unread_timeout, self._check_reading, self._sent)

    def _check_reading(self, sent_before: int) -> None:
        if self._sent > sent_before:
            self._expect_reading()
        else:
            self.fail("a client does not read its responses")

    @property
    def _sent(self) -> int:
        """How many bytes of responses have left: what waits may grow meanwhile."""
        return self._written - self._transport.get_write_buffer_size()

    def _continue_later(self) -> None:
        if not self._turn and not self._closed:
            self._turn = self._loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        """Passes requests on, up to the bounds."""
        self._turn = None
        options, backlog, unanswered = self._options, self._backlog, self._unanswered
        if self._closed:
            return
        turn = _REQUESTS_PER_TURN
        while backlog and turn and self._has_room(options) and not self._closed:
            turn -= 1
            body = backlog.popleft()
            if not body:
                self._out_heartbeat()
                continue
            try:
                (request,) = REQUEST.unpack_from(body)
            except struct.error:
                self.fail(f"a client: expected a request, got {len(body)} bytes")
                return
            if request in unanswered:
                self.fail(f"a client: there is an unanswered request {request} already")
                return
            unanswered[request] = len(body)
            self._unanswered_bytes += len(body)
            self._requested(self, request, body[REQUEST.size :])
        if backlog and not turn:
            self._continue_later()
        self._read(not backlog and self._has_room(options))

    def _hold(self, held: int) -> None:
        self._held = held
        self._shared.incomplete.hold(self, held)

    def _has_room(self, options: TransportOptions) -> bool:
        return (
            self._writable
            and len(self._unanswered) < options.max_requests
            and self._unanswered_bytes < options.max_request_bytes
        )

    def _out_heartbeat(self) -> None:
        if not self._out:
            self._shared.flush_later(self)
        self._out.append(EMPTY_FRAME)

    def _read(self, reading: bool) -> None:
        if reading != self._reading and not self._transport.is_closing():
            self._reading = reading
            if reading:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()
